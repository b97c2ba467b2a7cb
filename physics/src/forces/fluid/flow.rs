//! Forces between the particles of a fluid: pressure of the weakly compressible method, and friction.
//!
//! Pressure: a_i = -sum_j V (K_i + K_j) grad W - K_i grad c_b with K = P rho_0 / rho^2 and c_b what the boundary adds to the density: the
//! derivative of the energy, so momentum and energy are kept.
//! Friction: nu 2 (d + 2) sum_j V (v_ij . x_ij) / (r^2 + 0.01 (h/2)^2) grad W (Monaghan 2005, Rep. Prog. Phys. 68, eq. 8.8,
//! whose h is half of the support), and for pairs
//! that approach each other alpha c h / 2 with the same sum (Monaghan 1992). It keeps momentum and angular momentum.

use super::boundary::WEIGHT;
use super::numbers::Numbers;
use super::smoothing::Lanes;
use crate::neighbors::{Group, PairBody, Pairs};
use crate::simd::{Kernel, Sum, Vector};
use crate::stage::Stage;
use crate::team::{self, RowsMut};

/// Velocities and, in the last column, K.
pub(super) const MOTION: &str = "fluid_motion";

/// Copies all velocities to the table that neighbours read, with `last` as the fourth number.
pub(super) fn remember(stage: &mut Stage, last: impl Fn(usize) -> f32 + Sync) {
    let velocity = &*stage.block.take::<f32>("velocity");
    team::each_chunk(stage.team, (RowsMut::<[f32; 4], 1>(stage.block.take(MOTION)),), |range, (table,)| {
        for ((row, v), i) in table.0.iter_mut().zip(velocity[range.start * 3..range.end * 3].chunks_exact(3)).zip(range) {
            *row = [v[0], v[1], v[2], last(i)];
        }
    });
    stage.block.release();
}

/// Adds the forces; `pressure` says whether K is one of them.
pub(super) fn add(stage: &mut Stage, numbers: &Numbers, pressure: bool) {
    let isa = stage.team.isa();
    let pairs = Pairs::new(stage);
    let weight = &*stage.block.take(WEIGHT);
    let all = All { numbers, pairs: &pairs, motion: &*stage.block.take(MOTION), wall: &*stage.block.take("fluid_wall"), weight };
    team::each_chunk(stage.team, (RowsMut::<f32, 3>(stage.block.take("force")),), |range, (force,)| {
        if pressure {
            isa.run(Chunk::<true> { all: &all, first: range.start, force: force.0 });
        } else {
            isa.run(Chunk::<false> { all: &all, first: range.start, force: force.0 });
        }
    });
    stage.block.release();
}

/// Moves velocities towards those around: v_i += epsilon sum_j V (v_j - v_i) W (XSPH; Monaghan 1989, J. Comput. Phys. 82, 1).
pub(super) fn smooth(stage: &mut Stage, numbers: &Numbers) {
    remember(stage, |_| 0.0);
    let isa = stage.team.isa();
    let pairs = Pairs::new(stage);
    let motion = &*stage.block.take(MOTION);
    team::each_chunk(stage.team, (RowsMut::<f32, 3>(stage.block.take("velocity")),), |range, (velocity,)| {
        isa.run(Mix { numbers, pairs: &pairs, motion, first: range.start, velocity: velocity.0 });
    });
    stage.block.release();
}

struct Mix<'a> {
    numbers: &'a Numbers,
    pairs: &'a Pairs<'a>,
    motion: &'a [[f32; 4]],
    first: usize,
    velocity: &'a mut [f32],
}

impl Kernel for Mix<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let unit = self.pairs.unit::<V>();
        let strength = (self.numbers.fluid.xsph * self.numbers.volume) as f32;
        for (k, v) in self.velocity.chunks_exact_mut(3).enumerate() {
            let i = self.first + k;
            if self.numbers.is_fixed(self.pairs.species(i)) {
                continue;
            }
            let own = self.motion[i].map(V::splat);
            let mut mean = Mean { kernel: Lanes::<V>::new(&self.numbers.smoothing), motion: self.motion, own, sum: [Sum::new(); 3] };
            self.pairs.visit(i, &unit, &mut mean);
            for c in 0..3 {
                v[c] += strength * mean.sum[c].total();
            }
        }
    }
}

struct Mean<'a, V> {
    kernel: Lanes<V>,
    motion: &'a [[f32; 4]],
    own: [V; 4],
    sum: [Sum<V>; 3],
}

impl<V: Vector> PairBody<V> for Mean<'_, V> {
    #[inline(always)]
    fn group(&mut self, half: usize, group: Group<V>) {
        let [w, _] = self.kernel.at(group.r2);
        let v = group.gather(self.motion);
        for c in 0..3 {
            self.sum[c].add(half, w * (v[c] - self.own[c]));
        }
    }
}

struct All<'a> {
    numbers: &'a Numbers,
    pairs: &'a Pairs<'a>,
    motion: &'a [[f32; 4]],
    wall: &'a [[f32; 4]],
    weight: &'a [[f32; 4]],
}

struct Chunk<'a, const PRESSURE: bool> {
    all: &'a All<'a>,
    first: usize,
    force: &'a mut [f32],
}

impl<const PRESSURE: bool> Kernel for Chunk<'_, PRESSURE> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let All { numbers, pairs, motion, wall, weight } = *self.all;
        let (fluid, unit) = (&numbers.fluid, pairs.unit::<V>());
        let h = numbers.smoothing.radius;
        let strength = fluid.viscosity * 2.0 * (numbers.smoothing.dimensions as f64 + 2.0);
        let approach = fluid.artificial_viscosity * fluid.sound_speed * 0.5 * h;
        for (k, force) in self.force.chunks_exact_mut(3).enumerate() {
            let i = self.first + k;
            if numbers.is_fixed(pairs.species(i)) {
                continue;
            }
            let mut sums = Flow::<V, PRESSURE> {
                kernel: Lanes::new(&numbers.smoothing),
                motion,
                weight,
                own: motion[i].map(V::splat),
                volume: V::splat(numbers.volume as f32),
                viscosity: V::splat(strength as f32),
                approach: V::splat(approach as f32),
                soft: V::splat((0.0025 * h * h) as f32),
                sum: [Sum::new(); 3],
            };
            pairs.visit(i, &unit, &mut sums);
            for c in 0..3 {
                let shore = if PRESSURE { motion[i][3] * wall[i][c] } else { 0.0 };
                force[c] += numbers.mass as f32 * (sums.sum[c].total() - shore);
            }
        }
    }
}

struct Flow<'a, V: Vector, const PRESSURE: bool> {
    kernel: Lanes<V>,
    motion: &'a [[f32; 4]],
    weight: &'a [[f32; 4]],
    own: [V; 4],
    volume: V,
    viscosity: V,
    approach: V,
    soft: V,
    sum: [Sum<V>; 3],
}

impl<V: Vector, const PRESSURE: bool> PairBody<V> for Flow<'_, V, PRESSURE> {
    #[inline(always)]
    fn group(&mut self, half: usize, group: Group<V>) {
        let [_, over] = self.kernel.at(group.r2);
        let [x, y, z, k] = group.gather(self.motion);
        let zero = V::splat(0.0);
        let nearing = (self.own[0] - x) * group.d[0] + (self.own[1] - y) * group.d[1] + (self.own[2] - z) * group.d[2];
        let friction = (self.viscosity + self.approach.keep(nearing.lt(zero))) * nearing / (group.r2 + self.soft);
        let (mut fluid, mut both) = (self.volume, self.volume);
        if !self.weight.is_empty() {
            let [of_boundary, of_fluid, ..] = group.gather(self.weight);
            (fluid, both) = (of_fluid, of_boundary + of_fluid);
        }
        let push = if PRESSURE { both * friction - fluid * (self.own[3] + k) } else { both * friction };
        let along = over * push;
        for c in 0..3 {
            self.sum[c].add(half, along * group.d[c]);
        }
    }
}
