//! The two passes of a step: each ball counts its contacts, then takes the impulses of all of them.

use super::law::Law;
use super::{ANGULAR, SHARE, SPIN};
use crate::colliders::Touch;
use crate::motion;
use crate::neighbors::{Group, PairBody, Pairs};
use crate::simd::{Kernel, Sum, Vector};
use crate::stage::Stage;
use crate::team::{self, RowsMut};

type Three = [f32; 3];

fn dot(a: Three, b: Three) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: Three, b: Three) -> Three {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn row(values: &[f32], i: usize) -> Three {
    [values[3 * i], values[3 * i + 1], values[3 * i + 2]]
}

/// Parts all balls that overlap at the positions of this moment, which points and lists must know.
pub(super) fn solve(stage: &mut Stage, dt: f64) {
    let law = Law::new(stage, dt);
    match (law.uniform, law.friction) {
        (true, true) => passes::<true, true>(stage, &law),
        (true, false) => passes::<true, false>(stage, &law),
        (false, true) => passes::<false, true>(stage, &law),
        (false, false) => passes::<false, false>(stage, &law),
    }
}

fn passes<const UNIFORM: bool, const FRICTION: bool>(stage: &mut Stage, law: &Law) {
    let (isa, pairs) = (stage.team.isa(), Pairs::new(stage));
    let block = &mut *stage.block;
    let (position, low, velocity) = (block.take::<f32>("position"), block.take::<f32>("position_low"), block.take::<f32>("velocity"));
    let (angular, age) = (block.take::<f32>(ANGULAR), &*block.take::<f32>("age"));
    let (share, spin) = (block.take::<[f32; 4]>(SHARE), block.take::<[f32; 4]>(SPIN));
    let shared = Shared { pairs: &pairs, law, age };
    let arrays = (RowsMut::<[f32; 4], 1>(&mut *share), RowsMut::<[f32; 4], 1>(&mut *spin));
    team::each_chunk(stage.team, arrays, |range, (share, spin)| {
        let state = State { position, low, velocity, angular };
        isa.run(Count::<UNIFORM, FRICTION> { shared: &shared, state, first: range.start, share: share.0, spin: spin.0 });
    });
    let tables = (&*share, &*spin);
    let arrays = (RowsMut::<f32, 3>(position), RowsMut::<f32, 3>(low), RowsMut::<f32, 3>(velocity), RowsMut::<f32, 3>(angular));
    team::each_chunk(stage.team, arrays, |range, (position, low, velocity, angular)| {
        isa.run(Part::<UNIFORM, FRICTION> {
            shared: &shared,
            tables,
            first: range.start,
            position: position.0,
            low: low.0,
            velocity: velocity.0,
            angular: angular.0,
        });
    });
    block.release();
}

/// What all chunks read.
struct Shared<'a> {
    pairs: &'a Pairs<'a>,
    law: &'a Law,
    age: &'a [f32],
}

impl Shared<'_> {
    fn is_dead(&self, i: usize) -> bool {
        self.age.get(i).is_some_and(|age| *age < 0.0)
    }

    fn radius(&self, i: usize) -> f32 {
        self.law.species.radius[self.pairs.species(i) as usize % crate::stage::MAX_SPECIES]
    }
}

/// The balls as they are before any impulse.
#[derive(Clone, Copy)]
struct State<'a> {
    position: &'a [f32],
    low: &'a [f32],
    velocity: &'a [f32],
    angular: &'a [f32],
}

/// Counts contacts and writes what neighbours ask for.
struct Count<'a, const UNIFORM: bool, const FRICTION: bool> {
    shared: &'a Shared<'a>,
    state: State<'a>,
    first: usize,
    share: &'a mut [[f32; 4]],
    spin: &'a mut [[f32; 4]],
}

impl<const UNIFORM: bool, const FRICTION: bool> Kernel for Count<'_, UNIFORM, FRICTION> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Shared { pairs, law, .. } = self.shared;
        let unit = pairs.unit::<V>();
        for (k, (share, spin)) in self.share.iter_mut().zip(self.spin.iter_mut()).enumerate() {
            let i = self.first + k;
            let (x, low, v) = (row(self.state.position, i), row(self.state.low, i), row(self.state.velocity, i));
            let radius = self.shared.radius(i);
            let mut contacts = Contacts::<V, UNIFORM> { law, own: pairs.species(i), count: Sum::new() };
            pairs.visit(i, &unit, &mut contacts);
            let mut count = contacts.count.total();
            if !self.shared.is_dead(i) {
                law.walls(core::array::from_fn(|c| x[c] + low[c]), radius, |_| count += 1.0);
            }
            *share = [v[0], v[1], v[2], count / law.species.mass_of(pairs.species(i))];
            if FRICTION {
                let w = row(self.state.angular, i).map(|c| radius * c);
                *spin = [w[0], w[1], w[2], 0.0];
            }
        }
    }
}

struct Contacts<'a, V, const UNIFORM: bool> {
    law: &'a Law,
    own: u32,
    count: Sum<V>,
}

impl<V: Vector, const UNIFORM: bool> PairBody<V> for Contacts<'_, V, UNIFORM> {
    #[inline(always)]
    fn group(&mut self, half: usize, group: Group<V>) {
        let [reach, ..] = self.law.row::<V, UNIFORM>(self.own, group.species);
        let touching = V::splat(0.0).lt(group.r2) & group.r2.lt(reach * reach);
        self.count.add(half, V::splat(1.0).keep(touching));
    }
}

/// Takes the impulses of all contacts.
struct Part<'a, const UNIFORM: bool, const FRICTION: bool> {
    shared: &'a Shared<'a>,
    tables: (&'a [[f32; 4]], &'a [[f32; 4]]),
    first: usize,
    position: &'a mut [f32],
    low: &'a mut [f32],
    velocity: &'a mut [f32],
    angular: &'a mut [f32],
}

impl<const UNIFORM: bool, const FRICTION: bool> Kernel for Part<'_, UNIFORM, FRICTION> {
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
            let own = Ball { v: [vx, vy, vz], spin: [spin[i][0], spin[i][1], spin[i][2]], part };
            let mut impulses = Impulses::<V, UNIFORM, FRICTION>::new(law, pairs.species(i), self.tables, &own);
            pairs.visit(i, &unit, &mut impulses);
            let mut push = impulses.push.map(|c| c.total());
            let mut twist = impulses.twist.map(|c| c.total());
            if !self.shared.is_dead(i) {
                let (x, low) = (row(self.position, k), row(self.low, k));
                law.walls(core::array::from_fn(|c| x[c] + low[c]), self.shared.radius(i), |touch| {
                    let impulse = own.meet(&touch, law);
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
            if FRICTION {
                let per_radius = law.inertia * weight / self.shared.radius(i);
                for c in 0..3 {
                    self.angular[3 * k + c] -= per_radius * twist[c];
                }
            }
        }
    }
}

/// A ball before the impulses: velocity, speed of the surface about the centre, contacts over mass.
struct Ball {
    v: Three,
    spin: Three,
    part: f32,
}

impl Ball {
    /// The impulse of a wall.
    #[inline]
    fn meet(&self, touch: &Touch, law: &Law) -> Three {
        let (n, mass) = (touch.normal, 1.0 / self.part);
        let u: Three = core::array::from_fn(|k| self.v[k] - touch.velocity[k]);
        let along = dot(u, n);
        let (mut speed, approach) = (touch.depth * law.per_dt, -along);
        if approach > law.calm && touch.restitution > 0.0 {
            let bounce = (1.0 + touch.restitution) * approach;
            speed = if bounce > speed { bounce } else { speed };
        }
        let normal = mass * speed;
        let turning = cross(self.spin, n);
        let slip: Three = core::array::from_fn(|k| u[k] - along * n[k] - turning[k]);
        let sliding = libm::sqrtf(dot(slip, slip));
        let (stop, limit) = (mass / (1.0 + law.inertia), touch.friction * normal);
        let rub = if stop * sliding > limit { limit / sliding } else { stop };
        let rub = if touch.friction > 0.0 { rub } else { 0.0 };
        core::array::from_fn(|k| normal * n[k] - rub * slip[k])
    }
}

/// The sums of impulses of other balls.
struct Impulses<'a, V, const UNIFORM: bool, const FRICTION: bool> {
    law: &'a Law,
    own: u32,
    tables: (&'a [[f32; 4]], &'a [[f32; 4]]),
    v: [V; 3],
    spin: [V; 3],
    part: V,
    push: [Sum<V>; 3],
    /// Normal times impulse, as vectors.
    twist: [Sum<V>; 3],
}

impl<'a, V: Vector, const UNIFORM: bool, const FRICTION: bool> Impulses<'a, V, UNIFORM, FRICTION> {
    #[inline(always)]
    fn new(law: &'a Law, own: u32, tables: (&'a [[f32; 4]], &'a [[f32; 4]]), ball: &Ball) -> Self {
        let (v, spin, part) = (ball.v.map(V::splat), ball.spin.map(V::splat), V::splat(ball.part));
        Impulses { law, own, tables, v, spin, part, push: [Sum::new(); 3], twist: [Sum::new(); 3] }
    }

    /// The impulse that stops slip of that velocity, up to friction's limit.
    #[inline(always)]
    fn rub(&self, slip: [V; 3], mass: V, limit: V) -> [V; 3] {
        let sliding = (slip[0] * slip[0] + slip[1] * slip[1] + slip[2] * slip[2]).sqrt();
        let stop = mass * V::splat(1.0 / (1.0 + self.law.inertia));
        let rub = (limit / sliding).select(limit.lt(stop * sliding), stop);
        slip.map(|c| V::splat(0.0) - rub * c)
    }
}

impl<V: Vector, const UNIFORM: bool, const FRICTION: bool> PairBody<V> for Impulses<'_, V, UNIFORM, FRICTION> {
    #[inline(always)]
    fn group(&mut self, half: usize, group: Group<V>) {
        let [reach, restitution, friction, _] = self.law.row::<V, UNIFORM>(self.own, group.species);
        let (zero, one) = (V::splat(0.0), V::splat(1.0));
        let touching = zero.lt(group.r2) & group.r2.lt(reach * reach);
        if V::bits(touching) == 0 {
            return;
        }
        let r = group.r2.sqrt();
        let over = one / r;
        let n = group.d.map(|c| c * over);
        let [vx, vy, vz, part] = group.gather(self.tables.0);
        let u = [self.v[0] - vx, self.v[1] - vy, self.v[2] - vz];
        let along = u[0] * n[0] + u[1] * n[1] + u[2] * n[2];
        let approach = zero - along;
        let bounce = ((one + restitution) * approach).keep(V::splat(self.law.calm).lt(approach) & zero.lt(restitution));
        let mass = one / (self.part + part);
        let normal = mass * ((reach - r) * V::splat(self.law.per_dt)).max(bounce);
        let mut impulse = n.map(|c| normal * c);
        if FRICTION {
            let [sx, sy, sz, _] = group.gather(self.tables.1);
            let spin = [self.spin[0] + sx, self.spin[1] + sy, self.spin[2] + sz];
            let slip: [V; 3] = core::array::from_fn(|k| {
                let (a, b) = ((k + 1) % 3, (k + 2) % 3);
                u[k] - along * n[k] - (spin[a] * n[b] - spin[b] * n[a])
            });
            let rub = self.rub(slip, mass, friction * normal);
            for k in 0..3 {
                let (a, b) = ((k + 1) % 3, (k + 2) % 3);
                self.twist[k].add(half, (n[a] * rub[b] - n[b] * rub[a]).keep(touching));
                impulse[k] = impulse[k] + rub[k];
            }
        }
        for k in 0..3 {
            self.push[k].add(half, impulse[k].keep(touching));
        }
    }
}
