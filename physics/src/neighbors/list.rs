//! The Verlet list: for each particle all others within reach plus skin.
//!
//! Rows stand one behind the other in the arena of their chunk of particles; each begins at a multiple of sixteen entries and is
//! filled up with the particle itself. Entries are byte offsets of points, [`ROW`] times the number of the particle.

use super::Shape;
use crate::simd::{GROUP, Integers, Kernel, ROW, Vector};
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

/// Particles that the search looks at together.
const LANES: usize = 8;

/// Builds all rows.
pub(super) fn build(stage: &mut Stage, shape: &Shape) -> Result<(), Fault> {
    let isa = stage.team.isa();
    let block = &mut *stage.block;
    let rows = block.header().particle_count as usize;
    // A hair more than exact, so that rounding never loses a pair.
    let far = shape.far * (1.0 + 1e-6);
    let start = &*block.take::<u32>("cell_start");
    let alive = start[shape.grid.count()] as usize;
    let list = [&*block.take("list_x"), &*block.take("list_y"), &*block.take("list_z")];
    let search = Search { shape, list, start, far, squared: (far * far) as f32, alive };
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

/// Writes the offset of row `j` + k for each bit k of `hits` behind the first `found` entries, as far as there is room; what lies behind them is
/// written over. No branch depends on the hits: they are as good as random, and a wrong guess costs more than eight writes.
#[inline(always)]
fn append<V: Vector>(out: &mut [u32], found: usize, j: u32, hits: u32) {
    let lanes = &COMPACT[hits as usize & 255];
    if let Some(eight) = out.get_mut(found..found + LANES) {
        V::Int::load(lanes).add(V::Int::splat((j * ROW) as i32)).store(bytemuck::cast_slice_mut(eight));
    } else {
        let count = COUNT[hits as usize & 255] as usize;
        out.iter_mut().skip(found).zip(&lanes[..count]).for_each(|(slot, k)| *slot = j * ROW + *k as u32);
    }
}

/// The set bits of each byte, in order, as offsets of rows, then zeros.
const COMPACT: [[i32; LANES]; 256] = {
    let mut table = [[0; LANES]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut k, mut count) = (0, 0);
        while k < LANES {
            if byte >> k & 1 != 0 {
                table[byte][count] = k as i32 * ROW as i32;
                count += 1;
            }
            k += 1;
        }
        byte += 1;
    }
    table
};

/// How many bits of each byte are set; not every processor can say.
const COUNT: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).count_ones() as u8;
        byte += 1;
    }
    table
};

struct Search<'a> {
    shape: &'a Shape,
    list: [&'a [i32]; 3],
    start: &'a [u32],
    far: f64,
    squared: f32,
    /// Particles that are alive: they stand first.
    alive: usize,
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
        let unit = self.search.shape.geometry.units().map(V::splat);
        for (k, (start, count)) in self.starts.iter_mut().zip(self.counts.iter_mut()).enumerate() {
            let i = self.first + k;
            let end = self.arena.len();
            let room = &mut self.arena[used.min(end)..];
            let found = self.search.row::<V>(i, &unit, room);
            let padded = found.next_multiple_of(GROUP);
            let fits = padded <= room.len();
            if fits {
                room[found..padded].fill(i as u32 * ROW);
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
    fn row<V: Vector>(&self, i: usize, unit: &[V; 3], out: &mut [u32]) -> usize {
        if i >= self.alive {
            return 0;
        }
        let grid = &self.shape.grid;
        let point = [self.list[0][i], self.list[1][i], self.list[2][i]];
        let own = point.map(V::Int::splat);
        let (rows, count) = grid.rows(point);
        let mut found = 0;
        for &(row, squared) in &rows[..count] {
            let left = self.far * self.far - squared;
            if left < 0.0 {
                continue;
            }
            // Rounded up: a longer stretch costs little and finds no one else.
            let half = V::root(left as f32) * (1.0 + 1e-6);
            let (runs, count) = grid.runs(point[0], half as f64);
            for &(from, to) in &runs[..count] {
                let (begin, end) = (self.start[(row + from) as usize] as usize, self.start[(row + to) as usize] as usize);
                found = self.stretch::<V>(i, &own, unit, begin, end, found, out);
            }
        }
        found
    }

    /// Adds those of the particles `begin..end` that are near particle `i` to the `found` ones.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "the inner loop of the search, in registers")]
    fn stretch<V: Vector>(&self, i: usize, own: &[V::Int; 3], unit: &[V; 3], begin: usize, end: usize, mut found: usize, out: &mut [u32]) -> usize {
        let mut j = begin;
        while j < end {
            let mut hits = self.near::<V>(own, unit, j);
            if end - j < LANES {
                hits &= (1 << (end - j)) - 1;
            }
            if i.wrapping_sub(j) < LANES {
                hits &= !(1 << (i - j));
            }
            append::<V>(out, found, j as u32, hits);
            found += COUNT[hits as usize & 255] as usize;
            j += LANES;
        }
        found
    }

    /// Bit k says that particle `j + k` is near.
    #[inline(always)]
    fn near<V: Vector>(&self, own: &[V::Int; 3], unit: &[V; 3], j: usize) -> u32 {
        let mut squared = V::splat(0.0);
        for k in 0..3 {
            let d = own[k].sub(V::Int::load(&self.list[k][j..])).to_float() * unit[k];
            squared = squared + d * d;
        }
        V::bits(squared.lt(V::splat(self.squared)))
    }
}
