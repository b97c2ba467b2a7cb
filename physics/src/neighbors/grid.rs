//! The cell grid: cells no smaller than the list's reach, so that neighbours lie in the same or the next cell.

use super::{Geometry, Shape};
use crate::scene_records::Domain;
use crate::stage::Stage;

/// Shape of the grid. On open axes the outer cells reach to infinity.
#[derive(Clone, Copy)]
pub(crate) struct Grid {
    /// Cells along each axis.
    pub(super) shape: [u32; 3],
    low: [f64; 3],
    per_unit: [f64; 3],
    periodic: [bool; 3],
}

/// Shape of a grid over boxes of these sides, of at most `most` cells.
fn shape(sides: [f64; 3], far: f64, most: f64) -> [u32; 3] {
    let finest = sides.map(|side| libm::floor(side / far).clamp(1.0, 4096.0));
    let crowd = finest[0] * finest[1] * finest[2] / most;
    let coarser = if crowd > 1.0 { libm::cbrt(crowd) } else { 1.0 };
    finest.map(|n| libm::floor(n / coarser).max(1.0) as u32)
}

fn sides(domain: &Domain) -> [f64; 3] {
    let side = |k: usize| if k < domain.dimensions() { (domain.max[k] - domain.min[k]).max(1e-9) } else { 1e-9 };
    core::array::from_fn(side)
}

impl Grid {
    /// Most cells that the grid can have: a few per particle, so that an almost empty box costs no memory.
    pub(super) fn cells(domain: &Domain, far: f64, particles: u64) -> u64 {
        let most = (particles as f64 * 2.0 + 64.0).min(16_777_216.0);
        shape(sides(domain), far, most).into_iter().map(u64::from).product()
    }

    /// The grid of a domain in a geometry.
    pub(super) fn new(domain: &Domain, geometry: &Geometry, far: f64, cells: usize) -> Self {
        let sides = sides(domain);
        let shape = shape(sides, far, (cells as f64).max(1.0) + 0.5);
        let low = core::array::from_fn(|k| (domain.min[k] - geometry.origin[k]) / geometry.unit[k]);
        let per_unit = core::array::from_fn(|k| shape[k] as f64 * geometry.unit[k] / sides[k]);
        Grid { shape, low, per_unit, periodic: domain.periodic }
    }

    pub(super) fn count(&self) -> usize {
        self.shape.iter().map(|&n| n as usize).product()
    }

    /// Cell coordinates of a point; points outside belong to the nearest cell.
    #[inline]
    pub(super) fn coordinates(&self, p: [i32; 3]) -> [u32; 3] {
        core::array::from_fn(|k| {
            // Along periodic axes coordinates begin at the lower side and are unsigned.
            let units = if self.periodic[k] { p[k] as u32 as f64 } else { p[k] as f64 - self.low[k] };
            // Saturates: below zero becomes 0.
            let cell = (units * self.per_unit[k]) as u32;
            if cell < self.shape[k] { cell } else { self.shape[k] - 1 }
        })
    }

    #[inline]
    pub(super) fn index(&self, c: [u32; 3]) -> usize {
        (c[0] + self.shape[0] * (c[1] + self.shape[1] * c[2])) as usize
    }

    /// Distinct cells along axis `k` that can hold neighbours of a particle in cell `c`, at most three.
    #[inline]
    pub(super) fn nearby(&self, k: usize, c: u32) -> ([u32; 3], usize) {
        let n = self.shape[k];
        if n <= 3 && (self.periodic[k] || n <= 2) {
            return ([0, 1, 2], n as usize);
        }
        if self.periodic[k] {
            return ([(c + n - 1) % n, c, (c + 1) % n], 3);
        }
        let first = c.saturating_sub(1);
        let last = (c + 1).min(n - 1);
        ([first, first + 1, (first + 2).min(last)], (last - first + 1) as usize)
    }

    /// Runs of cells, each one behind the other in memory, along the first axis around cell `c`: begin and end.
    #[inline]
    pub(super) fn runs(&self, c: u32) -> ([(u32, u32); 2], usize) {
        let n = self.shape[0];
        if n <= 3 && (self.periodic[0] || n <= 2) {
            return ([(0, n), (0, 0)], 1);
        }
        let (first, last) = (c.saturating_sub(1), (c + 2).min(n));
        match (self.periodic[0], c) {
            (true, 0) => ([(first, last), (n - 1, n)], 2),
            (true, c) if c + 1 == n => ([(0, 1), (first, last)], 2),
            _ => ([(first, last), (0, 0)], 1),
        }
    }
}

/// Fills `cell_start` for particles that are sorted by cell already: those of cell c are `start[c]..start[c + 1]`.
pub(super) fn count(stage: &mut Stage, shape: &Shape) {
    let block = &mut *stage.block;
    let rows = block.header().particle_count as usize;
    let list = [&*block.take::<i32>("list_x"), &*block.take::<i32>("list_y"), &*block.take::<i32>("list_z")];
    let age = &*block.take::<f32>("age");
    let start = block.take::<u32>("cell_start");
    start.fill(0);
    let limbo = shape.grid.count();
    for i in 0..rows {
        let alive = age.get(i).is_none_or(|a| *a >= 0.0);
        let cell = if alive { shape.grid.index(shape.grid.coordinates([list[0][i], list[1][i], list[2][i]])) } else { limbo };
        start[cell + 1] += 1;
    }
    for c in 1..start.len() {
        start[c] += start[c - 1];
    }
    block.release();
}
