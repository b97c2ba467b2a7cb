//! Particles of the boundary: those of fixed species, each with the volume that its own kind leaves it.
//!
//! Akinci, Ihmsen, Akinci, Solenthaler & Teschner, ACM Trans. Graph. 31(4) 62 (2012): V_b = 1 / sum_b' W(x_b - x_b'), so that
//! uneven and overlapping samples of a surface weigh the same. Fixed particles stay where they are, so this is done once.

use super::numbers::Numbers;
use super::smoothing::Lanes;
use crate::neighbors::{Group, PairBody, Pairs};
use crate::simd::{Kernel, Sum, Vector};
use crate::stage::Stage;
use crate::team::{self, RowsMut};

/// Table of what a particle weighs in the sums of others: volume as part of the boundary, volume as part of the fluid.
pub(super) const WEIGHT: &str = "fluid_weight";

/// Fills the table.
pub(super) fn weigh(stage: &mut Stage, numbers: &Numbers) {
    let isa = stage.team.isa();
    let pairs = Pairs::new(stage);
    let marks = stage.block.take::<[f32; 4]>("fluid_motion");
    let weights = stage.block.take::<[f32; 4]>(WEIGHT);
    team::each_chunk(stage.team, (RowsMut::<[f32; 4], 1>(&mut *marks),), |range, (marks,)| {
        for (mark, i) in marks.0.iter_mut().zip(range) {
            *mark = [if numbers.is_fixed(pairs.species(i)) { 1.0 } else { 0.0 }, 0.0, 0.0, 0.0];
        }
    });
    let marks = &*marks;
    team::each_chunk(stage.team, (RowsMut::<[f32; 4], 1>(weights),), |range, (weights,)| {
        isa.run(Volumes { numbers, pairs: &pairs, marks, first: range.start, weights: weights.0 });
    });
    stage.block.release();
}

struct Volumes<'a> {
    numbers: &'a Numbers,
    pairs: &'a Pairs<'a>,
    marks: &'a [[f32; 4]],
    first: usize,
    weights: &'a mut [[f32; 4]],
}

impl Kernel for Volumes<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let unit = self.pairs.unit::<V>();
        let own = self.numbers.smoothing.weight(0.0) as f32;
        for (k, weight) in self.weights.iter_mut().enumerate() {
            let i = self.first + k;
            if self.marks[i][0] == 0.0 {
                *weight = [0.0, self.numbers.volume as f32, 0.0, 0.0];
                continue;
            }
            let mut crowd = Crowd { kernel: Lanes::<V>::new(&self.numbers.smoothing), marks: self.marks, sum: Sum::new() };
            self.pairs.visit(i, &unit, &mut crowd);
            *weight = [1.0 / (own + crowd.sum.total()), 0.0, 0.0, 0.0];
        }
    }
}

struct Crowd<'a, V> {
    kernel: Lanes<V>,
    marks: &'a [[f32; 4]],
    sum: Sum<V>,
}

impl<V: Vector> PairBody<V> for Crowd<'_, V> {
    #[inline(always)]
    fn group(&mut self, half: usize, group: Group<V>) {
        let [fixed, ..] = group.gather(self.marks);
        self.sum.add(half, self.kernel.at(group.r2)[0] * fixed);
    }
}
