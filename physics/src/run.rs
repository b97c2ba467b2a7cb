//! What a host calls: start, step, publish, diagnose, hash, save, restore.

use crate::block::Block;
use crate::layout::{Diagnostics, FLAG_GIVEN};
use crate::model::{self, MAX_SPECIES, SpeciesTable};
use crate::records::Section;
use crate::scene_records::{Domain, Simulation};
use crate::team::{self, Count, RowsMut, Team};
use crate::{Fault, Status, checkpoint, fill};

/// Steps between two searches for numbers that are not finite.
const FINITE_CHECK_STEPS: u64 = 16;

/// Makes the first state: identities and particles (unless the host gave them), and what the model derives from them.
pub fn init(block: &mut Block, team: &dyn Team) -> Result<(), Fault> {
    note(block, |block| {
        block.release();
        let header = block.header_mut();
        header.step = 0;
        header.time = 0.0;
        header.model_state = [0; 8];
        header.fault_status = 0;
        if block.header().flags & FLAG_GIVEN == 0 {
            team::each_chunk(team, (RowsMut::<u32, 1>(block.take("id")),), |range, (ids,)| {
                ids.0.iter_mut().zip(range).for_each(|(id, i)| *id = i as u32);
            });
            fill::run(block, team);
        }
        model::of(block)?.init(block, team)?;
        check_finite(block, team)?;
        checkpoint::save(block, team);
        Ok(())
    })
}

/// Runs time steps. On a fault the state is that of the failed step; restore brings the last checkpoint back.
pub fn step(block: &mut Block, team: &dyn Team, steps: u32) -> Result<(), Fault> {
    note(block, |block| {
        let model = model::of(block)?;
        for k in 0..steps {
            let dt = Simulation::read(block.record(Section::Simulation, 0)).dt;
            model.step(block, team)?;
            let header = block.header_mut();
            header.step += 1;
            header.time += dt;
            if header.step.is_multiple_of(FINITE_CHECK_STEPS) || k + 1 == steps {
                check_finite(block, team)?;
            }
        }
        Ok(())
    })
}

/// Fills the header's diagnostics.
pub fn diagnose(block: &mut Block, team: &dyn Team) -> Result<(), Fault> {
    note(block, |block| {
        let mut sums = kinetic(block, team);
        model::of(block)?.diagnose(block, team, &mut sums)?;
        let domain = Domain::read(block.record(Section::Domain, 0));
        let volume: f64 = (0..3).map(|k| domain.max[k] - domain.min[k]).product();
        let momentum_is_kept = domain.periodic == [true; 3];
        let freedom = 3.0 * sums.alive - if momentum_is_kept { 3.0 } else { 0.0 };
        sums.temperature = if freedom > 0.0 { 2.0 * sums.kinetic / freedom } else { 0.0 };
        sums.pressure = if volume > 0.0 { (2.0 * sums.kinetic + sums.virial) / (3.0 * volume) } else { 0.0 };
        sums.step = block.header().step as f64;
        block.header_mut().diagnostics = sums;
        Ok(())
    })
}

/// The 64-bit hash of the whole state; see [`crate::hash`].
pub fn state_hash(block: &mut Block, team: &dyn Team) -> u64 {
    block.release();
    crate::hash::state_hash(block, team)
}

/// Copies the state back from the last checkpoint.
pub fn restore(block: &mut Block, team: &dyn Team) -> Result<(), Fault> {
    checkpoint::restore(block, team);
    model::of(block)?.restored(block);
    Ok(())
}

/// Runs `call` and writes what it met into the header.
fn note(block: &mut Block, call: impl FnOnce(&mut Block) -> Result<(), Fault>) -> Result<(), Fault> {
    let result = call(block);
    block.release();
    let header = block.header_mut();
    match result {
        Ok(()) => header.fault_status = Status::Ok as u32,
        Err(fault) => {
            header.fault_status = fault.status as u32;
            header.fault_particle = fault.particle;
            header.fault_step = header.step;
            header.fault_detail = fault.detail;
        }
    }
    result
}

/// Finds the first particle (in storage order) with a position or velocity that is not finite.
fn check_finite(block: &mut Block, team: &dyn Team) -> Result<(), Fault> {
    block.release();
    let (position, velocity) = (&*block.take::<f32>("position"), &*block.take::<f32>("velocity"));
    let finite = |values: &[f32]| values.iter().fold(0.0f32, |sum, x| sum + x * 0.0) == 0.0;
    let none = u64::MAX;
    let first = team::fold_chunks(
        team,
        Count(position.len() / 3),
        none,
        |range, _| {
            let rows = range.start * 3..range.end * 3;
            if finite(&position[rows.clone()]) && finite(&velocity[rows]) {
                return none;
            }
            let bad = |i: &usize| !finite(&position[i * 3..i * 3 + 3]) || !finite(&velocity[i * 3..i * 3 + 3]);
            range.clone().find(bad).map_or(none, |i| i as u64)
        },
        u64::min,
    );
    let particle = block.take::<u32>("id").get(first as usize).copied();
    block.release();
    match particle {
        Some(particle) => Err(Fault { status: Status::NotFinite, particle, detail: [0.0; 2] }),
        None => Ok(()),
    }
}

fn kinetic(block: &mut Block, team: &dyn Team) -> Diagnostics {
    block.release();
    let table = SpeciesTable::new(block);
    let (velocity, species, age) = (&*block.take::<f32>("velocity"), &*block.take::<u32>("species"), &*block.take::<f32>("age"));
    let sums = team::sum_f64::<5>(team, species.len(), |range| {
        let mut sums = [0.0; 5];
        for i in range.filter(|&i| age.get(i).is_none_or(|a| *a >= 0.0)) {
            let mass = table.mass[species[i] as usize % MAX_SPECIES] as f64;
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
