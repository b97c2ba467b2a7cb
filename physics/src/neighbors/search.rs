//! The search for neighbours: a few particles that follow each other in a row of cells look at the same candidates.
//!
//! The candidates' coordinates, relative to the first of those particles and as `f32`, are collected in a pool that fits into the
//! nearest cache; then each of the particles is held against all of them, eight at a time. The hits of eight are written as one
//! vector that a table of all 256 possibilities puts together, so no branch depends on them.

use super::Shape;
use super::grid::{MOST_RUNS, Patch};
use crate::simd::{Integers, ROW, Vector};
use core::ops::Range;

/// Candidates looked at together.
const LANES: usize = 8;
/// Most particles of a patch.
const PATCH: usize = 8;
/// Groups of candidates that the pool has room for, on a stack that is small in Wasm.
const GROUPS: usize = 112;
/// A coordinate that is near nothing, and whose square is finite.
const NOWHERE: f32 = 1e18;

/// What all searches read.
pub(super) struct Search<'a> {
    shape: &'a Shape,
    list: [&'a [i32]; 3],
    start: &'a [u32],
    unit: [f32; 3],
    far: f64,
    longest_patch: [f64; 3],
    /// Particles that are alive: they stand first.
    alive: usize,
}

/// Particles that are searched for together, and the stretches of particles that may be near them.
pub(super) struct Near {
    pub(super) particles: Range<usize>,
    stretches: [(usize, usize); MOST_RUNS],
    count: usize,
    groups: usize,
}

impl<'a> Search<'a> {
    /// A search by cells that start there.
    pub(super) fn new(shape: &'a Shape, list: [&'a [i32]; 3], start: &'a [u32], alive: usize) -> Self {
        // A hair more than exact, so that rounding never loses a pair.
        let far = shape.far * (1.0 + 4e-6);
        Search { shape, list, start, unit: shape.geometry.units(), far, longest_patch: shape.grid.longest_patch(far), alive }
    }

    fn point(&self, i: usize) -> [i32; 3] {
        core::array::from_fn(|k| self.list[k][i])
    }

    /// The particles from `first`, all before `end`, that are best searched for together.
    pub(super) fn patch(&self, first: usize, end: usize) -> Near {
        let mut near = Near { particles: first..first + 1, stretches: [(0, 0); MOST_RUNS], count: 0, groups: 0 };
        if first >= self.alive {
            return near;
        }
        let grid = &self.shape.grid;
        let mut patch = Patch::new(grid, self.point(first));
        let end = end.min(first + PATCH).min(self.alive);
        while near.particles.end < end && patch.take(grid, self.point(near.particles.end), self.longest_patch) {
            near.particles.end += 1;
        }
        grid.each_run(&patch, self.far, |from, to| {
            let (begin, end) = (self.start[from] as usize, self.start[to] as usize);
            if begin < end {
                near.stretches[near.count] = (begin, end);
                near.count += 1;
                near.groups += (end - begin).div_ceil(LANES);
            }
        });
        near
    }
}

impl Near {
    fn stretches(&self) -> &[(usize, usize)] {
        &self.stretches[..self.count]
    }

    /// Group and lane of a particle among the candidates.
    fn place(&self, i: usize) -> (usize, usize) {
        let mut before = 0;
        for &(begin, end) in self.stretches() {
            if (begin..end).contains(&i) {
                return (before + (i - begin) / LANES, (i - begin) % LANES);
            }
            before += (end - begin).div_ceil(LANES);
        }
        (usize::MAX, 0)
    }
}

/// Coordinates of candidates, in groups.
pub(super) struct Pool {
    x: [[[f32; LANES]; 3]; GROUPS],
    /// Offset of the row of each group's first particle, in all lanes.
    offset: [[i32; LANES]; GROUPS],
    count: usize,
}

impl Pool {
    /// An empty pool.
    pub(super) fn new() -> Self {
        Pool { x: [[[0.0; LANES]; 3]; GROUPS], offset: [[0; LANES]; GROUPS], count: 0 }
    }

    /// Takes all candidates, if there is room.
    #[inline(always)]
    pub(super) fn whole<V: Vector>(&mut self, search: &Search, near: &Near) {
        if near.groups <= GROUPS {
            self.fill::<V>(search, near, 0);
        }
    }

    /// Takes candidates from that group on, as many as there is room for.
    #[inline(always)]
    fn fill<V: Vector>(&mut self, search: &Search, near: &Near, from: usize) {
        let origin = search.point(near.particles.start).map(V::Int::splat);
        let unit = search.unit.map(V::splat);
        let mut number = 0;
        self.count = 0;
        for &(begin, end) in near.stretches() {
            let mut j = begin;
            while j < end {
                if number >= from && self.count < GROUPS {
                    let group = &mut self.x[self.count];
                    for k in 0..3 {
                        (V::Int::load(&search.list[k][j..]).sub(origin[k]).to_float() * unit[k]).store(&mut group[k]);
                    }
                    if end - j < LANES {
                        group[0][end - j..].fill(NOWHERE);
                    }
                    V::Int::splat((j as u32 * ROW) as i32).store(&mut self.offset[self.count]);
                    self.count += 1;
                }
                number += 1;
                j += LANES;
            }
        }
    }

    /// Writes the neighbours of particle `i` as far as they fit and comes back with how many there are.
    #[inline(always)]
    pub(super) fn row<V: Vector>(&mut self, search: &Search, near: &Near, i: usize, out: &mut [u32]) -> usize {
        if near.groups <= GROUPS {
            return self.scan::<V>(search, near, i, 0, 0, out);
        }
        let mut found = 0;
        for from in (0..near.groups).step_by(GROUPS) {
            self.fill::<V>(search, near, from);
            found = self.scan::<V>(search, near, i, from, found, out);
        }
        found
    }

    /// Adds those of the pool, whose groups begin with number `from`, that are near particle `i` to the `found` ones.
    #[inline(always)]
    fn scan<V: Vector>(&mut self, search: &Search, near: &Near, i: usize, from: usize, mut found: usize, out: &mut [u32]) -> usize {
        let (origin, point) = (search.point(near.particles.start), search.point(i));
        let own: [V; 3] = core::array::from_fn(|k| V::splat(point[k].wrapping_sub(origin[k]) as f32 * search.unit[k]));
        let far = V::splat((search.far * search.far) as f32);
        // No particle is its own neighbour: while it looks, it is nowhere.
        let (group, lane) = near.place(i);
        let place = group.wrapping_sub(from);
        let kept = (place < self.count).then(|| core::mem::replace(&mut self.x[place][0][lane], NOWHERE));
        for (x, offset) in self.x[..self.count].iter().zip(&self.offset) {
            let d: [V; 3] = core::array::from_fn(|k| own[k] - V::load(&x[k]));
            let hits = V::bits((d[0] * d[0] + d[1] * d[1] + d[2] * d[2]).lt(far));
            append::<V>(out, found, offset, hits);
            found += COUNT[hits as usize & 255] as usize;
        }
        if let Some(x) = kept {
            self.x[place][0][lane] = x;
        }
        found
    }
}

/// Writes `offset` plus [`ROW`] times k for each bit k of `hits` behind the first `found` entries, as far as there is room; what
/// lies behind them is written over. No branch depends on the hits: they are as good as random.
#[inline(always)]
fn append<V: Vector>(out: &mut [u32], found: usize, offset: &[i32; LANES], hits: u32) {
    let lanes = &COMPACT[hits as usize & 255];
    match out.get_mut(found..found + LANES) {
        Some(eight) => V::Int::load(lanes).add(V::Int::load(offset)).store(bytemuck::cast_slice_mut(eight)),
        None => append_last(out, found, offset[0], hits),
    }
}

/// As `append`, where the room ends.
#[cold]
#[inline(never)]
fn append_last(out: &mut [u32], found: usize, offset: i32, hits: u32) {
    let lanes = &COMPACT[hits as usize & 255][..COUNT[hits as usize & 255] as usize];
    out.iter_mut().skip(found).zip(lanes).for_each(|(slot, k)| *slot = (offset + k) as u32);
}

/// The set bits of each byte, in order, as offsets of rows, then zeros.
static COMPACT: [[i32; LANES]; 256] = {
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
static COUNT: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).count_ones() as u8;
        byte += 1;
    }
    table
};
