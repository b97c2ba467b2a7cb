//! Integrators, one file each: in what order forces, kicks, drifts and constraints make a step.

pub mod brownian;
pub mod velocity_verlet;
pub mod yoshida4;

use crate::stage::Stage;
use crate::{Fault, registry};

/// A way to make a step.
pub trait Integrator: Sync {
    /// One step of the scene's dt.
    fn step(&self, stage: &mut Stage) -> Result<(), Fault>;

    /// Whether it needs the array of forces even where nothing writes it.
    fn needs_forces(&self) -> bool {
        false
    }
}

/// The scene's integrator.
pub fn of(stage: &Stage) -> &'static dyn Integrator {
    stage.records().iter().find_map(|r| registry::integrator(r.type_index)).unwrap_or(&velocity_verlet::Steps)
}
