//! The Verlet list: for each particle all others within reach plus skin.
//!
//! Rows stand one behind the other in the arena of their chunk of particles; each begins at a multiple of eight entries and is
//! filled up with the particle itself.

use super::Shape;
use crate::simd::{Integers, Kernel, LANES, Vector};
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
    let crowded = (libm::ceil(DENSEST * ball) as u64).saturating_add(2 * LANES as u64);
    let each = crowded.min(particles.next_multiple_of(LANES as u64)).next_multiple_of(LANES as u64);
    each.saturating_mul(particles.next_multiple_of(CHUNK as u64).min(particles + LANES as u64))
}

/// Builds all rows.
pub(super) fn build(stage: &mut Stage, shape: &Shape) -> Result<(), Fault> {
    let isa = stage.team.isa();
    let block = &mut *stage.block;
    let rows = block.header().particle_count as usize;
    let far = (shape.far * (1.0 + 1e-6)) as f32;
    let search =
        Search { shape, list: [block.take("list_x"), block.take("list_y"), block.take("list_z")], start: block.take("cell_start"), squared: far * far };
    let entries = block.take::<u32>("neighbors");
    // An arena is as large a part of the entries as its chunk is of the particles.
    let each = entries.len() / rows.max(1) / LANES * LANES;
    let arenas = RowsOf { values: &mut entries[..rows * each], width: each };
    let arrays = (RowsMut::<u32, 1>(block.take("neighbor_start")), RowsMut::<u32, 1>(block.take("neighbor_count")), arenas);
    let worst = team::fold_chunks(
        stage.team,
        arrays,
        (0usize, 0usize),
        |range, (starts, counts, arena)| {
            let room = arena.values.len();
            let needed = isa.run(Rows { search: &search, first: range.start, each, starts: starts.0, counts: counts.0, arena: arena.values });
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

struct Search<'a> {
    shape: &'a Shape,
    list: [&'a [i32]; 3],
    start: &'a [u32],
    squared: f32,
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
        let mut used = 0;
        for (k, (start, count)) in self.starts.iter_mut().zip(self.counts.iter_mut()).enumerate() {
            let i = self.first + k;
            let end = self.arena.len();
            let room = &mut self.arena[used.min(end)..];
            let found = self.search.row::<V>(i, room);
            let padded = found.next_multiple_of(LANES);
            let fits = padded <= room.len();
            if fits {
                room[found..padded].fill(i as u32);
            }
            *start = (self.first * self.each + used) as u32;
            *count = if fits { found as u32 } else { 0 };
            used += padded;
        }
        used
    }
}

impl Search<'_> {
    /// Writes the neighbours of particle `i` as far as they fit and comes back with how many there are.
    #[inline(always)]
    fn row<V: Vector>(&self, i: usize, out: &mut [u32]) -> usize {
        let grid = &self.shape.grid;
        let own = [self.list[0][i], self.list[1][i], self.list[2][i]];
        let home = grid.coordinates(own);
        if i >= self.start[grid.count()] as usize {
            return 0; // not alive
        }
        let (along_y, ny) = grid.nearby(1, home[1]);
        let (along_z, nz) = grid.nearby(2, home[2]);
        let (runs, nx) = grid.runs(home[0]);
        let own = own.map(V::Int::splat);
        let unit = self.shape.geometry.units().map(V::splat);
        let mut found = 0;
        for &cz in &along_z[..nz] {
            for &cy in &along_y[..ny] {
                for &(from, to) in &runs[..nx] {
                    let line = grid.index([0, cy, cz]);
                    let (begin, end) = (self.start[line + from as usize] as usize, self.start[line + to as usize] as usize);
                    let mut j = begin;
                    while j < end {
                        let mut hits = self.near::<V>(&own, &unit, j);
                        if end - j < LANES {
                            hits &= (1 << (end - j)) - 1;
                        }
                        if i.wrapping_sub(j) < LANES {
                            hits &= !(1 << (i - j));
                        }
                        while hits != 0 {
                            if let Some(slot) = out.get_mut(found) {
                                *slot = (j + hits.trailing_zeros() as usize) as u32;
                            }
                            found += 1;
                            hits &= hits - 1;
                        }
                        j += LANES;
                    }
                }
            }
        }
        found
    }

    /// Bit k says that particle `j + k` is near.
    #[inline(always)]
    fn near<V: Vector>(&self, own: &[V::Int; 3], unit: &[V; 3], j: usize) -> u32 {
        let mut squared = V::splat(0.0);
        for k in 0..3 {
            let eight: &[i32; LANES] = self.list[k][j..j + LANES].try_into().expect("eight");
            let d = own[k].sub(V::Int::load(eight)).to_float() * unit[k];
            squared = squared + d * d;
        }
        V::bits(squared.lt(V::splat(self.squared)))
    }
}
