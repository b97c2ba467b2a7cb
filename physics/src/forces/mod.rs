//! Forces, one file or folder each.

pub mod boids;
pub mod drag;
pub mod fluid;
pub mod gravity;
pub mod lennard_jones;
pub mod particle_life;
pub mod self_gravity;

use crate::Fault;
use crate::stage::Stage;
use crate::team::{self, RowsMut};

/// Makes the array of forces that of this moment: zero, then every term's part.
pub fn evaluate(stage: &mut Stage) -> Result<(), Fault> {
    stage.block.release();
    team::each_chunk(stage.team, (RowsMut::<f32, 3>(stage.block.take("force")),), |_, (force,)| force.0.fill(0.0));
    stage.block.release();
    stage.each_term(|term, stage| term.force(stage))
}
