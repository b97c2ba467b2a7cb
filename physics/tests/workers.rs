//! The words that workers share, in a model that tries many orders of all events: no job is lost or done twice, nobody sleeps for
//! ever, frames are whole, memory that has grown is seen to have grown, and nobody relies on a block that is being moved.
//!
//! Atomics of Wasm are sequentially consistent, and so are those of the model.
#![expect(unsafe_code, reason = "jobs are pointers, here as there")]

use motes_physics::layout::{FRESH, Header, MOVING, sync};
use motes_physics::team::Team;
use motes_physics::workers::{FrameWords, Job, Words, Workers};
use shuttle::sync::atomic::{AtomicU32, Ordering};
use shuttle::sync::{Arc, Condvar, Mutex};
use shuttle::thread;
use std::collections::BTreeMap;
use std::mem::offset_of;

/// The model, as one of the workers holds it.
#[derive(Clone)]
struct Shelf(Arc<Model>);

impl std::ops::Deref for Shelf {
    type Target = Model;
    fn deref(&self) -> &Model {
        &self.0
    }
}

/// A pointer between threads.
struct Shared(Job);
// SAFETY: the leader keeps the closure alive until all helpers are done with it; that this is so is what is tried here.
unsafe impl Send for Shared {}

/// Words of the model; sleepers on each word wake each other as a futex does.
struct Model {
    words: BTreeMap<u32, AtomicU32>,
    sleepers: BTreeMap<u32, (Mutex<()>, Condvar)>,
    job: Mutex<Option<Shared>>,
    /// A wake-up that is left out, to see that the model would notice.
    deaf: Option<u32>,
}

impl Shelf {
    fn new(workers: u32, deaf: Option<u32>) -> Self {
        let beats = (0..workers).map(|worker| sync::HEARTBEAT + worker * sync::HEARTBEAT_STRIDE);
        let words = [sync::EPOCH, sync::CHUNK_COUNT, sync::NEXT_CHUNK, sync::HELPERS_DONE, sync::STOP, sync::FRAME_MIDDLE, sync::FRAME_BACK];
        let generation = offset_of!(Header, generation) as u32;
        let words = words.into_iter().chain(beats).chain([generation]).map(|at| (at, AtomicU32::new(0))).collect();
        let sleepers = [sync::EPOCH, sync::HELPERS_DONE].into_iter().map(|at| (at, Default::default())).collect();
        let model = Self(Arc::new(Model { words, sleepers, job: Mutex::new(None), deaf }));
        model.store(sync::FRAME_MIDDLE, 1);
        model
    }
}

impl FrameWords for Shelf {
    fn load(&self, at: u32) -> u32 {
        self.words[&at].load(Ordering::SeqCst)
    }
    fn store(&self, at: u32, value: u32) {
        self.words[&at].store(value, Ordering::SeqCst);
    }
    fn exchange(&self, at: u32, value: u32) -> u32 {
        self.words[&at].swap(value, Ordering::SeqCst)
    }
}

impl Words for Shelf {
    const SPINS: u32 = 1;
    fn add(&self, at: u32, value: u32) -> u32 {
        self.words[&at].fetch_add(value, Ordering::SeqCst)
    }
    fn wait(&self, at: u32, expected: u32) {
        let (lock, bell) = &self.sleepers[&at];
        let held = lock.lock().unwrap();
        if self.load(at) == expected {
            drop(bell.wait(held).unwrap());
        }
    }
    fn notify(&self, at: u32, _count: u32) {
        if self.deaf != Some(at) {
            let (lock, bell) = &self.sleepers[&at];
            let _held = lock.lock().unwrap();
            bell.notify_all();
        }
    }
    fn put_job(&self, job: Job) {
        *self.job.lock().unwrap() = Some(Shared(job));
    }
    fn job(&self) -> Job {
        self.job.lock().unwrap().as_ref().expect("a job was put before the epoch moved").0
    }
    fn chunk(&self, job: Job, chunk: u32) {
        // SAFETY: see `Shared`.
        unsafe { (*job).chunk(chunk) }
    }
}

/// Jobs of different sizes on a leader and `helpers`, and an end.
fn jobs(helpers: u32, deaf: Option<u32>) {
    let model = Shelf::new(helpers + 1, deaf);
    let workers = |threads| Workers { words: model.clone(), threads };
    let hired: Vec<_> = (1..=helpers).map(|worker| (worker, workers(0))).map(|(worker, own)| thread::spawn(move || own.help(worker, 0))).collect();
    let leader = workers(helpers + 1);
    for count in [2, 1, 3] {
        let done: Vec<AtomicU32> = (0..count).map(|_| AtomicU32::new(0)).collect();
        leader.run(count, &|chunk: u32| _ = done[chunk as usize].fetch_add(1, Ordering::SeqCst));
        assert!(done.iter().all(|chunk| chunk.load(Ordering::SeqCst) == 1), "each chunk once, and before `run` comes back");
    }
    leader.stop();
    hired.into_iter().for_each(|helper| helper.join().unwrap());
}

/// Orders of events that are tried; the long form tries more.
fn orders() -> usize {
    if std::env::var_os("MOTES_FULL").is_some() { 300_000 } else { 20_000 }
}

#[test]
fn each_chunk_is_done_once_and_all_helpers_go_home() {
    shuttle::check_random(|| jobs(1, None), orders());
    shuttle::check_random(|| jobs(2, None), orders());
    shuttle::check_pct(|| jobs(2, None), orders(), 3);
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_wake_up_that_is_missing_is_noticed() {
    shuttle::check_random(|| jobs(2, Some(sync::EPOCH)), orders());
}

/// A writer that publishes frames of two numbers, and a reader that takes what there is.
fn frames(settled: bool) {
    let model = Shelf::new(1, None);
    let slots: Arc<Vec<[AtomicU32; 2]>> = Arc::new((0..3).map(|_| Default::default()).collect());
    let (writing, reading) = (model.clone(), model.clone());
    let filled = Arc::clone(&slots);
    let writer = thread::spawn(move || {
        for frame in 1..=4 {
            writing.publish(|back| filled[back as usize].iter().for_each(|half| half.store(frame, Ordering::SeqCst)));
        }
    });
    // Slot 0 is the writer's at first, 1 lies in the middle; the reader has 2, or by mistake the writer's.
    let (mut front, mut last) = (if settled { 2 } else { 0 }, 0);
    for _ in 0..6 {
        if let Some(slot) = reading.take_frame(front) {
            front = slot;
            let [one, other] = [0, 1].map(|half| slots[front as usize][half].load(Ordering::SeqCst));
            assert!(one == other && one > last, "a torn frame, or one that is not newer: {one}, {other} after {last}");
            last = one;
        }
        thread::yield_now();
    }
    writer.join().unwrap();
    assert!(last == 4 || model.load(sync::FRAME_MIDDLE) & FRESH != 0, "the newest frame is read or waits to be");
}

#[test]
fn frames_are_whole_and_in_order() {
    shuttle::check_random(|| frames(true), orders());
    shuttle::check_pct(|| frames(true), orders(), 3);
}

#[test]
#[should_panic(expected = "a torn frame")]
fn two_owners_of_a_slot_are_noticed() {
    shuttle::check_random(|| frames(false), orders());
}

/// A host that grows memory between two steps, and a reader that makes its views anew when the generation has moved.
fn growth(announced_first: bool) {
    let generation = offset_of!(Header, generation) as u32;
    let model = Shelf::new(1, None);
    let length = Arc::new(AtomicU32::new(10));
    let (host, grown) = (model.clone(), Arc::clone(&length));
    let grower = thread::spawn(move || {
        for _ in 0..3 {
            if announced_first {
                host.add(generation, 1);
                grown.fetch_add(10, Ordering::SeqCst);
            } else {
                grown.fetch_add(10, Ordering::SeqCst);
                host.add(generation, 1);
            }
        }
    });
    for _ in 0..4 {
        let seen = model.load(generation);
        let view = length.load(Ordering::SeqCst);
        assert!(view >= 10 + 10 * seen, "a view of {view} at generation {seen} is stale");
    }
    grower.join().unwrap();
}

#[test]
fn views_made_after_a_generation_reach_as_far_as_it() {
    shuttle::check_random(|| growth(false), orders());
}

#[test]
#[should_panic(expected = "is stale")]
fn a_generation_that_is_announced_too_soon_is_noticed() {
    shuttle::check_random(|| growth(true), orders());
}

/// A host that moves the block, and a reader that looks at its two halves between two looks at the generation.
fn moves(marked: bool) {
    let generation = offset_of!(Header, generation) as u32;
    let model = Shelf::new(1, None);
    let halves: Arc<[AtomicU32; 2]> = Arc::default();
    let (host, moved) = (model.clone(), Arc::clone(&halves));
    let mover = thread::spawn(move || {
        for next in 1..=3 {
            if marked {
                host.store(generation, next | MOVING);
            }
            moved.iter().for_each(|half| half.store(next, Ordering::SeqCst));
            host.store(generation, next);
        }
    });
    for _ in 0..5 {
        let before = model.load(generation);
        let [one, other] = [0, 1].map(|half| halves[half].load(Ordering::SeqCst));
        if before & MOVING == 0 && model.add(generation, 0) == before {
            assert!(one == other && one == before, "{one} and {other} at generation {before}: the block was on its way");
        }
    }
    mover.join().unwrap();
}

#[test]
fn what_is_read_between_two_looks_at_a_generation_is_of_one_block() {
    shuttle::check_random(|| moves(true), orders());
    shuttle::check_pct(|| moves(true), orders(), 3);
}

#[test]
#[should_panic(expected = "was on its way")]
fn a_move_that_is_not_marked_is_noticed() {
    shuttle::check_random(|| moves(false), orders());
}
