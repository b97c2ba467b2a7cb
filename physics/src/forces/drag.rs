//! Drag against the wind. Integrators apply it themselves, solved exactly for half a step before and half a step after the kick.

use crate::record;
use crate::term::Term;

record! {
    /// Deceleration relative to the air: linear and quadratic in speed.
    Drag in Force as "drag" {
        /// Deceleration per speed relative to the wind.
        linear: Float = 0.0, 0..=1e6, "1/time", live;
        /// Deceleration per squared speed relative to the wind.
        quadratic: Float = 0.0, 0..=1e6, "1/length", live;
        /// Velocity of the air.
        wind: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length/time", live;
    }
}

/// The stages of [`Drag`]: none, see `motion.rs`.
pub struct Stages;

impl Term for Stages {
    fn is_flight(&self) -> bool {
        true
    }
}
