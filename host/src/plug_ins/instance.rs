//! One plug-in on one thread: linked as the conventions for dynamic linking of Wasm say, without a line of its code having been trusted.

use super::BUDGET_TICKS;
use crate::wasm::patch::{with_shared_memory, without_data};
use crate::wasm::text;
use motes_physics::layout::map::BLOCK_BASE;
use motes_physics::plug_ins::{Call, STAGES};
use motes_scene::plug_in::Link;
use wasmtime::{
    Engine, ExternType, Global, GlobalType, Linker, Module, Mutability, Ref, RefType, SharedMemory, Store, Table, TableType, TypedFunc, Val, ValType,
};

/// Functions in a thread's table at most.
const MOST_FUNCTIONS: u32 = 1 << 20;

/// Where an instance lives.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) memory_base: u32,
    /// Upper end of the thread's stack.
    pub(super) stack: u32,
    /// Whether the module writes its data, which is there already where another instance did.
    pub(super) brings_data: bool,
    /// Address of the plug-in's parameters.
    pub(super) parameters: u32,
}

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
    store: Store<()>,
    instance: wasmtime::Instance,
    parameters: i32,
    rows: [Option<Rows>; 3],
    after_step: Option<TypedFunc<(i32, i32), ()>>,
}

impl Instance {
    /// Instantiates the module.
    pub(super) fn new(modules: &Modules, memory: &SharedMemory, link: &Link, place: Place) -> Result<Self, String> {
        let module = if place.brings_data { &modules.first } else { &modules.others };
        let engine = module.engine();
        let mut store = Store::new(engine, ());
        store.set_epoch_deadline(BUDGET_TICKS);
        let mut linker = Linker::new(engine);
        linker.define(&store, "env", "memory", memory.clone()).map_err(text)?;
        let table = Table::new(&mut store, TableType::new(RefType::FUNCREF, link.table_slots, Some(MOST_FUNCTIONS)), Ref::Func(None)).map_err(text)?;
        linker.define(&store, "env", "__indirect_function_table", table).map_err(text)?;
        let constants = [
            ("__memory_base", place.memory_base, Mutability::Const),
            ("__table_base", 0, Mutability::Const),
            ("__stack_pointer", place.stack, Mutability::Var),
        ];
        for (name, value, mutability) in constants {
            let global = global(&mut store, value, mutability)?;
            linker.define(&store, "env", name, global).map_err(text)?;
        }
        let offsets = offsets(&mut store, &mut linker, module)?;
        let instance = linker.instantiate(&mut store, module).map_err(text)?;
        for (name, is_function, offset) in offsets {
            let value = if is_function { slot(&mut store, &instance, &table, &name)? } else { address(&mut store, &instance, &name, place.memory_base)? };
            offset.set(&mut store, Val::I32(value as i32)).map_err(text)?;
        }
        // A module that is not position-independent may have its own stack pointer.
        if let Some(pointer) = instance.get_global(&mut store, "__stack_pointer") {
            pointer.set(&mut store, Val::I32(place.stack as i32)).map_err(text)?;
        }
        let mut made = Self { rows: [const { None }; 3], after_step: None, parameters: place.parameters as i32, store, instance };
        if place.brings_data {
            for name in ["__wasm_apply_data_relocs", "__wasm_call_ctors", "_initialize"] {
                made.call_if_there(name)?;
            }
        }
        made.find_stages(link.stages)?;
        Ok(made)
    }

    fn find_stages(&mut self, stages: u32) -> Result<(), String> {
        for stage in (0..STAGES.len()).filter(|stage| stages >> stage & 1 != 0) {
            let (instance, store, name) = (&self.instance, &mut self.store, STAGES[stage]);
            match stage {
                0 => self.rows[0] = Some(Rows::Force(instance.get_typed_func(store, name).map_err(text)?)),
                3 => self.after_step = Some(instance.get_typed_func(store, name).map_err(text)?),
                _ => self.rows[stage] = Some(Rows::Timed(instance.get_typed_func(store, name).map_err(text)?)),
            }
        }
        Ok(())
    }

    fn call_if_there(&mut self, name: &str) -> Result<(), String> {
        match self.instance.get_typed_func::<(), ()>(&mut self.store, name) {
            Ok(function) => function.call(&mut self.store, ()).map_err(|trap| format!("{name}: {}", reason(&trap))),
            Err(_) => Ok(()),
        }
    }

    /// Tells it where the block is.
    pub(super) fn init(&mut self) -> Result<(), String> {
        self.store.set_epoch_deadline(BUDGET_TICKS);
        match self.instance.get_typed_func::<(i32, i32), ()>(&mut self.store, "init") {
            Ok(init) => init.call(&mut self.store, (BLOCK_BASE as i32, self.parameters)).map_err(|trap| reason(&trap)),
            Err(_) => Ok(()),
        }
    }

    /// One call within the budget.
    pub(super) fn call(&mut self, call: Call) -> Result<(), String> {
        let (base, parameters, store) = (BLOCK_BASE as i32, self.parameters, &mut self.store);
        let (first, count) = (call.first as i32, call.count as i32);
        store.set_epoch_deadline(BUDGET_TICKS);
        let result = match (self.rows.get(call.stage as usize), &self.after_step) {
            (Some(Some(Rows::Force(force))), _) => force.call(store, (base, parameters, first, count)),
            (Some(Some(Rows::Timed(stage))), _) => stage.call(store, (base, parameters, first, count, call.dt)),
            (None, Some(after_step)) => after_step.call(store, (base, parameters)),
            _ => Ok(()),
        };
        result.map_err(|trap| reason(&trap))
    }
}

fn global(store: &mut Store<()>, value: u32, mutability: Mutability) -> Result<Global, String> {
    Global::new(store, GlobalType::new(ValType::I32, mutability), Val::I32(value as i32)).map_err(text)
}

/// Defines the globals through which position-independent code finds its data and functions; they get their values afterwards.
fn offsets(store: &mut Store<()>, linker: &mut Linker<()>, module: &Module) -> Result<Vec<(String, bool, Global)>, String> {
    let mut offsets = Vec::new();
    for import in module.imports().filter(|import| ["GOT.mem", "GOT.func"].contains(&import.module())) {
        let ExternType::Global(_) = import.ty() else { continue };
        let global = global(store, 0, Mutability::Var)?;
        linker.define(&mut *store, import.module(), import.name(), global).map_err(text)?;
        offsets.push((import.name().to_owned(), import.module() == "GOT.func", global));
    }
    Ok(offsets)
}

/// Address of exported data.
fn address(store: &mut Store<()>, instance: &wasmtime::Instance, name: &str, base: u32) -> Result<u32, String> {
    let global = instance.get_global(&mut *store, name).ok_or_else(|| format!("it refers to the data {name}, which it does not export"))?;
    Ok(base.wrapping_add(global.get(&mut *store).i32().unwrap_or(0) as u32))
}

/// A slot of the table with an exported function.
fn slot(store: &mut Store<()>, instance: &wasmtime::Instance, table: &Table, name: &str) -> Result<u32, String> {
    let function = instance.get_func(&mut *store, name).ok_or_else(|| format!("it refers to the function {name}, which it does not export"))?;
    table.grow(&mut *store, 1, Ref::Func(Some(function))).map(|slot| slot as u32).map_err(text)
}

/// What ended a call, without wasmtime's trace.
fn reason(trap: &wasmtime::Error) -> String {
    match trap.downcast_ref::<wasmtime::Trap>() {
        Some(wasmtime::Trap::Interrupt) => format!("it took longer than {} ms", super::BUDGET.as_millis()),
        Some(trap) => format!("it trapped: {trap}"),
        None => format!("{trap:#}"),
    }
}
