//! Forces, one file or folder each.

pub mod boids;
pub mod bond;
pub mod coulomb;
pub mod drag;
pub mod electric_field;
pub mod fluid;
pub mod granular;
pub mod gravity;
pub mod lennard_jones;
pub mod magnetic_field;
pub mod morse;
pub mod pair;
pub mod particle_life;
pub mod self_gravity;
pub mod self_propulsion;
pub mod trap;
pub mod yukawa;

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

/// Adds forces that follow from species and position alone to the living of a species.
pub fn add_single_forces(stage: &mut Stage, wanted: Option<usize>, of: impl Fn(u32, [f64; 3]) -> [f32; 3] + Sync) {
    let singles = Singles::take(stage, wanted);
    team::each_chunk(stage.team, (RowsMut::<f32, 3>(stage.block.take("force")),), |range, (force,)| {
        for (f, i) in force.0.chunks_exact_mut(3).zip(range) {
            if let Some((species, x)) = singles.get(i) {
                let add = of(species, x);
                (0..3).for_each(|k| f[k] += add[k]);
            }
        }
    });
    stage.block.release();
}

/// The sum over the living of a species of what follows from species and position.
pub fn sum_of_singles(stage: &mut Stage, wanted: Option<usize>, of: impl Fn(u32, [f64; 3]) -> f64 + Sync) -> f64 {
    let singles = Singles::take(stage, wanted);
    let [sum] = team::sum_f64(stage.team, singles.species.len(), |range| [range.filter_map(|i| singles.get(i)).map(|(s, x)| of(s, x)).sum()]);
    stage.block.release();
    sum
}

/// Particles one by one.
struct Singles<'a> {
    high: &'a [f32],
    low: &'a [f32],
    species: &'a [u32],
    age: &'a [f32],
    wanted: Option<usize>,
}

impl<'a> Singles<'a> {
    fn take(stage: &Stage<'_, 'a>, wanted: Option<usize>) -> Self {
        let block = &stage.block;
        Singles { high: block.take("position"), low: block.take("position_low"), species: block.take("species"), age: block.take("age"), wanted }
    }

    /// Species and position of a particle, if it is alive and of the wanted species.
    fn get(&self, i: usize) -> Option<(u32, [f64; 3])> {
        let species = self.species[i];
        let meant = self.wanted.is_none_or(|w| w == species as usize) && self.age.get(i).is_none_or(|a| *a >= 0.0);
        meant.then(|| (species, core::array::from_fn(|k| self.high[3 * i + k] as f64 + self.low[3 * i + k] as f64)))
    }
}
