//! The stages of a step at which plug-ins are called, chunk by chunk on all threads.

use super::{Call, OWN_SLOTS, STAGES, watch};
use crate::records::{Declared, Record};
use crate::stage::Stage;
use crate::team::{chunk_count, chunk_rows};
use crate::term::Term;
use crate::{Fault, Status, record, registry};

record! {
    /// A plug-in: `file` names it, `sha256` may say which file exactly; its parameters are those that it declares (docs/plug-ins.md).
    PlugIn in PlugIn as "plug-in" {
    }
}

/// The stages of [`PlugIn`].
pub struct Stages;

impl Term for Stages {
    fn has_forces(&self) -> bool {
        true
    }

    fn keeps_momentum(&self) -> bool {
        false
    }

    fn force(&self, stage: &mut Stage) -> Result<(), Fault> {
        call_all(stage, 0, 0.0)
    }

    fn velocity(&self, stage: &mut Stage, dt: f64) -> Result<(), Fault> {
        call_all(stage, 1, dt)
    }

    fn position(&self, stage: &mut Stage, dt: f64) -> Result<(), Fault> {
        call_all(stage, 2, dt)
    }

    fn end(&self, stage: &mut Stage, dt: f64) -> Result<(), Fault> {
        call_all(stage, 3, dt)
    }
}

/// The words at the end of each plug-in's record: stages, arrays written, and which module it is. Nothing for another record.
pub(crate) fn own_words(record: &Record) -> Option<[f64; OWN_SLOTS]> {
    const TYPE: Option<usize> = registry::index_of(PlugIn::TYPE.section, PlugIn::TYPE.name);
    if Some(record.type_index) != TYPE {
        return None;
    }
    record.values.last_chunk().copied()
}

/// Calls every plug-in that has this stage. One that has it and was not loaded is an error: the run would be another than the scene's.
fn call_all(stage: &mut Stage, which: u32, dt: f64) -> Result<(), Fault> {
    let mut number = 0;
    for record in 0..stage.block.record_count() {
        let Some([stages, writes, _]) = own_words(&stage.block.nth_record(record)) else { continue };
        if stages as u32 >> which & 1 != 0 {
            if number >= stage.team.plug_ins() {
                return Err(Fault { detail: [record as f64, 0.0], ..Status::MissingModel.into() });
            }
            call(stage, Call { block: stage.block.address(), number, stage: which, first: 0, count: 0, dt }, writes as u64)?;
        }
        number += 1;
    }
    Ok(())
}

fn call(stage: &mut Stage, call: Call, writes: u64) -> Result<(), Fault> {
    stage.block.release();
    let seal = watch::Seal::new(stage.block, stage.team, writes);
    let (team, particles) = (stage.team, stage.block.header().particle_count);
    if call.stage as usize + 1 == STAGES.len() {
        team.plug_in(Call { count: particles, ..call });
    } else {
        team.run(chunk_count(particles as usize) as u32, &|chunk: u32| {
            let rows = chunk_rows(chunk as usize, particles as usize);
            team.plug_in(Call { first: rows.start as u32, count: rows.len() as u32, ..call });
        });
    }
    seal.check(stage.block, team, call.number)?;
    // A host whose plug-in failed has none any more.
    if call.number < team.plug_ins() { Ok(()) } else { Err(Status::MissingModel.into()) }
}
