//! A crew: threads that wait for a job and take its chunks from one counter, beside the thread that brought it.
//!
//! A job is open or closed. Helpers join an open one, and what the leader waits for is only those that joined: one that still
//! sleeps is not missed. Waits spin first, longer than the gap between two stages of a step, and sleep after that.
#![expect(unsafe_code, reason = "a job is borrowed from the leader's stack")]

use motes_physics::team::Work;
use std::any::Any;
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// Rounds of spinning before sleep: some 50 microseconds.
const SPINS: u32 = 5_000;
/// Set in the state while helpers may join; the jobs' number stands above it, the helpers inside below.
const OPEN: u64 = 1 << 32;

/// What a thread met when its work panicked.
type Panic = Box<dyn Any + Send>;

/// The job that is open, and who takes part in it.
struct Desk {
    state: AtomicU64,
    /// Chunks handed out.
    next: AtomicU32,
    /// Work and number of chunks; written while no job is open and nobody inside.
    job: UnsafeCell<Option<(*const dyn Work, u32)>>,
    panic: Mutex<Option<Panic>>,
    quit: AtomicBool,
}

// SAFETY: `job` is written by the leader before it opens it, and read only by helpers that joined, for whom the leader waits; the work is `Sync`.
unsafe impl Sync for Desk {}
// SAFETY: as above; the pointer is gone when the leader's call comes back.
unsafe impl Send for Desk {}

impl Desk {
    /// Takes chunks until there are none.
    fn take(&self, work: &dyn Work, count: u32) {
        loop {
            let chunk = self.next.fetch_add(1, Ordering::Relaxed);
            if chunk >= count {
                return;
            }
            work.chunk(chunk);
        }
    }

    /// Joins the open job if it is another than the `last`; the number of the one that was joined.
    fn join(&self, last: u64) -> Option<u64> {
        let mut state = self.state.load(Ordering::Relaxed);
        while state & OPEN != 0 && state >> 33 != last {
            match self.state.compare_exchange_weak(state, state + 1, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Some(state >> 33),
                Err(now) => state = now,
            }
        }
        None
    }

    /// Works on the job that was joined, and leaves it.
    fn help(&self) {
        // SAFETY: this thread has joined, so the leader keeps the job as it is until `state` says that it left.
        let result = catch_unwind(AssertUnwindSafe(|| unsafe { (*self.job.get()).map(|(work, count)| self.take(&*work, count)) }));
        if let Err(panic) = result {
            *self.panic.lock().unwrap_or_else(|broken| broken.into_inner()) = Some(panic);
        }
        self.state.fetch_sub(1, Ordering::Release);
    }

    /// A helper's life.
    fn serve(&self) {
        let (mut last, mut spins) = (0, 0);
        while !self.quit.load(Ordering::Acquire) {
            if let Some(job) = self.join(last) {
                self.help();
                (last, spins) = (job, 0);
            } else if spins < SPINS {
                spins += 1;
                std::hint::spin_loop();
            } else {
                std::thread::park();
                spins = 0;
            }
        }
    }
}

/// Closes the job when the leader has no more chunks or panics, and waits for those inside.
struct Open<'a>(&'a Desk);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.state.fetch_add(OPEN, Ordering::Relaxed);
        for round in 0u32.. {
            // The state is closed: what stands below the mark are the helpers inside.
            if self.0.state.load(Ordering::Acquire).is_multiple_of(OPEN) {
                break;
            }
            if round < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
    }
}

/// Threads beside the calling one.
pub(crate) struct Crew {
    desk: Arc<Desk>,
    helpers: Vec<JoinHandle<()>>,
    leading: Mutex<()>,
}

impl Crew {
    /// Starts the helpers.
    pub(crate) fn start(helpers: u32) -> std::io::Result<Self> {
        let desk = Desk { state: OPEN.wrapping_mul(2).into(), next: 0.into(), job: None.into(), panic: Mutex::default(), quit: false.into() };
        let mut crew = Self { desk: Arc::new(desk), helpers: Vec::new(), leading: Mutex::default() };
        for number in 1..=helpers {
            let desk = Arc::clone(&crew.desk);
            crew.helpers.push(std::thread::Builder::new().name(format!("motes-{number}")).spawn(move || desk.serve())?);
        }
        Ok(crew)
    }

    /// Threads beside the calling one.
    pub(crate) fn helpers(&self) -> u32 {
        self.helpers.len() as u32
    }

    /// Does the work once for each number below `count`; on the calling thread alone if the crew has a job already.
    pub(crate) fn run(&self, count: u32, work: &dyn Work) {
        let Ok(_leading) = self.leading.try_lock() else {
            return (0..count).for_each(|chunk| work.chunk(chunk));
        };
        // SAFETY: only the lifetime is given up; `Open` keeps this call from coming back, or unwinding, while anyone is inside.
        let job = unsafe { std::mem::transmute::<&dyn Work, *const (dyn Work + 'static)>(work) };
        // SAFETY: no job is open and nobody inside, or `Open` of the last would still wait; only this thread leads.
        unsafe { *self.desk.job.get() = Some((job, count)) };
        self.desk.next.store(0, Ordering::Relaxed);
        self.desk.state.fetch_add(OPEN, Ordering::Release);
        let open = Open(&self.desk);
        self.helpers.iter().for_each(|helper| helper.thread().unpark());
        self.desk.take(work, count);
        drop(open);
        if let Some(panic) = self.desk.panic.lock().unwrap_or_else(|broken| broken.into_inner()).take() {
            resume_unwind(panic);
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.desk.quit.store(true, Ordering::Release);
        self.helpers.iter().for_each(|helper| helper.thread().unpark());
        for helper in self.helpers.drain(..) {
            let _ = helper.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chunk_is_done_once_in_every_job() {
        let crew = Crew::start(3).unwrap();
        let done: Vec<AtomicU32> = (0..100).map(|_| AtomicU32::new(0)).collect();
        let jobs = if cfg!(miri) { 60 } else { 2_000u32 };
        for job in 1..=jobs {
            let count = job % 101;
            crew.run(count, &|chunk: u32| _ = done[chunk as usize].fetch_add(1, Ordering::Relaxed));
        }
        let want = |chunk: u32| (1..=jobs).filter(|job| job % 101 > chunk).count() as u32;
        assert!((0..100).all(|chunk| done[chunk as usize].load(Ordering::Relaxed) == want(chunk)));
    }

    #[test]
    fn sleepers_wake_and_a_job_within_a_job_is_done() {
        let crew = Crew::start(2).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
        let done = AtomicU32::new(0);
        crew.run(8, &|_| crew.run(5, &|_| _ = done.fetch_add(1, Ordering::Relaxed)));
        assert_eq!(done.load(Ordering::Relaxed), 40);
    }

    #[test]
    fn a_panic_reaches_the_leader_and_the_crew_lives() {
        let crew = Crew::start(2).unwrap();
        for _ in 0..20 {
            let run = || crew.run(64, &|chunk| assert!(chunk != 40, "chunk forty"));
            let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
            assert!(panic.downcast_ref::<&str>().is_some_and(|text| text.contains("forty")));
        }
        let done = AtomicU32::new(0);
        crew.run(64, &|_| _ = done.fetch_add(1, Ordering::Relaxed));
        assert_eq!(done.load(Ordering::Relaxed), 64);
    }
}
