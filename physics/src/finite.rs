//! The search for positions and velocities that are not finite.

use crate::block::Block;
use crate::team::{self, Count, Team};
use crate::{Fault, Status};

/// No row.
pub(crate) const NONE: u64 = u64::MAX;

/// A number with all bits of the exponent set is none; integers, so that many are looked at together.
fn all(values: &[f32]) -> bool {
    values.iter().fold(0, |found, x| found | u32::from(x.to_bits() & 0x7f80_0000 == 0x7f80_0000)) == 0
}

/// The first particle of these, the first of which has the row `first`.
pub(crate) fn first_not_finite(position: &[f32], velocity: &[f32], first: usize) -> u64 {
    if all(position) && all(velocity) {
        return NONE;
    }
    let bad = position.chunks_exact(3).zip(velocity.chunks_exact(3)).position(|(x, v)| !all(x) || !all(v));
    bad.map_or(NONE, |i| (first + i) as u64)
}

/// The first row, in storage order, with a position or velocity that is not finite.
pub(crate) fn search(block: &mut Block, team: &dyn Team) -> u64 {
    search_in(block, team, ["position", "velocity"])
}

/// The first row with a vector of these two arrays that is not finite.
pub(crate) fn search_in(block: &mut Block, team: &dyn Team, names: [&str; 2]) -> u64 {
    block.release();
    let [position, velocity] = names.map(|name| &*block.take::<f32>(name));
    let make = |range: core::ops::Range<usize>, _| {
        let rows = range.start * 3..range.end * 3;
        first_not_finite(&position[rows.clone()], &velocity[rows], range.start)
    };
    let first = team::fold_chunks(team, Count(position.len() / 3), NONE, make, u64::min);
    block.release();
    first
}

/// The fault of the particle in that row, if it is one.
pub(crate) fn refuse(block: &mut Block, row: u64) -> Result<(), Fault> {
    block.release();
    let particle = block.take::<u32>("id").get(row as usize).copied();
    block.release();
    particle.map_or(Ok(()), |particle| Err(Fault { status: Status::NotFinite, particle, detail: [0.0; 2] }))
}
