//! Generated from physics/src/layout.rs by `cargo xtask codegen`; change it there.

/// Particles in one row of the frame texture.
pub(crate) const FRAME_ROW: u32 = 1024;
/// Bytes of one particle.
pub(crate) const FRAME_STRIDE: u32 = 16;
/// A scalar at or below this marks a particle that is not alive.
pub(crate) const NOT_ALIVE: f32 = -3e38;
