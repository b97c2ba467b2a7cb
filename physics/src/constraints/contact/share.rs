//! In how many parts the contacts of a ball have to share it.
//!
//! Normal impulses act along the normals n of its contacts, so parts as many as the greatest eigenvalue of the sum of n n^T are enough
//! for them: two for opposite contacts, a third of the contacts in a crowd. Friction gets a part for each contact.

use super::impulse::{Three, dot, row};
use super::law::Law;
use super::solve::Shared;
use crate::neighbors::{Group, PairBody, Pairs};
use crate::simd::{GROUP, Kernel, Sum, Vector};

/// The balls as they are before any impulse.
#[derive(Clone, Copy)]
pub(super) struct State<'a> {
    pub(super) position: &'a [f32],
    pub(super) low: &'a [f32],
    pub(super) velocity: &'a [f32],
    pub(super) angular: &'a [f32],
}

/// Looks at contacts and writes what neighbours ask for.
pub(super) struct Count<'a> {
    pub(super) shared: &'a Shared<'a>,
    pub(super) state: State<'a>,
    pub(super) first: usize,
    pub(super) share: &'a mut [[f32; 4]],
    pub(super) spin: &'a mut [[f32; 4]],
    pub(super) near: &'a mut [[u32; GROUP]],
}

impl Kernel for Count<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Shared { pairs, law, .. } = self.shared;
        let unit = pairs.unit::<V>();
        for (k, ((share, spin), near)) in self.share.iter_mut().zip(self.spin.iter_mut()).zip(self.near.iter_mut()).enumerate() {
            let i = self.first + k;
            let (x, low, v) = (row(self.state.position, i), row(self.state.low, i), row(self.state.velocity, i));
            let radius = self.shared.radius(i);
            *near = [Pairs::offset(i); GROUP];
            let mut contacts = Contacts::<V> { law, own: pairs.species(i), near, found: 0, square: [Sum::new(); 3], mixed: [Sum::new(); 3] };
            pairs.visit(i, &unit, &mut contacts);
            let mut spread = contacts.spread();
            if !self.shared.is_dead(i) {
                law.walls(core::array::from_fn(|c| x[c] + low[c]), radius, |touch| spread.add(touch.normal));
            }
            let weight = 1.0 / law.species.mass_of(pairs.species(i));
            let count = spread.count();
            *share = [v[0], v[1], v[2], weight * spread.most::<V>(count, law.friction, law.inertia)];
            if law.friction {
                let w = row(self.state.angular, i);
                *spin = [radius * w[0], radius * w[1], radius * w[2], weight * count];
            }
        }
    }
}

struct Contacts<'a, V> {
    law: &'a Law,
    own: u32,
    near: &'a mut [u32; GROUP],
    found: usize,
    square: [Sum<V>; 3],
    mixed: [Sum<V>; 3],
}

impl<V: Vector> Contacts<'_, V> {
    #[inline(always)]
    fn spread(self) -> Spread {
        if self.found > GROUP {
            *self.near = [MANY; GROUP];
        }
        let ([xx, yy, zz], [xy, yz, zx]) = (self.square, self.mixed);
        Spread { square: [xx.total(), yy.total(), zz.total()], mixed: [xy.total(), yz.total(), zx.total()] }
    }
}

impl<V: Vector> PairBody<V> for Contacts<'_, V> {
    #[inline(always)]
    fn group(&mut self, half: usize, group: Group<V>) {
        let [reach, ..] = self.law.row::<V>(self.own, group.species);
        let touching = V::splat(0.0).lt(group.r2) & group.r2.lt(reach * reach);
        let mut bits = V::bits(touching);
        if bits == 0 {
            return;
        }
        while bits != 0 {
            if let Some(place) = self.near.get_mut(self.found) {
                *place = Pairs::offset(group.row(bits.trailing_zeros() as usize));
            }
            self.found += 1;
            bits &= bits - 1;
        }
        let over = (V::splat(1.0) / group.r2).keep(touching);
        for k in 0..3 {
            let part = over * group.d[k];
            self.square[k].add(half, part * group.d[k]);
            self.mixed[k].add(half, part * group.d[(k + 1) % 3]);
        }
    }
}

/// In place of offsets: the ball touches more than there is room for.
pub(super) const MANY: u32 = u32::MAX;

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
