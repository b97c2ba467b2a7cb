//! A run goes over to another plan between two steps: with more particles, or with other records.
//!
//! The host lays the plan's prefix where nothing of the block lies, and writes positions, velocities and species of the particles
//! that join into the last rows. Everything else comes from the block as it is: clock, parameters, arrays by their names, frames. Then
//! lists and forces are made for all. The block that ran is only read, so a run that cannot be carried over goes on as if nothing had
//! been asked.

use crate::block::Block;
use crate::layout::{FrameDescriptor, Header};
use crate::records::Records;
use crate::run::{GIVEN, note};
use crate::stage::Stage;
use crate::team::Team;
use crate::{Fault, Status, checkpoint, finite, forces, neighbors, term};

/// Carries the run in `from` over to the plan in `to`, and keeps it there as the state to come back to.
pub fn migrate(from: &mut Block, to: &mut Block, team: &dyn Team) -> Result<(), Fault> {
    note(to, |to| {
        from.release();
        let first = from.header().particle_count as usize;
        carry_header(from, to)?;
        carry_records(from, to);
        carry_arrays(from, to, first);
        name_rows(from, to, first)?;
        settle(from, to, team, first)?;
        checkpoint::save(to, team);
        Ok(())
    })
}

/// What the plan says stays, all else is that of the run.
fn carry_header(from: &Block, to: &Block) -> Result<(), Fault> {
    let (run, plan) = (*from.header(), *to.header());
    // Particles join behind all others; those that a scene begins with cannot become more.
    let began = |header: &Header| header.particle_count.checked_sub(header.added);
    if !from.is_apart(to) || began(&run) != began(&plan) || plan.added < run.added {
        return Err(Status::OutOfRange.into());
    }
    *to.header_mut() = Header {
        block_bytes: plan.block_bytes,
        field_count: plan.field_count,
        field_table: plan.field_table,
        record_count: plan.record_count,
        record_table: plan.record_table,
        particle_count: plan.particle_count,
        particle_capacity: plan.particle_capacity,
        added: plan.added,
        frames: core::array::from_fn(|slot| FrameDescriptor { offset: plan.frames[slot].offset, ..run.frames[slot] }),
        ..run
    };
    for slot in 0..run.frames.len() {
        let frame = from.frame_slot(slot);
        to.frame_slot(slot)[..frame.len()].copy_from_slice(frame);
    }
    Ok(())
}

/// Parameters as they are now, of every record that both have: the first of a type is the first of that type.
fn carry_records(from: &Block, to: &Block) {
    for (index, entry) in to.record_table().iter().enumerate() {
        let same = |e: &&crate::layout::RecordEntry| e.type_index == entry.type_index;
        let number = to.record_table()[..index].iter().filter(same).count();
        let known = from.record_table().iter().enumerate().filter(|(_, e)| same(e)).nth(number);
        let values = known.map_or(&[][..], |(index, _)| from.nth_record(index).values);
        for (offset, value) in (entry.offset..).step_by(8).zip(values).take(entry.slots as usize) {
            to.set_slot(offset, *value);
        }
    }
}

/// State and what is saved with it; zero where there was none.
fn carry_arrays(from: &Block, to: &Block, first: usize) {
    for field in to.field_table().iter().filter(|f| f.flags != 0) {
        let known = from.field_table().iter().find(|f| f.name == field.name && f.stride == field.stride);
        let (old, new) = (known.map_or(&mut [][..], |known| from.words(known)), to.words(field));
        let kept = old.len().min(new.len());
        new[..kept].copy_from_slice(&old[..kept]);
        // The last rows of these are the host's.
        let end = if GIVEN.contains(&field.name()) { first * field.stride as usize / 4 } else { new.len() };
        new[kept..end.max(kept)].fill(0);
    }
}

/// Particles that join get the next ids and slots.
fn name_rows(from: &Block, to: &mut Block, first: usize) -> Result<(), Fault> {
    let (known, joining) = to.take::<u32>("id").split_at_mut(first);
    let next = known.iter().max().map_or(0, |id| u64::from(*id) + 1);
    if next + joining.len() as u64 > u64::from(u32::MAX) {
        return Err(Status::OutOfRange.into());
    }
    joining.iter_mut().zip(next as u32..).for_each(|(id, next)| *id = next);
    // Rows that were sorted before slots were asked for do not know theirs.
    if to.has("slot") && !from.has("slot") && from.has("point") {
        return Err(Status::BadRecord.into());
    }
    let first = if from.has("slot") { first } else { 0 };
    for name in ["slot", "row_of_slot"] {
        to.take::<u32>(name).iter_mut().enumerate().skip(first).for_each(|(row, slot)| *slot = row as u32);
    }
    to.release();
    Ok(())
}

/// What follows from the places of all.
fn settle(from: &Block, to: &mut Block, team: &dyn Team, first: usize) -> Result<(), Fault> {
    let mut stage = Stage::new(to, team);
    for (name, joined) in term::present(Records::Running(stage.block)) {
        let known = term::present(Records::Running(from)).any(|(other, _)| other == name);
        joined.init(&mut stage, if known { first } else { 0 })?;
        stage.block.release();
    }
    neighbors::rebuild(&mut stage)?;
    if stage.block.has("force") {
        // No time passes: contacts keep their history as it is.
        stage.world.dt = 0.0;
        forces::evaluate(&mut stage)?;
    }
    let bad = finite::search(to, team);
    finite::refuse(to, bad)
}
