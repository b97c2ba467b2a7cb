//! Particles that join a run: the block goes over into another memory that has room for them, and back for a reset.

use super::place::{Place, With};
use super::{HostError, Simulation};
use motes_physics::Status;
use motes_physics::block::Block;
use motes_physics::layout::{FrameDescriptor, Header};
use motes_physics::records::Records;
use motes_scene::growth::{Grown, GrowthError, Joining, grow};
use std::mem::offset_of;
use std::sync::Arc;

impl Simulation {
    /// Lets particles join between two steps; they come to rest behind all others, and the state then is one to come back to.
    /// `low` are the parts of positions that single precision leaves out, where they are known.
    ///
    /// Comes back with the id of the first; the others follow it.
    ///
    /// # Errors
    /// When there is no room for them, with the numbers, or when they cannot be particles of this scene; the run is as it was.
    pub fn add(&mut self, joining: Joining<'_>, low: &[f32]) -> Result<u32, HostError> {
        let grown = self.plan_for(joining)?;
        let first = self.field::<u32>("id")?.into_iter().max().map_or(0, |id| id.saturating_add(1));
        if joining.count() == 0 {
            return Ok(first);
        }
        if u64::from(first) + joining.count() as u64 > u64::from(u32::MAX) {
            let text = format!("ids up to {} are in use, so {} more find no room below {}", first - 1, joining.count(), u32::MAX);
            return Err(HostError::Growth(GrowthError::Limit(text)));
        }
        let place = self.place(grown, true, None)?;
        let rows = place.memory().lead(self).map(|mut block| write_rows(&mut block, joining, low));
        rows.map_err(|status: Status| HostError::Fault { step: 0, fault: status.into() })?;
        self.go_over(place, With::Its)?;
        Ok(first)
    }

    /// Whether so many may join, as far as their number alone tells.
    ///
    /// # Errors
    /// With the numbers.
    pub fn has_room_for(&mut self, particles: u64) -> Result<(), HostError> {
        self.plan(particles).map(|_| ())
    }

    fn plan_for(&mut self, joining: Joining<'_>) -> Result<Grown, HostError> {
        self.with_block(|block| joining.check(&Records::Running(block).iter().collect::<Vec<_>>()))?.map_err(HostError::Growth)?;
        self.plan(joining.count() as u64)
    }

    /// The plan of a block for so many more, which has room in front of the data of plug-ins.
    fn plan(&mut self, joining: u64) -> Result<Grown, HostError> {
        let kept = self.plugged.as_ref().map_or(u64::MAX, |plugged| plugged.plug_ins().kept_for_block());
        let plan = self.with_block(|block| {
            let records: Vec<_> = Records::Running(block).iter().collect();
            let plan = |joining| grow(block.header(), &records, joining);
            let grown = plan(joining)?;
            if grown.block_bytes <= kept {
                return Ok(grown);
            }
            let (mut room, mut most) = (0, joining);
            while most - room > 1 {
                let middle = room.midpoint(most);
                *(if plan(middle)?.block_bytes <= kept { &mut room } else { &mut most }) = middle;
            }
            let bytes = grown.block_bytes;
            Err(GrowthError::Limit(format!(
                "the block would have {bytes} bytes, and {kept} are kept for it in front of the data of plug-ins: room for {room} of these {joining}; begin with more `reserve`"
            )))
        })?;
        plan.map_err(HostError::Growth)
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
        let block_bytes = u64::from_le_bytes(std::array::from_fn(|k| prefix[offset_of!(Header, block_bytes) + k]));
        let mut place = self.place(Grown { prefix, block_bytes }, false, None)?;
        self.exchange(&mut place);
        Ok(Some(place))
    }
}

/// Writes the particles that join into the last rows.
fn write_rows(block: &mut Block, joining: Joining<'_>, low: &[f32]) {
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
}
