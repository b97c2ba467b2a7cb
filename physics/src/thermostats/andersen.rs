//! Andersen's thermostat: now and then a particle collides with the bath and gets a velocity of the Maxwell distribution.
//!
//! Andersen, J. Chem. Phys. 72, 2384 (1980). A particle is met with probability 1 - e^(-rate dt) in a step.

use crate::random::{self, Random, Stream};
use crate::records::Records;
use crate::stage::Stage;
use crate::term::Term;
use crate::thermostats::{change_each, check_inertia, ramp};
use crate::{Fault, record};

record! {
    /// Particles get new velocities from the Maxwell distribution at random times (Andersen 1980); momentum is not kept.
    Andersen in Thermostat as "andersen" {
        /// Temperature (k_B = 1).
        temperature: Float = 1.0, 0..=1e9, "energy", live;
        /// Collisions of a particle with the bath per time.
        rate: Float = 1.0, 0..=1e9, "1/time", live;
        /// Temperature at the end of the ramp.
        ramp_to: Float = 1.0, 0..=1e9, "energy", live;
        /// Time from the start that it takes to get there; 0 for no ramp.
        ramp_time: Float = 0.0, 0..=1e12, "time", live;
        /// Species that it is for.
        species: Species = -1, -1..=15, "";
    }
}

/// The stages of [`Andersen`].
pub struct Stages;

impl Term for Stages {
    fn check(&self, records: Records) -> Result<(), &'static str> {
        check_inertia(records)
    }

    fn keeps_momentum(&self) -> bool {
        false
    }

    fn end(&self, stage: &mut Stage, dt: f64) -> Result<(), Fault> {
        stage.each_record(|stage, number, bath: Andersen| {
            let temperature = ramp(stage, bath.temperature, bath.ramp_to, bath.ramp_time);
            let met = -libm::expm1(-bath.rate * dt);
            let (seed, step) = (stage.world.seed, stage.block.header().step);
            let id = &*stage.block.take::<u32>("id");
            change_each(stage, bath.species, |i, mass, v| {
                let index = step << 32 | id[i] as u64;
                if Random::new(seed, Stream::Collision, number, index).uniform() >= met {
                    return v;
                }
                let width = libm::sqrt(temperature / mass as f64) as f32;
                random::normals(seed, Stream::AfterCollision, number, index).map(|xi| width * xi)
            });
        });
        Ok(())
    }
}
