//! Yoshida's fourth-order integrator (Yoshida 1990, Physics Letters A 150:262): three leapfrog steps, the middle one backwards.

use super::{Integrator, velocity_verlet};
use crate::stage::Stage;
use crate::{Fault, record};

record! {
    /// Yoshida's composition of three leapfrog steps: fourth order, symplectic.
    Yoshida4 in Integrator as "yoshida-4" {
    }
}

/// The steps of [`Yoshida4`].
pub struct Steps;

/// 1 / (2 - 2^(1/3)).
const OUTER: f64 = 1.3512071919596578;

impl Integrator for Steps {
    fn step(&self, stage: &mut Stage) -> Result<(), Fault> {
        if !stage.block.has("force") {
            return velocity_verlet::Steps.step(stage);
        }
        let dt = stage.world.dt;
        for weight in [OUTER, 1.0 - 2.0 * OUTER, OUTER] {
            velocity_verlet::kick_drift_kick(stage, weight * dt)?;
        }
        stage.each_term(|term, stage| term.end(stage, dt))
    }
}
