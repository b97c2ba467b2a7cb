//! Turning: angular velocities from torques. Grains are solid spheres, in two dimensions discs.

use crate::stage::{MAX_SPECIES, SpeciesTable, Stage};
use crate::team::{self, RowsMut};

/// Moment of inertia over mass and squared radius.
pub(super) fn inertia_factor(dimensions: usize) -> f64 {
    if dimensions == 2 { 0.5 } else { 0.4 }
}

/// Moment of inertia of a species.
pub(super) fn inertia(table: &SpeciesTable, species: usize, dimensions: usize) -> f64 {
    let radius = table.radius[species] as f64;
    inertia_factor(dimensions) * table.mass[species] as f64 * radius * radius
}

/// Adds torque over moment of inertia for `dt` to all angular velocities.
pub(super) fn turn(stage: &mut Stage, dt: f64) {
    let (table, dimensions) = (stage.world.species, stage.world.dimensions());
    let rate: [f32; MAX_SPECIES] = core::array::from_fn(|s| {
        let inertia = inertia(&table, s, dimensions);
        if inertia > 0.0 { (dt / inertia) as f32 } else { 0.0 }
    });
    let (species, torque) = (&*stage.block.take::<u32>("species"), &*stage.block.take::<f32>("torque"));
    team::each_chunk(stage.team, (RowsMut::<f32, 3>(stage.block.take("angular_velocity")),), |range, (spin,)| {
        let rows = range.start * 3..range.end * 3;
        for ((w, t), i) in spin.0.chunks_exact_mut(3).zip(torque[rows].chunks_exact(3)).zip(range) {
            let rate = rate[species[i] as usize % MAX_SPECIES];
            for k in 0..3 {
                w[k] += rate * t[k];
            }
        }
    });
    stage.block.release();
}
