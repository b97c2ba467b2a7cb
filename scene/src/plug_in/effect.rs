//! Effects of the sound: modules that change what was rendered, and what one must be before any of it is called.

use super::{PlugInError, inspect, module};
use std::sync::Arc;
use wasmparser::ValType::{F32, I32};

/// Bytes of the area that each effect has for itself.
pub const AREA_BYTES: u32 = 1 << 18;
/// Bytes at the upper end of the area that are its stack.
pub const STACK_BYTES: u32 = 1 << 14;

const ROLE: module::Role = module::Role {
    one: "effect of the sound",
    many: "effects",
    most_bytes: AREA_BYTES - STACK_BYTES,
    most_align: 6,
    no_wait: "the sound waits for nobody",
    calls: &[("process", &[I32, I32, I32, F32])],
    besides: None,
};

/// An effect that may be loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// What messages call it.
    pub file: String,
    /// The module.
    pub bytes: Arc<[u8]>,
    /// Slots that it needs in the table of functions.
    pub table_slots: u32,
}

impl Effect {
    /// Looks at the bytes of a file.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, PlugInError> {
        let module = inspect(file, bytes, &ROLE)?;
        Ok(Effect { file: file.to_owned(), bytes: bytes.into(), table_slots: module.link.table_slots })
    }
}
