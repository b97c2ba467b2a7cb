//! The last step boundary, kept in the block itself: a copy of all state arrays, and the way back.

use crate::block::Block;
use crate::layout::SavedClock;
use crate::team::{self, RowsMut, Team};

/// Copies all state to its second place.
pub fn save(block: &mut Block, team: &dyn Team) {
    block.release();
    copy(block, team, false);
    let header = block.header_mut();
    header.saved = SavedClock { step: header.step, time: header.time, run_state: header.run_state, emitted: header.emitted };
}

/// Copies all state back from there and clears the fault.
pub fn restore(block: &mut Block, team: &dyn Team) {
    block.release();
    copy(block, team, true);
    let header = block.header_mut();
    header.step = header.saved.step;
    header.time = header.saved.time;
    header.run_state = header.saved.run_state;
    header.emitted = header.saved.emitted;
    header.fault_status = 0;
}

fn copy(block: &Block, team: &dyn Team, back: bool) {
    for field in block.field_table().iter().filter(|f| f.saved_offset != 0) {
        let (array, saved) = block.with_copy(field);
        let (from, to) = if back { (saved, array) } else { (array, saved) };
        let from = &*from;
        team::each_chunk(team, (RowsMut::<u32, 1>(to),), |range, (to,)| to.0.copy_from_slice(&from[range]));
    }
}
