//! The native host: it owns the block, brings the threads, and hands finished frames to a reader.
//!
//! [`Simulation`] is what the desktop window, headless runs and tests use. What the web host does with a Wasm memory and
//! workers, this does with an aligned allocation and threads; the physics and its bits are the same.

#[cfg(feature = "wasm-engine")]
mod budget;
mod compression;
mod crew;
#[cfg(feature = "wasm-engine")]
mod dylink;
#[cfg(feature = "wasm-engine")]
mod effects;
#[cfg(not(feature = "wasm-engine"))]
#[path = "no_effects.rs"]
mod effects;
mod engine;
mod memory;
mod overlap;
mod particle_file;
#[cfg(feature = "wasm-engine")]
mod plug_ins;
#[cfg(not(feature = "wasm-engine"))]
#[path = "no_plug_ins.rs"]
mod plug_ins;
mod plugged;
mod pull;
mod recording;
mod recording_file;
mod simulation;
mod sound;
mod team;
pub mod validation;
#[cfg(feature = "wasm-engine")]
pub mod wasm;

pub use compression::mean_compression;
pub use overlap::{Overlaps, overlaps};
pub use particle_file::{ParticleFile, Progress};
pub use plugged::StoppedPlugIn;
pub use pull::pull_error;
pub use recording::{Recorder, RecordingError};
pub use recording_file::{RECORDING_MAGIC, RecordedFrame, RecordingReader, RecordingWriter};
pub use simulation::{Frame, FrameReader, HostError, Simulation, Start};
pub use sound::{Sound, StoppedEffect};
pub use team::Threads;
