//! The sum over sources for one target: bodies, and cells with quadrupoles. Sources stand in lanes.

use crate::simd::{Sum, Vector};

/// Bodies as four arrays behind each other: x, y, z, mass.
pub(in crate::forces) struct Bodies<'a> {
    /// `[x.., y.., z.., m..]`, each `room` long.
    pub(in crate::forces) values: &'a [f32],
    /// Places of each array.
    pub(in crate::forces) room: usize,
    /// Bodies in it, rounded up to a group; those that fill up have no mass.
    pub(in crate::forces) count: usize,
}

/// Cells as ten arrays behind each other: x, y, z, mass, and three times the second moments xx, xy, xz, yy, yz, zz.
pub(super) struct Cells<'a> {
    /// The arrays, each `room` long.
    pub(super) values: &'a [f32],
    /// Places of each array.
    pub(super) room: usize,
    /// Cells in it, rounded up to a group; those that fill up have no mass and no moments.
    pub(super) count: usize,
}

/// Arrays of [`Cells`].
pub(super) const CELL_ARRAYS: usize = 10;

/// Acceleration and potential at one place, with G = 1.
pub(in crate::forces) struct Pull<V> {
    sum: [Sum<V>; 4],
}

impl<V: Vector> Pull<V> {
    #[inline(always)]
    pub(in crate::forces) fn new() -> Self {
        Pull { sum: [Sum::new(); 4] }
    }

    /// x, y, z and potential.
    #[inline(always)]
    pub(in crate::forces) fn total(self) -> [f32; 4] {
        [self.sum[0].total(), self.sum[1].total(), self.sum[2].total(), self.sum[3].total()]
    }

    /// Adds what bodies do, with inverse distances good to single precision or, if `ROUGH`, to 1e-4; a body at the very place of the target adds nothing to the acceleration.
    #[inline(always)]
    pub(in crate::forces) fn bodies<const ROUGH: bool>(&mut self, at: &[V; 3], softening: V, bodies: &Bodies) {
        let array = |k: usize| &bodies.values[k * bodies.room..(k + 1) * bodies.room];
        let (x, y, z, m) = (array(0), array(1), array(2), array(3));
        let mut first = 0;
        while first < bodies.count {
            for half in 0..V::HALVES {
                let j = first + half * V::LANES;
                let d = [V::load(&x[j..]) - at[0], V::load(&y[j..]) - at[1], V::load(&z[j..]) - at[2]];
                let r2 = d[0] * d[0] + d[1] * d[1] + (d[2] * d[2] + softening);
                let apart = V::splat(0.0).lt(r2);
                let inverse = if ROUGH { r2.inverse_sqrt_rough() } else { r2.inverse_sqrt() }.keep(apart);
                let potential = V::load(&m[j..]) * inverse;
                let over = potential * inverse * inverse;
                for k in 0..3 {
                    self.sum[k].add(half, over * d[k]);
                }
                self.sum[3].add(half, potential);
            }
            first += crate::simd::GROUP;
        }
    }

    /// Adds what cells do, to the quadrupole.
    #[inline(always)]
    pub(super) fn cells(&mut self, at: &[V; 3], softening: V, cells: &Cells) {
        let array = |k: usize| &cells.values[k * cells.room..(k + 1) * cells.room];
        let arrays: [&[f32]; CELL_ARRAYS] = core::array::from_fn(array);
        let mut first = 0;
        while first < cells.count {
            for half in 0..V::HALVES {
                let j = first + half * V::LANES;
                let c: [V; CELL_ARRAYS] = core::array::from_fn(|k| V::load(&arrays[k][j..]));
                self.cell(half, at, softening, &c);
            }
            first += crate::simd::GROUP;
        }
    }

    /// With S = 3 sum m x x about the centre of mass, t its trace, q = d.S.d and p^2 = r^2 + epsilon^2:
    /// a = d (M / p^3 - (t - 5 q / p^2) / 2 p^5) - S.d / p^5, potential M / p + (q / p^2 - t / 3) / 2 p^3.
    #[inline(always)]
    fn cell(&mut self, half: usize, at: &[V; 3], softening: V, c: &[V; CELL_ARRAYS]) {
        let d = [c[0] - at[0], c[1] - at[1], c[2] - at[2]];
        let r2 = d[0] * d[0] + d[1] * d[1] + (d[2] * d[2] + softening);
        let i1 = r2.inverse_sqrt_rough();
        let i2 = i1 * i1;
        let i3 = i1 * i2;
        let i5 = i3 * i2;
        let s = [c[4] * d[0] + c[5] * d[1] + c[6] * d[2], c[5] * d[0] + c[7] * d[1] + c[8] * d[2], c[6] * d[0] + c[8] * d[1] + c[9] * d[2]];
        let q = (d[0] * s[0] + d[1] * s[1] + d[2] * s[2]) * i2;
        let t = c[4] + c[7] + c[9];
        let half_of = V::splat(0.5);
        let over = c[3] * i3 - half_of * (t - V::splat(5.0) * q) * i5;
        for k in 0..3 {
            self.sum[k].add(half, over * d[k] - s[k] * i5);
        }
        self.sum[3].add(half, c[3] * i1 + half_of * (q - t * V::splat(1.0 / 3.0)) * i3);
    }
}
