//! Berendsen's thermostat: kinetic energy relaxes to its mean and hardly fluctuates.
//!
//! Berendsen et al., J. Chem. Phys. 81, 3684 (1984), eq 11: factor^2 = 1 + (dt / time) (T0 / T - 1). Good for getting to a
//! temperature; what it samples is not the canonical ensemble, since kinetic energy varies too little.

use crate::records::Records;
use crate::stage::Stage;
use crate::term::Term;
use crate::thermostats::{check_inertia, kinetic, ramp, rescale};
use crate::{Fault, record};

record! {
    /// All velocities times one factor, towards the temperature (Berendsen et al. 1984): for coming there, not for sampling.
    Berendsen in Thermostat as "berendsen" {
        /// Temperature (k_B = 1).
        temperature: Float = 1.0, 0..=1e9, "energy", live;
        /// Time in which kinetic energy relaxes.
        time: Float = 0.5, 0..=1e9, "time", live;
        /// Temperature at the end of the ramp.
        ramp_to: Float = 1.0, 0..=1e9, "energy", live;
        /// Time from the start that it takes to get there; 0 for no ramp.
        ramp_time: Float = 0.0, 0..=1e12, "time", live;
        /// Species that it is for.
        species: Species = -1, -1..=15, "";
    }
}

/// The stages of [`Berendsen`].
pub struct Stages;

impl Term for Stages {
    fn check(&self, records: Records) -> Result<(), &'static str> {
        check_inertia(records)
    }

    fn end(&self, stage: &mut Stage, dt: f64) -> Result<(), Fault> {
        stage.each_record(|stage, _, bath: Berendsen| {
            let temperature = ramp(stage, bath.temperature, bath.ramp_to, bath.ramp_time);
            let [energy, freedom] = kinetic(stage, bath.species);
            if energy > 0.0 && freedom > 0.0 {
                // A time shorter than the step means at once.
                let part = if bath.time > dt { dt / bath.time } else { 1.0 };
                rescale(stage, bath.species, energy, libm::sqrt(1.0 + part * (0.5 * freedom * temperature / energy - 1.0)));
            }
        });
        Ok(())
    }
}
