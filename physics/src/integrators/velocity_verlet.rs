//! Velocity Verlet (Swope et al. 1982), which is leapfrog in kick-drift-kick form: second order, symplectic, reversible.
//!
//! With a Langevin thermostat the drift is split around it, which makes the step BAOAB (Leimkuhler & Matthews 2013).

use super::{Integrator, Made};
use crate::broken::{self, Flaw};
use crate::motion::{self, Half, Motion};
use crate::stage::Stage;
use crate::{Fault, emitter, forces, neighbors, record, term};

record! {
    /// Velocity Verlet: kick, drift, kick.
    VelocityVerlet in Integrator as "velocity-verlet" {
    }
}

/// The steps of [`VelocityVerlet`].
pub struct Steps;

impl Integrator for Steps {
    fn step(&self, stage: &mut Stage) -> Result<(), Fault> {
        let dt = stage.world.dt;
        if stage.block.has("force") {
            parts(stage, dt)?;
        } else {
            motion::fly(stage, dt, 1);
            emitter::stage(stage, dt);
        }
        stage.each_term(|term, stage| term.end(stage, dt))
    }

    /// Particles that nothing binds to each other go on alone for as long as they may: they come from memory once, not once a step.
    fn steps(&self, stage: &mut Stage, most: u32) -> Result<Made, Fault> {
        if stage.block.has("force") || stage.block.has("age") || !term::present(stage.records()).all(|(_, term)| term.is_flight()) {
            return self.step(stage).map(|()| Made { steps: 1, not_finite: None });
        }
        let dt = stage.world.dt;
        let first = motion::fly(stage, dt, most);
        Ok(Made { steps: most, not_finite: Some(first) })
    }
}

/// A step in as few parts as all terms can follow; what is left is divided again after each.
fn parts(stage: &mut Stage, dt: f64) -> Result<(), Fault> {
    let mut left = dt;
    loop {
        let mut longest = left;
        stage.each_term(|term, stage| {
            let own = term.longest_step(stage, dt);
            longest = if own < longest { own } else { longest };
            Ok(())
        })?;
        let count = libm::ceil(left / longest);
        kick_drift_kick(stage, left / count)?;
        if count <= 1.0 {
            return Ok(());
        }
        left -= left / count;
    }
}

/// One step of `dt`, which need not be the scene's own.
pub fn kick_drift_kick(stage: &mut Stage, dt: f64) -> Result<(), Fault> {
    let motion = Motion::new(stage, dt);
    neighbors::ensure(stage)?;
    motion::kick(stage, &motion, 0.5 * dt, Half::First);
    stage.each_term(|term, stage| term.velocity(stage, dt))?;
    if term::present(stage.records()).any(|(_, t)| t.splits_drift()) {
        motion::drift(stage, &motion, 0.5 * dt);
        stage.each_term(|term, stage| term.mid_drift(stage, dt))?;
        motion::drift(stage, &motion, 0.5 * dt);
    } else {
        motion::drift(stage, &motion, dt);
    }
    stage.each_term(|term, stage| term.position(stage, dt))?;
    emitter::stage(stage, dt);
    neighbors::update(stage)?;
    if broken::has(Flaw::Integrator) {
        motion::kick(stage, &motion, 0.5 * dt, Half::Second);
        return forces::evaluate(stage);
    }
    forces::evaluate(stage)?;
    motion::kick(stage, &motion, 0.5 * dt, Half::Second);
    Ok(())
}
