//! The C ABI of physics.wasm, and the team of workers behind it.
//!
//! Worker 0 leads: it alone calls init, step, publish and so on. The others sit in `motes_help`. A job is the address of a
//! closure on the leader's stack: all workers run the same module, so its code has the same table index in each, and the
//! memory is one. Helpers take chunks by atomic increment; the leader goes on when all have reported back. Waits spin first
//! and then sleep at most 100 ms, so that a lost wake-up costs time and nothing else.
#![expect(unsafe_code, reason = "the boundary to the host")]

use crate::block::Block;
use crate::distributions::Distribution;
use crate::layout::{ABI_VERSION, FRESH, LAYOUT_HASH, map, sync};
use crate::team::{Team, Work};
use crate::{Fault, Status, checkpoint, frames, run};

#[link(wasm_import_module = "sync")]
unsafe extern "C" {
    fn load(at: u32) -> u32;
    fn store(at: u32, value: u32);
    fn add(at: u32, value: u32) -> u32;
    fn exchange(at: u32, value: u32) -> u32;
    fn wait(at: u32, expected: u32, timeout_ns: i64) -> i32;
    fn notify(at: u32, count: u32) -> u32;
}

/// Rounds of spinning before sleep: about 50 to 100 microseconds, longer than the gap between two stages of a step.
const SPINS: u32 = 20_000;
/// Longest sleep.
const NAP_NS: i64 = 100_000_000;

#[panic_handler]
fn panic(_info: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

/// Work as two addresses.
type Job = *const dyn Work;

/// The workers of one block.
struct Workers {
    base: u32,
    threads: u32,
}

impl Workers {
    /// Takes chunks until there are none; `worker`'s heartbeat moves with each.
    fn work(&self, worker: u32, job: Job, count: u32) {
        let beat = self.base + sync::HEARTBEAT + worker * sync::HEARTBEAT_STRIDE;
        loop {
            // SAFETY: sync words of a checked block.
            let chunk = unsafe { add(self.base + sync::NEXT_CHUNK, 1) };
            if chunk >= count {
                return;
            }
            // SAFETY: the leader keeps the closure alive until all helpers are done with it.
            unsafe {
                (*job).chunk(chunk);
                add(beat, 1);
            }
        }
    }

    /// All chunks on the leader, whose heartbeat moves with each.
    fn alone(&self, count: u32, work: &dyn Work) {
        for chunk in 0..count {
            work.chunk(chunk);
            // SAFETY: the leader's heartbeat, a sync word of a checked block.
            unsafe { add(self.base + sync::HEARTBEAT, 1) };
        }
    }

    /// Comes back when the word is no longer `old`.
    fn await_change(&self, at: u32, old: u32, worker: u32) -> u32 {
        let mut spins = 0;
        loop {
            // SAFETY: sync words of a checked block.
            let now = unsafe { load(at) };
            if now != old {
                return now;
            }
            spins += 1;
            if spins >= SPINS {
                // SAFETY: as above; only workers come here, never the page's own thread.
                unsafe {
                    add(self.base + sync::HEARTBEAT + worker * sync::HEARTBEAT_STRIDE, 1);
                    wait(at, old, NAP_NS);
                }
            }
        }
    }
}

impl Team for Workers {
    fn run(&self, count: u32, work: &dyn Work) {
        if count < 2 || self.threads < 2 {
            return self.alone(count, work);
        }
        // SAFETY: only the lifetime is given up; this call outlasts every use of the closure.
        let job = unsafe { core::mem::transmute::<&dyn Work, Job>(work) };
        // SAFETY: a wide pointer is two 32-bit words here.
        let [data, table] = unsafe { core::mem::transmute::<Job, [u32; 2]>(job) };
        let at = |word: u32| self.base + word;
        // SAFETY: sync words of a checked block; helpers look at the job only after the epoch has moved.
        unsafe {
            store(at(sync::JOB_DATA), data);
            store(at(sync::JOB_TABLE), table);
            store(at(sync::CHUNK_COUNT), count);
            store(at(sync::HELPERS_DONE), 0);
            store(at(sync::NEXT_CHUNK), 0);
            add(at(sync::EPOCH), 1);
            notify(at(sync::EPOCH), u32::MAX);
        }
        self.work(0, job, count);
        let mut done = 0;
        while done != self.threads - 1 {
            done = self.await_change(at(sync::HELPERS_DONE), done, 0);
        }
    }
}

/// Opens the block at `base`: the host vouches that the memory reaches as far as the header says.
fn open(base: u32) -> Result<Block<'static>, Status> {
    let pages = core::arch::wasm32::memory_size(0) as u64;
    let bytes = (pages * 65_536).saturating_sub(base as u64);
    // SAFETY: the bytes from base to the memory's end belong to the block; only the leader opens it.
    unsafe { Block::open(base as *mut u8, bytes) }
}

fn lead(base: u32, threads: u32, call: impl FnOnce(&mut Block, &dyn Team) -> Result<(), Fault>) -> u32 {
    let mut block = match open(base) {
        Ok(block) => block,
        Err(status) => return status as u32,
    };
    // SAFETY: a sync word of a checked block.
    unsafe { add(base + sync::HEARTBEAT, 1) };
    let result = call(&mut block, &Workers { base, threads: threads.clamp(1, map::MAX_THREADS) });
    result.map_or_else(|fault| fault.status as u32, |()| Status::Ok as u32)
}

/// Version of this ABI.
#[unsafe(no_mangle)]
extern "C" fn motes_abi_version() -> u32 {
    ABI_VERSION
}

/// See [`LAYOUT_HASH`].
#[unsafe(no_mangle)]
extern "C" fn motes_layout_hash() -> u64 {
    LAYOUT_HASH
}

/// Makes the first state.
#[unsafe(no_mangle)]
extern "C" fn motes_init(base: u32, threads: u32) -> u32 {
    lead(base, threads, |block, team| run::init(block, team))
}

/// Runs `steps` time steps.
#[unsafe(no_mangle)]
extern "C" fn motes_step(base: u32, steps: u32, threads: u32) -> u32 {
    lead(base, threads, |block, team| run::step(block, team, steps))
}

/// Publishes a frame.
#[unsafe(no_mangle)]
extern "C" fn motes_publish(base: u32, threads: u32) -> u32 {
    lead(base, threads, |block, team| {
        // SAFETY: sync words of a checked block; the exchange hands the finished slot over.
        unsafe {
            let back = load(base + sync::FRAME_BACK);
            frames::write(block, team, back as usize);
            let middle = exchange(base + sync::FRAME_MIDDLE, back | FRESH);
            store(base + sync::FRAME_BACK, middle & 3);
        }
        Ok(())
    })
}

/// Fills the diagnostics.
#[unsafe(no_mangle)]
extern "C" fn motes_diagnose(base: u32, threads: u32) -> u32 {
    lead(base, threads, |block, team| run::diagnose(block, team))
}

/// Writes a distribution, by its number.
#[unsafe(no_mangle)]
extern "C" fn motes_distribution(base: u32, kind: u32, range: f64, threads: u32) -> u32 {
    lead(base, threads, |block, team| {
        let kind = Distribution::from_index(kind).ok_or(Fault::from(Status::OutOfRange))?;
        run::distribution(block, team, kind, range)
    })
}

/// The state hash; 0 for what is no block.
#[unsafe(no_mangle)]
extern "C" fn motes_hash(base: u32, threads: u32) -> u64 {
    let mut hash = 0;
    lead(base, threads, |block, team| {
        hash = run::state_hash(block, team);
        Ok(())
    });
    hash
}

/// Copies the state to its second place.
#[unsafe(no_mangle)]
extern "C" fn motes_checkpoint(base: u32, threads: u32) -> u32 {
    lead(base, threads, |block, team| {
        checkpoint::save(block, team);
        Ok(())
    })
}

/// Copies the state back.
#[unsafe(no_mangle)]
extern "C" fn motes_restore(base: u32, threads: u32) -> u32 {
    lead(base, threads, |block, team| run::restore(block, team))
}

/// Takes part in the leader's jobs until the header's stop word is set. `epoch` is the value of the epoch word when the host
/// set the worker up, so that no job between then and now is missed.
#[unsafe(no_mangle)]
extern "C" fn motes_help(base: u32, worker: u32, epoch: u32) -> u32 {
    let workers = Workers { base, threads: 0 };
    let at = |word: u32| base + word;
    let mut seen = epoch;
    loop {
        // SAFETY: sync words of a block that the leader has checked.
        unsafe {
            while load(at(sync::EPOCH)) == seen {
                if load(at(sync::STOP)) != 0 {
                    return worker;
                }
                nap(&workers, at(sync::EPOCH), seen, worker);
            }
            if load(at(sync::STOP)) != 0 {
                return worker;
            }
            seen = load(at(sync::EPOCH));
            let job = core::mem::transmute::<[u32; 2], Job>([load(at(sync::JOB_DATA)), load(at(sync::JOB_TABLE))]);
            workers.work(worker, job, load(at(sync::CHUNK_COUNT)));
            add(at(sync::HELPERS_DONE), 1);
            notify(at(sync::HELPERS_DONE), 1);
        }
    }
}

/// Spins, then sleeps once.
fn nap(workers: &Workers, at: u32, old: u32, worker: u32) {
    for _ in 0..SPINS {
        // SAFETY: a sync word.
        if unsafe { load(at) } != old {
            return;
        }
    }
    // SAFETY: as above; helpers are workers and may sleep.
    unsafe {
        add(workers.base + sync::HEARTBEAT + worker * sync::HEARTBEAT_STRIDE, 1);
        wait(at, old, NAP_NS);
    }
}
