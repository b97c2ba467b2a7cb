//! Mass, centre, second moments and radius of every cell, from the leaves up.

use super::Setup;
use crate::stage::Stage;
use crate::team::{self, RowsMut};

/// Moments of a cell: centre of mass, mass, three times the second moments about it (xx, xy, xz, yy, yz, zz), squared distance at
/// which it counts as one body, and its radius about the centre.
pub(super) type Moments = [f32; 12];

/// Sums the moments of all cells.
pub(super) fn sum(stage: &mut Stage, setup: &Setup) {
    let block = &mut *stage.block;
    let (body, cell) = (&*block.take::<[f32; 4]>("tree_body"), &*block.take::<[u32; 4]>("tree_cell"));
    let (level, moment) = (&*block.take::<u32>("tree_level"), block.take::<Moments>("tree_moment"));
    for depth in (0..super::build::LEVELS).rev() {
        let (begin, end) = (level[depth] as usize, level[depth + 1] as usize);
        if begin == end {
            continue;
        }
        let (parents, children) = moment.split_at_mut(end);
        let children = &*children;
        team::each_chunk(stage.team, (RowsMut::<Moments, 1>(&mut parents[begin..]),), |range, (out,)| {
            for (out, c) in out.0.iter_mut().zip(range) {
                let [first, count, child, below] = cell[begin + c];
                *out = if below == 0 {
                    of_bodies(&body[first as usize..(first + count) as usize])
                } else {
                    of_cells(&children[child as usize - end..][..below as usize])
                };
                let open = out[11] / setup.opening;
                out[10] = open * open;
            }
        });
    }
    block.release();
}

/// Moments in the making, in `f64`.
#[derive(Default)]
struct Making {
    mass: f64,
    center: [f64; 3],
    second: [f64; 6],
    radius: f64,
}

impl Making {
    fn weigh(mut self, parts: impl Iterator<Item = ([f64; 3], f64)> + Clone) -> Self {
        for (x, m) in parts.clone() {
            self.mass += m;
            (0..3).for_each(|k| self.center[k] += m * x[k]);
        }
        let count = parts.clone().count().max(1) as f64;
        for k in 0..3 {
            // Massless cells have a middle too.
            self.center[k] = if self.mass > 0.0 { self.center[k] / self.mass } else { parts.clone().map(|(x, _)| x[k]).sum::<f64>() / count };
        }
        self
    }

    /// Adds a part at x with its own second moments and radius.
    fn add(&mut self, x: [f64; 3], m: f64, own: [f64; 6], radius: f64) {
        let d: [f64; 3] = core::array::from_fn(|k| x[k] - self.center[k]);
        let outer = [d[0] * d[0], d[0] * d[1], d[0] * d[2], d[1] * d[1], d[1] * d[2], d[2] * d[2]];
        (0..6).for_each(|k| self.second[k] += own[k] + 3.0 * m * outer[k]);
        let reach = libm::sqrt(outer[0] + outer[3] + outer[5]) + radius;
        self.radius = if reach > self.radius { reach } else { self.radius };
    }

    fn finish(self) -> Moments {
        let [x, y, z] = self.center;
        let s = self.second;
        [x, y, z, self.mass, s[0], s[1], s[2], s[3], s[4], s[5], 0.0, self.radius * (1.0 + 1e-6)].map(|v| v as f32)
    }
}

fn of_bodies(bodies: &[[f32; 4]]) -> Moments {
    let parts = bodies.iter().map(|b| ([b[0] as f64, b[1] as f64, b[2] as f64], b[3] as f64));
    let mut making = Making::default().weigh(parts.clone());
    parts.for_each(|(x, m)| making.add(x, m, [0.0; 6], 0.0));
    making.finish()
}

fn of_cells(cells: &[Moments]) -> Moments {
    let parts = cells.iter().map(|c| ([c[0] as f64, c[1] as f64, c[2] as f64], c[3] as f64));
    let mut making = Making::default().weigh(parts.clone());
    for ((x, m), cell) in parts.zip(cells) {
        making.add(x, m, core::array::from_fn(|k| cell[4 + k] as f64), cell[11] as f64);
    }
    making.finish()
}
