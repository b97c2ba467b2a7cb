//! The two passes of a step: each ball finds in how many parts its contacts have to share it, then takes the impulses of all of them.
//!
//! Normal impulses of a ball act along the normals n of its contacts, so parts as many as the greatest eigenvalue of the sum of n n^T
//! are enough for them: two for opposite contacts, a third of the contacts in a crowd. Friction gets a part for each contact.

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

/// Looks at contacts and writes what neighbours ask for.
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
            let mut contacts = Contacts::<V, UNIFORM> { law, own: pairs.species(i), square: [Sum::new(); 3], mixed: [Sum::new(); 3] };
            pairs.visit(i, &unit, &mut contacts);
            let mut spread = contacts.spread();
            if !self.shared.is_dead(i) {
                law.walls(core::array::from_fn(|c| x[c] + low[c]), radius, |touch| spread.add(touch.normal));
            }
            let weight = 1.0 / law.species.mass_of(pairs.species(i));
            let count = spread.count();
            *share = [v[0], v[1], v[2], weight * spread.most::<V>(count, FRICTION, law.inertia)];
            if FRICTION {
                let w = row(self.state.angular, i);
                *spin = [radius * w[0], radius * w[1], radius * w[2], weight * count];
            }
        }
    }
}

struct Contacts<'a, V, const UNIFORM: bool> {
    law: &'a Law,
    own: u32,
    square: [Sum<V>; 3],
    mixed: [Sum<V>; 3],
}

impl<V: Vector, const UNIFORM: bool> Contacts<'_, V, UNIFORM> {
    #[inline(always)]
    fn spread(self) -> Spread {
        let ([xx, yy, zz], [xy, yz, zx]) = (self.square, self.mixed);
        Spread { square: [xx.total(), yy.total(), zz.total()], mixed: [xy.total(), yz.total(), zx.total()] }
    }
}

impl<V: Vector, const UNIFORM: bool> PairBody<V> for Contacts<'_, V, UNIFORM> {
    #[inline(always)]
    fn group(&mut self, half: usize, group: Group<V>) {
        let [reach, ..] = self.law.row::<V, UNIFORM>(self.own, group.species);
        let touching = V::splat(0.0).lt(group.r2) & group.r2.lt(reach * reach);
        if V::bits(touching) == 0 {
            return;
        }
        let over = (V::splat(1.0) / group.r2).keep(touching);
        for k in 0..3 {
            let part = over * group.d[k];
            self.square[k].add(half, part * group.d[k]);
            self.mixed[k].add(half, part * group.d[(k + 1) % 3]);
        }
    }
}

/// The sum of n n^T over the contacts of a ball, with normals n.
#[derive(Clone, Copy)]
struct Spread {
    square: Three,
    mixed: Three,
}

impl Spread {
    fn add(&mut self, n: Three) {
        for k in 0..3 {
            self.square[k] += n[k] * n[k];
            self.mixed[k] += n[k] * n[(k + 1) % 3];
        }
    }

    /// How many contacts there are: the trace.
    fn count(&self) -> f32 {
        self.square[0] + self.square[1] + self.square[2]
    }

    /// In how many parts normal impulses find the ball: no less than the greatest eigenvalue, which mean and deviator bound, and
    /// a little more where friction takes its part. 1 for one contact, 2 for two that oppose, about a third of `count` in a crowd.
    #[inline(always)]
    fn most<V: Vector>(&self, count: f32, friction: bool, inertia: f32) -> f32 {
        let mean = count * (1.0 / 3.0);
        let off = [self.square[0] - mean, self.square[1] - mean, self.square[2] - mean];
        let most = mean + V::root((2.0 / 3.0) * (dot(off, off) + 2.0 * dot(self.mixed, self.mixed)));
        if friction { most + (count - most) / (1.0 + inertia) } else { most }
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
            let own = Ball { v: [vx, vy, vz], spin: [spin[i][0], spin[i][1], spin[i][2]], part, count: spin[i][3] };
            let mut impulses = Impulses::<V, UNIFORM, FRICTION>::new(law, pairs.species(i), self.tables, &own);
            pairs.visit(i, &unit, &mut impulses);
            let Impulses { push: [px, py, pz], twist: [tx, ty, tz], .. } = impulses;
            let mut push = [px.total(), py.total(), pz.total()];
            let mut twist = if FRICTION { [tx.total(), ty.total(), tz.total()] } else { [0.0; 3] };
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
            if FRICTION && self.shared.radius(i) > 0.0 {
                let per_radius = law.inertia * weight / self.shared.radius(i);
                for c in 0..3 {
                    self.angular[3 * k + c] -= per_radius * twist[c];
                }
            }
        }
    }
}

/// A ball before the impulses: velocity, speed of the surface about the centre, parts over mass for normal impulses and for friction.
struct Ball {
    v: Three,
    spin: Three,
    part: f32,
    count: f32,
}

impl Ball {
    /// The impulse of a wall.
    #[inline(always)]
    fn meet<V: Vector>(&self, touch: &Touch, law: &Law) -> Three {
        let n = touch.normal;
        let u: Three = core::array::from_fn(|k| self.v[k] - touch.velocity[k]);
        let along = dot(u, n);
        let (mut speed, approach) = (touch.depth * law.per_dt, -along);
        if approach > law.calm && touch.restitution > 0.0 {
            let bounce = (1.0 + touch.restitution) * approach;
            speed = if bounce > speed { bounce } else { speed };
        }
        let normal = speed / self.part;
        if touch.friction == 0.0 {
            return n.map(|c| normal * c);
        }
        let turning = cross(self.spin, n);
        let slip: Three = core::array::from_fn(|k| u[k] - along * n[k] - turning[k]);
        let sliding = V::root(dot(slip, slip));
        let (stop, limit) = (1.0 / (self.count * (1.0 + law.inertia)), touch.friction * normal);
        let rub = if stop * sliding > limit { limit / sliding } else { stop };
        core::array::from_fn(|k| normal * n[k] - rub * slip[k])
    }
}

// Closures over vectors are not reliably built for the kernel's instruction set; these are.

#[inline(always)]
fn splat<V: Vector>(a: Three) -> [V; 3] {
    [V::splat(a[0]), V::splat(a[1]), V::splat(a[2])]
}

#[inline(always)]
fn crossed<V: Vector>(a: [V; 3], b: [V; 3]) -> [V; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// The sums of impulses of other balls.
struct Impulses<'a, V, const UNIFORM: bool, const FRICTION: bool> {
    law: &'a Law,
    own: u32,
    tables: (&'a [[f32; 4]], &'a [[f32; 4]]),
    v: [V; 3],
    spin: [V; 3],
    part: V,
    count: V,
    push: [Sum<V>; 3],
    /// Normal times impulse, as vectors.
    twist: [Sum<V>; 3],
}

impl<'a, V: Vector, const UNIFORM: bool, const FRICTION: bool> Impulses<'a, V, UNIFORM, FRICTION> {
    #[inline(always)]
    fn new(law: &'a Law, own: u32, tables: (&'a [[f32; 4]], &'a [[f32; 4]]), ball: &Ball) -> Self {
        let (v, spin, part, count) = (splat(ball.v), splat(ball.spin), V::splat(ball.part), V::splat(ball.count));
        Impulses { law, own, tables, v, spin, part, count, push: [Sum::new(); 3], twist: [Sum::new(); 3] }
    }

    /// The impulse that stops slip of that velocity, up to friction's limit.
    #[inline(always)]
    fn rub(&self, slip: [V; 3], count: V, limit: V) -> [V; 3] {
        let sliding = (slip[0] * slip[0] + slip[1] * slip[1] + slip[2] * slip[2]).sqrt();
        let stop = V::splat(1.0 / (1.0 + self.law.inertia)) / (self.count + count);
        let rub = (limit / sliding).select(limit.lt(stop * sliding), stop);
        let back = V::splat(0.0) - rub;
        [back * slip[0], back * slip[1], back * slip[2]]
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
        let n = [group.d[0] * over, group.d[1] * over, group.d[2] * over];
        let [vx, vy, vz, part] = group.gather(self.tables.0);
        let u = [self.v[0] - vx, self.v[1] - vy, self.v[2] - vz];
        let along = u[0] * n[0] + u[1] * n[1] + u[2] * n[2];
        let approach = zero - along;
        let bounce = ((one + restitution) * approach).keep(V::splat(self.law.calm).lt(approach) & zero.lt(restitution));
        let normal = ((reach - r) * V::splat(self.law.per_dt)).max(bounce) / (self.part + part);
        let mut impulse = [normal * n[0], normal * n[1], normal * n[2]];
        if FRICTION {
            let [sx, sy, sz, count] = group.gather(self.tables.1);
            let spin = [self.spin[0] + sx, self.spin[1] + sy, self.spin[2] + sz];
            let turning = crossed(spin, n);
            let slip = [u[0] - along * n[0] - turning[0], u[1] - along * n[1] - turning[1], u[2] - along * n[2] - turning[2]];
            let rub = self.rub(slip, count, friction * normal);
            let turn = crossed(n, rub);
            for k in 0..3 {
                self.twist[k].add(half, turn[k].keep(touching));
                impulse[k] = impulse[k] + rub[k];
            }
        }
        for k in 0..3 {
            self.push[k].add(half, impulse[k].keep(touching));
        }
    }
}
