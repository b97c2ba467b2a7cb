//! Surface tension by cohesion between particles and a pull towards the least surface.
//!
//! Akinci, Akinci & Teschner, ACM Trans. Graph. 32(6) 182 (2013), doi 10.1145/2508363.2508395: with the normal n_i = h sum V grad W,
//!   f_ij = -gamma m K_ij (m C(r) x_ij / r + (n_i - n_j)),  K_ij = 2 / (c_i + c_j),
//! C(r) = 32 / (pi h^9) of (h - r)^3 r^3 beyond h / 2 and of 2 (h - r)^3 r^3 - h^6 / 64 within; in the plane with h^8. Only the fluid's own
//! particles attract each other; walls do not.

use super::boundary::WEIGHT;
use super::numbers::Numbers;
use super::smoothing::Lanes;
use crate::neighbors::{Group, PairBody, Pairs};
use crate::simd::{Kernel, Sum, Vector};
use crate::stage::Stage;
use crate::team::{self, RowsMut};

/// Normals, and relative densities without walls.
const TABLE: &str = "fluid_motion";

/// Adds the forces.
pub(super) fn add(stage: &mut Stage, numbers: &Numbers) {
    let isa = stage.team.isa();
    let pairs = Pairs::new(stage);
    let table = stage.block.take::<[f32; 4]>(TABLE);
    let weight = &*stage.block.take(WEIGHT);
    team::each_chunk(stage.team, (RowsMut::<[f32; 4], 1>(&mut *table),), |range, (table,)| {
        isa.run(Normals { numbers, pairs: &pairs, weight, first: range.start, table: table.0 });
    });
    let table = &*table;
    team::each_chunk(stage.team, (RowsMut::<f32, 3>(stage.block.take("force")),), |range, (force,)| {
        isa.run(Forces { numbers, pairs: &pairs, weight, table, first: range.start, force: force.0 });
    });
    stage.block.release();
}

/// Volume that a neighbour has as part of the fluid.
#[inline(always)]
fn volume<V: Vector>(weight: &[[f32; 4]], all: V, group: &Group<V>) -> V {
    if weight.is_empty() { all } else { group.gather(weight)[1] }
}

struct Normals<'a> {
    numbers: &'a Numbers,
    pairs: &'a Pairs<'a>,
    weight: &'a [[f32; 4]],
    first: usize,
    table: &'a mut [[f32; 4]],
}

impl Kernel for Normals<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let (unit, h) = (self.pairs.unit::<V>(), self.numbers.smoothing.radius as f32);
        for (k, row) in self.table.iter_mut().enumerate() {
            let all = V::splat(self.numbers.volume as f32);
            let mut sums = Normal { kernel: Lanes::<V>::new(&self.numbers.smoothing), weight: self.weight, all, slope: [Sum::new(); 3], density: Sum::new() };
            self.pairs.visit(self.first + k, &unit, &mut sums);
            let [x, y, z] = sums.slope.map(|s| h * s.total());
            *row = [x, y, z, self.numbers.own_weight() + sums.density.total()];
        }
    }
}

struct Normal<'a, V> {
    kernel: Lanes<V>,
    weight: &'a [[f32; 4]],
    all: V,
    slope: [Sum<V>; 3],
    density: Sum<V>,
}

impl<V: Vector> PairBody<V> for Normal<'_, V> {
    #[inline(always)]
    fn group(&mut self, half: usize, group: Group<V>) {
        let [w, over] = self.kernel.at(group.r2);
        let volume = volume(self.weight, self.all, &group);
        self.density.add(half, w * volume);
        for c in 0..3 {
            self.slope[c].add(half, over * volume * group.d[c]);
        }
    }
}

struct Forces<'a> {
    numbers: &'a Numbers,
    pairs: &'a Pairs<'a>,
    weight: &'a [[f32; 4]],
    table: &'a [[f32; 4]],
    first: usize,
    force: &'a mut [f32],
}

impl Kernel for Forces<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Forces { numbers, pairs, weight, table, .. } = self;
        let unit = pairs.unit::<V>();
        let h = numbers.smoothing.radius;
        let power = if numbers.smoothing.dimensions == 2 { 2.0 } else { 3.0 };
        // In q = r / h the polynomial is h^6 times one of q alone.
        let cohesion = numbers.mass * 32.0 / (core::f64::consts::PI * libm::pow(h, power));
        for (k, force) in self.force.chunks_exact_mut(3).enumerate() {
            let i = self.first + k;
            if numbers.is_fixed(pairs.species(i)) {
                continue;
            }
            let mut sums = Cohesion {
                table,
                weight,
                own: table[i].map(V::splat),
                all: V::splat(numbers.volume as f32),
                inverse: V::splat((1.0 / h) as f32),
                strength: V::splat(cohesion as f32),
                sum: [Sum::<V>::new(); 3],
            };
            pairs.visit(i, &unit, &mut sums);
            let scale = (numbers.fluid.surface_tension * numbers.mass) as f32;
            for c in 0..3 {
                force[c] -= scale * sums.sum[c].total();
            }
        }
    }
}

struct Cohesion<'a, V> {
    table: &'a [[f32; 4]],
    weight: &'a [[f32; 4]],
    own: [V; 4],
    all: V,
    inverse: V,
    strength: V,
    sum: [Sum<V>; 3],
}

impl<V: Vector> PairBody<V> for Cohesion<'_, V> {
    #[inline(always)]
    fn group(&mut self, half: usize, group: Group<V>) {
        let (zero, one, two) = (V::splat(0.0), V::splat(1.0), V::splat(2.0));
        let over = group.r2.inverse_sqrt();
        let q = group.r2 * over * self.inverse;
        let cube = |x: V| x * x * x;
        let tent = cube((one - q).max(zero)) * cube(q);
        let shape = (two * tent - V::splat(1.0 / 64.0)).select(q.lt(V::splat(0.5)), tent);
        let other = group.gather(self.table);
        let inside = zero.lt(group.r2) & q.lt(one) & zero.lt(volume(self.weight, self.all, &group));
        let both = (two / (self.own[3] + other[3])).keep(inside);
        let along = self.strength * shape * over;
        for c in 0..3 {
            self.sum[c].add(half, both * (along * group.d[c] + (self.own[c] - other[c])));
        }
    }
}
