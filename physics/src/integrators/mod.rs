//! Integrators, one file each: in what order forces, kicks, drifts and constraints make a step.

pub mod brownian;
pub mod velocity_verlet;
pub mod yoshida4;

use crate::stage::Stage;
use crate::{Fault, registry};

/// Steps that were made.
pub struct Made {
    /// How many.
    pub(crate) steps: u32,
    /// The first row that is not finite any more, where that was looked for (see `finite.rs`).
    pub(crate) not_finite: Option<u64>,
}

/// A way to make a step.
pub trait Integrator: Sync {
    /// One step of the scene's dt.
    fn step(&self, stage: &mut Stage) -> Result<(), Fault>;

    /// One step or several, `most` at most.
    fn steps(&self, stage: &mut Stage, _most: u32) -> Result<Made, Fault> {
        self.step(stage).map(|()| Made { steps: 1, not_finite: None })
    }

    /// Whether it needs the array of forces even where nothing writes it.
    fn needs_forces(&self) -> bool {
        false
    }
}

/// The scene's integrator.
pub fn of(stage: &Stage) -> &'static dyn Integrator {
    stage.records().iter().find_map(|r| registry::integrator(r.type_index)).unwrap_or(&velocity_verlet::Steps)
}
