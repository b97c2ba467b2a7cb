//! The C ABI of sound.wasm: both halves on a Wasm memory that a host owns.
//!
//! A host hands over room behind the block. One instance, between two calls of physics, listens; another, in the audio thread, renders. They
//! touch parts of the room that are their own, and the shared words by atomic operations. A call gives `NOTHING` where no room was opened.
#![expect(unsafe_code, reason = "the boundary to the host")]

use crate::ended::{NOTHING, PLAYED, WAITED};
use crate::listener::{Heard, Listener};
use crate::ring::RING_WORDS;
use crate::shared::{CONTROL, HEARD, MAGIC, MAGIC_WORD, Words, open};
use crate::voice::Voice;
use crate::{MOST_FRAMES, MOST_HEARD};
use bytemuck::Zeroable;
use core::slice::from_raw_parts_mut;
use motes_physics::block::Block;

#[link(wasm_import_module = "sync")]
unsafe extern "C" {
    fn load(at: u32) -> u32;
    fn store(at: u32, value: u32);
}

/// Where the parts of a room lie, in bytes from its beginning; each on a cache line of its own.
const VOICE: u32 = line(4 * (CONTROL + RING_WORDS));
const OUTPUT: u32 = VOICE + line(size_of::<Voice>());
const LISTENER: u32 = OUTPUT + line(8 * MOST_FRAMES);
const PLACES: u32 = LISTENER + line(size_of::<Listener>());

const fn line(bytes: usize) -> u32 {
    bytes.next_multiple_of(64) as u32
}

#[panic_handler]
fn panic(_info: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

/// Words of an open room.
struct At(u32);

impl Words for At {
    fn load(&self, word: usize) -> u32 {
        // SAFETY: whoever asks has looked at the room before, so the word lies in the memory.
        // SAFETY: as above.
        unsafe { load(self.0 + 4 * word as u32) }
    }
    fn store(&self, word: usize, value: u32) {
        // SAFETY: as above.
        // SAFETY: as above.
        unsafe { store(self.0 + 4 * word as u32, value) }
    }
}

/// True where so many bytes from there on lie in the memory, aligned.
fn inside(at: u32, bytes: u64) -> bool {
    let end = core::arch::wasm32::memory_size(0) as u64 * 65_536;
    at != 0 && at.is_multiple_of(64) && u64::from(at) + bytes <= end
}

/// The words of a room that was opened.
fn room(at: u32) -> Option<At> {
    let words = At(at);
    let whole = inside(at, u64::from(PLACES)) && words.load(MAGIC_WORD) == MAGIC;
    (whole && inside(at, u64::from(PLACES) + 16 * u64::from(words.load(HEARD)))).then_some(words)
}

/// Something of the room.
///
/// # Safety
/// It lies inside the room, aligned, it may be made of any bytes, and the calling instance alone uses it.
unsafe fn part<T: bytemuck::Pod>(at: u32, count: usize) -> &'static mut [T] {
    // SAFETY: the caller promises all of it.
    // SAFETY: as the caller promises.
    unsafe { from_raw_parts_mut(at as *mut T, count) }
}

fn block(base: u32) -> Option<Block<'static>> {
    let end = core::arch::wasm32::memory_size(0) as u64 * 65_536;
    // SAFETY: the bytes from base to the memory's end belong to the block, and physics is not running.
    unsafe { Block::open(base as *mut u8, end.saturating_sub(u64::from(base))) }.ok()
}

/// Particles that are listened to: all, or at most `most`; `MOST_HEARD` for 0.
fn heard(block: &Block, most: u32) -> u32 {
    let most = if most == 0 { MOST_HEARD } else { most };
    block.header().particle_capacity.min(most)
}

/// Bytes of room for a block; 0 where there is no block or it is too large.
#[unsafe(no_mangle)]
extern "C" fn sound_room(base: u32, most: u32) -> u32 {
    block(base).map_or(0, |block| u32::try_from(u64::from(PLACES) + 16 * u64::from(heard(&block, most))).unwrap_or(0))
}

/// Makes a room of what `sound_room` asked for; `rate` is frames a second.
#[unsafe(no_mangle)]
extern "C" fn sound_open(base: u32, at: u32, most: u32, rate: f32) -> u32 {
    let bytes = sound_room(base, most);
    let Some(block) = block(base).filter(|_| bytes != 0 && inside(at, u64::from(bytes)) && rate >= 1.0) else { return NOTHING };
    // SAFETY: the room lies in the memory, and neither half uses it yet.
    unsafe { part::<u8>(at, bytes as usize) }.fill(0);
    open(&At(at), heard(&block, most), rate);
    PLAYED
}

/// Looks at the block between two steps; with `anew` not 0 as if for the first time, since the run stands elsewhere.
#[unsafe(no_mangle)]
extern "C" fn sound_listen(base: u32, at: u32, anew: u32) -> u32 {
    let (Some(mut block), Some(words)) = (block(base), room(at)) else { return NOTHING };
    // SAFETY: `room` saw that both lie in the memory; this half alone uses them.
    let (listener, places) = unsafe { (part::<Listener>(at + LISTENER, 1), part::<Heard>(at + PLACES, words.load(HEARD) as usize)) };
    if anew != 0 {
        listener[0] = Listener::zeroed();
    }
    listener[0].listen(&mut block, places, &words);
    PLAYED
}

/// Renders the next frames to where `sound_output` says: `PLAYED`, or `WAITED` where the run has not come so far.
#[unsafe(no_mangle)]
extern "C" fn sound_render(at: u32, frames: u32) -> u32 {
    let Some(words) = room(at) else { return NOTHING };
    let frames = (frames as usize).min(MOST_FRAMES);
    // SAFETY: `room` saw that all of it lies in the memory; this half alone uses it.
    let (voice, output) = unsafe { (part::<Voice>(at + VOICE, 1), part::<f32>(at + OUTPUT, 2 * MOST_FRAMES)) };
    let (left, right) = output.split_at_mut(MOST_FRAMES);
    if voice[0].render(&words, &mut left[..frames], &mut right[..frames]) { PLAYED } else { WAITED }
}

/// `PLAYED` if the next frames need not wait; for rendering in step with the run.
#[unsafe(no_mangle)]
extern "C" fn sound_ready(at: u32, frames: u32) -> u32 {
    let Some(words) = room(at) else { return NOTHING };
    // SAFETY: `room` saw that it lies in the memory; this half alone uses it.
    let voice = unsafe { part::<Voice>(at + VOICE, 1) };
    if voice[0].is_ready(&words, frames as usize) { PLAYED } else { WAITED }
}

/// Where the frames of one side lie: 0 left, 1 right.
#[unsafe(no_mangle)]
extern "C" fn sound_output(at: u32, side: u32) -> u32 {
    at + OUTPUT + side.min(1) * 4 * MOST_FRAMES as u32
}
