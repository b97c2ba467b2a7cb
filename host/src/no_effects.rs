//! In place of `effects.rs` in a build without wasmtime: there is nobody who could run them.

use crate::simulation::HostError;
use motes_scene::Effect;
use motes_sound::QUANTUM;

/// There are none.
pub(crate) enum Effects {}

impl Effects {
    pub(crate) fn new(effects: &[Effect], _rate: u32) -> Result<Self, HostError> {
        let file = effects.first().map_or("", |effect| &effect.file);
        let reason = format!("{file} cannot be loaded: this program was built without an engine for effects; build with `--features wasm-engine`");
        Err(HostError::Effect { reason })
    }

    pub(crate) fn process(&mut self, _sides: &mut [[f32; QUANTUM]; 2]) -> Vec<(String, String)> {
        match *self {}
    }
}
