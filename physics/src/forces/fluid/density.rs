//! Relative densities, c = V sum W, and what solvers need of every pair.
//!
//! The sum is over the particle itself, its neighbours with their volumes V, boundary particles with theirs, and the half spaces
//! behind walls. Where gradients are kept, a pair's V grad W stands at the place of its entry in the neighbour list, in groups of
//! sixteen x, sixteen y, sixteen z; the passes of the solver then read them in place of positions. Pairs with the boundary are
//! summed once for all, since it does not move, and are zero there.

use super::boundary::WEIGHT;
use super::numbers::{Numbers, Shores};
use super::smoothing::Lanes;
use crate::neighbors::{Group, PairBody, Pairs};
use crate::simd::{GROUP, Kernel, Sum, Vector};
use crate::stage::Stage;
use crate::team::{self, RowsMut, RowsOf};

/// The cache of gradients.
pub(super) const GRADIENT: &str = "fluid_gradient";

/// Writes `density` (relative), `fluid_wall` (gradient from boundary and walls, 1 / factor of the solver), and gradients if there is an array for them.
pub(super) fn measure(stage: &mut Stage, numbers: &Numbers) {
    stage.team.mark("fluid density");
    let isa = stage.team.isa();
    let shores = Shores::new(stage.records(), numbers);
    let pairs = Pairs::new(stage);
    let all = All { numbers, shores: &shores, pairs: &pairs, position: &*stage.block.take("position"), weight: &*stage.block.take(WEIGHT) };
    let gradient = stage.block.take::<f32>(GRADIENT);
    let width = 3 * pairs.width();
    let (density, wall) = (stage.block.take::<f32>("density"), stage.block.take::<[f32; 4]>("fluid_wall"));
    let arrays = (RowsMut::<f32, 1>(density), RowsMut::<[f32; 4], 1>(wall));
    if gradient.is_empty() {
        team::each_chunk(stage.team, arrays, |range, (density, wall)| {
            isa.run(Chunk::<false> { all: &all, first: range.start, density: density.0, wall: wall.0, gradient: &mut [], begin: 0 });
        });
    } else {
        let gradient = RowsOf { values: &mut gradient[..pairs.len() * width], width };
        team::each_chunk(stage.team, (arrays.0, arrays.1, gradient), |range, (density, wall, gradient)| {
            let begin = range.start * width;
            isa.run(Chunk::<true> { all: &all, first: range.start, density: density.0, wall: wall.0, gradient: gradient.values, begin });
        });
    }
    stage.block.release();
}

/// What all chunks read.
struct All<'a> {
    numbers: &'a Numbers,
    shores: &'a Shores,
    pairs: &'a Pairs<'a>,
    position: &'a [f32],
    weight: &'a [[f32; 4]],
}

struct Chunk<'a, const KEEP: bool> {
    all: &'a All<'a>,
    first: usize,
    density: &'a mut [f32],
    wall: &'a mut [[f32; 4]],
    gradient: &'a mut [f32],
    /// Place of the chunk's gradients among all.
    begin: usize,
}

impl<const KEEP: bool> Kernel for Chunk<'_, KEEP> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let All { numbers, shores, pairs, position, weight } = *self.all;
        let (unit, kernel) = (pairs.unit::<V>(), Lanes::<V>::new(&numbers.smoothing));
        let (volume, own) = (V::splat(numbers.volume as f32), numbers.own_weight());
        for (k, (density, wall)) in self.density.iter_mut().zip(self.wall.iter_mut()).enumerate() {
            let i = self.first + k;
            if numbers.is_fixed(pairs.species(i)) {
                (*density, *wall) = (0.0, [0.0; 4]);
                continue;
            }
            let shore = shores.at([position[3 * i], position[3 * i + 1], position[3 * i + 2]]);
            let at = if KEEP { 3 * pairs.start(i) - self.begin } else { 0 };
            let gradient = if KEEP { &mut self.gradient[at..] } else { &mut *self.gradient };
            let mut sums = Sums::<V, KEEP> {
                kernel,
                weight,
                volume,
                gradient,
                at: 0,
                density: Sum::new(),
                slope: [Sum::new(); 3],
                squares: Sum::new(),
                shore: [Sum::new(); 3],
            };
            pairs.visit(i, &unit, &mut sums);
            *density = own + sums.density.total() + shore[3];
            let edge: [f32; 3] = core::array::from_fn(|c| shore[c] + sums.shore[c].total());
            let all: [f32; 3] = core::array::from_fn(|c| sums.slope[c].total() + edge[c]);
            let stiff = all[0] * all[0] + all[1] * all[1] + all[2] * all[2] + sums.squares.total();
            *wall = [edge[0], edge[1], edge[2], stiff];
        }
    }
}

struct Sums<'a, V, const KEEP: bool> {
    kernel: Lanes<V>,
    weight: &'a [[f32; 4]],
    volume: V,
    gradient: &'a mut [f32],
    at: usize,
    density: Sum<V>,
    slope: [Sum<V>; 3],
    squares: Sum<V>,
    shore: [Sum<V>; 3],
}

impl<V: Vector, const KEEP: bool> PairBody<V> for Sums<'_, V, KEEP> {
    #[inline(always)]
    fn group(&mut self, half: usize, group: Group<V>) {
        let [w, over] = self.kernel.at(group.r2);
        let mut volume = self.volume;
        if !self.weight.is_empty() {
            let [boundary, fluid, ..] = group.gather(self.weight);
            self.density.add(half, w * boundary);
            for c in 0..3 {
                self.shore[c].add(half, over * boundary * group.d[c]);
            }
            volume = fluid;
        }
        self.density.add(half, w * volume);
        if KEEP {
            let (slope, r2) = (over * volume, group.r2);
            self.squares.add(half, slope * slope * r2);
            for c in 0..3 {
                let g = slope * group.d[c];
                self.slope[c].add(half, g);
                g.store(&mut self.gradient[self.at + c * GROUP + half * V::LANES..][..V::LANES]);
            }
            if half + 1 == V::HALVES {
                self.at += 3 * GROUP;
            }
        }
    }
}
