//! Potential energy, virial and tail corrections in `f64` from the full positions.
//!
//! Tail corrections for a uniform fluid beyond a plain cut-off (Allen & Tildesley, eqs 2.144 and 2.145):
//! U = (8/3) pi N rho epsilon sigma^3 ((sigma/rc)^9 / 3 - (sigma/rc)^3), virial W = sum r.f gets
//! 16 pi N rho epsilon sigma^3 ((2/3) (sigma/rc)^9 - (sigma/rc)^3), so that the pressure gets W / 3V.

use super::{Setup, list};
use crate::block::Block;
use crate::layout::Diagnostics;
use crate::team::{self, Team};

struct Pairs<'a> {
    position: &'a [f32],
    low: &'a [f32],
    neighbors: &'a [u32],
    counts: &'a [u32],
    width: usize,
    setup: &'a Setup,
    slope: f64,
    at_cutoff: f64,
}

pub(super) fn diagnose(block: &mut Block, team: &dyn Team, setup: &Setup, sums: &mut Diagnostics) {
    block.release();
    let s6 = libm::pow(setup.model.sigma / setup.model.cutoff, 6.0);
    let pairs = Pairs {
        position: block.take("position"),
        low: block.take("position_low"),
        neighbors: block.take("neighbors"),
        counts: block.take("neighbor_count"),
        width: list::width(block),
        setup,
        slope: setup.slope_at_cutoff(),
        at_cutoff: if setup.model.truncation == 0 { 0.0 } else { 4.0 * setup.model.epsilon * (s6 * s6 - s6) },
    };
    let [potential, virial] = team::sum_f64(team, pairs.counts.len(), |range| range.fold([0.0; 2], |sum, i| pairs.of_atom(i, sum)));
    sums.potential = potential;
    sums.virial = virial;
    block.release();
    tail(setup, sums);
}

impl Pairs<'_> {
    /// Adds half of each of the atom's pairs: its partner adds the other half.
    fn of_atom(&self, i: usize, mut sum: [f64; 2]) -> [f64; 2] {
        let (sigma, epsilon, cutoff) = (self.setup.model.sigma, self.setup.model.epsilon, self.setup.model.cutoff);
        for &j in &self.neighbors[i * self.width..i * self.width + self.counts[i] as usize] {
            let r2: f64 = (0..3).map(|k| self.distance(i, j as usize, k)).map(|d| d * d).sum();
            if r2 >= cutoff * cutoff {
                continue;
            }
            let s2 = sigma * sigma / r2;
            let s6 = s2 * s2 * s2;
            let r = if self.slope == 0.0 { 0.0 } else { libm::sqrt(r2) };
            sum[0] += 0.5 * (4.0 * epsilon * s6 * (s6 - 1.0) - self.at_cutoff - (r - cutoff) * self.slope);
            sum[1] += 0.5 * (24.0 * epsilon * s6 * (2.0 * s6 - 1.0) + r * self.slope);
        }
        sum
    }

    fn distance(&self, i: usize, j: usize, k: usize) -> f64 {
        let at = |i: usize| self.position[i * 3 + k] as f64 + self.low[i * 3 + k] as f64;
        let d = at(i) - at(j);
        if !self.setup.domain.periodic[k] {
            return d;
        }
        let length = self.setup.length(k);
        d - length * libm::round(d / length)
    }
}

fn tail(setup: &Setup, sums: &mut Diagnostics) {
    let volume: f64 = (0..3).map(|k| setup.length(k)).product();
    if setup.model.truncation != 0 || setup.domain.periodic != [true; 3] || volume <= 0.0 {
        return;
    }
    let s3 = libm::pow(setup.model.sigma / setup.model.cutoff, 3.0);
    let scale = core::f64::consts::PI * sums.alive * sums.alive / volume * setup.model.epsilon * libm::pow(setup.model.sigma, 3.0);
    sums.tail_energy = 8.0 / 3.0 * scale * (s3 * s3 * s3 / 3.0 - s3);
    sums.tail_virial = 16.0 * scale * (2.0 / 3.0 * s3 * s3 * s3 - s3);
}
