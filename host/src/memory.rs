//! The block's memory, an allocation or part of a Wasm memory: zeroed, aligned to a cache line, never moved, shared with a frame reader.
#![expect(unsafe_code, reason = "owns the allocation that physics and the frame reader share")]

use crate::simulation::Simulation;
use motes_physics::block::Block;
use motes_physics::layout::{ALIGNMENT, FLAG_WATCH, FRAME_SLOTS, FrameDescriptor, HEADER_BYTES, Header, RecordEntry};
use motes_physics::workers::FrameWords;
use motes_physics::{Status, frames};
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::sync::atomic::{AtomicU32, Ordering};

/// A word of a Wasm memory, for what several threads touch.
#[cfg(feature = "wasm-engine")]
pub(crate) fn wasm_word(memory: &wasmtime::SharedMemory, address: u32) -> &AtomicU32 {
    let cells = &memory.data()[address as usize..][..4];
    assert!(address.is_multiple_of(4), "words are aligned");
    // SAFETY: four bytes that live as long as the borrow, aligned since the memory is; a shared memory may be written at any time.
    unsafe { AtomicU32::from_ptr(cells.as_ptr() as *mut u32) }
}

/// The block in bytes that are nobody else's.
#[cfg(feature = "wasm-engine")]
pub(crate) fn view(bytes: &mut [u8]) -> Result<Block<'_>, Status> {
    // SAFETY: the exclusive borrow lasts as long as the block; `open` checks alignment and size.
    unsafe { Block::open(bytes.as_mut_ptr(), bytes.len() as u64) }
}

/// Zeroed memory of a block's size.
pub(crate) struct Memory {
    base: *mut u8,
    bytes: usize,
    owner: Owner,
}

/// Who frees the memory.
enum Owner {
    Allocation(Layout),
    /// Wasm's shared memory frees itself when the last instance on it is gone.
    #[cfg(feature = "wasm-engine")]
    Wasm(#[expect(dead_code, reason = "kept until the block is dropped")] wasmtime::SharedMemory),
}

// SAFETY: the bytes belong to the allocation, not to a thread; who may touch which is settled by `block` (one leader) and by
// the triple buffer (one reader).
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Drop for Memory {
    fn drop(&mut self) {
        match self.owner {
            // SAFETY: allocated with this layout in `new`.
            Owner::Allocation(layout) => unsafe { dealloc(self.base, layout) },
            #[cfg(feature = "wasm-engine")]
            Owner::Wasm(_) => {}
        }
    }
}

impl FrameWords for Memory {
    fn load(&self, at: u32) -> u32 {
        self.word(at).load(Ordering::Acquire)
    }
    fn store(&self, at: u32, value: u32) {
        self.word(at).store(value, Ordering::Release);
    }
    fn exchange(&self, at: u32, value: u32) -> u32 {
        self.word(at).swap(value, Ordering::AcqRel)
    }
}

impl Memory {
    /// `None` when the system has no room.
    pub(crate) fn new(bytes: u64) -> Option<Self> {
        let layout = Layout::from_size_align(usize::try_from(bytes).ok()?.max(ALIGNMENT as usize), ALIGNMENT as usize).ok()?;
        // SAFETY: the size is not zero.
        let base = unsafe { alloc_zeroed(layout) };
        (!base.is_null()).then_some(Self { base, bytes: layout.size(), owner: Owner::Allocation(layout) })
    }

    /// The block of a Wasm memory, which reaches to its end.
    #[cfg(feature = "wasm-engine")]
    pub(crate) fn in_wasm(memory: &wasmtime::SharedMemory) -> Self {
        let cells = &memory.data()[motes_physics::layout::map::BLOCK_BASE as usize..];
        // A shared memory is reserved to its maximum, so its bytes stay where they are.
        Self { base: std::cell::UnsafeCell::raw_get(cells.as_ptr()), bytes: cells.len(), owner: Owner::Wasm(memory.clone()) }
    }

    /// All bytes, for the host alone.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: exclusive borrow of the owner.
        unsafe { std::slice::from_raw_parts_mut(self.base, self.bytes) }
    }

    /// The block, for the one thread that leads.
    ///
    /// # Safety
    /// No other `Block` of this memory is in use.
    unsafe fn block(&self) -> Result<Block<'_>, Status> {
        // SAFETY: the memory is aligned and lives as long as the borrow; uniqueness is the caller's promise.
        unsafe { Block::open(self.base, self.bytes as u64) }
    }

    /// The block of a simulation's memory, whose exclusive borrow makes this thread the only leader.
    pub(crate) fn lead(&self, _leader: &mut Simulation) -> Result<Block<'_>, Status> {
        // SAFETY: a simulation has one memory, calls come one at a time, and none keeps its block.
        unsafe { self.block() }
    }

    /// Writes header and tables as the scene has them, but for the words that count and change; parameters stay. The steps that the header
    /// had come to are handed back.
    pub(crate) fn mend(&self, _leader: &mut Simulation, prefix: &[u8]) -> u64 {
        let bytes = |from: usize, to: usize| {
            let part = &prefix[from.min(prefix.len())..to.min(prefix.len())];
            // SAFETY: inside the memory, which the prefix was written to before; no call is running.
            unsafe { std::ptr::copy_nonoverlapping(part.as_ptr(), self.base.add(from), part.len()) };
        };
        let word = |at: usize| prefix.get(at..at + 4).map_or(0, |word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        // SAFETY: inside the header, aligned; no call is running.
        let flags = unsafe { self.base.add(std::mem::offset_of!(Header, flags)).cast::<u32>() };
        // SAFETY: as above.
        let watched = unsafe { flags.read() } & FLAG_WATCH;
        // Identity and tables, then each slot's place: a frame's counters are its own. A trial goes on.
        bytes(0, std::mem::offset_of!(Header, step));
        // SAFETY: as above.
        unsafe { flags.write(flags.read() | watched) };
        for slot in 0..FRAME_SLOTS as usize {
            let at = std::mem::offset_of!(Header, frames) + slot * size_of::<FrameDescriptor>();
            bytes(at, at + 4);
        }
        let records = word(std::mem::offset_of!(Header, record_table)) as usize;
        let entries = word(std::mem::offset_of!(Header, record_count)) as usize * size_of::<RecordEntry>();
        bytes(HEADER_BYTES as usize, records + entries);
        // SAFETY: inside the header, aligned.
        unsafe { (self.base.add(std::mem::offset_of!(Header, step)) as *const u64).read() }
    }

    /// Copies the block of another memory to that offset behind this one's.
    #[cfg(feature = "wasm-engine")]
    pub(crate) fn copy_in(&self, _leader: &mut Block, behind: u64, other: &Memory, block: &mut Block) {
        let (at, bytes) = (behind as usize, block.header().block_bytes as usize);
        assert!(at <= self.bytes && bytes <= self.bytes - at && bytes <= other.bytes, "room was made for it");
        // SAFETY: inside both memories, of which one is not the other; whoever has the blocks is the only leader, and no call is running.
        unsafe { std::ptr::copy_nonoverlapping(other.base, self.base.add(at), bytes) };
    }

    /// A copy of the block's first bytes, between two calls of its only leader.
    pub(crate) fn copy(&self, _leader: &mut Simulation, bytes: usize) -> Vec<u8> {
        // SAFETY: inside the memory; no call is running, and the reader of frames writes nothing but its word.
        unsafe { std::slice::from_raw_parts(self.base, bytes.min(self.bytes)) }.to_vec()
    }

    fn word(&self, offset: u32) -> &AtomicU32 {
        // SAFETY: sync words lie inside the header and are touched through atomics only.
        unsafe { AtomicU32::from_ptr(self.base.add(offset as usize) as *mut u32) }
    }

    /// Writes the next frame and hands it over.
    pub(crate) fn publish(&self, block: &mut Block, team: &dyn motes_physics::team::Team) {
        FrameWords::publish(self, |back| frames::write(block, team, back as usize));
    }

    /// Descriptor and particles of the slot that the reader owns.
    pub(crate) fn frame(&self, front: u32) -> (FrameDescriptor, &[f32]) {
        let at = std::mem::offset_of!(Header, frames) + (front % FRAME_SLOTS) as usize * size_of::<FrameDescriptor>();
        // SAFETY: inside the header, aligned; the writer does not touch the slot while the reader owns it.
        let descriptor = unsafe { (self.base.add(at) as *const FrameDescriptor).read() };
        // SAFETY: `Block::open` checked that slots lie inside; the writer does not touch this one.
        let values = unsafe { std::slice::from_raw_parts(self.base.add(descriptor.offset as usize) as *const f32, descriptor.particle_count as usize * 4) };
        (descriptor, values)
    }
}
