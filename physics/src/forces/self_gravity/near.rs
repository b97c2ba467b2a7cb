//! What single bodies do to targets in lanes.
//!
//! Each target's sum runs over the bodies in their order, alone in its lane: no lane knows of another.

use crate::simd::{GROUP, Vector};

/// Targets: places, and acceleration and potential so far, with G = 1.
pub(super) struct Targets<V> {
    at: [V; 3],
    pull: [V; 4],
}

impl<V: Vector> Targets<V> {
    /// The first bodies of at least one; lanes that are left over repeat the last.
    #[inline(always)]
    pub(super) fn new(body: &[[f32; 4]], pull: [V; 4]) -> Self {
        Targets { at: places(body), pull }
    }

    /// Adds what bodies do, with inverse distances good to single precision or, if `ROUGH`, to 2e-5. A body at the very place of the
    /// target adds nothing to the acceleration; without softening nothing to the potential either.
    #[inline(always)]
    pub(super) fn add<const ROUGH: bool>(&mut self, softening: V, bodies: &[[f32; 4]]) {
        // Several at a time, as many as registers hold: one after the other would leave the processor waiting for each result.
        let rest = if V::LANES == GROUP { self.add_in::<4, ROUGH>(softening, bodies) } else { self.add_in::<2, ROUGH>(softening, bodies) };
        for body in rest {
            self.add_some::<1, ROUGH>(softening, &[*body]);
        }
    }

    /// Adds bodies N at a time; returns what is left over.
    #[inline(always)]
    fn add_in<'a, const N: usize, const ROUGH: bool>(&mut self, softening: V, bodies: &'a [[f32; 4]]) -> &'a [[f32; 4]] {
        let (groups, rest) = bodies.as_chunks::<N>();
        for group in groups {
            self.add_some::<N, ROUGH>(softening, group);
        }
        rest
    }

    #[inline(always)]
    fn add_some<const N: usize, const ROUGH: bool>(&mut self, softening: V, body: &[[f32; 4]; N]) {
        let zero = V::splat(0.0);
        let (mut d, mut r2, mut inverse, mut over) = ([[zero; 3]; N], [zero; N], [zero; N], [zero; N]);
        for n in 0..N {
            for k in 0..3 {
                d[n][k] = V::splat(body[n][k]) - self.at[k];
            }
        }
        for n in 0..N {
            r2[n] = d[n][0] * d[n][0] + d[n][1] * d[n][1] + (d[n][2] * d[n][2] + softening);
        }
        V::inverse_sqrts::<N, ROUGH>(&r2, &mut inverse);
        for n in 0..N {
            inverse[n] = inverse[n].keep(zero.lt(r2[n]));
        }
        for n in 0..N {
            let potential = V::splat(body[n][3]) * inverse[n];
            over[n] = potential * (inverse[n] * inverse[n]);
            self.pull[3] = self.pull[3] + potential;
        }
        for n in 0..N {
            for k in 0..3 {
                self.pull[k] = self.pull[k] + over[n] * d[n][k];
            }
        }
    }

    /// Acceleration and potential of each lane.
    pub(super) fn pull(&self) -> [V; 4] {
        self.pull
    }
}

/// Coordinates of the first bodies, lane by lane; lanes that are left over repeat the last.
#[inline(always)]
pub(super) fn places<V: Vector>(body: &[[f32; 4]]) -> [V; 3] {
    let mut x = [[0.0; 16]; 3];
    for lane in 0..V::LANES {
        let body = body[lane.min(body.len() - 1)];
        (0..3).for_each(|k| x[k][lane] = body[k]);
    }
    [V::load(&x[0]), V::load(&x[1]), V::load(&x[2])]
}

/// Writes the lanes as rows; those that are left over are dropped.
#[inline(always)]
pub(super) fn store<V: Vector>(values: [V; 4], out: &mut [[f32; 4]]) {
    let mut lanes = [[0.0; 16]; 4];
    (0..4).for_each(|k| values[k].store(&mut lanes[k]));
    for (lane, out) in out.iter_mut().enumerate().take(V::LANES) {
        *out = [lanes[0][lane], lanes[1][lane], lanes[2][lane], lanes[3][lane]];
    }
}

/// Reads rows as lanes; lanes that are left over are zero.
#[inline(always)]
pub(super) fn load<V: Vector>(rows: &[[f32; 4]]) -> [V; 4] {
    let mut lanes = [[0.0; 16]; 4];
    for (lane, row) in rows.iter().enumerate().take(V::LANES) {
        (0..4).for_each(|k| lanes[k][lane] = row[k]);
    }
    [V::load(&lanes[0]), V::load(&lanes[1]), V::load(&lanes[2]), V::load(&lanes[3])]
}

/// What a body adds to the potential at its own place.
#[inline(always)]
pub(super) fn own(mass: f32, softening: f32) -> f32 {
    if softening > 0.0 { mass / libm::sqrtf(softening) } else { 0.0 }
}
