//! The Langevin thermostat: friction and noise, as from a bath of smaller particles.
//!
//! Between two halves of the drift velocities become c v + sqrt((1 - c^2) T / m) xi with c = e^(-friction dt), the exact solution
//! for both together; so a step is kick, drift, this, drift, kick: BAOAB (Leimkuhler & Matthews, J. Chem. Phys. 138, 174102
//! (2013)), whose positions are distributed as they should be to second order of the step, and for harmonic forces exactly.

use crate::random::{self, Stream};
use crate::records::{Records, Section};
use crate::stage::Stage;
use crate::term::Term;
use crate::thermostats::{change_each, check_inertia, ramp};
use crate::{Fault, record};

record! {
    /// Friction and noise on every particle (BAOAB, Leimkuhler & Matthews 2013); momentum is not kept.
    Langevin in Thermostat as "langevin" {
        /// Temperature (k_B = 1).
        temperature: Float = 1.0, 0..=1e9, "energy", live;
        /// Rate at which velocities are forgotten.
        friction: Float = 1.0, 0..=1e9, "1/time", live;
        /// Temperature at the end of the ramp.
        ramp_to: Float = 1.0, 0..=1e9, "energy", live;
        /// Time from the start that it takes to get there; 0 for no ramp.
        ramp_time: Float = 0.0, 0..=1e12, "time", live;
        /// Species that it is for.
        species: Species = -1, -1..=15, "";
    }
}

/// The stages of [`Langevin`].
pub struct Stages;

impl Term for Stages {
    fn check(&self, records: Records) -> Result<(), &'static str> {
        check_inertia(records)?;
        let backwards = records.iter().any(|r| r.record_type().section == Section::Integrator && r.record_type().name == "yoshida-4");
        if backwards { Err("the integrator yoshida-4 steps backwards, which friction and noise cannot; use velocity-verlet") } else { Ok(()) }
    }

    /// It adds none, but needs the steps of scenes with forces.
    fn has_forces(&self) -> bool {
        true
    }

    fn splits_drift(&self) -> bool {
        true
    }

    fn keeps_momentum(&self) -> bool {
        false
    }

    fn mid_drift(&self, stage: &mut Stage, dt: f64) -> Result<(), Fault> {
        stage.each_record(|stage, number, langevin: Langevin| {
            let temperature = ramp(stage, langevin.temperature, langevin.ramp_to, langevin.ramp_time);
            let keep = libm::exp(-langevin.friction * dt);
            let noise = libm::sqrt(temperature * -libm::expm1(-2.0 * langevin.friction * dt)) as f32;
            let (seed, step, keep) = (stage.world.seed, stage.block.header().step, keep as f32);
            let id = &*stage.block.take::<u32>("id");
            change_each(stage, langevin.species, |i, mass, v| {
                let xi = random::normals(seed, Stream::Langevin, number, step << 32 | id[i] as u64);
                let width = noise / libm::sqrtf(mass);
                core::array::from_fn(|k| keep * v[k] + width * xi[k])
            });
        });
        Ok(())
    }
}
