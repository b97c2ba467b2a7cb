//! The cell grid: cells no smaller than the list's reach, so that neighbours lie in the same or the next cell.

use crate::scene_records::Domain;

/// Shape of the grid. On open axes the outer cells reach to infinity.
#[derive(Clone, Copy)]
pub(super) struct Cells {
    /// Cells along each axis.
    pub(super) shape: [u32; 3],
    min: [f32; 3],
    per_length: [f32; 3],
    periodic: [bool; 3],
}

/// Most cells: a few per particle, so that an almost empty box costs no memory.
fn most_cells(particles: u64) -> f64 {
    (particles as f64 * 2.0 + 64.0).min(16_777_216.0)
}

impl Cells {
    pub(super) fn new(domain: &Domain, reach: f64, particles: u64) -> Self {
        let length = |k: usize| (domain.max[k] - domain.min[k]).max(1e-9);
        let finest: [f64; 3] = core::array::from_fn(|k| libm::floor(length(k) / reach).clamp(1.0, 4096.0));
        let crowd = finest[0] * finest[1] * finest[2] / most_cells(particles);
        let coarser = if crowd > 1.0 { libm::cbrt(crowd) } else { 1.0 };
        let shape: [u32; 3] = core::array::from_fn(|k| libm::floor(finest[k] / coarser).max(1.0) as u32);
        Cells {
            shape,
            min: core::array::from_fn(|k| domain.min[k] as f32),
            per_length: core::array::from_fn(|k| (shape[k] as f64 / length(k)) as f32),
            periodic: domain.periodic,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.shape.iter().map(|&n| n as usize).product()
    }

    /// Cell coordinates of a wrapped position; positions outside belong to the nearest cell.
    #[inline]
    pub(super) fn coordinates(&self, x: &[f32]) -> [u32; 3] {
        core::array::from_fn(|k| {
            // Saturates: below zero and not-a-number become 0.
            let cell = ((x[k] - self.min[k]) * self.per_length[k]) as u32;
            if cell < self.shape[k] { cell } else { self.shape[k] - 1 }
        })
    }

    #[inline]
    pub(super) fn index(&self, c: [u32; 3]) -> usize {
        (c[0] + self.shape[0] * (c[1] + self.shape[1] * c[2])) as usize
    }

    /// Distinct cells along axis `k` that can hold neighbours of an atom in cell `c`, at most three unless there are fewer than three.
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

    /// Sorts particles by cell, keeping their order inside a cell: `start[c]..start[c + 1]` of `sorted` are those of cell c.
    pub(super) fn sort(&self, position: &[f32], start: &mut [u32], sorted: &mut [u32]) {
        start.fill(0);
        for x in position.chunks_exact(3) {
            start[self.index(self.coordinates(x)) + 1] += 1;
        }
        for c in 1..start.len() {
            start[c] += start[c - 1];
        }
        // Filled from the back, start[c + 1] walks down to the cell's first place, which is start[c] of the final table.
        for (i, x) in position.chunks_exact(3).enumerate().rev() {
            let end = &mut start[self.index(self.coordinates(x)) + 1];
            *end -= 1;
            sorted[*end as usize] = i as u32;
        }
        for c in 0..start.len() - 1 {
            start[c] = start[c + 1];
        }
        if let Some(last) = start.last_mut() {
            *last = sorted.len() as u32;
        }
    }
}
