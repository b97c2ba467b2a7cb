//! A run goes over to another plan between two steps: with more particles, or with other records.
//!
//! The host lays the plan's prefix where nothing of the block lies, in bytes that are zero, and writes positions, velocities and species
//! of the particles that join into the last rows. Everything else comes from the block as it is: clock, parameters, arrays by their
//! names, frames. Then lists and forces are made for all. The block that ran is only read, so a run that cannot be carried over goes on
//! as if nothing had been asked.

use crate::block::Block;
use crate::layout::{Header, RecordEntry};
use crate::plug_ins::stages::own_words;
use crate::plug_ins::watch;
use crate::records::Record;
use crate::run::{note, settle};
use crate::stage::Stage;
use crate::team::Team;
use crate::{Fault, Status, finite, registry};

/// Carries the run in `from` over to the plan in `to`, and keeps it there as the state to come back to.
pub fn migrate(from: &mut Block, to: &mut Block, team: &dyn Team) -> Result<(), Fault> {
    note(to, |to| {
        from.release();
        let first = from.header().particle_count as usize;
        if !may_follow(from, to) {
            return Err(Status::OutOfRange.into());
        }
        carry(from, to);
        watch::set_guards(to);
        name_rows(from, to, first)?;
        let mut stage = Stage::new(to, team);
        let table = stage.block.record_table();
        for (_, entry) in table.iter().enumerate().filter(|(index, entry)| number(&table[..*index], entry) == 0) {
            // A term that was not there yet begins with all particles.
            let joined = if number(from.record_table(), entry) > 0 { first } else { 0 };
            registry::term(entry.type_index as usize).map_or(Ok(()), |term| term.init(&mut stage, joined))?;
            stage.block.release();
        }
        // No time passes: contacts keep their history as it is.
        stage.world.dt = 0.0;
        settle(&mut stage)?;
        // A force that is no number would end the run at its next step, and then for good.
        if to.has("force") {
            let bad = finite::search_in(to, team, ["force", "velocity"]);
            finite::refuse(to, bad)?;
        }
        Ok(())
    })
}

/// Records of the same type.
fn number(table: &[RecordEntry], entry: &RecordEntry) -> usize {
    table.iter().filter(|other| other.type_index == entry.type_index).count()
}

/// Particles join behind all others, and those that a scene begins with stay as many; slots that were not kept from the start are
/// not known in rows that were sorted.
fn may_follow(from: &Block, to: &Block) -> bool {
    let (run, plan) = (from.header(), to.header());
    let began = |header: &Header| header.particle_count.wrapping_sub(header.added);
    let slots = from.has("slot") || !to.has("slot") || !from.has("point");
    from.is_apart(to) && began(run) == began(plan) && plan.added >= run.added && slots
}

/// What the plan says stays, all else comes from the run.
fn carry(from: &Block, to: &Block) {
    let (plan, header) = (*to.header(), to.header_mut());
    *header = *from.header();
    header.block_bytes = plan.block_bytes;
    (header.field_count, header.field_table) = (plan.field_count, plan.field_table);
    (header.record_count, header.record_table) = (plan.record_count, plan.record_table);
    (header.particle_count, header.particle_capacity, header.added) = (plan.particle_count, plan.particle_capacity, plan.added);
    for slot in 0..header.frames.len() {
        header.frames[slot].offset = plan.frames[slot].offset;
        let frame = from.frame_slot(slot);
        to.frame_slot(slot)[..frame.len()].copy_from_slice(frame);
    }
    for field in to.field_table().iter().filter(|f| f.flags != 0) {
        if let Some(known) = from.field_table().iter().find(|f| f.name == field.name && f.stride == field.stride) {
            let (old, new) = (from.words(known), to.words(field));
            let kept = old.len().min(new.len());
            new[..kept].copy_from_slice(&old[..kept]);
        }
    }
    // Parameters as they are now: the first record of a kind is the first of that kind.
    for (index, entry) in to.record_table().iter().enumerate() {
        let record = to.nth_record(index);
        let before = (0..index).filter(|k| alike(&to.nth_record(*k), &record)).count();
        let mut known = (0..from.record_count()).map(|k| from.nth_record(k)).filter(|other| alike(other, &record));
        if let Some(known) = known.nth(before) {
            let values = known.values.iter().take(carried(&record));
            (entry.offset..).step_by(8).zip(values).for_each(|(offset, value)| to.set_slot(offset, *value));
        }
    }
}

/// Whether slots of one mean what they mean in the other: records of a type, but for plug-ins those of a module.
fn alike(a: &Record, b: &Record) -> bool {
    let module = |record| own_words(record).map(|[_, _, module]| module);
    a.type_index == b.type_index && module(a) == module(b)
}

/// Slots that come from the run: not the arrays that a plug-in writes, which each plan numbers anew, nor which module it is.
fn carried(record: &Record) -> usize {
    record.values.len() - own_words(record).map_or(0, |_| 2)
}

/// Particles that join get the next ids and slots.
fn name_rows(from: &Block, to: &mut Block, first: usize) -> Result<(), Fault> {
    let (known, joining) = to.take::<u32>("id").split_at_mut(first);
    let next = known.iter().fold(0, |next, id| next.max(u64::from(*id) + 1));
    if next + joining.len() as u64 > u64::from(u32::MAX) {
        return Err(Status::OutOfRange.into());
    }
    joining.iter_mut().zip(next as u32..).for_each(|(id, next)| *id = next);
    let first = if from.has("slot") { first } else { 0 };
    for name in ["slot", "row_of_slot"] {
        to.take::<u32>(name).iter_mut().enumerate().skip(first).for_each(|(row, slot)| *slot = row as u32);
    }
    to.release();
    Ok(())
}
