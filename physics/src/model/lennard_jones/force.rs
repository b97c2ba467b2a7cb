//! Forces on all atoms, eight neighbours at a time, and the second half kick.
//!
//! Lanes are fixed at eight whatever the hardware's width, and summed pairwise in one order: the bits are the same everywhere.

use super::Setup;
use super::list::{self, LANES};
use crate::block::Block;
use crate::team::{self, RowsMut, Team};
use wide::f32x8;

struct Kernel<'a> {
    position: &'a [f32],
    neighbors: &'a [u32],
    counts: &'a [u32],
    width: usize,
    half: [f32x8; 3],
    length: [f32x8; 3],
    cutoff_squared: f32x8,
    sigma_squared: f32x8,
    strength: f32x8,
    slope: f32x8,
    shifted: bool,
}

/// Forces from the list; velocities get `kick` times the force.
pub(super) fn evaluate(block: &mut Block, team: &dyn Team, setup: &Setup, kick: f64) {
    block.release();
    let splat = |x: f64| f32x8::splat(x as f32);
    let (sigma, cutoff) = (setup.model.sigma, setup.model.cutoff);
    let kernel = Kernel {
        position: block.take("position"),
        neighbors: block.take("neighbors"),
        counts: block.take("neighbor_count"),
        width: list::width(block),
        half: core::array::from_fn(|k| if setup.domain.periodic[k] { splat(0.5 * setup.length(k)) } else { f32x8::splat(f32::INFINITY) }),
        length: core::array::from_fn(|k| splat(setup.length(k))),
        cutoff_squared: splat(cutoff * cutoff),
        sigma_squared: splat(sigma * sigma),
        strength: splat(24.0 * setup.model.epsilon),
        slope: splat(setup.slope_at_cutoff()),
        shifted: setup.model.truncation != 0,
    };
    let kick = kick as f32;
    let arrays = (RowsMut::<f32, 3>(block.take("force")), RowsMut::<f32, 3>(block.take("velocity")));
    team::each_chunk(team, arrays, |range, (force, velocity)| {
        for ((f, v), i) in force.0.chunks_exact_mut(3).zip(velocity.0.chunks_exact_mut(3)).zip(range) {
            let total = if kernel.shifted { kernel.force::<true>(i) } else { kernel.force::<false>(i) };
            f.copy_from_slice(&total);
            for k in 0..3 {
                v[k] += kick * total[k];
            }
        }
    });
    block.release();
}

impl Kernel<'_> {
    #[inline]
    fn force<const SHIFTED: bool>(&self, i: usize) -> [f32; 3] {
        let count = self.counts[i] as usize;
        let row = &self.neighbors[i * self.width..i * self.width + count.next_multiple_of(LANES)];
        let own: [f32x8; 3] = core::array::from_fn(|k| f32x8::splat(self.position[i * 3 + k]));
        let mut sum = [f32x8::ZERO; 3];
        for (group, lanes) in row.chunks_exact(LANES).enumerate() {
            let valid = f32x8::new(LANE_NUMBERS).simd_lt(f32x8::splat((count - group * LANES) as f32));
            let d = self.distances(&own, lanes);
            let r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
            let inside = r2.simd_lt(self.cutoff_squared) & valid;
            let r2 = inside.bitselect(r2, f32x8::ONE);
            let inverse = f32x8::ONE / r2;
            let s2 = self.sigma_squared * inverse;
            let s6 = s2 * s2 * s2;
            let mut over_r = self.strength * s6 * (s6 + s6 - f32x8::ONE) * inverse;
            if SHIFTED {
                over_r += self.slope / r2.sqrt();
            }
            let over_r = over_r & inside;
            for k in 0..3 {
                sum[k] += over_r * d[k];
            }
        }
        sum.map(total)
    }

    /// Vectors from eight neighbours to the atom, by their nearest images.
    #[inline]
    fn distances(&self, own: &[f32x8; 3], lanes: &[u32]) -> [f32x8; 3] {
        let mut x = [[0.0f32; LANES]; 3];
        for (lane, &j) in lanes.iter().enumerate() {
            let at = &self.position[j as usize * 3..j as usize * 3 + 3];
            for k in 0..3 {
                x[k][lane] = at[k];
            }
        }
        core::array::from_fn(|k| {
            let d = own[k] - f32x8::new(x[k]);
            let below = d.simd_lt(-self.half[k]) & self.length[k];
            let above = d.simd_gt(self.half[k]) & self.length[k];
            d + below - above
        })
    }
}

const LANE_NUMBERS: [f32; LANES] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];

/// Sum of the lanes as a fixed tree.
#[inline]
fn total(lanes: f32x8) -> f32 {
    let l = lanes.to_array();
    ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
}
