//! Scenes: from a TOML or JSON file to the first bytes of the block, and files of particles.
//!
//! [`compile`] reads a scene, checks every value against the declarations of `motes_physics::records`, and lays out its block.
//! What is wrong is reported all at once, with place, cause and cure. The web host uses the same code as scene.wasm.

mod check;
mod compile;
mod document;
mod error;
mod excerpt;
mod given;
pub mod growth;
mod input;
mod overrides;
pub mod plug_in;
mod presets;
mod reference;
mod resolved;
mod scene;
pub mod stream;
mod suggest;
mod validate;
mod value;
#[cfg(feature = "web")]
pub mod web;
pub mod xyz;

pub use compile::{Compiled, LoadedPlugIn, Options, Parameter, compile, compile_for};
pub use error::{ErrorClass, SceneError, SceneErrors, Source, Span};
pub use excerpt::Excerpt;
pub use input::{InputError, Place};
pub use plug_in::effect::Effect;
pub use plug_in::{PlugIn, PlugInError};
pub use presets::{PRESETS, Preset, preset};
pub use reference::reference;
