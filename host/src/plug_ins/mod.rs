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

/// All plug-ins of a simulation.
pub(crate) struct PlugIns {
    loaded: Vec<LoadedPlugIn>,
    /// The instances of each thread; whoever makes a call takes the first that nobody is in.
    threads: Vec<Mutex<Vec<Instance>>>,
    areas: Areas,
    memory: SharedMemory,
    /// Set when a call has failed; nobody is called any more then.
    broken: AtomicBool,
    /// Which one, and how.
    failure: Mutex<Option<(u32, String)>>,
    /// Ends calls that take too long.
    _clock: Clock,
    calls: AtomicU32,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|broken| broken.into_inner())
}

impl PlugIns {
    /// Bytes of memory that a scene and its plug-ins need, from the block's base on.
    pub(crate) fn bytes(scene: &Compiled, threads: u32) -> u64 {
        Areas::new(scene, threads).end - u64::from(BLOCK_BASE)
    }

    /// All plug-ins of a scene, on a new memory with room for its block.
    pub(crate) fn on_new_memory(scene: &Compiled, threads: u32) -> Result<(Memory, Arc<Self>), HostError> {
        let bytes = Self::bytes(scene, threads);
        let plug_in = |reason| HostError::PlugIn { reason };
        let engine = crate::wasm::engine(true).map_err(plug_in)?;
        let memory = crate::wasm::memory(&engine, bytes).ok_or(HostError::Memory { bytes })?;
        let plug_ins = Self::load(&engine, &memory, scene, threads).map_err(plug_in)?;
        Ok((Memory::in_wasm(&memory), Arc::new(plug_ins)))
    }

    /// Instantiates all plug-ins of a scene.
    pub(crate) fn load(engine: &wasmtime::Engine, memory: &SharedMemory, scene: &Compiled, threads: u32) -> Result<Self, String> {
        let areas = Areas::new(scene, threads);
        areas.guard(memory);
        let clock = Clock::start(engine);
        let of = |loaded: &LoadedPlugIn, reason: String| format!("{}: {reason}", loaded.plug_in.file);
        let compile = |loaded: &LoadedPlugIn| Modules::compile(engine, &loaded.plug_in.bytes).map_err(|reason| of(loaded, reason));
        let modules: Vec<Modules> = scene.plug_ins.iter().map(compile).collect::<Result<_, _>>()?;
        let mut instances = Vec::new();
        for thread in 0..threads {
            let mut of_thread = Vec::new();
            for (number, (loaded, modules)) in scene.plug_ins.iter().zip(&modules).enumerate() {
                let link = &loaded.plug_in.link;
                let place = Place { memory_base: areas.base(number), stack: areas.stack(thread), table_slots: link.table_slots, first: thread == 0 };
                let instance = Instance::new(modules, memory, &place, BLOCK_BASE + loaded.offset, link.stages);
                of_thread.push(instance.map_err(|reason| of(loaded, reason))?);
            }
            instances.push(Mutex::new(of_thread));
        }
        let mut plug_ins = Self {
            loaded: scene.plug_ins.clone(),
            threads: instances,
            areas,
            memory: memory.clone(),
            broken: AtomicBool::new(false),
            failure: Mutex::default(),
            _clock: clock,
            calls: AtomicU32::new(0),
        };
        plug_ins.areas.keep_fresh(memory);
        Ok(plug_ins)
    }

    /// Begins anew: areas as they were loaded, and everyone told where the block is.
    pub(crate) fn begin(&self) -> Result<(), String> {
        self.areas.refresh(&self.memory);
        for (number, loaded) in self.loaded.iter().enumerate() {
            let mut instances = lock(&self.threads[0]);
            instances[number].init().map_err(|reason| format!("{}: init: {reason}", loaded.plug_in.file))?;
        }
        Ok(())
    }

    /// How many there are; none once one has failed.
    pub(crate) fn count(&self) -> u32 {
        if self.broken.load(Ordering::Acquire) { 0 } else { self.loaded.len() as u32 }
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

    /// Brings the areas back.
    pub(crate) fn restore(&self) {
        self.areas.restore(&self.memory);
    }

    pub(crate) fn get(&self, number: u32) -> Option<&LoadedPlugIn> {
        self.loaded.get(number as usize)
    }

    /// Address of exported data.
    pub(crate) fn symbol(&self, number: usize, name: &str) -> Option<u32> {
        let link = &self.loaded.get(number)?.plug_in.link;
        link.symbols.iter().find(|(symbol, _)| symbol == name).map(|(_, offset)| self.areas.base(number) + offset)
    }

    /// A word of the memory.
    pub(crate) fn word(&self, address: u32) -> Option<&AtomicU32> {
        let inside = u64::from(address) + 4 <= self.areas.end && address.is_multiple_of(4);
        inside.then(|| wasm_word(&self.memory, address))
    }
}
