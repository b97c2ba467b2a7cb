//! The Verlet list: for each particle all others within reach plus skin.
//!
//! Rows stand one behind the other in the arena of their chunk of particles; each begins at a multiple of sixteen entries and is
//! filled up with the particle itself. Entries are byte offsets of points, [`ROW`] times the number of the particle.

use super::Shape;
use super::search::{Pool, Search};
use crate::simd::{GROUP, Kernel, ROW, Vector};
use crate::stage::Stage;
use crate::team::{self, CHUNK, RowsMut, RowsOf};
use crate::{Fault, Status};

/// Particles per volume of spacing^3 (or area of spacing^2) that the list makes room for, on average over a chunk: well above
/// the densest solid at ordinary pressure.
const DENSEST: f64 = 1.5;

/// Entries that the list has room for, `reach` in units of the spacing.
pub(super) fn entries(reach: f64, dimensions: usize, particles: u64) -> u64 {
    let pi = core::f64::consts::PI;
    let ball = if dimensions == 2 { pi * reach * reach } else { 4.0 / 3.0 * pi * reach * reach * reach };
    let crowded = (libm::ceil(DENSEST * ball) as u64).saturating_add(2 * GROUP as u64);
    let each = crowded.min(particles.next_multiple_of(GROUP as u64)).next_multiple_of(GROUP as u64);
    each.saturating_mul(particles.next_multiple_of(CHUNK as u64).min(particles + GROUP as u64))
}

/// Builds all rows.
pub(super) fn build(stage: &mut Stage, shape: &Shape) -> Result<(), Fault> {
    let isa = stage.team.isa();
    let block = &mut *stage.block;
    let rows = block.header().particle_count as usize;
    let start = &*block.take::<u32>("cell_start");
    let alive = start[shape.grid.count()] as usize;
    let list = [&*block.take("list_x"), &*block.take("list_y"), &*block.take("list_z")];
    let search = Search::new(shape, list, start, alive);
    let entries = block.take::<u32>("neighbors");
    // An arena is as large a part of the entries as its chunk is of the particles.
    let each = entries.len() / rows.max(1) / GROUP * GROUP;
    let arenas = RowsOf { values: &mut entries[..rows * each], width: each };
    let arrays = (RowsMut::<u32, 1>(block.take("neighbor_start")), RowsMut::<u32, 1>(block.take("neighbor_count")), arenas);
    let worst = team::fold_chunks(
        stage.team,
        arrays,
        (0usize, 0usize),
        |range, (starts, counts, arena)| {
            let room = arena.values.len();
            let needed = isa.run_eight(Rows { search: &search, first: range.start, each, starts: starts.0, counts: counts.0, arena: arena.values });
            (needed.saturating_sub(room), range.len())
        },
        |a, b| if b.0 > a.0 { b } else { a },
    );
    block.release();
    if worst.0 == 0 {
        return Ok(());
    }
    let per_particle = each as f64 + worst.0 as f64 / worst.1 as f64;
    Err(Fault { status: Status::NeighborCapacity, particle: u32::MAX, detail: [libm::ceil(per_particle), each as f64] })
}

/// The rows of one chunk.
struct Rows<'a> {
    search: &'a Search<'a>,
    first: usize,
    each: usize,
    starts: &'a mut [u32],
    counts: &'a mut [u32],
    arena: &'a mut [u32],
}

impl Kernel for Rows<'_> {
    /// Entries that the chunk needs.
    type Output = usize;

    #[inline(always)]
    fn run<V: Vector>(self) -> usize {
        let (mut used, mut next) = (0, self.first);
        let end = self.first + self.counts.len();
        let mut pool = Pool::new();
        while next < end {
            let patch = self.search.patch(next, end);
            let many = patch.particles.len();
            pool.whole::<V>(self.search, &patch);
            for i in patch.particles.clone() {
                let room = used.min(self.arena.len());
                let room = &mut self.arena[room..];
                let found = pool.row::<V>(self.search, &patch, i, room);
                let padded = found.next_multiple_of(GROUP);
                let fits = padded <= room.len();
                if fits {
                    room[found..padded].fill(i as u32 * ROW);
                }
                // A row without room is an empty one inside the arena.
                let (start, count) = if fits { (used, found) } else { (0, 0) };
                self.starts[i - self.first] = (self.first * self.each + start) as u32;
                self.counts[i - self.first] = count as u32;
                used += padded;
            }
            next += many;
        }
        used
    }
}
