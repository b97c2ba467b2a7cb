//! The sum over all pairs, as that of self-gravity: charges for masses, and likes repel.

use super::Coulomb;
use crate::distributions;
use crate::forces::self_gravity::sources::{Bodies, Pull};
use crate::simd::{Kernel, Vector};
use crate::stage::Stage;
use crate::team::{self, RowsMut};

/// Adds the forces of all on each.
pub(super) fn add_forces(stage: &mut Stage, coulomb: &Coulomb) {
    gather(stage);
    let (isa, table) = (stage.team.isa(), stage.world.species);
    let block = &mut *stage.block;
    let charge = &*block.take::<[f32; 4]>("charge");
    let source = block.take::<f32>("charge_source");
    let room = source.len() / 4;
    source.fill(0.0);
    for (k, values) in source.chunks_exact_mut(room.max(1)).enumerate() {
        values.iter_mut().zip(charge).for_each(|(value, charge)| *value = charge[k]);
    }
    let bodies = Bodies { values: source, room, count: room };
    let softening = (coulomb.softening * coulomb.softening) as f32;
    let species = &*block.take::<u32>("species");
    let arrays = (RowsMut::<[f32; 4], 1>(block.take("charge_pull")), RowsMut::<f32, 3>(block.take("force")));
    team::each_chunk(stage.team, arrays, |range, (pull, force)| {
        isa.run(Targets { bodies: &bodies, softening, charge: &charge[range.clone()], pull: pull.0 });
        for ((f, pull), i) in force.0.chunks_exact_mut(3).zip(pull.0.iter()).zip(range) {
            let scale = (-coulomb.strength * table.charge_of(species[i]) as f64) as f32;
            (0..3).for_each(|k| f[k] += scale * pull[k]);
        }
    });
    block.release();
}

/// Writes every particle as a charge at a place, from the mean position; the dead have none.
fn gather(stage: &mut Stage) {
    let origin = distributions::center(stage);
    let table = stage.world.species;
    let block = &mut *stage.block;
    let (high, low) = (&*block.take::<f32>("position"), &*block.take::<f32>("position_low"));
    let (species, age) = (&*block.take::<u32>("species"), &*block.take::<f32>("age"));
    team::each_chunk(stage.team, (RowsMut::<[f32; 4], 1>(block.take("charge")),), |range, (charge,)| {
        for (charge, i) in charge.0.iter_mut().zip(range) {
            let alive = age.get(i).is_none_or(|a| *a >= 0.0);
            let x = |k: usize| (high[3 * i + k] as f64 + low[3 * i + k] as f64 - origin[k]) as f32;
            *charge = if alive { [x(0), x(1), x(2), table.charge_of(species[i])] } else { [0.0; 4] };
        }
    });
    block.release();
}

struct Targets<'a> {
    bodies: &'a Bodies<'a>,
    softening: f32,
    charge: &'a [[f32; 4]],
    pull: &'a mut [[f32; 4]],
}

impl Kernel for Targets<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let softening = V::splat(self.softening);
        for (charge, out) in self.charge.iter().zip(self.pull) {
            let at = [V::splat(charge[0]), V::splat(charge[1]), V::splat(charge[2])];
            let mut pull = Pull::<V>::new();
            pull.bodies::<false>(&at, softening, self.bodies);
            *out = pull.total();
        }
    }
}

/// The energy of all pairs, in `f64` from the full positions.
pub(super) fn energy(stage: &mut Stage, coulomb: &Coulomb) -> f64 {
    let (table, softening) = (stage.world.species, coulomb.softening * coulomb.softening);
    let block = &mut *stage.block;
    let (high, low) = (&*block.take::<f32>("position"), &*block.take::<f32>("position_low"));
    let (species, age) = (&*block.take::<u32>("species"), &*block.take::<f32>("age"));
    let at = |i: usize, k: usize| high[3 * i + k] as f64 + low[3 * i + k] as f64;
    let charge = |i: usize| if age.get(i).is_none_or(|a| *a >= 0.0) { table.charge_of(species[i]) as f64 } else { 0.0 };
    let pair = |i: usize, j: usize| charge(j) / libm::sqrt((0..3).map(|k| at(i, k) - at(j, k)).map(|d| d * d).sum::<f64>() + softening);
    let of = |i: usize| charge(i) * (0..i).filter(|&j| charge(j) != 0.0).map(|j| pair(i, j)).sum::<f64>();
    let [sum] = team::sum_f64(stage.team, species.len(), |range| [range.filter(|&i| charge(i) != 0.0).map(of).sum()]);
    block.release();
    coulomb.strength * sum
}
