//! The cell grid that particles are sorted by.
//!
//! Cells are no smaller than the list's reach along y and z, so that neighbours lie in the same or the next row of cells; along x,
//! the direction in which particles follow each other in memory, they are as fine as pays. So a search looks at no more than
//! nine rows and, in each, at the stretch of particles that its reach can touch. Particles that follow each other in a row, a
//! [`Patch`], are searched for together.

use super::{Geometry, Shape};
use crate::scene_records::Domain;
use crate::stage::Stage;

/// Cells along x to one reach, where memory allows.
const FINE: f64 = 8.0;

/// Shape of the grid. On open axes the outer cells reach to infinity.
#[derive(Clone, Copy)]
pub(crate) struct Grid {
    /// Cells along each axis.
    shape: [u32; 3],
    /// Lower side of the domain in units of points.
    low: [f64; 3],
    per_unit: [f64; 3],
    /// Sides of a cell.
    cell: [f64; 3],
    periodic: [bool; 3],
}

/// Shape of a grid over boxes of these sides, of at most `most` cells.
fn shape(sides: [f64; 3], far: f64, most: f64) -> [u32; 3] {
    let finest = sides.map(|side| libm::floor(side / far).clamp(1.0, 4096.0));
    let crowd = finest[0] * finest[1] * finest[2] / most;
    let coarser = if crowd > 1.0 { libm::cbrt(crowd) } else { 1.0 };
    let coarse = finest.map(|n| libm::floor(n / coarser).max(1.0));
    let fine = libm::floor(most / (coarse[0] * coarse[1] * coarse[2])).clamp(1.0, FINE);
    [coarse[0] * fine, coarse[1], coarse[2]].map(|n| n as u32)
}

fn sides(domain: &Domain) -> [f64; 3] {
    let side = |k: usize| if k < domain.dimensions() { (domain.max[k] - domain.min[k]).max(1e-9) } else { 1e-9 };
    core::array::from_fn(side)
}

/// Most cells that a grid can have: a few per particle, so that an almost empty box costs no memory.
fn most(particles: u64) -> f64 {
    (particles as f64 * 2.0 + 64.0).min(16_777_216.0)
}

impl Grid {
    /// Cells of the grid.
    pub(super) fn cells(domain: &Domain, far: f64, particles: u64) -> u64 {
        shape(sides(domain), far, most(particles)).into_iter().map(u64::from).product()
    }

    /// The grid of a domain in a geometry. Where a running change has made the reach shorter, cells are still no more than there is `room` for.
    pub(super) fn new(domain: &Domain, geometry: &Geometry, far: f64, particles: u64, room: u64) -> Self {
        let sides = sides(domain);
        let mut shape = shape(sides, far, most(particles));
        while shape.into_iter().map(u64::from).product::<u64>() > room.max(1) {
            let widest = if shape[0] >= shape[1] && shape[0] >= shape[2] { 0 } else { 1 + usize::from(shape[2] > shape[1]) };
            shape[widest] /= 2;
        }
        Grid {
            shape,
            low: core::array::from_fn(|k| (domain.min[k] - geometry.origin[k]) / geometry.unit[k]),
            per_unit: core::array::from_fn(|k| shape[k] as f64 * geometry.unit[k] / sides[k]),
            cell: core::array::from_fn(|k| sides[k] / shape[k] as f64),
            // Across a flat scene there is nothing to look around.
            periodic: core::array::from_fn(|k| domain.periodic[k] && k < domain.dimensions()),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.shape.iter().map(|&n| n as usize).product()
    }

    /// Where a point lies along axis k, in cells.
    #[inline]
    fn place(&self, k: usize, p: i32) -> f64 {
        // Along periodic axes coordinates begin at the lower side and are unsigned.
        let units = if self.periodic[k] { p as u32 as f64 } else { p as f64 - self.low[k] };
        units * self.per_unit[k]
    }

    /// How long a patch may be: every particle's nearest image of a candidate must be that of the patch's first particle, and
    /// along x candidates are few where it is short.
    pub(super) fn longest_patch(&self, far: f64) -> [f64; 3] {
        let room = |k: usize| if self.periodic[k] { 0.499 * self.cell[k] * self.shape[k] as f64 - far } else { f64::MAX };
        [room(0).min(0.5 * far), room(1), room(2)]
    }

    /// Where a point lies, in cells.
    #[inline]
    fn places(&self, p: [i32; 3]) -> [f64; 3] {
        core::array::from_fn(|k| self.place(k, p[k]))
    }

    /// The cell at a place; places outside belong to the nearest cell.
    #[inline]
    fn at(&self, k: usize, place: f64) -> u32 {
        // Saturates: below zero becomes 0.
        (place as u32).min(self.shape[k] - 1)
    }

    /// Number of the cell of a point.
    #[inline]
    pub(super) fn index(&self, p: [i32; 3]) -> usize {
        let c: [u32; 3] = core::array::from_fn(|k| self.at(k, self.place(k, p[k])));
        (c[0] + self.shape[0] * (c[1] + self.shape[1] * c[2])) as usize
    }

    /// The row of cells, along y and z, that a place belongs to.
    #[inline]
    fn row(&self, place: &[f64; 3]) -> [u32; 2] {
        [self.at(1, place[1]), self.at(2, place[2])]
    }

    /// Rows of cells along axis k that can hold neighbours of a patch, each with its distance along that axis.
    #[inline]
    fn beside(&self, k: usize, patch: &Patch) -> ([(u32, f64); 3], usize) {
        let (n, c) = (self.shape[k], patch.row[k - 1]);
        if self.periodic[k] && n < 3 {
            return ([(0, 0.0), (1, 0.0), (0, 0.0)], n as usize);
        }
        let (below, above) = ((patch.low[k] - c as f64) * self.cell[k], (c as f64 + 1.0 - patch.high[k]) * self.cell[k]);
        let mut rows = [(c, 0.0); 3];
        let mut count = 1;
        if self.periodic[k] || c > 0 {
            rows[count] = ((c + n - 1) % n, below);
            count += 1;
        }
        if self.periodic[k] || c + 1 < n {
            rows[count] = ((c + 1) % n, above);
            count += 1;
        }
        (rows, count)
    }

    /// Calls `body` with each run of cells, from the first to the one behind the last, that can hold particles within `far` of a patch.
    #[inline]
    pub(super) fn each_run(&self, patch: &Patch, far: f64, mut body: impl FnMut(usize, usize)) {
        let (along_y, ny) = self.beside(1, patch);
        let (along_z, nz) = self.beside(2, patch);
        for &(cz, z) in &along_z[..nz] {
            for &(cy, y) in &along_y[..ny] {
                let left = far * far - (y * y + z * z);
                if left < 0.0 {
                    continue;
                }
                let row = self.shape[0] * (cy + self.shape[1] * cz);
                let (runs, count) = self.runs(patch, libm::sqrt(left));
                runs[..count].iter().for_each(|&(from, to)| body((row + from) as usize, (row + to) as usize));
            }
        }
    }

    /// Runs of cells of a row within `half` of a patch along x: first and behind the last; at most two.
    #[inline]
    fn runs(&self, patch: &Patch, half: f64) -> ([(u32, u32); 2], usize) {
        let n = self.shape[0];
        let half = half / self.cell[0];
        let (from, to) = (patch.low[0] - half, patch.high[0] + half);
        if !self.periodic[0] {
            return ([(self.at(0, from), self.at(0, to) + 1), (0, 0)], 1);
        }
        let whole = n as f64;
        if to - from + 2.0 >= whole {
            ([(0, n), (0, 0)], 1)
        } else if from < 0.0 {
            ([(self.at(0, from + whole), n), (0, self.at(0, to) + 1)], 2)
        } else if to >= whole {
            ([(self.at(0, from), n), (0, self.at(0, to - whole) + 1)], 2)
        } else {
            ([(self.at(0, from), self.at(0, to) + 1), (0, 0)], 1)
        }
    }
}

/// Where a few particles of one row of cells lie, in cells.
pub(super) struct Patch {
    row: [u32; 2],
    low: [f64; 3],
    high: [f64; 3],
}

impl Patch {
    /// The patch of one point.
    #[inline]
    pub(super) fn new(grid: &Grid, p: [i32; 3]) -> Self {
        let place = grid.places(p);
        Patch { row: grid.row(&place), low: place, high: place }
    }

    /// Takes the point in if it belongs to the row and the patch gets no longer than that; comes back with whether it did.
    #[inline]
    pub(super) fn take(&mut self, grid: &Grid, p: [i32; 3], longest: [f64; 3]) -> bool {
        let place = grid.places(p);
        let low: [f64; 3] = core::array::from_fn(|k| if place[k] < self.low[k] { place[k] } else { self.low[k] });
        let high: [f64; 3] = core::array::from_fn(|k| if place[k] > self.high[k] { place[k] } else { self.high[k] });
        let taken = grid.row(&place) == self.row && (0..3).all(|k| (high[k] - low[k]) * grid.cell[k] <= longest[k]);
        if taken {
            (self.low, self.high) = (low, high);
        }
        taken
    }
}

/// Most runs that [`Grid::each_run`] finds.
pub(super) const MOST_RUNS: usize = 18;

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
        let cell = if alive { shape.grid.index([list[0][i], list[1][i], list[2][i]]) } else { limbo };
        start[cell + 1] += 1;
    }
    for c in 1..start.len() {
        start[c] += start[c - 1];
    }
    block.release();
}
