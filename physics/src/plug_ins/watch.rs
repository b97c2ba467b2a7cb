//! What a plug-in must leave alone: header, tables, the guard words behind every array, and, while it is on trial, all arrays but those
//! that it said it writes. It is on trial in the first steps of a run, and whenever the host asks for it.

use crate::block::Block;
use crate::hash::{self, Fingerprint};
use crate::layout::{FIELD_STATE, FLAG_WATCH, GUARD};
use crate::team::Team;
use crate::{Fault, Status};

/// Steps in which all arrays are looked at: those of a run's beginning, and those after plug-ins have come in.
pub const TRIAL_STEPS: u64 = 8;

/// How things were before a call.
pub struct Seal {
    tables: u64,
    arrays: Option<u64>,
    writes: u64,
}

/// What was damaged: the second number of a fault's detail.
#[derive(Clone, Copy)]
enum Damage {
    Tables = 0,
    Guard = 1,
    Array = 2,
}

impl Seal {
    /// Looks before a call; bit k of `writes` stands for array k of the table.
    pub fn new(block: &Block, team: &dyn Team, writes: u64) -> Self {
        let watched = block.header().flags & FLAG_WATCH != 0 || block.header().step < TRIAL_STEPS;
        Seal { tables: tables(block), arrays: watched.then(|| arrays(block, team, writes)), writes }
    }

    /// Looks after it. Nothing that the tables say is used before they are known to be as they were.
    pub fn check(self, block: &Block, team: &dyn Team, number: u32) -> Result<(), Fault> {
        let damage = |what: Damage| Err(Fault { status: Status::PlugInDamage, particle: number, detail: [number as f64, what as u32 as f64] });
        if tables(block) != self.tables {
            return damage(Damage::Tables);
        }
        let mut whole = true;
        each_guard(block, |words| whole &= words.iter().all(|word| *word == GUARD));
        if !whole {
            return damage(Damage::Guard);
        }
        match self.arrays {
            Some(before) if before != arrays(block, team, self.writes) => damage(Damage::Array),
            _ => Ok(()),
        }
    }
}

/// Writes all guard words.
pub fn set_guards(block: &Block) {
    each_guard(block, |words| words.fill(GUARD));
}

fn each_guard(block: &Block, mut call: impl FnMut(&mut [u32])) {
    let slot = crate::frames::slot_bytes(block.header().particle_capacity);
    let frames = block.header().frames.iter().map(|frame| (frame.offset, slot));
    let arrays = block.field_table().iter().flat_map(|field| [(field.offset, field.bytes()), (field.saved_offset, field.bytes())]);
    for (offset, bytes) in frames.chain(arrays).filter(|(offset, _)| *offset != 0) {
        call(block.guard(offset as u64 + bytes));
    }
}

/// Of the header and the tables, wherever they are by now.
fn tables(block: &Block) -> u64 {
    let mut sum = Fingerprint::new();
    let mut add = |bytes: &[u8]| bytes.chunks_exact(8).for_each(|word| sum.number(u64::from_le_bytes(word.try_into().unwrap_or_default())));
    add(bytemuck::bytes_of(block.header()));
    add(block.tables());
    sum.finish()
}

/// Of the arrays of the state that are not among the written ones.
fn arrays(block: &Block, team: &dyn Team, writes: u64) -> u64 {
    let kept = block.field_table().iter().enumerate().filter(|(k, field)| writes >> (k & 63) & 1 == 0 && field.flags & FIELD_STATE != 0);
    kept.fold(0, |sum, (_, field)| sum ^ hash::field_hash(block, team, field))
}
