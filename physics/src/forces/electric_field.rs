//! A uniform electric field: F = q E, U = -q E.x.

use crate::forces::{add_single_forces, sum_of_singles};
use crate::layout::Diagnostics;
use crate::stage::Stage;
use crate::term::Term;
use crate::{Fault, record};

record! {
    /// The same electric field everywhere; it acts on the charges of the species.
    ElectricField in Force as "electric-field" {
        /// Field.
        field: Vector3 = [0.0, 0.0, 0.0], -1e9..=1e9, "force/charge", live;
    }
}

/// The stages of [`ElectricField`].
pub struct Stages;

impl Term for Stages {
    fn has_forces(&self) -> bool {
        true
    }

    fn keeps_momentum(&self) -> bool {
        false
    }

    fn force(&self, stage: &mut Stage) -> Result<(), Fault> {
        let (field, table) = (total(stage).map(|e| e as f32), stage.world.species);
        add_single_forces(stage, None, |species, _| field.map(|e| table.charge_of(species) * e));
        Ok(())
    }

    fn diagnose(&self, stage: &mut Stage, sums: &mut Diagnostics) -> Result<(), Fault> {
        let (field, table) = (total(stage), stage.world.species);
        sums.potential -= sum_of_singles(stage, None, |species, x| table.charge_of(species) as f64 * (0..3).map(|k| field[k] * x[k]).sum::<f64>());
        Ok(())
    }
}

/// The sum of all records.
fn total(stage: &Stage) -> [f64; 3] {
    stage.records().all::<ElectricField>().fold([0.0; 3], |sum, e| core::array::from_fn(|k| sum[k] + e.field[k]))
}
