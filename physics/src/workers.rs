//! How workers share a job through a few words of the block: the leader's team, and the life of a helper.
//!
//! A job is the address of a closure on the leader's stack: all workers run the same module, so its code has the same table index in
//! each, and the memory is one. Helpers take chunks by atomic increment; the leader goes on when all have reported back. Waits spin
//! first and then sleep; whoever changes a word that others sleep on wakes them. What the words are is left to [`Words`]: in
//! physics.wasm they are those of the block, in `physics/tests/workers.rs` those of a model that tries the order of all events.

use crate::layout::{FRESH, sync};
use crate::plug_ins::Call;
use crate::team::{Team, Work};

/// Rounds of spinning before sleep: about 50 to 100 microseconds, longer than the gap between two stages of a step.
pub const SPINS: u32 = 20_000;

/// Work as two addresses.
pub type Job = *const dyn Work;

/// Words of the block by their offsets in [`sync`], as the writer and the reader of frames need them; every access is atomic.
pub trait FrameWords {
    /// Reads a word.
    fn load(&self, at: u32) -> u32;
    /// Writes a word.
    fn store(&self, at: u32, value: u32);
    /// Writes a word; what it was before comes back.
    fn exchange(&self, at: u32, value: u32) -> u32;

    /// Writes a frame into the slot that is the writer's, and hands it over for the one in the middle.
    fn publish(&self, write: impl FnOnce(u32)) {
        let back = self.load(sync::FRAME_BACK);
        write(back);
        let middle = self.exchange(sync::FRAME_MIDDLE, back | FRESH);
        self.store(sync::FRAME_BACK, middle & 3);
    }

    /// Whether the newest frame was not taken yet.
    fn has_fresh_frame(&self) -> bool {
        self.load(sync::FRAME_MIDDLE) & FRESH != 0
    }

    /// Takes the newest frame for the slot that is the reader's, if the reader has not seen it.
    fn take_frame(&self, front: u32) -> Option<u32> {
        self.has_fresh_frame().then(|| self.exchange(sync::FRAME_MIDDLE, front) & 3)
    }
}

/// The words that workers share; every access is sequentially consistent.
pub trait Words: FrameWords {
    /// Rounds of spinning before sleep.
    const SPINS: u32 = SPINS;
    /// Adds to a word; what it was before comes back.
    fn add(&self, at: u32, value: u32) -> u32;
    /// Sleeps until woken if the word is still `expected`; may come back early.
    fn wait(&self, at: u32, expected: u32);
    /// Wakes those that sleep on a word.
    fn notify(&self, at: u32, count: u32);
    /// Puts the job where helpers find it.
    fn put_job(&self, job: Job);
    /// The job that was put.
    fn job(&self) -> Job;
    /// Does one chunk of a job whose closure is alive.
    fn chunk(&self, job: Job, chunk: u32);
    /// Plug-ins that the host has loaded.
    fn plug_ins(&self) -> u32 {
        0
    }
    /// Calls one of them.
    fn plug_in(&self, _call: Call) {}
}

/// The workers of one block, seen from one of them.
pub struct Workers<W> {
    /// The shared words.
    pub words: W,
    /// Workers, the leader among them.
    pub threads: u32,
}

impl<W: Words> Workers<W> {
    /// Shows that a worker lives.
    fn beat(&self, worker: u32) {
        self.words.add(sync::HEARTBEAT + worker * sync::HEARTBEAT_STRIDE, 1);
    }

    /// Takes chunks until there are none; `worker`'s heartbeat moves with each.
    fn work(&self, worker: u32, job: Job, count: u32) {
        loop {
            let chunk = self.words.add(sync::NEXT_CHUNK, 1);
            if chunk >= count {
                return;
            }
            self.words.chunk(job, chunk);
            self.beat(worker);
        }
    }

    /// Comes back when the word is no longer `old`.
    fn await_change(&self, at: u32, old: u32, worker: u32) -> u32 {
        let mut spins = 0;
        loop {
            let now = self.words.load(at);
            if now != old {
                return now;
            }
            spins += 1;
            if spins >= W::SPINS {
                self.beat(worker);
                self.words.wait(at, old);
            }
        }
    }

    /// A helper's life: takes part in the leader's jobs until the stop word is set. `epoch` is the value of that word when the host set
    /// the worker up, so that no job between then and now is missed.
    pub fn help(&self, worker: u32, epoch: u32) {
        let mut seen = epoch;
        loop {
            if self.words.load(sync::STOP) != 0 {
                return;
            }
            seen = self.await_change(sync::EPOCH, seen, worker);
            if self.words.load(sync::STOP) != 0 {
                return;
            }
            self.work(worker, self.words.job(), self.words.load(sync::CHUNK_COUNT));
            self.words.add(sync::HELPERS_DONE, 1);
            self.words.notify(sync::HELPERS_DONE, 1);
        }
    }

    /// Sends the helpers home: a new epoch, so that none of them sleeps on the old one.
    pub fn stop(&self) {
        self.words.store(sync::STOP, 1);
        self.words.add(sync::EPOCH, 1);
        self.words.notify(sync::EPOCH, u32::MAX);
    }

    /// Runs the job on all workers; the caller keeps its closure alive.
    fn share(&self, count: u32, job: Job) {
        self.words.put_job(job);
        self.words.store(sync::CHUNK_COUNT, count);
        self.words.store(sync::HELPERS_DONE, 0);
        self.words.store(sync::NEXT_CHUNK, 0);
        // Helpers look at the job only after the epoch has moved.
        self.words.add(sync::EPOCH, 1);
        self.words.notify(sync::EPOCH, u32::MAX);
        self.work(0, job, count);
        let mut done = 0;
        while done != self.threads - 1 {
            done = self.await_change(sync::HELPERS_DONE, done, 0);
        }
    }
}

impl<W: Words + Sync> Team for Workers<W> {
    fn plug_ins(&self) -> u32 {
        self.words.plug_ins()
    }

    fn plug_in(&self, call: Call) {
        self.words.plug_in(call);
    }

    fn run(&self, count: u32, work: &dyn Work) {
        if count < 2 || self.threads < 2 {
            for chunk in 0..count {
                work.chunk(chunk);
                self.beat(0);
            }
            return;
        }
        // Only the lifetime is given up; `share` outlasts every use of the closure.
        let job: *const (dyn Work + '_) = work;
        #[expect(unsafe_code, reason = "there is no safe way to forget a lifetime")]
        // SAFETY: as said above.
        let job = unsafe { core::mem::transmute::<*const (dyn Work + '_), Job>(job) };
        self.share(count, job);
    }
}
