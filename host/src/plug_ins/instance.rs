//! One plug-in on one thread, and the calls of its stages.

use crate::budget;
use crate::dylink::{Linked, Place};
use crate::wasm::patch::{with_shared_memory, without_data};
use crate::wasm::text;
use motes_physics::layout::map::BLOCK_BASE;
use motes_physics::plug_ins::{Call, STAGES};
use wasmtime::{Engine, Module, SharedMemory, TypedFunc};

/// A plug-in, compiled once for all threads.
pub(super) struct Modules {
    /// With its data.
    first: Module,
    others: Module,
}

impl Modules {
    pub(super) fn compile(engine: &Engine, bytes: &[u8]) -> Result<Self, String> {
        const NO_MODULE: &str = "not a Wasm module that imports memory";
        let shared = with_shared_memory(bytes).ok_or(NO_MODULE)?;
        let module = |bytes: &[u8]| Module::from_binary(engine, bytes).map_err(text);
        Ok(Self { others: module(&without_data(&shared).ok_or(NO_MODULE)?)?, first: module(&shared)? })
    }
}

/// Stages that rows are handed to.
enum Rows {
    /// Without a time.
    Force(TypedFunc<(i32, i32, i32, i32), ()>),
    Timed(TypedFunc<(i32, i32, i32, i32, f64), ()>),
}

/// An instance and its functions.
pub(super) struct Instance {
    linked: Linked,
    /// Address of its parameters.
    parameters: i32,
    rows: [Option<Rows>; 3],
    after_step: Option<TypedFunc<(i32, i32), ()>>,
}

impl Instance {
    /// Instantiates the module and finds these stages of it.
    pub(super) fn new(modules: &Modules, memory: &SharedMemory, place: &Place, parameters: u32, stages: u32) -> Result<Self, String> {
        let linked = Linked::new(if place.brings_data { &modules.first } else { &modules.others }, memory, place)?;
        let mut made = Self { rows: [const { None }; 3], after_step: None, parameters: parameters as i32, linked };
        made.find_stages(stages)?;
        Ok(made)
    }

    fn find_stages(&mut self, stages: u32) -> Result<(), String> {
        for stage in (0..STAGES.len()).filter(|stage| stages >> stage & 1 != 0) {
            let (Linked { instance, store }, name) = (&mut self.linked, STAGES[stage]);
            match stage {
                0 => self.rows[0] = Some(Rows::Force(instance.get_typed_func(store, name).map_err(text)?)),
                3 => self.after_step = Some(instance.get_typed_func(store, name).map_err(text)?),
                _ => self.rows[stage] = Some(Rows::Timed(instance.get_typed_func(store, name).map_err(text)?)),
            }
        }
        Ok(())
    }

    /// Tells it where the block is.
    pub(super) fn init(&mut self) -> Result<(), String> {
        let Linked { instance, store } = &mut self.linked;
        budget::begin(store);
        match instance.get_typed_func::<(i32, i32), ()>(&mut *store, "init") {
            Ok(init) => init.call(store, (BLOCK_BASE as i32, self.parameters)).map_err(|trap| budget::reason(&trap)),
            Err(_) => Ok(()),
        }
    }

    /// One call within the budget.
    pub(super) fn call(&mut self, call: Call) -> Result<(), String> {
        let (base, parameters, store) = (BLOCK_BASE as i32, self.parameters, &mut self.linked.store);
        let (first, count) = (call.first as i32, call.count as i32);
        budget::begin(store);
        let result = match (self.rows.get(call.stage as usize), &self.after_step) {
            (Some(Some(Rows::Force(force))), _) => force.call(store, (base, parameters, first, count)),
            (Some(Some(Rows::Timed(stage))), _) => stage.call(store, (base, parameters, first, count, call.dt)),
            (None, Some(after_step)) => after_step.call(store, (base, parameters)),
            _ => Ok(()),
        };
        result.map_err(|trap| budget::reason(&trap))
    }
}
