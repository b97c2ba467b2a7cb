//! The Verlet list: for each atom all others within cut-off plus skin, each pair at both atoms.

use super::{LIST_VALID, Setup, wrap};
use crate::block::Block;
use crate::team::{self, RowsOf, Team};
use crate::{Fault, Status};

/// Atoms per unit of volume (in sigma) that the list makes room for: well above the densest solid of this potential at ordinary pressure.
const DENSEST: f64 = 1.9;
/// Atoms that the kernel takes at once; rows are a multiple of it.
pub(super) const LANES: usize = 8;

/// Neighbours that there is room for, `reach` in units of sigma. Never none: a row of no width is no field.
pub(super) fn room(reach: f64, particles: u64) -> u32 {
    let sphere = 4.0 / 3.0 * core::f64::consts::PI * reach * reach * reach;
    let crowded = libm::ceil(DENSEST * sphere) as u64 + 16;
    (crowded.min(particles.max(1)) as u32).next_multiple_of(LANES as u32)
}

/// Neighbours that a row of this block has room for.
pub(super) fn width(block: &Block) -> usize {
    block.field_table().iter().find(|f| f.name() == "neighbors").map_or(1, |f| f.components) as usize
}

/// Wraps positions, remembers them, and builds the list from them.
pub(super) fn rebuild(block: &mut Block, team: &dyn Team, setup: &Setup) -> Result<(), Fault> {
    wrap(block, team, setup);
    block.take::<f32>("list_position").copy_from_slice(block.take::<f32>("position"));
    build(block, team, setup)
}

/// Builds the list from the remembered positions if it does not belong to them.
pub(super) fn ensure(block: &mut Block, team: &dyn Team, setup: &Setup) -> Result<(), Fault> {
    if block.header().model_state[LIST_VALID] == 1 { Ok(()) } else { build(block, team, setup) }
}

fn build(block: &mut Block, team: &dyn Team, setup: &Setup) -> Result<(), Fault> {
    block.release();
    let position = &*block.take::<f32>("list_position");
    let start = block.take::<u32>("cell_start");
    let sorted = block.take::<u32>("cell_particles");
    setup.cells.sort(position, start, sorted);
    let search = Search {
        setup,
        position,
        start,
        sorted,
        reach: reach_squared(setup),
        length: core::array::from_fn(|k| if setup.domain.periodic[k] { setup.length(k) as f32 } else { f32::INFINITY }),
    };
    let width = width(block);
    let arrays = (RowsOf { values: block.take::<u32>("neighbors"), width }, RowsOf { values: block.take::<u32>("neighbor_count"), width: 1 });
    let most = team::fold_chunks(
        team,
        arrays,
        (0u32, u32::MAX),
        |range, (rows, counts)| {
            let mut most = (0, u32::MAX);
            for ((row, count), i) in rows.values.chunks_exact_mut(width).zip(counts.values.iter_mut()).zip(range) {
                let found = search.neighbors(i, row);
                *count = found.min(width as u32);
                most = if found > most.0 { (found, i as u32) } else { most };
            }
            most
        },
        |a, b| if b.0 > a.0 { b } else { a },
    );
    let particle = block.take::<u32>("id").get(most.1 as usize).copied().unwrap_or(u32::MAX);
    block.release();
    if most.0 as usize > width {
        return Err(Fault { status: Status::NeighborCapacity, particle, detail: [most.0 as f64, width as f64] });
    }
    block.header_mut().model_state[LIST_VALID] = 1;
    Ok(())
}

fn reach_squared(setup: &Setup) -> f32 {
    // A hair more than exact, so that rounding to f32 never loses a pair.
    let reach = (setup.model.cutoff + setup.skin) * (1.0 + 1e-6);
    (reach * reach) as f32
}

struct Search<'a> {
    setup: &'a Setup,
    position: &'a [f32],
    start: &'a [u32],
    sorted: &'a [u32],
    reach: f32,
    length: [f32; 3],
}

impl Search<'_> {
    /// Writes the neighbours of atom `i` into `row` as far as they fit and comes back with how many there are. The row's tail
    /// up to the next multiple of [`LANES`] holds `i` itself.
    fn neighbors(&self, i: usize, row: &mut [u32]) -> u32 {
        let cells = &self.setup.cells;
        let x = &self.position[i * 3..i * 3 + 3];
        let home = cells.coordinates(x);
        let (along_x, nx) = cells.nearby(0, home[0]);
        let (along_y, ny) = cells.nearby(1, home[1]);
        let (along_z, nz) = cells.nearby(2, home[2]);
        let mut found = 0;
        for &cz in &along_z[..nz] {
            for &cy in &along_y[..ny] {
                for &cx in &along_x[..nx] {
                    let cell = cells.index([cx, cy, cz]);
                    for &j in &self.sorted[self.start[cell] as usize..self.start[cell + 1] as usize] {
                        if j as usize != i && self.near(x, j as usize) {
                            if let Some(slot) = row.get_mut(found) {
                                *slot = j;
                            }
                            found += 1;
                        }
                    }
                }
            }
        }
        let end = found.next_multiple_of(LANES).min(row.len());
        if found < end {
            row[found..end].fill(i as u32);
        }
        found as u32
    }

    #[inline]
    fn near(&self, x: &[f32], j: usize) -> bool {
        let mut squared = 0.0;
        for k in 0..3 {
            let d = (x[k] - self.position[j * 3 + k]).abs();
            let image = self.length[k] - d;
            let d = if image < d { image } else { d };
            squared += d * d;
        }
        squared <= self.reach
    }
}
