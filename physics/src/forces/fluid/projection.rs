//! DFSPH: velocities that neither compress the fluid nor let it be compressed at the end of the step.
//!
//! Bender & Koschier, SCA 2015, doi 10.1145/2786784.2786796; IEEE TVCG 23(3) 1193 (2017). With c the relative density, D v its rate
//! of change under velocities v, and k = p / (rho_0 c^2): two solvers, for D v = 0 and for c + dt D v = 1, change velocities by
//!   v_i -= dt sum_j V (k_i + k_j) grad W,   k_i += omega error_i / (dt^2 s_i),   s_i = |sum V grad W|^2 + sum |V grad W|^2,
//! sweep after sweep, with k kept from going negative. Both work on the positions at the start of a step, so pairs are looked at once and
//! their gradients kept (`density.rs`). The first solver begins with the k of the last step and so carries the weight of
//! the fluid; k lies on the clamp as a whole and not sweep by sweep, as for IISPH. Walls and boundary particles take part as
//! fluid at rest, by k_i alone: push and rate are each other's transposes, so pressure does no work on a flow without divergence and
//! water at rest stays so. (Mirrored pressure, 2 k_i, pumps energy in until the water boils. The price: k of the row at a wall is twice its
//! neighbours'.)

use super::density::GRADIENT;
use super::flow::{self, MOTION};
use super::numbers::Numbers;
use crate::neighbors::{Group, PairBody, Pairs};
use crate::simd::{GROUP, Isa, Kernel, Sum, Vector};
use crate::stage::Stage;
use crate::team::{self, RowsMut, Team};

/// Part of the full correction that a sweep makes at most: Jacobi's method needs less than one, and less the more neighbours overlap.
const RELAXATION: f64 = 0.5;
/// Support over the particles' distance from which on it is less.
const NARROW: f64 = 2.6;
/// Part of the last sweep's change that is made again.
const MOMENTUM: f32 = 0.3;
/// Part of what density lacks, or has too much, that the divergence solver makes up in a step. Without it a fluid that has come apart
/// stays so, since nothing else pulls it together.
const RECOVERY: f32 = 0.1;
/// Relative density from which on velocities are made free of divergence; sparser particles are spray.
const FULL: f32 = 0.9;

/// k of the divergence solver and of the density solver, of each particle.
pub(super) const WARM: &str = "fluid_warm";

/// Which error a solver makes vanish.
#[derive(Clone, Copy, PartialEq)]
enum Aim {
    /// The rate of compression.
    Divergence,
    /// The compression at the end of the step.
    Density,
}

/// Solves both and writes velocities and `pressure`, which over rest density is k c^2 since neighbours weigh k by their rest volume.
pub(super) fn solve(stage: &mut Stage, numbers: &Numbers, dt: f64) {
    flow::remember(stage, |_| 0.0);
    let rest = rest(stage, numbers);
    stage.team.mark("fluid divergence");
    run(stage, numbers, dt as f32, rest, Aim::Divergence);
    stage.team.mark("fluid projection");
    run(stage, numbers, dt as f32, rest, Aim::Density);
    let motion = &*stage.block.take::<[f32; 4]>(MOTION);
    let (warm, density) = (&*stage.block.take::<f32>(WARM), &*stage.block.take::<f32>("density"));
    let arrays = (RowsMut::<f32, 3>(stage.block.take("velocity")), RowsMut::<f32, 1>(stage.block.take("pressure")));
    team::each_chunk(stage.team, arrays, |range, (velocity, pressure)| {
        for ((v, p), i) in velocity.0.chunks_exact_mut(3).zip(pressure.0.iter_mut()).zip(range) {
            v.copy_from_slice(&motion[i][..3]);
            *p = (warm[2 * i] + warm[2 * i + 1]) * (density[i] * density[i]);
        }
    });
    stage.block.release();
}

/// What all sweeps read.
struct All<'a> {
    numbers: &'a Numbers,
    pairs: Pairs<'a>,
    gradient: &'a [f32],
    wall: &'a [[f32; 4]],
    density: &'a [f32],
    aim: Aim,
    dt: f32,
    /// Relative density that is aimed at.
    rest: f32,
    relaxation: f32,
}

/// As many neighbours, so many parts.
fn relaxation(numbers: &Numbers) -> f32 {
    let wide = (numbers.smoothing.radius / (NARROW * numbers.spacing)).max(1.0);
    (RELAXATION / if numbers.smoothing.dimensions == 2 { wide * wide } else { wide * wide * wide }) as f32
}

/// Relative density at rest: 1, or in a box that is full and has no walls, where it cannot change, what it is on average.
fn rest(stage: &mut Stage, numbers: &Numbers) -> f32 {
    let domain = stage.world.domain;
    if !numbers.fluid.negative_pressure || domain.periodic[..stage.world.dimensions()].contains(&false) || numbers.bounded {
        return 1.0;
    }
    let density = &*stage.block.take::<f32>("density");
    let [sum] = team::sum_f64(stage.team, density.len(), |range| [density[range].iter().map(|c| f64::from(*c)).sum()]);
    stage.block.release();
    (sum / density.len().max(1) as f64) as f32
}

fn run(stage: &mut Stage, numbers: &Numbers, dt: f32, rest: f32, aim: Aim) {
    let (isa, team) = (stage.team.isa(), stage.team);
    let pairs = Pairs::new(stage);
    let block = &mut *stage.block;
    let (motion, change, warm) = (block.take::<[f32; 4]>(MOTION), block.take::<[f32; 4]>("fluid_change"), block.take::<f32>(WARM));
    let (gradient, wall, density) = (&*block.take(GRADIENT), &*block.take("fluid_wall"), &*block.take("density"));
    let all = &All { numbers, pairs, gradient, wall, density, aim, dt, rest, relaxation: relaxation(numbers) };
    let fluid = &numbers.fluid;
    let tolerance = if aim == Aim::Divergence { fluid.divergence_error } else { fluid.density_error };
    team::each_chunk(team, (RowsMut::<[f32; 4], 1>(&mut *change), RowsMut::<f32, 2>(&mut *warm)), |_, (change, warm)| {
        for (change, warm) in change.0.iter_mut().zip(warm.0.chunks_exact_mut(2)) {
            // What the density solver had to do was done in one step.
            let k = if aim == Aim::Divergence { warm[0] } else { 0.0 };
            *change = [k, 0.0, 0.0, 0.0];
            if aim == Aim::Density {
                warm[1] = 0.0;
            }
        }
    });
    if aim == Aim::Divergence {
        push(all, isa, team, &mut *motion, &*change);
    }
    for sweep in 0..fluid.max_iterations.max(1) {
        let (velocities, changes) = (&*motion, RowsMut::<[f32; 4], 1>(&mut *change));
        let [error, count] = team::fold_chunks(
            team,
            (changes, RowsMut::<f32, 2>(&mut *warm)),
            [0.0; 2],
            |range, (change, warm)| isa.run(Correct { all, motion: velocities, first: range.start, change: change.0, warm: warm.0, again: sweep > 0 }),
            |a, b| [a[0] + b[0], a[1] + b[1]],
        );
        push(all, isa, team, &mut *motion, &*change);
        if error <= tolerance * count {
            break;
        }
    }
    block.release();
}

/// Makes the velocities what the changes of k say.
fn push(all: &All, isa: Isa, team: &dyn Team, motion: &mut [[f32; 4]], change: &[[f32; 4]]) {
    team::each_chunk(team, (RowsMut::<[f32; 4], 1>(motion),), |range, (motion,)| isa.run(Push { all, change, first: range.start, motion: motion.0 }));
}

/// The kept gradients of a particle's pairs, in the order of its neighbours.
struct Gradients<'a>(&'a [f32]);

impl Gradients<'_> {
    /// Those of the next vector of neighbours.
    #[inline(always)]
    fn next<V: Vector>(&mut self, half: usize) -> [V; 3] {
        let g = core::array::from_fn(|c| V::load(&self.0[c * GROUP + half * V::LANES..]));
        if half + 1 == V::HALVES {
            self.0 = &self.0[3 * GROUP..];
        }
        g
    }
}

/// Finds the error of each particle, corrects k, and comes back with the sum of errors and the number of particles.
struct Correct<'a> {
    all: &'a All<'a>,
    motion: &'a [[f32; 4]],
    first: usize,
    change: &'a mut [[f32; 4]],
    warm: &'a mut [f32],
    /// Whether the change is that of a sweep before.
    again: bool,
}

impl Kernel for Correct<'_> {
    type Output = [f64; 2];

    #[inline(always)]
    fn run<V: Vector>(self) -> [f64; 2] {
        let All { numbers, pairs, gradient, wall, density, aim, dt, rest, relaxation } = self.all;
        let (unit, pulls) = (pairs.unit::<V>(), numbers.fluid.negative_pressure);
        let (column, momentum) = (usize::from(*aim == Aim::Density), if self.again { MOMENTUM } else { 0.0 });
        let mut sums = [0.0; 2];
        for (k, (change, warm)) in self.change.iter_mut().zip(self.warm.chunks_exact_mut(2)).enumerate() {
            let i = self.first + k;
            let [gx, gy, gz, stiff] = wall[i];
            if stiff == 0.0 {
                *change = [0.0; 4];
                warm[column] = 0.0;
                continue;
            }
            let own = self.motion[i];
            let mut rate = Rate { motion: self.motion, own: own.map(V::splat), gradients: Gradients(&gradient[3 * pairs.start(i)..]), sum: Sum::new() };
            pairs.visit(i, &unit, &mut rate);
            let compression = dt * (rate.sum.total() + (gx * own[0] + gy * own[1] + gz * own[2]));
            let spray = *aim == Aim::Divergence && density[i] < FULL;
            let off = density[i] - rest;
            let error = compression + if *aim == Aim::Density { off } else { RECOVERY * off };
            let target = warm[column] + (relaxation * error / (dt * dt * stiff) + momentum * change[0]);
            let target = if !spray && (target > 0.0 || pulls) { target } else { 0.0 };
            // Expansion is an error where pressure makes it.
            let counts = !spray && (error > 0.0 || pulls || warm[column] > 0.0);
            *change = [target - warm[column], 0.0, 0.0, 0.0];
            warm[column] = target;
            let excess = if !counts {
                0.0
            } else if error < 0.0 {
                -error
            } else {
                error
            };
            sums[0] += f64::from(excess);
            sums[1] += 1.0;
        }
        sums
    }
}

/// V sum of grad W . (v_i - v_j): the rate at which the relative density grows.
struct Rate<'a, V> {
    motion: &'a [[f32; 4]],
    own: [V; 4],
    gradients: Gradients<'a>,
    sum: Sum<V>,
}

impl<V: Vector> PairBody<V> for Rate<'_, V> {
    #[inline(always)]
    fn group(&mut self, half: usize, group: Group<V>) {
        let g = self.gradients.next::<V>(half);
        let [x, y, z, _] = group.gather(self.motion);
        self.sum.add(half, (self.own[0] - x) * g[0] + (self.own[1] - y) * g[1] + (self.own[2] - z) * g[2]);
    }
}

/// Changes velocities.
struct Push<'a> {
    all: &'a All<'a>,
    change: &'a [[f32; 4]],
    first: usize,
    motion: &'a mut [[f32; 4]],
}

impl Kernel for Push<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let All { pairs, gradient, wall, dt, .. } = self.all;
        let unit = pairs.unit::<V>();
        for (k, motion) in self.motion.iter_mut().enumerate() {
            let i = self.first + k;
            if wall[i][3] == 0.0 {
                continue;
            }
            let own = self.change[i][0];
            let mut pull = Pull { change: self.change, own: V::splat(own), gradients: Gradients(&gradient[3 * pairs.start(i)..]), sum: [Sum::<V>::new(); 3] };
            pairs.visit(i, &unit, &mut pull);
            for c in 0..3 {
                motion[c] -= dt * (pull.sum[c].total() + own * wall[i][c]);
            }
        }
    }
}

/// V sum of (k_i + k_j) grad W.
struct Pull<'a, V> {
    change: &'a [[f32; 4]],
    own: V,
    gradients: Gradients<'a>,
    sum: [Sum<V>; 3],
}

impl<V: Vector> PairBody<V> for Pull<'_, V> {
    #[inline(always)]
    fn group(&mut self, half: usize, group: Group<V>) {
        let g = self.gradients.next::<V>(half);
        let [other, ..] = group.gather(self.change);
        let both = self.own + other;
        for c in 0..3 {
            self.sum[c].add(half, both * g[c]);
        }
    }
}
