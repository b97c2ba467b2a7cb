//! One Wasm module that is linked where the host says, by the conventions for dynamic linking (the section `dylink.0`), without a line of its code
//! having been trusted. Plug-ins of the physics and effects of the sound are both loaded through this; `web/plug-ins/dylink.js` does the same.

use crate::budget;
use crate::wasm::text;
use wasmtime::{ExternType, Global, GlobalType, Instance, Linker, Module, Mutability, Ref, RefType, SharedMemory, Store, Table, TableType, Val, ValType};

/// Functions in an instance's table at most.
const MOST_FUNCTIONS: u32 = 1 << 20;

/// Where an instance lives.
pub(crate) struct Place {
    /// Address of its data.
    pub(crate) memory_base: u32,
    /// Upper end of its stack.
    pub(crate) stack: u32,
    /// Functions that it puts into its table.
    pub(crate) table_slots: u32,
    /// Whether it makes ready what all instances share: its data, which are there already where another has.
    pub(crate) brings_data: bool,
}

/// An instance, and the store that it lives in.
pub(crate) struct Linked {
    pub(crate) store: Store<()>,
    pub(crate) instance: Instance,
}

impl Linked {
    /// Instantiates the module, within the budget of a call.
    pub(crate) fn new(module: &Module, memory: &SharedMemory, place: &Place) -> Result<Self, String> {
        let engine = module.engine();
        let mut store = Store::new(engine, ());
        budget::begin(&mut store);
        let mut linker = Linker::new(engine);
        linker.define(&store, "env", "memory", memory.clone()).map_err(text)?;
        let table = Table::new(&mut store, TableType::new(RefType::FUNCREF, place.table_slots, Some(MOST_FUNCTIONS)), Ref::Func(None)).map_err(text)?;
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
        let instance = linker.instantiate(&mut store, module).map_err(|error| budget::reason(&error))?;
        for (name, is_function, offset) in offsets {
            let value = if is_function { slot(&mut store, &instance, &table, &name)? } else { address(&mut store, &instance, &name, place.memory_base)? };
            offset.set(&mut store, Val::I32(value as i32)).map_err(text)?;
        }
        // A module that is not position-independent may have its own stack pointer.
        if let Some(pointer) = instance.get_global(&mut store, "__stack_pointer") {
            pointer.set(&mut store, Val::I32(place.stack as i32)).map_err(text)?;
        }
        let mut made = Self { store, instance };
        if place.brings_data {
            for name in ["__wasm_apply_data_relocs", "__wasm_call_ctors", "_initialize"] {
                made.call_if_there(name)?;
            }
        }
        Ok(made)
    }

    fn call_if_there(&mut self, name: &str) -> Result<(), String> {
        match self.instance.get_typed_func::<(), ()>(&mut self.store, name) {
            Ok(function) => function.call(&mut self.store, ()).map_err(|trap| format!("{name}: {}", budget::reason(&trap))),
            Err(_) => Ok(()),
        }
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
fn address(store: &mut Store<()>, instance: &Instance, name: &str, base: u32) -> Result<u32, String> {
    let global = instance.get_global(&mut *store, name).ok_or_else(|| format!("it refers to the data {name}, which it does not export"))?;
    Ok(base.wrapping_add(global.get(&mut *store).i32().unwrap_or(0) as u32))
}

/// A slot of the table with an exported function.
fn slot(store: &mut Store<()>, instance: &Instance, table: &Table, name: &str) -> Result<u32, String> {
    let function = instance.get_func(&mut *store, name).ok_or_else(|| format!("it refers to the function {name}, which it does not export"))?;
    table.grow(&mut *store, 1, Ref::Func(Some(function))).map(|slot| slot as u32).map_err(text)
}
