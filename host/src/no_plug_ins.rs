//! In place of `plug_ins/` in a build without wasmtime: there is nobody who could run them.

use crate::memory::Memory;
use crate::simulation::HostError;
use motes_physics::plug_ins::Call;
use motes_scene::{Compiled, LoadedPlugIn};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// There are none.
pub(crate) enum PlugIns {}

impl PlugIns {
    pub(crate) fn on_new_memory(scene: &Compiled, _bytes: u64, _reserve: u64, _threads: u32) -> Result<Option<(Memory, Arc<Self>)>, HostError> {
        let file = scene.plug_ins.first().map_or("", |loaded| &loaded.plug_in.file);
        let reason = format!("{file} cannot be loaded: this program was built without an engine for plug-ins; build with `--features wasm-engine`");
        Err(HostError::PlugIn { reason })
    }

    pub(crate) fn beside(&self) -> Result<Option<(Memory, Arc<Self>)>, HostError> {
        match *self {}
    }

    pub(crate) fn kept_for_block(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn refresh(&self) {
        match *self {}
    }

    pub(crate) fn init(&self) -> Result<(), String> {
        match *self {}
    }

    pub(crate) fn count(&self) -> u32 {
        match *self {}
    }

    pub(crate) fn call(&self, _call: Call) -> bool {
        match *self {}
    }

    pub(crate) fn take_failure(&self) -> Option<(u32, String)> {
        match *self {}
    }

    pub(crate) fn save(&self) {
        match *self {}
    }

    pub(crate) fn restore(&self) {
        match *self {}
    }

    pub(crate) fn take_data_of(&self, _others: &Self) {
        match *self {}
    }

    pub(crate) fn words(&self) -> Vec<u32> {
        match *self {}
    }

    pub(crate) fn save_words(&self, _words: &[u32]) {
        match *self {}
    }

    pub(crate) fn get(&self, _number: u32) -> Option<&LoadedPlugIn> {
        match *self {}
    }

    pub(crate) fn symbol(&self, _number: usize, _name: &str) -> Option<u32> {
        match *self {}
    }

    pub(crate) fn word(&self, _address: u32) -> Option<&AtomicU32> {
        match *self {}
    }
}
