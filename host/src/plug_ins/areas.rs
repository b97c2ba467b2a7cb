//! Where plug-ins have their data and stacks: behind the block and its reserve, with guard words around each.

use crate::memory::wasm_word;
use motes_physics::layout::map::BLOCK_BASE;
use motes_physics::layout::{GUARD, GUARD_BYTES};
use motes_scene::Compiled;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use wasmtime::SharedMemory;

/// Bytes of a stack, of which a thread has one for all plug-ins: they are called one after the other.
const STACK_BYTES: u64 = 65_536;

/// An area: the plug-in's data, and guard words on both sides.
#[derive(Clone)]
struct Area {
    first: u32,
    bytes: u32,
}

impl Area {
    /// Addresses of the words of the data.
    fn words(&self) -> impl Iterator<Item = u32> + use<> {
        (self.first..self.first + self.bytes).step_by(4)
    }
}

/// All of them.
pub(super) struct Areas {
    areas: Vec<Area>,
    /// First byte behind the block and its reserve.
    pub(super) first: u64,
    stacks: u64,
    pub(super) threads: u32,
    /// One past the last byte.
    pub(super) end: u64,
    /// Contents when all modules had just been instantiated.
    fresh: Arc<Vec<Vec<u32>>>,
    saved: Mutex<Vec<Vec<u32>>>,
}

impl Areas {
    /// Lays them out behind the room for a scene's block.
    pub(super) fn new(scene: &Compiled, room: u64, threads: u32) -> Self {
        let first = u64::from(BLOCK_BASE) + room;
        let mut end = first;
        let mut areas = Vec::new();
        for loaded in &scene.plug_ins {
            let link = &loaded.plug_in.link;
            let first = (end + GUARD_BYTES).next_multiple_of(u64::from(link.memory_align));
            let bytes = u64::from(link.memory_bytes).next_multiple_of(64);
            end = first + bytes + GUARD_BYTES;
            areas.push(Area { first: first as u32, bytes: bytes as u32 });
        }
        let stacks = end.next_multiple_of(64);
        let end = if areas.is_empty() { end } else { stacks + u64::from(threads) * STACK_BYTES };
        Areas { areas, first, stacks, threads, end, fresh: Arc::default(), saved: Mutex::default() }
    }

    /// The same places in another memory, with what they hold now and what is kept of them.
    pub(super) fn carried_over(&self, memory: &SharedMemory, other: &SharedMemory) -> Self {
        let (areas, saved) = (self.areas.clone(), Mutex::new(super::lock(&self.saved).clone()));
        let carried = Areas { areas, fresh: Arc::clone(&self.fresh), saved, ..*self };
        carried.guard(other);
        carried.write(other, &self.copy(memory));
        carried
    }

    /// Address of a plug-in's data.
    pub(super) fn base(&self, number: usize) -> u32 {
        self.areas[number].first
    }

    /// Upper end of a thread's stack.
    pub(super) fn stack(&self, thread: u32) -> u32 {
        (self.stacks + u64::from(thread + 1) * STACK_BYTES) as u32
    }

    /// Guard words: of which plug-in (of no one's for stacks), and where.
    fn guards(&self) -> impl Iterator<Item = (Option<usize>, u32)> {
        let around = |(number, area): (usize, &Area)| [area.first - GUARD_BYTES as u32, area.first + area.bytes].map(|at| (Some(number), at));
        let stacks = (0..self.threads).map(|thread| (None, self.stack(thread) - STACK_BYTES as u32));
        let all = self.areas.iter().enumerate().flat_map(around).chain(stacks.filter(|_| !self.areas.is_empty()));
        all.flat_map(|(number, at)| (at..at + GUARD_BYTES as u32).step_by(4).map(move |at| (number, at)))
    }

    /// Writes the guard words.
    pub(super) fn guard(&self, memory: &SharedMemory) {
        self.guards().for_each(|(_, at)| wasm_word(memory, at).store(GUARD, Ordering::Relaxed));
    }

    /// A plug-in whose guard words have changed; for a stack the first, since nobody knows whose call it was.
    pub(super) fn overrun(&self, memory: &SharedMemory) -> Option<u32> {
        let mut changed = self.guards().filter(|(_, at)| wasm_word(memory, *at).load(Ordering::Relaxed) != GUARD);
        let number = changed.next().map(|(number, _)| number.unwrap_or(0) as u32);
        self.guard(memory);
        number
    }

    /// The data of each, as they are now.
    pub(super) fn copy(&self, memory: &SharedMemory) -> Vec<Vec<u32>> {
        let words = |area: &Area| area.words().map(|at| wasm_word(memory, at).load(Ordering::Relaxed)).collect();
        self.areas.iter().map(words).collect()
    }

    /// Writes data into the first of them.
    pub(super) fn write(&self, memory: &SharedMemory, contents: &[Vec<u32>]) {
        for (area, words) in self.areas.iter().zip(contents) {
            area.words().zip(words).for_each(|(at, word)| wasm_word(memory, at).store(*word, Ordering::Relaxed));
        }
    }

    /// Keeps the contents to begin with.
    pub(super) fn keep_fresh(&mut self, memory: &SharedMemory) {
        self.fresh = Arc::new(self.copy(memory));
    }

    /// Brings them back.
    pub(super) fn refresh(&self, memory: &SharedMemory) {
        self.write(memory, &self.fresh);
    }

    /// Keeps the contents as they are now.
    pub(super) fn save(&self, memory: &SharedMemory) {
        *super::lock(&self.saved) = self.copy(memory);
    }

    /// All contents as they are now, one after the other.
    pub(super) fn words(&self, memory: &SharedMemory) -> Vec<u32> {
        self.copy(memory).concat()
    }

    /// Keeps these contents in place of the present ones.
    pub(super) fn save_words(&self, mut words: &[u32]) {
        let parts = self.areas.iter().map(|area| words.split_off(..(area.bytes as usize / 4).min(words.len())).unwrap_or_default().to_vec());
        *super::lock(&self.saved) = parts.collect();
    }

    /// Brings those back.
    pub(super) fn restore(&self, memory: &SharedMemory) {
        self.write(memory, &super::lock(&self.saved));
    }
}
