//! Sound: collisions of a run as struck notes, from the very memory that physics works in.
//!
//! Two halves meet in a ring of events. The [`listener`] runs between steps, compares velocities with those of the step before, and writes
//! what sprang into the ring. The [`voice`] runs in the audio thread (or offline), takes events whose simulated time has come, and
//! renders them as damped sines. Neither waits for the other: where events are late the sound waits and counts it, where there are too many
//! they are dropped and counted. Nothing is allocated, and the same events give the same samples bit for bit on every machine.
#![no_std]

pub mod bell;
pub mod listener;
#[cfg(all(feature = "module", target_arch = "wasm32"))]
mod module;
pub mod ring;
pub mod shared;
pub mod voice;

/// Frames that one call renders at most.
pub const MOST_FRAMES: usize = 512;
/// Frames that every host renders at a time, so that the samples are the same: as many as the audio thread of a page asks for.
pub const QUANTUM: usize = 128;
const _: () = assert!(QUANTUM <= MOST_FRAMES);
/// Particles that are listened to unless the host says otherwise.
pub const MOST_HEARD: u32 = 1 << 17;

/// How a call of sound.wasm ended.
pub mod ended {
    /// Simulated time went on.
    pub const PLAYED: u32 = 0;
    /// The sound waited for the run.
    pub const WAITED: u32 = 1;
    /// There is no block, or no room, or too little of it.
    pub const NOTHING: u32 = 2;
}

/// A number from 0 to 1 that belongs to an identity.
pub(crate) fn fraction(id: u32, salt: u64) -> f64 {
    (motes_physics::hash::mix(u64::from(id) ^ salt << 32) >> 40) as f64 / (1u64 << 24) as f64
}
