//! The last resort at walls: pressure keeps particles about half their distance away, and what comes much nearer is put back.

use super::numbers::Numbers;
use crate::colliders::Walls;
use crate::stage::Stage;
use crate::team::{self, RowsMut};

/// Least distance from a wall in parts of the particles' distance.
const NEAREST: f64 = 0.05;

/// Puts particles back that are past a wall, or all but there; they lose the speed towards it.
pub(super) fn hold(stage: &mut Stage, numbers: &Numbers) {
    let walls = Walls::new(stage.records());
    let radius = (NEAREST * numbers.spacing) as f32;
    let species = &*stage.block.take::<u32>("species");
    let arrays =
        (RowsMut::<f32, 3>(stage.block.take("position")), RowsMut::<f32, 3>(stage.block.take("position_low")), RowsMut::<f32, 3>(stage.block.take("velocity")));
    team::each_chunk(stage.team, arrays, |range, (position, low, velocity)| {
        let rows = position.0.chunks_exact_mut(3).zip(low.0.chunks_exact_mut(3)).zip(velocity.0.chunks_exact_mut(3));
        for (((x, low), v), i) in rows.zip(range) {
            if numbers.is_fixed(species[i]) {
                continue;
            }
            walls.touches([x[0], x[1], x[2]], radius, 0.0, |touch| {
                let towards = v[0] * touch.normal[0] + v[1] * touch.normal[1] + v[2] * touch.normal[2];
                for k in (0..3).filter(|&k| touch.normal[k] != 0.0) {
                    (x[k], low[k]) = (x[k] + touch.depth * touch.normal[k], 0.0);
                    if towards < 0.0 {
                        v[k] -= towards * touch.normal[k];
                    }
                }
            });
        }
    });
    stage.block.release();
}
