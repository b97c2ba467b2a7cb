//! Sums over all particles, made when asked, in `f64`.

use crate::Fault;
use crate::layout::Diagnostics;
use crate::neighbors;
use crate::stage::Stage;
use crate::team;

/// Everything that the header's diagnostics hold.
pub fn sums(stage: &mut Stage) -> Result<Diagnostics, Fault> {
    neighbors::ensure(stage)?;
    let mut sums = kinetic(stage);
    stage.each_term(|term, stage| term.diagnose(stage, &mut sums))?;
    let dimensions = stage.world.dimensions() as f64;
    let volume = stage.world.volume();
    let momentum_is_kept = (0..stage.world.dimensions()).all(|k| stage.world.domain.periodic[k]);
    let freedom = dimensions * sums.alive - if momentum_is_kept { dimensions } else { 0.0 };
    sums.temperature = if freedom > 0.0 { 2.0 * sums.kinetic / freedom } else { 0.0 };
    sums.pressure = if volume > 0.0 { (2.0 * sums.kinetic + sums.virial) / (dimensions * volume) } else { 0.0 };
    sums.step = stage.block.header().step as f64;
    Ok(sums)
}

fn kinetic(stage: &mut Stage) -> Diagnostics {
    let table = stage.world.species;
    let block = &mut *stage.block;
    let (velocity, species, age) = (&*block.take::<f32>("velocity"), &*block.take::<u32>("species"), &*block.take::<f32>("age"));
    let sums = team::sum_f64::<5>(stage.team, species.len(), |range| {
        let mut sums = [0.0; 5];
        for i in range.filter(|&i| age.get(i).is_none_or(|a| *a >= 0.0)) {
            let mass = table.mass_of(species[i]) as f64;
            let v: [f64; 3] = core::array::from_fn(|k| velocity[i * 3 + k] as f64);
            sums[0] += 0.5 * mass * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
            sums[1] += mass * v[0];
            sums[2] += mass * v[1];
            sums[3] += mass * v[2];
            sums[4] += 1.0;
        }
        sums
    });
    block.release();
    Diagnostics { kinetic: sums[0], momentum_x: sums[1], momentum_y: sums[2], momentum_z: sums[3], alive: sums[4], ..Diagnostics::default() }
}
