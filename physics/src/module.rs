//! The C ABI of physics.wasm. Worker 0 leads: it alone calls init, step, publish and so on. The others sit in `motes_help`.
#![expect(unsafe_code, reason = "the boundary to the host")]

use crate::block::Block;
use crate::distributions::Distribution;
use crate::layout::{ABI_VERSION, LAYOUT_HASH, map, sync};
use crate::plug_ins::Call;
use crate::team::Team;
use crate::workers::{FrameWords, Job, Words, Workers};
use crate::{Fault, Status, checkpoint, frames, migrate, run};

#[link(wasm_import_module = "sync")]
unsafe extern "C" {
    fn load(at: u32) -> u32;
    fn store(at: u32, value: u32);
    fn add(at: u32, value: u32) -> u32;
    fn exchange(at: u32, value: u32) -> u32;
    fn wait(at: u32, expected: u32, timeout_ns: i64) -> i32;
    fn notify(at: u32, count: u32) -> u32;
}

#[link(wasm_import_module = "plug")]
unsafe extern "C" {
    #[link_name = "count"]
    fn plug_count() -> u32;
    #[link_name = "call"]
    fn plug_call(block: u32, number: u32, stage: u32, first: u32, count: u32, dt: f64);
}

/// Longest sleep, so that a lost wake-up costs time and nothing else.
const NAP_NS: i64 = 100_000_000;

#[panic_handler]
fn panic(_info: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

/// The sync words of the block at this base, by the atomics of sync.wasm.
#[derive(Clone, Copy)]
struct At(u32);

// SAFETY of all calls: sync words of a block that the leader has checked; only workers wait, never the page's own thread.
impl FrameWords for At {
    fn load(&self, at: u32) -> u32 {
        // SAFETY: as above.
        unsafe { load(self.0 + at) }
    }
    fn store(&self, at: u32, value: u32) {
        // SAFETY: as above.
        unsafe { store(self.0 + at, value) }
    }
    fn exchange(&self, at: u32, value: u32) -> u32 {
        // SAFETY: as above.
        unsafe { exchange(self.0 + at, value) }
    }
}

impl Words for At {
    fn add(&self, at: u32, value: u32) -> u32 {
        // SAFETY: as above.
        unsafe { add(self.0 + at, value) }
    }
    fn wait(&self, at: u32, expected: u32) {
        // SAFETY: as above.
        unsafe { wait(self.0 + at, expected, NAP_NS) };
    }
    fn notify(&self, at: u32, count: u32) {
        // SAFETY: as above.
        unsafe { notify(self.0 + at, count) };
    }
    fn put_job(&self, job: Job) {
        // SAFETY: a wide pointer is two 32-bit words here.
        let [data, table] = unsafe { core::mem::transmute::<Job, [u32; 2]>(job) };
        self.store(sync::JOB_DATA, data);
        self.store(sync::JOB_TABLE, table);
    }
    fn job(&self) -> Job {
        // SAFETY: the words that `put_job` made of one.
        unsafe { core::mem::transmute::<[u32; 2], Job>([self.load(sync::JOB_DATA), self.load(sync::JOB_TABLE)]) }
    }
    fn chunk(&self, job: Job, chunk: u32) {
        // SAFETY: the leader keeps the closure alive until all helpers are done with it.
        unsafe { (*job).chunk(chunk) }
    }
    fn plug_ins(&self) -> u32 {
        // SAFETY: a function of the host, without conditions.
        unsafe { plug_count() }
    }
    fn plug_in(&self, call: Call) {
        // SAFETY: the host calls the plug-in of that number; what that may not touch is looked at afterwards.
        unsafe { plug_call(call.block as u32, call.number, call.stage, call.first, call.count, call.dt) }
    }
}

/// Opens the block at `base`: the host vouches that the memory reaches as far as the header says.
#[inline(never)]
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
    let workers = Workers { words: At(base), threads: threads.clamp(1, map::MAX_THREADS) };
    workers.words.add(sync::HEARTBEAT, 1);
    let result = call(&mut block, &workers);
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
        At(base).publish(|back| frames::write(block, team, back as usize));
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

/// Carries the block at `base` over to the plan at `to`, an address apart from it; see [`migrate::migrate`].
#[unsafe(no_mangle)]
extern "C" fn motes_migrate(base: u32, to: u32, threads: u32) -> u32 {
    lead(base, threads, |from, team| {
        let mut to = open(to)?;
        migrate::migrate(from, &mut to, team)
    })
}

/// Takes part in the leader's jobs until the header's stop word is set; see [`Workers::help`].
#[unsafe(no_mangle)]
extern "C" fn motes_help(base: u32, worker: u32, epoch: u32) -> u32 {
    Workers { words: At(base), threads: 0 }.help(worker, epoch);
    worker
}
