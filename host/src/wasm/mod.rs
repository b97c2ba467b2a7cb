//! physics.wasm in wasmtime: the very module that pages run, on threads that share one memory.
//!
//! As on the web, the host creates the memory and puts the block at its base; every thread has an instance and a stack of its
//! own; the first leads, the others sit in `motes_help`. A module that trapped answers no more calls: its block may be half
//! written, and is still there for another module.

pub(crate) mod patch;
mod trial;

pub use trial::Trial;

use crate::budget::Clock;
use crate::engine::{Made, Plugs};
use crate::memory::{Memory, wasm_word};
use crate::plug_ins::PlugIns;
use crate::simulation::HostError;
use motes_physics::Status;
use motes_physics::layout::map::{BLOCK_BASE, MAX_THREADS, STACK_BYTES, STACK_GUARD, STACK_GUARD_BYTES, STACKS};
use motes_physics::layout::{ABI_VERSION, LAYOUT_HASH, sync};
use motes_physics::plug_ins::Call;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use wasmtime::{Config, Engine, Instance, Linker, MemoryType, Module, SharedMemory, Store, Val};

const NO_MODULE: &str = "not a Wasm module, or one that imports no memory";
/// Bytes of a page.
const PAGE: u64 = 65_536;
const NOT_STOPPABLE: &str = "physics.wasm was compiled so that nobody could stop a plug-in; read it with Modules::read_for_plug_ins";
/// Pages that 32 bits reach.
const MOST_PAGES: u32 = 65_536;

/// Modules that are ready to be instantiated on any number of memories.
#[derive(Clone)]
pub struct Modules {
    engine: Engine,
    sync: Module,
    /// Physics with its data.
    first: Module,
    /// Physics without data and start sections.
    others: Module,
    /// Who moves the engine's epoch, where calls must be stoppable.
    clock: Option<Arc<Clock>>,
    /// Ticks of the engine's epoch until a call ends.
    deadline: u64,
}

/// Longer than any run.
const NO_DEADLINE: u64 = u64::MAX / 2;

impl Modules {
    /// Reads physics.wasm, and sync.wasm that lies beside it, and compiles them.
    pub fn read(physics: &Path) -> Result<Self, String> {
        Self::read_in(&engine(false)?, physics)
    }

    /// Compiles the modules for shared memory.
    pub fn compile(physics: &[u8], sync: &[u8]) -> Result<Self, String> {
        Self::compile_in(&engine(false)?, physics, sync)
    }

    /// As [`Self::read`], for runs with plug-ins, whose calls can be stopped in the middle.
    pub fn read_for_plug_ins(physics: &Path) -> Result<Self, String> {
        let clock = Clock::start()?;
        Ok(Self { clock: Some(Arc::clone(&clock)), ..Self::read_in(clock.engine(), physics)? })
    }

    fn read_in(engine: &Engine, physics: &Path) -> Result<Self, String> {
        let file = |path: &Path| std::fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()));
        Self::compile_in(engine, &file(physics)?, &file(&physics.with_file_name("sync.wasm"))?)
    }

    /// As [`Self::compile`], for one thread alone; its code ends when the engine's epoch moves.
    fn compile_for_trial(physics: &[u8], sync: &[u8]) -> Result<Self, String> {
        let engine = engine(true)?;
        let module = |bytes: &[u8]| Module::from_binary(&engine, &patch::with_shared_memory(bytes).ok_or(NO_MODULE)?).map_err(text);
        let (first, sync) = (module(physics)?, module(sync)?);
        Ok(Self { others: first.clone(), first, sync, engine, clock: None, deadline: 1 })
    }

    /// Another build of the physics, for memories that these modules made.
    fn another(&self, physics: &[u8], sync: &[u8]) -> Result<Self, String> {
        Ok(Self { clock: self.clock.clone(), ..Self::compile_in(&self.engine, physics, sync)? })
    }

    fn compile_in(engine: &Engine, physics: &[u8], sync: &[u8]) -> Result<Self, String> {
        let shared = patch::with_shared_memory(physics).ok_or(NO_MODULE)?;
        let module = |bytes: &[u8]| Module::from_binary(engine, bytes).map_err(text);
        let others = module(&patch::without_data(&shared).ok_or(NO_MODULE)?)?;
        let (first, sync) = (module(&shared)?, module(&patch::with_shared_memory(sync).ok_or(NO_MODULE)?)?);
        Ok(Self { engine: engine.clone(), sync, first, others, clock: None, deadline: NO_DEADLINE })
    }

    /// A memory with room for a block, its stacks guarded.
    pub(crate) fn memory(&self, block_bytes: u64) -> Option<SharedMemory> {
        let memory = memory(&self.engine, block_bytes)?;
        guards().for_each(|(_, address)| wasm_word(&memory, address).store(STACK_GUARD, Ordering::Relaxed));
        Some(memory)
    }
}

/// A memory with so many bytes from the block's base on; `None` when the system, or 32 bits of addresses, have no room.
pub(crate) fn memory(engine: &Engine, bytes: u64) -> Option<SharedMemory> {
    let pages = u32::try_from(u64::from(BLOCK_BASE).saturating_add(bytes).div_ceil(PAGE)).ok().filter(|pages| *pages <= MOST_PAGES)?;
    SharedMemory::new(engine, MemoryType::shared(pages, MOST_PAGES)).ok()
}

pub(crate) fn engine(may_be_stopped: bool) -> Result<Engine, String> {
    let mut config = Config::new();
    config.wasm_threads(true).shared_memory(true).epoch_interruption(may_be_stopped);
    Engine::new(&config).map_err(text)
}

/// Guard words: whose, and where.
fn guards() -> impl Iterator<Item = (u32, u32)> {
    (0..MAX_THREADS).flat_map(|thread| (0..STACK_GUARD_BYTES).step_by(4).map(move |at| (thread, STACKS + thread * STACK_BYTES + at)))
}

pub(crate) fn text(error: wasmtime::Error) -> String {
    format!("{error:#}")
}

/// One thread's instance.
struct Physics {
    store: Store<()>,
    instance: Instance,
}

impl Physics {
    fn new(modules: &Modules, memory: &SharedMemory, thread: u32, plug_ins: Option<&Arc<PlugIns>>) -> Result<Self, String> {
        let mut store = Store::new(&modules.engine, ());
        store.set_epoch_deadline(modules.deadline);
        let mut linker = Linker::new(&modules.engine);
        linker.define(&store, "env", "memory", memory.clone()).map_err(text)?;
        linker.module(&mut store, "sync", &modules.sync).map_err(text)?;
        let (counted, called) = (plug_ins.cloned(), plug_ins.cloned());
        linker.func_wrap("plug", "count", move || counted.as_ref().map_or(0, |plug_ins| plug_ins.count())).map_err(text)?;
        let call = move |block: u32, number: u32, stage: u32, first: u32, count: u32, dt: f64| {
            let made = called.as_ref().is_some_and(|plug_ins| plug_ins.call(Call { block: block as usize, number, stage, first, count, dt }));
            if made { Ok(()) } else { Err(wasmtime::Error::msg("a plug-in failed")) }
        };
        linker.func_wrap("plug", "call", call).map_err(text)?;
        let module = if thread == 0 { &modules.first } else { &modules.others };
        let instance = linker.instantiate(&mut store, module).map_err(text)?;
        let stack = instance.get_global(&mut store, "__stack_pointer").ok_or("physics.wasm exports no __stack_pointer")?;
        stack.set(&mut store, Val::I32((STACKS + (thread + 1) * STACK_BYTES) as i32)).map_err(text)?;
        Ok(Self { store, instance })
    }

    fn call(&mut self, name: &str, arguments: &[Val]) -> Result<u64, String> {
        let function = self.instance.get_func(&mut self.store, name).ok_or_else(|| format!("physics.wasm has no function {name}"))?;
        let mut result = [Val::I32(0)];
        function.call(&mut self.store, arguments, &mut result).map_err(text)?;
        Ok(match result[0] {
            Val::I64(value) => value as u64,
            ref value => u64::from(value.unwrap_i32() as u32),
        })
    }
}

/// Threads that run physics.wasm on one memory.
pub(crate) struct WasmTeam {
    modules: Modules,
    leader: Physics,
    helpers: Vec<JoinHandle<()>>,
    memory: SharedMemory,
    threads: u32,
    plug_ins: Option<Arc<PlugIns>>,
    /// Why the module is not called any more.
    broken: Arc<OnceLock<String>>,
}

impl WasmTeam {
    /// Instantiates the modules on the memory, once for each thread, and starts the helpers.
    pub(crate) fn start(modules: &Modules, memory: &SharedMemory, threads: u32, plug_ins: Option<&Arc<PlugIns>>) -> Result<Self, String> {
        if !(1..=MAX_THREADS).contains(&threads) {
            return Err(format!("physics.wasm runs on 1 to {MAX_THREADS} threads, not {threads}"));
        }
        let mut leader = Physics::new(modules, memory, 0, plug_ins)?;
        let versions = (leader.call("motes_abi_version", &[])?, leader.call("motes_layout_hash", &[])?);
        if versions != (u64::from(ABI_VERSION), LAYOUT_HASH) {
            return Err("physics.wasm was built from other sources than this program; build it again with `cargo xtask web --build-only`".to_owned());
        }
        wasm_word(memory, BLOCK_BASE + sync::STOP).store(0, Ordering::Release);
        let epoch = wasm_word(memory, BLOCK_BASE + sync::EPOCH).load(Ordering::Acquire);
        let broken = Arc::<OnceLock<String>>::default();
        // All instances exist before the first thread starts, so that none can fail once the leader counts on it.
        let instances: Vec<Physics> = (1..threads).map(|thread| Physics::new(modules, memory, thread, plug_ins)).collect::<Result<_, _>>()?;
        let mut team = Self { modules: modules.clone(), leader, helpers: Vec::new(), memory: memory.clone(), threads, plug_ins: plug_ins.cloned(), broken };
        for (thread, mut physics) in (1u32..).zip(instances) {
            let (memory, broken) = (memory.clone(), Arc::clone(&team.broken));
            let work = move || {
                let arguments = [BLOCK_BASE, thread, epoch].map(|n| Val::I32(n as i32));
                if let Err(reason) = physics.call("motes_help", &arguments) {
                    let _ = broken.set(reason);
                    stand_in(&memory);
                }
            };
            team.helpers.push(std::thread::Builder::new().name(format!("motes-{thread}")).spawn(work).map_err(|error| error.to_string())?);
        }
        Ok(team)
    }

    /// Another build in place of this one, between two calls; `block` is what the memory holds. The run is not touched before the module has
    /// passed its trial, and by none that did not.
    pub(crate) fn swap(&mut self, physics: &[u8], sync: &[u8], block: &[u8], trial: Trial) -> Result<(), String> {
        let modules = match &self.plug_ins {
            Some(plug_ins) => {
                trial::check_size(physics)?;
                let modules = self.modules.another(physics, sync)?;
                trial::attempt_with(plug_ins, &modules, physics, block, trial)?;
                modules
            }
            None => {
                trial::attempt(physics, sync, block, trial)?;
                self.modules.another(physics, sync)?
            }
        };
        self.stop();
        let memory = self.memory.clone();
        let plug_ins = self.plug_ins.clone();
        let started = Self::start(&modules, &memory, self.threads, plug_ins.as_ref());
        // The statics of the one before are written over by now, so it is started anew where the other cannot be.
        let (team, result) = match started {
            Ok(team) => (team, Ok(())),
            Err(reason) => (Self::start(&self.modules, &memory, self.threads, plug_ins.as_ref())?, Err(reason)),
        };
        *self = team;
        result
    }

    /// New instances of the same modules, after a plug-in ended the old ones in the middle of a call.
    pub(crate) fn revive(&mut self) -> Result<(), String> {
        self.stop();
        let (modules, memory, plug_ins) = (self.modules.clone(), self.memory.clone(), self.plug_ins.clone());
        *self = Self::start(&modules, &memory, self.threads, plug_ins.as_ref())?;
        Ok(())
    }

    /// Memory with that prefix in it, room for its block of so many bytes, plug-ins and `carried` bytes behind all, and a team on it; `None`
    /// when the system has no room.
    pub(crate) fn on_new_memory(
        modules: &Modules,
        threads: u32,
        (prefix, bytes): (&[u8], u64),
        carried: u64,
        plugs: &Plugs,
    ) -> Result<Option<Made>, HostError> {
        let plug_in = |reason| HostError::PlugIn { reason };
        let with = |memory: SharedMemory, plug_ins: Arc<PlugIns>| (memory, Some(plug_ins));
        let made = match plugs {
            Plugs::None => modules.memory(bytes + carried).map(|memory| (memory, None)),
            Plugs::Same(plug_ins) => match modules.memory(plug_ins.bytes() + carried) {
                Some(memory) => Some(with(memory.clone(), plug_ins.beside_on(&memory).map_err(plug_in)?)),
                None => None,
            },
            Plugs::Of(scene, reserve) => {
                let clock = modules.clock.as_ref().ok_or_else(|| plug_in(NOT_STOPPABLE.to_owned()))?;
                let made = PlugIns::on_memory(clock, scene, (bytes, *reserve), threads, |bytes| modules.memory(bytes + carried)).map_err(plug_in)?;
                made.map(|(memory, plug_ins)| with(memory, plug_ins))
            }
        };
        let Some((memory, plug_ins)) = made else { return Ok(None) };
        let mut block = Memory::in_wasm(&memory);
        block.bytes_mut()[..prefix.len()].copy_from_slice(prefix);
        let team = Self::start(modules, &memory, threads, plug_ins.as_ref()).map_err(|reason| HostError::Module { reason })?;
        Ok(Some(Made { memory: block, engine: Some(crate::engine::Engine::Wasm(team)), plug_ins }))
    }

    /// As [`Self::on_new_memory`], with a team like this one.
    pub(crate) fn place(&self, block: (&[u8], u64), carried: u64, plugs: &Plugs) -> Result<Option<Made>, HostError> {
        Self::on_new_memory(&self.modules, self.threads, block, carried, plugs)
    }

    /// Where a block that is to be carried over lies: how far behind the base.
    pub(crate) fn behind_all(&self, block_bytes: u64) -> u64 {
        self.plug_ins.as_ref().map_or(block_bytes, |plug_ins| plug_ins.bytes())
    }

    /// Carries a block that was copied to that offset behind this team's into it; comes back with the status when that is not possible.
    pub(crate) fn migrate(&mut self, offset: u32) -> Result<Option<Status>, String> {
        // The helpers wait at the words of the block that is being made, so the leader is alone with the other.
        let status = self.leader.call("motes_migrate", &[BLOCK_BASE + offset, BLOCK_BASE, 1].map(|n| Val::I32(n as i32)))?;
        match Status::ALL.iter().find(|(known, _)| *known as u64 == status) {
            Some((Status::Ok, _)) => Ok(None),
            Some((status, _)) => Ok(Some(*status)),
            None => Err(format!("motes_migrate ended with status {status}, which there is none of")),
        }
    }

    /// Calls `motes_*` on the block; the arguments stand between the base and the number of threads.
    pub(crate) fn call(&mut self, name: &str, arguments: &[Val]) -> Result<u64, String> {
        if let Some(reason) = self.broken.get() {
            return Err(reason.clone());
        }
        let all = [&[Val::I32(BLOCK_BASE as i32)][..], arguments, &[Val::I32(self.threads as i32)]].concat();
        let result = self.leader.call(name, &all);
        let overrun = guards().find(|(_, address)| wasm_word(&self.memory, *address).load(Ordering::Relaxed) != STACK_GUARD);
        if let Some(reason) = result.as_ref().err().cloned().or(overrun.map(|(thread, _)| format!("the stack of thread {thread} ran over"))) {
            let _ = self.broken.set(reason);
        }
        self.broken.get().map_or(result, |reason| Err(reason.clone()))
    }
}

impl WasmTeam {
    /// Sends the helpers home. Once: the stop word may belong to the helpers of another team afterwards.
    fn stop(&mut self) {
        if self.helpers.is_empty() {
            return;
        }
        wasm_word(&self.memory, BLOCK_BASE + sync::STOP).store(1, Ordering::Release);
        // A new epoch, so that none sleeps on the old one.
        wasm_word(&self.memory, BLOCK_BASE + sync::EPOCH).fetch_add(1, Ordering::AcqRel);
        let _ = self.memory.atomic_notify(u64::from(BLOCK_BASE + sync::EPOCH), u32::MAX);
        for helper in self.helpers.drain(..) {
            let _ = helper.join();
        }
    }
}

impl Drop for WasmTeam {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Reports for a helper that trapped, so that the leader does not wait for it for ever.
fn stand_in(memory: &SharedMemory) {
    let word = |offset: u32| wasm_word(memory, BLOCK_BASE + offset);
    let mut seen = None;
    while word(sync::STOP).load(Ordering::Acquire) == 0 {
        let epoch = Some(word(sync::EPOCH).load(Ordering::Acquire));
        if epoch != seen {
            seen = epoch;
            word(sync::HELPERS_DONE).fetch_add(1, Ordering::AcqRel);
            let _ = memory.atomic_notify(u64::from(BLOCK_BASE + sync::HELPERS_DONE), 1);
        }
        std::thread::yield_now();
    }
}
