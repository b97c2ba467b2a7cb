//! Sums over all particles, made when asked, in `f64`.

use crate::Fault;
use crate::layout::Diagnostics;
use crate::neighbors;
use crate::stage::Stage;
use crate::{team, term};

/// Everything that the header's diagnostics hold.
pub fn sums(stage: &mut Stage) -> Result<Diagnostics, Fault> {
    neighbors::ensure(stage)?;
    let mut sums = kinetic(stage);
    stage.each_term(|term, stage| term.diagnose(stage, &mut sums))?;
    let dimensions = stage.world.dimensions() as f64;
    let volume = stage.world.volume();
    let freedom = freedom(stage, sums.alive);
    sums.temperature = if freedom > 0.0 { 2.0 * sums.kinetic / freedom } else { 0.0 };
    sums.pressure = if volume > 0.0 { (2.0 * sums.kinetic + sums.virial) / (dimensions * volume) } else { 0.0 };
    sums.step = stage.block.header().step as f64;
    Ok(sums)
}

/// Degrees of freedom of that many particles: one each along every axis, less one an axis where total momentum stays what it was.
pub fn freedom(stage: &Stage, alive: f64) -> f64 {
    let dimensions = stage.world.dimensions();
    let kept = (0..dimensions).all(|k| stage.world.domain.periodic[k]) && term::present(stage.records()).all(|(_, t)| t.keeps_momentum());
    dimensions as f64 * (alive - if kept { 1.0 } else { 0.0 })
}

fn kinetic(stage: &mut Stage) -> Diagnostics {
    let table = stage.world.species;
    let block = &mut *stage.block;
    let (velocity, species, age) = (&*block.take::<f32>("velocity"), &*block.take::<u32>("species"), &*block.take::<f32>("age"));
    let (position, low) = (&*block.take::<f32>("position"), &*block.take::<f32>("position_low"));
    let at = |i: usize| -> [f64; 3] { core::array::from_fn(|k| position[3 * i + k] as f64 + low.get(3 * i + k).copied().unwrap_or(0.0) as f64) };
    let sums = team::sum_f64::<8>(stage.team, species.len(), |range| {
        let mut sums = [0.0; 8];
        for i in range.filter(|&i| age.get(i).is_none_or(|a| *a >= 0.0)) {
            let mass = table.mass_of(species[i]) as f64;
            let (x, v): ([f64; 3], [f64; 3]) = (at(i), core::array::from_fn(|k| velocity[i * 3 + k] as f64));
            sums[0] += 0.5 * mass * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
            sums[1] += 1.0;
            for k in 0..3 {
                let (a, b) = ((k + 1) % 3, (k + 2) % 3);
                sums[2 + k] += mass * v[k];
                sums[5 + k] += mass * (x[a] * v[b] - x[b] * v[a]);
            }
        }
        sums
    });
    block.release();
    let [kinetic, alive, momentum_x, momentum_y, momentum_z, angular_momentum_x, angular_momentum_y, angular_momentum_z] = sums;
    Diagnostics { kinetic, alive, momentum_x, momentum_y, momentum_z, angular_momentum_x, angular_momentum_y, angular_momentum_z, ..Diagnostics::default() }
}
