//! Plug-ins in wasmtime, on the memory that the block lies in: each thread has an instance of every one, and one at a time of them runs.
//!
//! What pages do in `web/plug-ins/` is done here: areas behind the block, a stack for each thread, a table of functions for each
//! thread, and the bases handed to each module. A call that traps, or takes longer than its budget, ends all further ones; the
//! simulation then goes back to the last whole step and on without that plug-in.

mod areas;
mod instance;

use crate::budget::Clock;
use crate::dylink::Place;
use crate::memory::{Memory, wasm_word};
use crate::simulation::HostError;
use areas::Areas;
use instance::{Instance, Modules};
use motes_physics::layout::map::BLOCK_BASE;
use motes_physics::plug_ins::{Call, STAGES};
use motes_scene::{Compiled, LoadedPlugIn};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use wasmtime::SharedMemory;

/// What instances are made of, on any memory.
struct Code {
    loaded: Vec<LoadedPlugIn>,
    modules: Vec<Modules>,
    clock: Arc<Clock>,
}

impl Code {
    fn compile(clock: &Arc<Clock>, scene: &Compiled) -> Result<Self, String> {
        let compile = |loaded: &LoadedPlugIn| Modules::compile(clock.engine(), &loaded.plug_in.bytes).map_err(|reason| of(loaded, reason));
        let modules = scene.plug_ins.iter().map(compile).collect::<Result<_, _>>()?;
        Ok(Self { loaded: scene.plug_ins.clone(), modules, clock: Arc::clone(clock) })
    }

    /// An instance of each plug-in for each thread; the first thread's bring the data where they are not there yet.
    fn instances(&self, memory: &SharedMemory, areas: &Areas, with_data: bool) -> Result<Vec<Mutex<Vec<Instance>>>, String> {
        let on_thread = |thread: u32| {
            let made = self.loaded.iter().zip(&self.modules).enumerate().map(|(number, (loaded, modules))| {
                let link = &loaded.plug_in.link;
                let (memory_base, stack, brings_data) = (areas.base(number), areas.stack(thread), with_data && thread == 0);
                let place = Place { memory_base, stack, table_slots: link.table_slots, brings_data };
                Instance::new(modules, memory, &place, BLOCK_BASE + loaded.offset, link.stages).map_err(|reason| of(loaded, reason))
            });
            made.collect::<Result<_, _>>().map(Mutex::new)
        };
        (0..areas.threads).map(on_thread).collect()
    }
}

fn of(loaded: &LoadedPlugIn, reason: String) -> String {
    format!("{}: {reason}", loaded.plug_in.file)
}

/// All plug-ins of a simulation.
pub(crate) struct PlugIns {
    code: Arc<Code>,
    /// The instances of each thread; whoever makes a call takes the first that nobody is in.
    threads: Vec<Mutex<Vec<Instance>>>,
    areas: Areas,
    memory: SharedMemory,
    /// Set when a call has failed; nobody is called any more then.
    broken: AtomicBool,
    /// Which one, and how.
    failure: Mutex<Option<(u32, String)>>,
    calls: AtomicU32,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|broken| broken.into_inner())
}

impl PlugIns {
    /// All plug-ins of a scene, on a new memory with room for a block of so many bytes and its reserve; without the reserve where the system
    /// has no room for it, and `None` where it has none at all.
    pub(crate) fn on_new_memory(scene: &Compiled, bytes: u64, reserve: u64, threads: u32) -> Result<Option<(Memory, Arc<Self>)>, HostError> {
        let plug_in = |reason| HostError::PlugIn { reason };
        let clock = Clock::start().map_err(plug_in)?;
        let made = Self::on_memory(&clock, scene, (bytes, reserve), threads, |bytes| crate::wasm::memory(clock.engine(), bytes)).map_err(plug_in)?;
        Ok(made.map(|(memory, plug_ins)| (Memory::in_wasm(&memory), plug_ins)))
    }

    /// As [`Self::on_new_memory`], on memory of which `allot` makes so many bytes from the block's base on, in that clock's engine.
    pub(crate) fn on_memory(
        clock: &Arc<Clock>,
        scene: &Compiled,
        (bytes, reserve): (u64, u64),
        threads: u32,
        allot: impl Fn(u64) -> Option<SharedMemory>,
    ) -> Result<Option<(SharedMemory, Arc<Self>)>, String> {
        let try_with = |reserve| {
            let areas = Areas::new(scene, bytes + reserve, threads);
            Some((allot(areas.end - u64::from(BLOCK_BASE))?, areas))
        };
        let Some((memory, mut areas)) = try_with(reserve).or_else(|| try_with(0)) else { return Ok(None) };
        areas.guard(&memory);
        let code = Code::compile(clock, scene)?;
        let instances = code.instances(&memory, &areas, true)?;
        areas.keep_fresh(&memory);
        Ok(Some((memory.clone(), Arc::new(Self::new(Arc::new(code), instances, areas, memory)))))
    }

    fn new(code: Arc<Code>, threads: Vec<Mutex<Vec<Instance>>>, areas: Areas, memory: SharedMemory) -> Self {
        Self { code, threads, areas, memory, broken: AtomicBool::new(false), failure: Mutex::default(), calls: AtomicU32::new(0) }
    }

    /// The same plug-ins with their data at the same addresses of a new memory; `None` when the system has no room.
    pub(crate) fn beside(&self) -> Result<Option<(Memory, Arc<Self>)>, HostError> {
        let Some(memory) = crate::wasm::memory(self.code.clock.engine(), self.bytes()) else { return Ok(None) };
        let plug_ins = self.beside_on(&memory).map_err(|reason| HostError::PlugIn { reason })?;
        Ok(Some((Memory::in_wasm(&memory), plug_ins)))
    }

    /// As [`Self::beside`], on a memory that there is.
    pub(crate) fn beside_on(&self, memory: &SharedMemory) -> Result<Arc<Self>, String> {
        let areas = self.areas.carried_over(&self.memory, memory);
        let instances = self.code.instances(memory, &areas, false)?;
        Ok(Arc::new(Self::new(Arc::clone(&self.code), instances, areas, memory.clone())))
    }

    /// Bytes of memory from the block's base on.
    pub(crate) fn bytes(&self) -> u64 {
        self.areas.end - u64::from(BLOCK_BASE)
    }

    /// Bytes that a block may have in front of them.
    pub(crate) fn kept_for_block(&self) -> u64 {
        self.areas.first - u64::from(BLOCK_BASE)
    }

    /// Brings back the data that they were loaded with.
    pub(crate) fn refresh(&self) {
        self.areas.refresh(&self.memory);
    }

    /// Takes the data over of others on another memory, which are the first of these and lie at the same addresses.
    pub(crate) fn take_data_of(&self, others: &Self) {
        self.areas.write(&self.memory, &others.areas.copy(&others.memory));
    }

    /// Tells everyone where the block is.
    pub(crate) fn init(&self) -> Result<(), String> {
        for (number, loaded) in self.code.loaded.iter().enumerate() {
            let mut instances = lock(&self.threads[0]);
            instances[number].init().map_err(|reason| of(loaded, format!("init: {reason}")))?;
        }
        Ok(())
    }

    /// How many there are; none once one has failed.
    pub(crate) fn count(&self) -> u32 {
        if self.broken.load(Ordering::Acquire) { 0 } else { self.code.loaded.len() as u32 }
    }

    /// Makes a call on an instance that nobody is in; false when the plug-in failed.
    pub(crate) fn call(&self, call: Call) -> bool {
        if self.broken.load(Ordering::Acquire) {
            return false;
        }
        // Each caller begins its search elsewhere, so that they seldom meet.
        let first = self.calls.fetch_add(1, Ordering::Relaxed) as usize;
        loop {
            for k in 0..self.threads.len() {
                let Ok(mut instances) = self.threads[(first + k) % self.threads.len()].try_lock() else { continue };
                let Some(instance) = instances.get_mut(call.number as usize) else { return false };
                let result = instance.call(call);
                drop(instances);
                return result.map_err(|reason| self.fail(call, reason)).is_ok();
            }
            std::hint::spin_loop();
        }
    }

    fn fail(&self, call: Call, reason: String) {
        let stage = STAGES.get(call.stage as usize).unwrap_or(&"");
        lock(&self.failure).get_or_insert((call.number, format!("{stage}: {reason}")));
        self.broken.store(true, Ordering::Release);
    }

    /// Who failed since the last time this was asked, or ran over its stack; calls are made again.
    pub(crate) fn take_failure(&self) -> Option<(u32, String)> {
        let failure = lock(&self.failure).take();
        self.broken.store(false, Ordering::Release);
        let overrun = self.areas.overrun(&self.memory);
        failure.or(overrun.map(|number| (number, "it wrote beyond its area or its stack".to_owned())))
    }

    /// Keeps the areas as they are now.
    pub(crate) fn save(&self) {
        self.areas.save(&self.memory);
    }

    /// All data, one area after the other.
    pub(crate) fn words(&self) -> Vec<u32> {
        self.areas.words(&self.memory)
    }

    /// Keeps other data for [`Self::restore`].
    pub(crate) fn save_words(&self, words: &[u32]) {
        self.areas.save_words(words);
    }

    /// Brings the areas back.
    pub(crate) fn restore(&self) {
        self.areas.restore(&self.memory);
    }

    pub(crate) fn get(&self, number: u32) -> Option<&LoadedPlugIn> {
        self.code.loaded.get(number as usize)
    }

    /// Address of exported data.
    pub(crate) fn symbol(&self, number: usize, name: &str) -> Option<u32> {
        let link = &self.code.loaded.get(number)?.plug_in.link;
        link.symbols.iter().find(|(symbol, _)| symbol == name).map(|(_, offset)| self.areas.base(number) + offset)
    }

    /// A word of the memory.
    pub(crate) fn word(&self, address: u32) -> Option<&AtomicU32> {
        let inside = u64::from(address) + 4 <= self.areas.end && address.is_multiple_of(4);
        inside.then(|| wasm_word(&self.memory, address))
    }
}
