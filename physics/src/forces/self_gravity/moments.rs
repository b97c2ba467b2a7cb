//! Mass, centre of mass, second and third moments and radius of every cell, from the leaves up.

use super::build::PAD;
use super::expansion::SOURCE;
use crate::stage::Stage;
use crate::team::{self, RowsMut};

/// A cell as a source: centre of mass, mass, half of the second moments about it (xx, xy, xz, yy, yz, zz), a sixth of the third.
pub(super) type Moments = [f32; SOURCE];

/// Sums the moments of all cells.
pub(super) fn sum(stage: &mut Stage) {
    let block = &mut *stage.block;
    let body = &*block.take::<[f32; 4]>("tree_body");
    let cell = &*block.take::<[u32; 4]>("tree_cell");
    let level = &*block.take::<u32>("tree_level");
    let moments = block.take::<Moments>("tree_moment");
    let radii = block.take::<f32>("tree_radius");
    if let Some(nothing) = moments.last_mut() {
        *nothing = [0.0; SOURCE];
        nothing[0] = 1e9;
    }
    for depth in (0..level.len() - 1).rev() {
        let (begin, end) = (level[depth] as usize, level[depth + 1] as usize);
        // Children are behind their parents.
        let (parents, children) = moments.split_at_mut(end);
        let (parent_radii, child_radii) = radii.split_at_mut(end);
        let arrays = (RowsMut::<Moments, 1>(&mut parents[begin..]), RowsMut::<f32, 1>(&mut parent_radii[begin..]));
        team::each_chunk(stage.team, arrays, |range, (out, radius)| {
            for ((out, radius), c) in out.0.iter_mut().zip(radius.0).zip(range) {
                let [first, count, child, below] = cell[begin + c];
                let bodies = &body[first as usize..(first + count) as usize];
                let below = child as usize..(child + below) as usize;
                (*out, *radius) = if below.is_empty() {
                    of_bodies(bodies)
                } else {
                    of_cells(&children[below.start - end..below.end - end], &child_radii[below.start - end..below.end - end])
                };
            }
        });
    }
    places(stage, block_end(level));
}

fn block_end(level: &[u32]) -> usize {
    level[level.len() - 1] as usize
}

/// Centres once more, coordinate by coordinate, for tests of many cells at a time; what lies behind the last cell is far from all.
fn places(stage: &mut Stage, cells: usize) {
    let block = &mut *stage.block;
    block.release();
    let moments = &*block.take::<Moments>("tree_moment");
    let place = block.take::<f32>("tree_place");
    let room = place.len() / 3;
    let (x, rest) = place.split_at_mut(room);
    let (y, z) = rest.split_at_mut(room);
    let end = (cells + PAD).min(room);
    let arrays = (RowsMut::<f32, 1>(&mut x[..end]), RowsMut::<f32, 1>(&mut y[..end]), RowsMut::<f32, 1>(&mut z[..end]));
    team::each_chunk(stage.team, arrays, |range, (x, y, z)| {
        for (k, c) in range.enumerate() {
            [x.0[k], y.0[k], z.0[k]] = if c < cells { [moments[c][0], moments[c][1], moments[c][2]] } else { [0.0; 3] };
        }
    });
    block.release();
}

/// Centre of mass and mass of parts, taken from the first of them; massless cells have a middle too.
fn weigh(parts: impl Iterator<Item = [f32; 4]> + Clone) -> [f32; 4] {
    let Some(base) = parts.clone().next() else { return [0.0; 4] };
    let (mut mass, mut sum, mut plain, mut count) = (0.0, [0.0; 3], [0.0; 3], 0.0);
    for part in parts {
        mass += part[3];
        count += 1.0;
        for k in 0..3 {
            sum[k] += part[3] * (part[k] - base[k]);
            plain[k] += part[k] - base[k];
        }
    }
    let middle = |k: usize| base[k] + if mass > 0.0 { sum[k] / mass } else { plain[k] / count };
    [middle(0), middle(1), middle(2), mass]
}

/// Adds a point mass at d from the centre.
#[inline(always)]
fn add_point(out: &mut Moments, d: [f32; 3], mass: f32) {
    let [x, y, z] = d;
    let h = [0.5 * mass * x, 0.5 * mass * y, 0.5 * mass * z];
    let second = [h[0] * x, h[0] * y, h[0] * z, h[1] * y, h[1] * z, h[2] * z];
    (0..6).for_each(|k| out[4 + k] += second[k]);
    let third = [0, 1, 2].map(|k| d[k] * (1.0 / 3.0));
    let [xx, xy, xz, yy, yz, zz] = second;
    let [tx, ty, tz] = third;
    let values = [xx * tx, xx * ty, xx * tz, xy * ty, xy * tz, xz * tz, yy * ty, yy * tz, yz * tz, zz * tz];
    (0..10).for_each(|k| out[10 + k] += values[k]);
}

fn start(center: [f32; 4]) -> Moments {
    let mut out = [0.0; SOURCE];
    out[..4].copy_from_slice(&center);
    out
}

fn of_bodies(bodies: &[[f32; 4]]) -> (Moments, f32) {
    let mut out = start(weigh(bodies.iter().copied()));
    let mut radius = 0.0f32;
    for body in bodies {
        let d = [0, 1, 2].map(|k| body[k] - out[k]);
        add_point(&mut out, d, body[3]);
        let r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
        radius = if r2 > radius { r2 } else { radius };
    }
    (out, libm::sqrtf(radius) * (1.0 + 1e-6))
}

fn of_cells(cells: &[Moments], radii: &[f32]) -> (Moments, f32) {
    let mut out = start(weigh(cells.iter().map(|c| [c[0], c[1], c[2], c[3]])));
    let mut radius = 0.0;
    for (cell, own) in cells.iter().zip(radii) {
        let d = [0, 1, 2].map(|k| cell[k] - out[k]);
        add_point(&mut out, d, cell[3]);
        (4..SOURCE).for_each(|k| out[k] += cell[k]);
        let [x, y, z] = d.map(|d| d * (1.0 / 3.0));
        let q = &cell[4..10];
        let cross = [
            3.0 * x * q[0],
            2.0 * x * q[1] + y * q[0],
            2.0 * x * q[2] + z * q[0],
            x * q[3] + 2.0 * y * q[1],
            x * q[4] + y * q[2] + z * q[1],
            x * q[5] + 2.0 * z * q[2],
            3.0 * y * q[3],
            2.0 * y * q[4] + z * q[3],
            y * q[5] + 2.0 * z * q[4],
            3.0 * z * q[5],
        ];
        (0..10).for_each(|k| out[10 + k] += cross[k]);
        let reach = libm::sqrtf(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) + own;
        radius = if reach > radius { reach } else { radius };
    }
    (out, radius * (1.0 + 1e-6))
}
