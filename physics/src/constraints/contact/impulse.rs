//! The impulses that one ball takes from walls and from other balls, all from the state before any of them.
//!
//! Along the normal: what parts the two within the step, or turns their approach into a bounce. Across it: what stops the slip of the
//! surfaces, spin included, up to the friction coefficient times the normal impulse.

use super::law::Law;
use crate::colliders::Touch;
use crate::neighbors::{Group, PairBody};
use crate::simd::{Sum, Vector};

pub(super) type Three = [f32; 3];

pub(super) fn dot(a: Three, b: Three) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(super) fn cross(a: Three, b: Three) -> Three {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

pub(super) fn row(values: &[f32], i: usize) -> Three {
    [values[3 * i], values[3 * i + 1], values[3 * i + 2]]
}

/// A ball before the impulses: velocity, speed of the surface about the centre, parts over mass for normal impulses and for friction.
pub(super) struct Ball {
    pub(super) v: Three,
    pub(super) spin: Three,
    pub(super) part: f32,
    pub(super) count: f32,
}

impl Ball {
    /// The impulse of a wall.
    #[inline(always)]
    pub(super) fn meet<V: Vector>(&self, touch: &Touch, law: &Law) -> Three {
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
pub(super) struct Impulses<'a, V> {
    law: &'a Law,
    own: u32,
    tables: (&'a [[f32; 4]], &'a [[f32; 4]]),
    v: [V; 3],
    spin: [V; 3],
    part: V,
    count: V,
    pub(super) push: [Sum<V>; 3],
    /// Normal times impulse, as vectors.
    pub(super) twist: [Sum<V>; 3],
}

impl<'a, V: Vector> Impulses<'a, V> {
    #[inline(always)]
    pub(super) fn new(law: &'a Law, own: u32, tables: (&'a [[f32; 4]], &'a [[f32; 4]]), ball: &Ball) -> Self {
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

impl<V: Vector> PairBody<V> for Impulses<'_, V> {
    #[inline(always)]
    fn group(&mut self, half: usize, group: Group<V>) {
        let [reach, restitution, friction, _] = self.law.row::<V>(self.own, group.species);
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
        if self.law.friction {
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
