//! The C ABI of recorder.wasm: the same functions on a Wasm memory that a host owns.
//!
//! A host hands over room behind the block, and at its beginning sixteen words through which longer answers come back. A call
//! gives 0 when it went well, else one of `ROOM` and so on; the words then say more. Calls come one at a time, between two calls of physics.
#![expect(unsafe_code, reason = "the boundary to the host")]

use crate::file::{FRAME_HEAD, FrameHead, Head, write_frame};
use crate::ring::{DEPENDS, Ring};
use crate::track::{Merge, Source, Track};
use crate::{Trouble, keyframe};
use core::slice::from_raw_parts_mut;
use motes_physics::block::Block;
use motes_physics::layout::{FRAME_ROW, NOT_ALIVE};
use motes_physics::records::Records;
use motes_physics::scene_records::Domain;

const OK: u32 = 0;
/// Not enough memory; answer 0: bytes needed.
const ROOM: u32 = 1;
/// A coordinate is too large; answer 0: the particle.
const TOO_FAR: u32 = 2;
/// Bytes are not what was written; answer 0: offset, 1 and 2: address and length of a text.
const DAMAGED: u32 = 3;
/// There is no such moment.
const NONE: u32 = 4;

/// Words at the beginning of the room.
const CONTROL: usize = 16;
const RECORDER: u64 = u64::from_le_bytes(*b"MOTESRCR");
/// Control words: what was made of the room.
const PARTICLES: usize = 1;
const ERROR: usize = 2;
const KEYS: usize = 3;
const FRAMES: usize = 4;
const PACKED: usize = 5;
/// Where the data of plug-ins begin, and their words.
const DATA_AT: usize = 6;
const DATA: usize = 7;
/// Control words of a player.
const NEXT: usize = 1;
const NEXT_AT: usize = 2;
const TIME: usize = 3;
/// First word of the answer.
const ANSWER: usize = 8;
/// Most bytes of the names of species.
const NAMES: usize = 4096;

#[panic_handler]
fn panic(_info: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

type Outcome = Result<(), Trouble>;

/// Words of the memory; none where they do not lie in it.
fn words(at: u32, count: usize) -> &'static mut [u64] {
    let end = core::arch::wasm32::memory_size(0) as u64 * 65_536;
    if at == 0 || !at.is_multiple_of(8) || u64::from(at) + count as u64 * 8 > end {
        return &mut [];
    }
    // SAFETY: aligned and inside the memory; the host hands over memory that nothing else uses during the call.
    unsafe { from_raw_parts_mut(at as *mut u64, count) }
}

/// Words of 32 bits of the memory; none where they do not lie in it.
fn half_words(at: u32, count: usize) -> &'static mut [u32] {
    bytemuck::try_cast_slice_mut(bytes(at, u32::try_from(count * 4).unwrap_or(u32::MAX))).unwrap_or(&mut [])
}

/// Bytes of the memory; none where they do not lie in it.
fn bytes(at: u32, count: u32) -> &'static mut [u8] {
    let end = core::arch::wasm32::memory_size(0) as u64 * 65_536;
    if at == 0 || u64::from(at) + u64::from(count) > end {
        return &mut [];
    }
    // SAFETY: inside the memory; the host hands over memory that nothing else uses during the call.
    unsafe { from_raw_parts_mut(at as *mut u8, count as usize) }
}

fn open(base: u32) -> Result<Block<'static>, Trouble> {
    let end = core::arch::wasm32::memory_size(0) as u64 * 65_536;
    // SAFETY: the bytes from base to the memory's end belong to the block, and physics is not running.
    unsafe { Block::open(base as *mut u8, end.saturating_sub(u64::from(base))) }
        .map_err(|_| Trouble::Damaged { offset: u64::from(base), what: "no block of this version begins here" })
}

/// Carries out a call; what went wrong goes into the answer.
fn answer(control: &mut [u64], outcome: Outcome) -> u32 {
    let (status, words) = match outcome {
        Ok(()) => return OK,
        Err(Trouble::Room { needed }) => (ROOM, [needed, 0, 0]),
        Err(Trouble::TooFar { particle }) => (TOO_FAR, [u64::from(particle), 0, 0]),
        Err(Trouble::Damaged { offset, what }) => (DAMAGED, [offset, what.as_ptr() as u64, what.len() as u64]),
    };
    if let Some(place) = control.get_mut(ANSWER..ANSWER + 3) {
        place.copy_from_slice(&words);
    }
    status
}

/// The parts of a recorder's room.
struct Room {
    control: &'static mut [u64],
    keys: &'static mut [u64],
    frames: &'static mut [u64],
    track: &'static mut [u64],
    packed: &'static mut [u8],
    packed_at: u32,
    /// Data of plug-ins.
    data: &'static mut [u32],
}

impl Room {
    fn open(at: u32) -> Result<Self, Trouble> {
        let control = words(at, CONTROL);
        if control.first() != Some(&RECORDER) {
            return Err(Trouble::Damaged { offset: u64::from(at), what: "no recorder begins here" });
        }
        let [keys, frames, packed] = [KEYS, FRAMES, PACKED].map(|word| control[word] as usize);
        let track = Track::words(control[PARTICLES] as usize);
        let keys_at = at + 8 * CONTROL as u32;
        let frames_at = keys_at + 8 * keys as u32;
        let track_at = frames_at + 8 * frames as u32;
        let packed_at = track_at + 8 * track as u32;
        let (keys, frames, track, packed) = (words(keys_at, keys), words(frames_at, frames), words(track_at, track), bytes(packed_at, packed as u32));
        let data = half_words(control[DATA_AT] as u32, control[DATA] as usize);
        Ok(Room { control, keys, frames, track, packed, packed_at, data })
    }

    fn particles(&self) -> usize {
        self.control[PARTICLES] as usize
    }

    fn head(&self, block: &Block) -> Head {
        let domain: Domain = Records::Running(block).one();
        Head::new(f64::from_bits(self.control[ERROR]), domain.min, domain.max, domain.periodic, self.particles() as u32)
    }
}

/// Bytes of room that a keyframe, a frame and what they need take.
fn needs(block: &Block, data: usize) -> (usize, usize) {
    let particles = block.header().particle_capacity as usize;
    let packed = keyframe::most_bytes(block, data).max(FRAME_HEAD + Track::most_bytes(particles)).max(NAMES * 2).next_multiple_of(8);
    (8 * (CONTROL + Track::words(particles)) + packed, packed)
}

/// Bytes of room beside the rings themselves, for a run whose plug-ins have so many bytes of data; 0 where there is no block.
#[unsafe(no_mangle)]
extern "C" fn recorder_room(base: u32, data_bytes: u32) -> u32 {
    open(base).map_or(0, |block| u32::try_from(needs(&block, data_bytes as usize / 4).0).unwrap_or(0))
}

/// Makes a recorder of `room` bytes at `at`: three quarters of what is not needed otherwise hold keyframes, the rest frames. Data of plug-ins
/// lie at `data`.
#[unsafe(no_mangle)]
extern "C" fn recorder_open(base: u32, at: u32, room: u32, error: f64, data: u32, data_bytes: u32) -> u32 {
    let control = words(at, CONTROL);
    let outcome = open(base).and_then(|block| {
        let (needed, packed) = needs(&block, data_bytes as usize / 4);
        let rings = (room as usize).checked_sub(needed).ok_or(Trouble::Room { needed: needed as u64 })? / 8;
        if words(at, room as usize / 8).is_empty() || control.is_empty() || half_words(data, data_bytes as usize / 4).len() != data_bytes as usize / 4 {
            return Err(Trouble::Damaged { offset: u64::from(at), what: "the room lies outside the memory" });
        }
        control.fill(0);
        control[PARTICLES] = u64::from(block.header().particle_capacity);
        control[ERROR] = error.to_bits();
        control[KEYS] = (rings / 4 * 3) as u64;
        control[FRAMES] = (rings - rings / 4 * 3) as u64;
        control[PACKED] = packed as u64;
        (control[DATA_AT], control[DATA]) = (u64::from(data), u64::from(data_bytes / 4));
        control[0] = RECORDER;
        let parts = Room::open(at)?;
        Track::open(parts.track, parts.particles())?.forget();
        Ring::create(parts.frames)?;
        Ring::create(parts.keys)?;
        parts.control[ANSWER..].fill(0);
        Ok(())
    });
    answer(words(at, CONTROL), outcome)
}

/// Keeps the present state: 1 as a keyframe, 2 as a frame, 3 as both. What was kept of later steps is dropped.
#[unsafe(no_mangle)]
extern "C" fn recorder_keep(base: u32, at: u32, what: u32) -> u32 {
    let outcome = open(base).and_then(|mut block| {
        let room = Room::open(at)?;
        let (step, time) = (block.header().step, block.header().time);
        if what & 1 != 0 {
            let length = keyframe::pack(&mut block, room.data, room.packed)?;
            let mut keys = Ring::open(room.keys)?;
            keys.cut_from(step);
            keys.push(0, step, time, &room.packed[..length])?;
        }
        if what & 2 != 0 {
            let (particles, head) = (room.control[PARTICLES] as usize, f64::from_bits(room.control[ERROR]));
            let mut frames = Ring::open(room.frames)?;
            let mut track = Track::open(room.track, particles)?;
            if frames.newest().is_none_or(|newest| newest.step >= step) {
                frames.cut_from(step);
                track.forget();
            }
            let coded = track.code(&Source::of(&mut block), crate::track::quantum(head), &mut room.packed[FRAME_HEAD..])?;
            let length = write_frame(&coded, step, time, room.packed);
            frames.push(if coded.depends() { DEPENDS } else { 0 }, step, time, &room.packed[..length])?;
        }
        Ok(())
    });
    answer(words(at, CONTROL), outcome)
}

/// Drops everything after a step.
#[unsafe(no_mangle)]
extern "C" fn recorder_cut(at: u32, step: f64) -> u32 {
    let outcome = Room::open(at).and_then(|room| {
        let particles = room.control[PARTICLES] as usize;
        Track::open(room.track, particles)?.forget();
        Ring::open(room.keys)?.cut_after(step as u64);
        Ring::open(room.frames)?.cut_after(step as u64);
        Ok(())
    });
    answer(words(at, CONTROL), outcome)
}

/// Drops everything.
#[unsafe(no_mangle)]
extern "C" fn recorder_clear(at: u32) -> u32 {
    let outcome = Room::open(at).and_then(|room| {
        let particles = room.control[PARTICLES] as usize;
        Track::open(room.track, particles)?.forget();
        Ring::open(room.keys)?.clear();
        Ring::open(room.frames)?.clear();
        Ok(())
    });
    answer(words(at, CONTROL), outcome)
}

/// Puts the keyframe at or before a step into the block's checkpoint. Answer 0: its step.
#[unsafe(no_mangle)]
extern "C" fn recorder_put(base: u32, at: u32, step: f64) -> u32 {
    let mut found = false;
    let outcome = open(base).and_then(|mut block| {
        let room = Room::open(at)?;
        let keys = Ring::open(room.keys)?;
        if let Some(entry) = keys.at_or_before(step as u64) {
            found = true;
            keyframe::unpack(&mut block, room.data, keys.payload(&entry)?)?;
            room.control[ANSWER] = entry.step;
        }
        Ok(())
    });
    if outcome.is_ok() && !found { NONE } else { answer(words(at, CONTROL), outcome) }
}

/// Writes the present state as a keyframe for the host to keep. Answer 0 and 1: address and bytes.
#[unsafe(no_mangle)]
extern "C" fn recorder_pack(base: u32, at: u32) -> u32 {
    let outcome = open(base).and_then(|mut block| {
        let room = Room::open(at)?;
        let length = keyframe::pack(&mut block, room.data, room.packed)?;
        room.control[ANSWER] = u64::from(room.packed_at);
        room.control[ANSWER + 1] = length as u64;
        Ok(())
    });
    answer(words(at, CONTROL), outcome)
}

/// Puts a keyframe that the host wrote to where [`recorder_pack`] had it into the block's checkpoint.
#[unsafe(no_mangle)]
extern "C" fn recorder_unpack(base: u32, at: u32, length: u32) -> u32 {
    let outcome = open(base).and_then(|mut block| {
        let room = Room::open(at)?;
        keyframe::unpack(&mut block, room.data, &room.packed[..room.packed.len().min(length as usize)])
    });
    answer(words(at, CONTROL), outcome)
}

/// Writes what a file begins with; the host wrote the names of species, one a line, to where [`recorder_pack`] writes. Answer 0
/// and 1: address and bytes.
#[unsafe(no_mangle)]
extern "C" fn recorder_head(base: u32, at: u32, names: u32) -> u32 {
    let outcome = open(base).and_then(|block| {
        let room = Room::open(at)?;
        let mut text = [0; NAMES];
        let length = (names as usize).min(NAMES);
        text[..length].copy_from_slice(&room.packed[..length]);
        let written = room.head(&block).write(core::str::from_utf8(&text[..length]).unwrap_or(""), room.packed)?;
        room.control[ANSWER] = u64::from(room.packed_at);
        room.control[ANSWER + 1] = written as u64;
        Ok(())
    });
    answer(words(at, CONTROL), outcome)
}

/// Finds a frame, counted from the oldest, as it stands in a file. Answer 0 and 1: address and bytes.
#[unsafe(no_mangle)]
extern "C" fn recorder_frame(at: u32, index: u32) -> u32 {
    let mut found = false;
    let outcome = Room::open(at).and_then(|room| {
        let frames = Ring::open(room.frames)?;
        if let Some(entry) = frames.entries().nth(index as usize) {
            found = true;
            room.control[ANSWER] = frames.payload(&entry)?.as_ptr() as u64;
            room.control[ANSWER + 1] = entry.bytes as u64;
        }
        Ok(())
    });
    if outcome.is_ok() && !found { NONE } else { answer(words(at, CONTROL), outcome) }
}

/// Checks a whole recording. Answer 0: bytes of work that showing it needs, 1: frames, 2: particles, 3 and 4: first and last step.
#[unsafe(no_mangle)]
extern "C" fn player_open(file: u32, length: u32, at: u32) -> u32 {
    let data = &*bytes(file, length);
    let outcome = Head::read(data).and_then(|head| {
        head.names(data)?;
        let (mut offset, mut frames, mut most, mut steps) = (head.bytes(), 0, 0, [0; 2]);
        while offset < data.len() {
            let frame = FrameHead::read(&data[offset..], offset as u64, head.particles)?;
            frame.check(&data[offset..], offset as u64)?;
            steps = [if frames == 0 { frame.step } else { steps[0] }, frame.step];
            (most, frames) = (most.max(frame.count), frames + 1);
            offset += FRAME_HEAD + frame.bytes as usize;
        }
        let control = words(at, CONTROL);
        control.fill(0);
        let work = 8 * Track::words(most as usize) + most.next_multiple_of(FRAME_ROW) as usize * 16;
        let answers = [work as u64, frames, u64::from(most), steps[0], steps[1]];
        control[ANSWER..ANSWER + 5].copy_from_slice(&answers);
        // Kept for the calls that follow.
        control[PARTICLES + 3] = u64::from(most);
        Ok(())
    });
    answer(words(at, CONTROL), outcome)
}

/// Writes a frame of a recording as rows of x, y, z and speed, for which `work` has room. Answer 0 and 1: address of the rows and
/// particles, 2: step, 3: time.
#[unsafe(no_mangle)]
extern "C" fn player_show(file: u32, length: u32, at: u32, work: u32, index: u32) -> u32 {
    let control = words(at, CONTROL);
    let outcome = show(&*bytes(file, length), control, work, u64::from(index));
    answer(control, outcome)
}

fn show(data: &[u8], control: &mut [u64], work: u32, index: u64) -> Outcome {
    let head = Head::read(data)?;
    let most = control[PARTICLES + 3] as usize;
    let track_words = Track::words(most);
    let mut track = Track::open(words(work, track_words), most)?;
    if control[NEXT_AT] == 0 || control[NEXT] > index || index > control[NEXT] + 40 {
        let (number, offset) = whole_before(data, &head, index.saturating_sub(1))?;
        (control[NEXT], control[NEXT_AT]) = (number, offset as u64);
        track.forget();
    }
    loop {
        let offset = control[NEXT_AT] as usize;
        let frame = FrameHead::read(data.get(offset..).unwrap_or(&[]), offset as u64, head.particles)?;
        let payload = frame.check(&data[offset..], offset as u64)?;
        track.read(frame.coded(), payload)?;
        let before = f64::from_bits(control[TIME]);
        control[TIME] = frame.time.to_bits();
        control[NEXT_AT] += (FRAME_HEAD + payload.len()) as u64;
        control[NEXT] += 1;
        if control[NEXT] > index {
            let rows = work + 8 * track_words as u32;
            write_rows(&track, head.quantum, frame.time - before, rows, most);
            let answers = [u64::from(rows), u64::from(frame.count), frame.step, frame.time.to_bits()];
            control[ANSWER..ANSWER + 4].copy_from_slice(&answers);
            return Ok(());
        }
    }
}

/// Number and offset of the last frame at or before `index` that stands for itself.
fn whole_before(data: &[u8], head: &Head, index: u64) -> Result<(u64, usize), Trouble> {
    let (mut offset, mut found) = (head.bytes(), (0, head.bytes()));
    for number in 0..=index {
        let frame = FrameHead::read(data.get(offset..).unwrap_or(&[]), offset as u64, head.particles)?;
        if !frame.coded().depends() {
            found = (number, offset);
        }
        offset += FRAME_HEAD + frame.bytes as usize;
    }
    Ok(found)
}

/// Rows as the renderer takes them. Speeds are those since the frame before.
fn write_rows(track: &Track, quantum: f64, elapsed: f64, rows: u32, most: usize) {
    let per_time = if elapsed > 0.0 { quantum / elapsed } else { 0.0 };
    let out = bytemuck::cast_slice_mut::<u64, [f32; 4]>(words(rows, most.next_multiple_of(FRAME_ROW as usize) * 2));
    out.iter_mut().for_each(|row| *row = [0.0, 0.0, 0.0, NOT_ALIVE]);
    let mut before = Merge::new(track.previous());
    for (row, particle) in out.iter_mut().zip(track.newest()) {
        let from = before.find(particle.id).map_or(particle.at, |old| old.at);
        let moved: f64 = (0..3).map(|k| f64::from(particle.at[k].wrapping_sub(from[k]))).map(|d| d * d).sum();
        let [x, y, z] = particle.at.map(|quanta| (f64::from(quanta) * quantum) as f32);
        *row = [x, y, z, (libm::sqrt(moved) * per_time) as f32];
    }
}
