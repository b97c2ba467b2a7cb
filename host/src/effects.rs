//! Effects of a native sound, in wasmtime, on a memory of their own: each changes the frames that the one before it left there.
//!
//! The memory is laid out as that of pages is: frames of both sides behind where a block would begin, then an area for each effect. One that traps,
//! or takes longer than its budget, is left out from the quantum on in which it failed; that quantum is as the effect before it left it.

use crate::budget::{self, Clock};
use crate::dylink::{Linked, Place};
use crate::memory::wasm_word;
use crate::simulation::HostError;
use crate::wasm::patch::with_shared_memory;
use crate::wasm::text;
use motes_physics::layout::map::BLOCK_BASE;
use motes_scene::Effect;
use motes_scene::plug_in::effect::AREA_BYTES;
use motes_sound::{MOST_FRAMES, QUANTUM};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use wasmtime::{Engine, Module, SharedMemory, TypedFunc};

/// Addresses of the frames of both sides.
const SIDES: [u32; 2] = [BLOCK_BASE, BLOCK_BASE + 4 * MOST_FRAMES as u32];
/// Address of the first effect's area.
const AREAS: u32 = BLOCK_BASE + 8 * MOST_FRAMES as u32;

/// Addresses of both sides, their frames, and frames a second.
type Process = TypedFunc<(i32, i32, i32, f32), ()>;

/// The effects that have not failed, in the order in which they are called.
pub(crate) struct Effects {
    memory: SharedMemory,
    chain: Vec<Running>,
    rate: f32,
    /// Ends calls that take too long.
    _clock: Arc<Clock>,
}

/// One of them.
struct Running {
    file: String,
    linked: Linked,
    process: Process,
}

impl Running {
    fn new(engine: &Engine, memory: &SharedMemory, effect: &Effect, area: u32) -> Result<Self, String> {
        let shared = with_shared_memory(&effect.bytes).ok_or("not a Wasm module that imports memory")?;
        let module = Module::from_binary(engine, &shared).map_err(text)?;
        let place = Place { memory_base: area, stack: area + AREA_BYTES, table_slots: effect.table_slots, brings_data: true };
        let mut linked = Linked::new(&module, memory, &place)?;
        let process = linked.instance.get_typed_func(&mut linked.store, "process").map_err(text)?;
        Ok(Running { file: effect.file.clone(), linked, process })
    }

    /// One call within the budget.
    fn call(&mut self, rate: f32) -> Result<(), String> {
        budget::begin(&mut self.linked.store);
        let [left, right] = SIDES.map(|side| side as i32);
        self.process.call(&mut self.linked.store, (left, right, QUANTUM as i32, rate)).map_err(|trap| budget::reason(&trap))
    }
}

impl Effects {
    /// Instantiates all of them, in that order.
    pub(crate) fn new(effects: &[Effect], rate: u32) -> Result<Self, HostError> {
        let of = |effect: &Effect, reason| HostError::Effect { reason: format!("{} is an effect that cannot be loaded: {reason}", effect.file) };
        let clock = Clock::start().map_err(|reason| HostError::Effect { reason })?;
        let engine = clock.engine();
        let bytes = u64::from(AREAS - BLOCK_BASE) + effects.len() as u64 * u64::from(AREA_BYTES);
        let memory = crate::wasm::memory(engine, bytes).ok_or(HostError::Memory { bytes })?;
        let areas = (0..).map(|k| AREAS + k * AREA_BYTES);
        let made = effects.iter().zip(areas).map(|(effect, area)| Running::new(engine, &memory, effect, area).map_err(|reason| of(effect, reason)));
        Ok(Effects { chain: made.collect::<Result<_, _>>()?, rate: rate as f32, memory, _clock: clock })
    }

    /// Has each change the frames of both sides; gives the files of those that failed, with the reason. They are not called again.
    pub(crate) fn process(&mut self, sides: &mut [[f32; QUANTUM]; 2]) -> Vec<(String, String)> {
        let (memory, rate) = (&self.memory, self.rate);
        let words = |side: usize| (SIDES[side]..).step_by(4).map(|at| wasm_word(memory, at));
        let mut failed = Vec::new();
        self.chain.retain_mut(|effect| {
            for side in 0..2 {
                words(side).zip(&sides[side]).for_each(|(word, frame)| word.store(frame.to_bits(), Ordering::Relaxed));
            }
            if let Err(reason) = effect.call(rate) {
                failed.push((std::mem::take(&mut effect.file), reason));
                return false;
            }
            for side in 0..2 {
                words(side).zip(&mut sides[side]).for_each(|(word, frame)| *frame = f32::from_bits(word.load(Ordering::Relaxed)));
            }
            true
        });
        failed
    }
}
