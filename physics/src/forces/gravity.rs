//! Uniform gravity. Integrators apply the acceleration themselves, so that a free particle's parabola is exact.

use crate::layout::Diagnostics;
use crate::stage::Stage;
use crate::term::Term;
use crate::{Fault, record, team};

record! {
    /// The same acceleration for all particles.
    Gravity in Force as "gravity" {
        /// Acceleration.
        acceleration: Vector3 = [0.0, -9.81, 0.0], -1e6..=1e6, "length/time^2", live;
    }
}

/// The stages of [`Gravity`].
pub struct Stages;

impl Term for Stages {
    fn is_flight(&self) -> bool {
        true
    }

    fn diagnose(&self, stage: &mut Stage, sums: &mut Diagnostics) -> Result<(), Fault> {
        let pull = acceleration(stage);
        let table = stage.world.species;
        let (position, species, age) = (&*stage.block.take::<f32>("position"), &*stage.block.take::<u32>("species"), &*stage.block.take::<f32>("age"));
        let [height] = team::sum_f64(stage.team, species.len(), |range| {
            let energy = |i: usize| -> f64 {
                let work: f64 = (0..3).map(|k| pull[k] * position[i * 3 + k] as f64).sum();
                if age.get(i).is_some_and(|a| *a < 0.0) { 0.0 } else { -(table.mass_of(species[i]) as f64) * work }
            };
            [range.map(energy).sum()]
        });
        sums.potential += height;
        Ok(())
    }
}

/// The sum of all uniform accelerations of the scene.
pub fn acceleration(stage: &Stage) -> [f64; 3] {
    stage.records().all::<Gravity>().fold([0.0; 3], |sum, g| core::array::from_fn(|k| sum[k] + g.acceleration[k]))
}
