//! Who is joined to whom: sites of a lattice, numbered x fastest, and the directions in which edges go from site to site.

use crate::fill::{self, Lattice};
use crate::records::{Records, Section};

/// A direction of edges.
#[derive(Clone, Copy)]
pub(crate) struct Direction {
    /// Sites from one end to the other along each axis; the first that is not zero is positive.
    pub(crate) step: [i32; 3],
    /// Length at rest.
    pub(crate) rest: f64,
    /// What was given for its family: edges, diagonals, or neighbours of neighbours.
    pub(crate) value: f64,
}

/// Steps along edges, along diagonals, and to neighbours of neighbours.
const STEPS: [[i32; 3]; 12] =
    [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, -1, 0], [1, 0, 1], [1, 0, -1], [0, 1, 1], [0, 1, -1], [2, 0, 0], [0, 2, 0], [0, 0, 2]];

/// Most sets of edges without common ends: two colours for each direction.
pub(crate) const BATCHES: usize = 2 * STEPS.len();

/// The particles of a lattice fill, by their places in it.
#[derive(Clone, Copy)]
pub(crate) struct Sheet {
    lattice: Lattice,
    cells: [usize; 3],
    first: usize,
}

impl Sheet {
    /// The sheet of the fill of that number; none if it is not fit for one.
    pub(crate) fn new(records: Records, fill: u64) -> Option<Self> {
        let mut first = 0u64;
        for (number, record) in records.iter().filter(|r| r.record_type().section == Section::Fill).enumerate() {
            if number as u64 == fill {
                let lattice: Lattice = record.get()?;
                let fits = lattice.arrangement == 2 && lattice.radius == 0.0 && fill::count(&record) <= crate::plan::MAX_PARTICLES;
                return fits.then_some(Sheet { lattice, cells: lattice.cells.map(|n| n as usize), first: first as usize });
            }
            first = first.saturating_add(fill::count(&record));
        }
        None
    }

    /// Sites.
    pub(crate) fn count(&self) -> usize {
        self.cells.iter().product()
    }

    /// Slot of the first site.
    pub(crate) fn first(&self) -> usize {
        self.first
    }

    /// Slot behind the last site.
    pub(crate) fn end(&self) -> usize {
        self.first.saturating_add(self.count())
    }

    /// The site of a slot.
    pub(crate) fn site(&self, slot: usize) -> Option<usize> {
        slot.checked_sub(self.first).filter(|&site| site < self.count())
    }

    /// Where a site stands in the lattice.
    #[inline]
    pub(crate) fn place(&self, site: usize) -> [usize; 3] {
        let [nx, ny, _] = self.cells;
        [site % nx, site / nx % ny, site / nx / ny]
    }

    /// The place of the site after this one.
    #[inline]
    pub(crate) fn next(&self, [x, y, z]: [usize; 3]) -> [usize; 3] {
        if x + 1 < self.cells[0] {
            [x + 1, y, z]
        } else if y + 1 < self.cells[1] {
            [0, y + 1, z]
        } else {
            [0, 0, z + 1]
        }
    }

    /// The position that a site began at.
    pub(crate) fn anchor(&self, site: usize, dimensions: usize) -> [f64; 3] {
        let at = self.lattice.site(site as u64);
        core::array::from_fn(|k| if k < dimensions { at[k] } else { 0.0 })
    }

    /// Whether that choice of pins holds a site.
    pub(crate) fn pinned(&self, site: usize, pin: u64) -> bool {
        let place = self.place(site);
        let wide = |k: &usize| self.cells[*k] > 1;
        let end = |k: usize| place[k] == 0 || place[k] + 1 == self.cells[k];
        let top = (0..3).rev().find(wide).is_none_or(|k| place[k] + 1 == self.cells[k]);
        let corner = (0..3).all(end);
        match pin {
            0 => false,
            1 => site == 0,
            2 => corner,
            3 => top,
            _ => top && corner,
        }
    }

    /// The directions that edges go in, for the families that have a value; `rest` is their length over the distance of the sites.
    pub(crate) fn directions(self, values: [Option<f64>; 3], rest: f64) -> impl Iterator<Item = Direction> {
        let side: [f64; 3] = core::array::from_fn(|k| (self.lattice.max[k] - self.lattice.min[k]) / self.cells[k].max(1) as f64);
        STEPS.into_iter().enumerate().filter_map(move |(number, step)| {
            let value = values[usize::from(number >= 3) + usize::from(number >= 9)]?;
            let fits = (0..3).all(|k| step[k] == 0 || self.cells[k] > step[k].unsigned_abs() as usize);
            let squared: f64 = (0..3).map(|k| step[k] as f64 * side[k]).map(|d| d * d).sum();
            fits.then_some(Direction { step, rest: rest * libm::sqrt(squared), value })
        })
    }

    /// The site at the other end of the one edge of that direction and colour that a site can have. A line of sites along the
    /// direction has edges of both colours in turn.
    #[inline]
    pub(crate) fn partner(&self, site: usize, place: [usize; 3], step: [i32; 3], colour: usize) -> Option<usize> {
        let axis = if step[0] > 0 {
            0
        } else if step[1] > 0 {
            1
        } else {
            2
        };
        let forward = place[axis] / step[axis] as usize % 2 == colour;
        let (mut other, mut stride) = (site as isize, 1);
        for k in 0..3 {
            let step = if forward { step[k] } else { -step[k] } as isize;
            let at = place[k] as isize + step;
            if at < 0 || at >= self.cells[k] as isize {
                return None;
            }
            other += step * stride;
            stride *= self.cells[k] as isize;
        }
        Some(other as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each edge is in one colour, seen by both ends, and all of them are there.
    #[test]
    fn colours_part_the_edges() {
        let lattice =
            Lattice { arrangement: 2, min: [0.0; 3], max: [1.0; 3], cells: [5, 4, 3], radius: 0.0, temperature: 0.0, velocity: [0.0; 3], species: None };
        let sheet = Sheet { lattice, cells: [5, 4, 3], first: 0 };
        for Direction { step, .. } in sheet.directions([Some(1.0); 3], 1.0) {
            let mut edges = 0;
            for (site, colour) in (0..60).flat_map(|site| [(site, 0), (site, 1)]) {
                let Some(other) = sheet.partner(site, sheet.place(site), step, colour) else { continue };
                assert_eq!(sheet.partner(other, sheet.place(other), step, colour), Some(site), "{step:?} {site} {other}");
                let (a, b) = (sheet.place(site), sheet.place(other));
                let apart: [i32; 3] = core::array::from_fn(|k| b[k] as i32 - a[k] as i32);
                assert!(apart == step || apart.map(|c| -c) == step, "{step:?} {site} {other}");
                edges += 1;
            }
            let all: usize = (0..3).map(|k| [5, 4, 3][k] - step[k].unsigned_abs() as usize).product();
            assert_eq!(edges, 2 * all, "{step:?}");
        }
    }
}
