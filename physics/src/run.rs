//! What a host calls: start, step, publish, diagnose, hash, save, restore.

use crate::block::Block;
use crate::distributions::{self, Distribution};
use crate::layout::{FIELD_STATE, FLAG_GIVEN};
use crate::plug_ins::watch;
use crate::records::Records;
use crate::stage::Stage;
use crate::team::{self, RowsMut, Team};
use crate::{Fault, Status, checkpoint, diagnostics, emitter, fill, finite, forces, integrators, neighbors, registry};

/// Steps between two searches for numbers that are not finite.
const FINITE_CHECK_STEPS: u64 = 64;

/// Makes the first state: identities and particles (unless the host gave them), and what is derived from them.
pub fn init(block: &mut Block, team: &dyn Team) -> Result<(), Fault> {
    note(block, |block| {
        block.release();
        watch::set_guards(block);
        let header = block.header_mut();
        header.step = 0;
        header.time = 0.0;
        header.run_state = Default::default();
        header.fault_status = 0;
        clear(block);
        if block.header().flags & FLAG_GIVEN == 0 {
            team::each_chunk(team, (RowsMut::<u32, 1>(block.take("id")),), |range, (ids,)| {
                ids.0.iter_mut().zip(range).for_each(|(id, i)| *id = i as u32);
            });
            fill::run(block, team);
        }
        derive(&mut Stage::new(block, team))
    })
}

/// What a file of particles may hold.
const GIVEN: [&str; 5] = ["position", "position_low", "velocity", "id", "species"];

/// Zeroes all state but what the host gave, so that a reset begins as the first run did.
fn clear(block: &Block) {
    let given = |name| block.header().flags & FLAG_GIVEN != 0 && GIVEN.contains(&name);
    block.field_table().iter().filter(|f| f.flags & FIELD_STATE != 0 && !given(f.name())).for_each(|field| block.words(field).fill(0));
}

/// What follows from the first positions.
fn derive(stage: &mut Stage) -> Result<(), Fault> {
    for name in ["slot", "row_of_slot"] {
        team::each_chunk(stage.team, (RowsMut::<u32, 1>(stage.block.take(name)),), |range, (slots,)| {
            slots.0.iter_mut().zip(range).for_each(|(slot, i)| *slot = i as u32);
        });
    }
    stage.block.release();
    if stage.block.has("age") {
        emitter::init(stage);
    }
    stage.each_term(|term, stage| term.init(stage, 0))?;
    settle(stage)
}

/// What follows from the places of all particles: lists, forces; and the state that there is now becomes the one to come back to.
#[inline(never)]
pub(crate) fn settle(stage: &mut Stage) -> Result<(), Fault> {
    neighbors::rebuild(stage)?;
    if stage.block.has("force") {
        forces::evaluate(stage)?;
    }
    let bad = finite::search(stage.block, stage.team);
    finite::refuse(stage.block, bad)?;
    checkpoint::save(stage.block, stage.team);
    Ok(())
}

/// Runs time steps. On a fault the state is that of the failed step; restore brings the last checkpoint back.
pub fn step(block: &mut Block, team: &dyn Team, steps: u32) -> Result<(), Fault> {
    note(block, |block| {
        let mut stage = Stage::new(block, team);
        let integrator = integrators::of(&stage);
        let mut left = steps;
        while left > 0 {
            let until_check = FINITE_CHECK_STEPS - stage.block.header().step % FINITE_CHECK_STEPS;
            let made = integrator.steps(&mut stage, left.min(until_check as u32))?;
            left -= made.steps;
            let dt = stage.world.dt;
            let header = stage.block.header_mut();
            header.step += u64::from(made.steps);
            // Added one by one, so that the clock shows the same however steps were taken together.
            (0..made.steps).for_each(|_| header.time += dt);
            let due = header.step.is_multiple_of(FINITE_CHECK_STEPS) || left == 0;
            let bad = made.not_finite.unwrap_or_else(|| if due { finite::search(stage.block, team) } else { finite::NONE });
            finite::refuse(stage.block, bad)?;
        }
        Ok(())
    })
}

/// Fills the header's diagnostics.
pub fn diagnose(block: &mut Block, team: &dyn Team) -> Result<(), Fault> {
    note(block, |block| {
        let mut stage = Stage::new(block, team);
        let sums = diagnostics::sums(&mut stage)?;
        block.header_mut().diagnostics = sums;
        Ok(())
    })
}

/// Writes a distribution into the array of that name.
pub fn distribution(block: &mut Block, team: &dyn Team, kind: Distribution, range: f64) -> Result<(), Fault> {
    note(block, |block| distributions::make(&mut Stage::new(block, team), kind, range))
}

/// The 64-bit hash of the whole state; see [`crate::hash`].
pub fn state_hash(block: &mut Block, team: &dyn Team) -> u64 {
    block.release();
    crate::hash::state_hash(block, team)
}

/// Copies the state back from the last checkpoint.
pub fn restore(block: &mut Block, team: &dyn Team) -> Result<(), Fault> {
    checkpoint::restore(block, team);
    watch::set_guards(block);
    block.header_mut().run_state[neighbors::LIST_VALID] = 0;
    Ok(())
}

/// Runs `call` and writes what it met into the header.
pub(crate) fn note(block: &mut Block, call: impl FnOnce(&mut Block) -> Result<(), Fault>) -> Result<(), Fault> {
    let result = has_models(block).and_then(|()| call(block));
    keep_fault(block, result);
    result
}

#[inline(never)]
fn keep_fault(block: &mut Block, result: Result<(), Fault>) {
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
}

/// A build with fewer models may be given any scene.
#[inline(never)]
fn has_models(block: &Block) -> Result<(), Fault> {
    match Records::Running(block).iter().position(|record| registry::lacks(record.type_index)) {
        Some(record) => Err(Fault { status: Status::MissingModel, particle: u32::MAX, detail: [record as f64, 0.0] }),
        None => Ok(()),
    }
}
