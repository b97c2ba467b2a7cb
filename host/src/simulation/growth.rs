//! Particles that join a run: the block goes over into another memory that has room for them, and back for a reset.
//!
//! The memory that the run comes from stays as it is until its reader of frames has gone on too, so no frame that someone looks at
//! changes under their eyes. A run that cannot go over has not been touched.

use super::{HostError, Simulation};
use crate::engine::Engine;
use crate::memory::{Memory, view};
use motes_physics::layout::{FrameDescriptor, Header};
use motes_physics::records::Records;
use motes_scene::growth::{Grown, GrowthError, Joining, grow};
use std::mem::offset_of;
use std::sync::{Arc, PoisonError};

/// A memory, and who runs physics on it where the one before cannot.
type Place = (Arc<Memory>, Option<Engine>);

impl Simulation {
    /// Lets particles join between two steps; they come to rest behind all others, and the state then is one to come back to.
    /// `low` are the parts of positions that single precision leaves out, where they are known.
    ///
    /// Comes back with the id of the first; the others follow it.
    ///
    /// # Errors
    /// When there is no room for them, with the numbers, or when they cannot be particles of this scene; the run is as it was.
    pub fn add(&mut self, joining: Joining<'_>, low: &[f32]) -> Result<u32, HostError> {
        if self.plugged.is_some() {
            let text = "plug-ins have their data behind the block, so no particles can join; have all particles in the scene".to_owned();
            return Err(HostError::Growth(GrowthError::Input(text)));
        }
        let grown = self.plan_for(joining)?;
        let first = self.field::<u32>("id")?.into_iter().max().map_or(0, |id| id.saturating_add(1));
        if joining.count() == 0 {
            return Ok(first);
        }
        if u64::from(first) + joining.count() as u64 > u64::from(u32::MAX) {
            let text = format!("ids up to {} are in use, so {} more find no room below {}", first - 1, joining.count(), u32::MAX);
            return Err(HostError::Growth(GrowthError::Limit(text)));
        }
        let (mut memory, mut engine) = self.place(&grown.prefix, grown.block_bytes, true)?;
        write_rows(&mut memory, joining, low).map_err(|status| HostError::Fault { step: 0, fault: status.into() })?;
        let from = Arc::clone(&self.memory);
        let step = self.header()?.step;
        let mut block = from.lead(self).map_err(|status| HostError::Fault { step, fault: status.into() })?;
        match (&mut engine, &self.engine) {
            (None, Engine::Native(threads)) => {
                let mut to = view(memory.bytes_mut()).map_err(|status| HostError::Fault { step, fault: status.into() })?;
                motes_physics::migrate::migrate(&mut block, &mut to, threads).map_err(|fault| HostError::Fault { step, fault })?;
            }
            #[cfg(feature = "wasm-engine")]
            (Some(Engine::Wasm(team)), _) => {
                let bytes = block.header().block_bytes as usize;
                let old = from.copy(self, bytes);
                memory.bytes_mut()[grown.block_bytes as usize..][..bytes].copy_from_slice(&old);
                team.migrate(grown.block_bytes as u32).map_err(|reason| HostError::Module { reason })?.map_or(Ok(()), |status| {
                    let fault = view(memory.bytes_mut()).map_or_else(|status| status.into(), |to| crate::engine::fault(&to, status));
                    Err(HostError::Fault { step, fault })
                })?;
            }
            _ => return Err(HostError::Module { reason: "the engine has no place for another block".to_owned() }),
        }
        self.go_to((Arc::new(memory), engine));
        self.publish()?;
        Ok(first)
    }

    /// Whether so many may join, as far as their number alone tells.
    ///
    /// # Errors
    /// With the numbers.
    pub fn has_room_for(&mut self, particles: u64) -> Result<(), HostError> {
        self.with_block(|block| grow(block.header(), &Records::Running(block).iter().collect::<Vec<_>>(), particles))?.map(|_| ()).map_err(HostError::Growth)
    }

    fn plan_for(&mut self, joining: Joining<'_>) -> Result<Grown, HostError> {
        let plan = self.with_block(|block| {
            let records: Vec<_> = Records::Running(block).iter().collect();
            joining.check(&records)?;
            grow(block.header(), &records, joining.count() as u64)
        })?;
        plan.map_err(HostError::Growth)
    }

    /// A memory with that prefix in it, with room for the present block behind it if that is to be carried over.
    fn place(&mut self, prefix: &[u8], bytes: u64, carry: bool) -> Result<(Memory, Option<Engine>), HostError> {
        let now = self.header()?.block_bytes;
        self.engine.place(prefix, bytes, if carry { now } else { 0 })?.ok_or_else(|| {
            let text = format!("the block would have {bytes} bytes beside the {now} that it has, and the system has no room for both; add fewer particles");
            HostError::Growth(GrowthError::Limit(text))
        })
    }

    /// Goes on in another place, and tells the reader of frames; comes back with where the run was.
    fn go_to(&mut self, (memory, engine): Place) -> Place {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&memory));
        let memory = std::mem::replace(&mut self.memory, memory);
        (memory, engine.map(|engine| std::mem::replace(&mut self.engine, engine)))
    }

    /// Leaves behind what was added: a block as the scene has it, with parameters as they are now. Comes back with where the run was.
    pub(super) fn shrink(&mut self) -> Result<Option<Place>, HostError> {
        let header = self.header()?;
        if header.added == 0 {
            return Ok(None);
        }
        let mut prefix = self.origin.clone();
        let table = header.record_table as usize;
        let now = Arc::clone(&self.memory).copy(self, prefix.len());
        prefix[table..].copy_from_slice(&now[table..]);
        // Frames are counted on.
        let newest = header.frames.iter().map(|frame| frame.frame_number).fold(0, u64::max);
        let at = offset_of!(Header, frames) + offset_of!(FrameDescriptor, frame_number);
        prefix[at..at + 8].copy_from_slice(&newest.to_le_bytes());
        let bytes = u64::from_le_bytes(std::array::from_fn(|k| prefix[offset_of!(Header, block_bytes) + k]));
        let (memory, engine) = self.place(&prefix, bytes, false)?;
        Ok(Some(self.go_to((Arc::new(memory), engine))))
    }

    /// Goes back to where the run was.
    pub(super) fn go_back(&mut self, place: Place) {
        self.go_to(place);
    }
}

/// Writes the particles that join into the last rows.
fn write_rows(memory: &mut Memory, joining: Joining<'_>, low: &[f32]) -> Result<(), motes_physics::Status> {
    let mut block = view(memory.bytes_mut())?;
    let first = block.header().particle_count as usize - joining.count();
    let floats = |name: &str, values: &[f32]| {
        let rows = block.take::<f32>(name).get_mut(3 * first..).unwrap_or_default();
        rows.fill(0.0);
        rows.iter_mut().zip(values).for_each(|(row, value)| *row = *value);
    };
    floats("position", joining.position);
    floats("position_low", low);
    floats("velocity", joining.velocity);
    let species = &mut block.take::<u32>("species")[first..];
    species.fill(0);
    species.iter_mut().zip(joining.species).for_each(|(row, value)| *row = *value);
    block.release();
    Ok(())
}
