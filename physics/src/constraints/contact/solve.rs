//! The two passes of a step: each ball finds in how many parts its contacts have to share it, then takes the impulses of all of them.

use super::impulse::{Ball, Impulses, cross, row};
use super::law::Law;
use super::share::{Count, MANY, State};
use super::{ANGULAR, NEAR, SHARE, SPIN};
use crate::motion;
use crate::neighbors::Pairs;
use crate::simd::{GROUP, Kernel, Vector};
use crate::stage::{MAX_SPECIES, Stage};
use crate::team::{self, RowsMut};

/// Parts all balls that overlap at the positions of this moment, which points and lists must know.
pub(super) fn solve(stage: &mut Stage, dt: f64) {
    let law = Law::new(stage, dt);
    let (isa, pairs) = (stage.team.isa(), Pairs::new(stage));
    let block = &mut *stage.block;
    let (position, low, velocity) = (block.take::<f32>("position"), block.take::<f32>("position_low"), block.take::<f32>("velocity"));
    let (angular, age) = (block.take::<f32>(ANGULAR), &*block.take::<f32>("age"));
    let (share, spin, near) = (block.take::<[f32; 4]>(SHARE), block.take::<[f32; 4]>(SPIN), block.take::<[u32; GROUP]>(NEAR));
    let shared = Shared { pairs: &pairs, law: &law, age };
    let arrays = (RowsMut::<[f32; 4], 1>(&mut *share), RowsMut::<[f32; 4], 1>(&mut *spin), RowsMut::<[u32; GROUP], 1>(&mut *near));
    team::each_chunk(stage.team, arrays, |range, (share, spin, near)| {
        let state = State { position, low, velocity, angular };
        isa.run(Count { shared: &shared, state, first: range.start, share: share.0, spin: spin.0, near: near.0 });
    });
    let tables = (&*share, &*spin);
    let near = &*near;
    let arrays = (RowsMut::<f32, 3>(position), RowsMut::<f32, 3>(low), RowsMut::<f32, 3>(velocity), RowsMut::<f32, 3>(angular));
    team::each_chunk(stage.team, arrays, |range, (position, low, velocity, angular)| {
        isa.run(Part { shared: &shared, tables, near, first: range.start, position: position.0, low: low.0, velocity: velocity.0, angular: angular.0 });
    });
    block.release();
}

/// What all chunks read.
pub(super) struct Shared<'a> {
    pub(super) pairs: &'a Pairs<'a>,
    pub(super) law: &'a Law,
    age: &'a [f32],
}

impl Shared<'_> {
    pub(super) fn is_dead(&self, i: usize) -> bool {
        self.age.get(i).is_some_and(|age| *age < 0.0)
    }

    pub(super) fn radius(&self, i: usize) -> f32 {
        self.law.species.radius[self.pairs.species(i) as usize % MAX_SPECIES]
    }
}

/// Takes the impulses of all contacts.
struct Part<'a> {
    shared: &'a Shared<'a>,
    tables: (&'a [[f32; 4]], &'a [[f32; 4]]),
    near: &'a [[u32; GROUP]],
    first: usize,
    position: &'a mut [f32],
    low: &'a mut [f32],
    velocity: &'a mut [f32],
    angular: &'a mut [f32],
}

impl Kernel for Part<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let (Shared { pairs, law, .. }, (share, spin)) = (self.shared, self.tables);
        let unit = pairs.unit::<V>();
        for k in 0..self.velocity.len() / 3 {
            let i = self.first + k;
            let [vx, vy, vz, part] = share[i];
            if part == 0.0 {
                continue;
            }
            let own = Ball { v: [vx, vy, vz], spin: [spin[i][0], spin[i][1], spin[i][2]], part, count: spin[i][3] };
            let mut impulses = Impulses::<V>::new(law, pairs.species(i), self.tables, &own);
            if self.near[i][0] == MANY {
                pairs.visit(i, &unit, &mut impulses);
            } else {
                pairs.visit_row(i, &self.near[i], &unit, &mut impulses);
            }
            let Impulses { push: [px, py, pz], twist: [tx, ty, tz], .. } = impulses;
            let mut push = [px.total(), py.total(), pz.total()];
            let mut twist = if law.friction { [tx.total(), ty.total(), tz.total()] } else { [0.0; 3] };
            if !self.shared.is_dead(i) {
                let (x, low) = (row(self.position, k), row(self.low, k));
                law.walls(core::array::from_fn(|c| x[c] + low[c]), self.shared.radius(i), |touch| {
                    let impulse = own.meet::<V>(&touch, law);
                    let turn = cross(touch.normal, impulse);
                    (push, twist) = (core::array::from_fn(|c| push[c] + impulse[c]), core::array::from_fn(|c| twist[c] + turn[c]));
                });
            }
            let weight = 1.0 / law.species.mass_of(pairs.species(i));
            for c in 0..3 {
                let (at, change) = (3 * k + c, weight * push[c]);
                self.velocity[at] += change;
                (self.position[at], self.low[at]) = motion::sum(self.position[at], self.low[at] + law.dt * change);
            }
            // Points have no spin.
            if law.friction && self.shared.radius(i) > 0.0 {
                let per_radius = law.inertia * weight / self.shared.radius(i);
                for c in 0..3 {
                    self.angular[3 * k + c] -= per_radius * twist[c];
                }
            }
        }
    }
}
