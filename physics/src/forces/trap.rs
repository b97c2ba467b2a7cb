//! A harmonic trap: F = -k (x - center), a stiffness for each axis; U = k (x - center)^2 / 2. A negative stiffness drives out.

use crate::forces::{add_single_forces, sum_of_singles};
use crate::layout::Diagnostics;
use crate::stage::Stage;
use crate::term::Term;
use crate::{Fault, record};

record! {
    /// Every particle is drawn to a centre by a spring.
    Trap in Force as "trap" {
        /// Force over distance along each axis; negative drives out.
        stiffness: Vector3 = [1.0, 1.0, 1.0], -1e9..=1e9, "force/length", live;
        /// Where there is no force.
        center: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length", live;
        /// Species that it acts on.
        species: Species = -1, -1..=15, "";
    }
}

/// The stages of [`Trap`].
pub struct Stages;

impl Term for Stages {
    fn has_forces(&self) -> bool {
        true
    }

    fn keeps_momentum(&self) -> bool {
        false
    }

    fn force(&self, stage: &mut Stage) -> Result<(), Fault> {
        stage.each_record(|stage, _, trap: Trap| {
            let stiffness = trap.stiffness.map(|k| k as f32);
            add_single_forces(stage, trap.species, |_, x| core::array::from_fn(|k| -stiffness[k] * (x[k] - trap.center[k]) as f32));
        });
        Ok(())
    }

    fn diagnose(&self, stage: &mut Stage, sums: &mut Diagnostics) -> Result<(), Fault> {
        stage.each_record(|stage, _, trap: Trap| {
            sums.potential +=
                sum_of_singles(stage, trap.species, |_, x| (0..3).map(|k| 0.5 * trap.stiffness[k] * (x[k] - trap.center[k]) * (x[k] - trap.center[k])).sum());
        });
        Ok(())
    }
}
