//! Kernels that smooth a fluid: the cubic spline (Monaghan 1992) and Wendland's C2 (1995), in the plane and in space, and what a
//! flat wall takes from them.
//!
//! With q = r / h, h the support radius: the spline is 2 (1 - q)^3 - 8 (1/2 - q)^3, each power while its base is positive, times
//! 40 / (7 pi h^2) or 8 / (pi h^3); Wendland's is (1 - q)^4 (4 q + 1) times 7 / (pi h^2) or 21 / (2 pi h^3).
//!
//! A half space of fluid at rest at distance s has the weight I(s), the integral of W beyond a plane, and I'(s) = -P(s), the
//! integral over the plane (Koschier & Bender 2017, for planes exact). Both are tabulated.

use crate::simd::Vector;

/// Intervals of the tables.
const INTERVALS: usize = 64;
/// Intervals of the integral over a plane; even, for Simpson's rule.
const ACROSS: usize = 24;

/// A kernel of given support.
#[derive(Clone, Copy)]
pub struct Smoothing {
    /// Wendland's in place of the spline.
    pub wendland: bool,
    /// Support radius.
    pub radius: f64,
    /// 2 or 3.
    pub dimensions: usize,
}

impl Smoothing {
    /// The factor before the polynomial.
    pub fn norm(&self) -> f64 {
        let pi = core::f64::consts::PI;
        let h = self.radius;
        match (self.wendland, self.dimensions) {
            (false, 2) => 40.0 / (7.0 * pi * h * h),
            (false, _) => 8.0 / (pi * h * h * h),
            (true, 2) => 7.0 / (pi * h * h),
            (true, _) => 21.0 / (2.0 * pi * h * h * h),
        }
    }

    /// The polynomial at q = r / h.
    fn shape(&self, q: f64) -> f64 {
        let (outer, inner) = ((1.0 - q).max(0.0), (0.5 - q).max(0.0));
        if self.wendland { outer * outer * outer * outer * (4.0 * q + 1.0) } else { 2.0 * outer * outer * outer - 8.0 * inner * inner * inner }
    }

    /// W(r).
    pub fn weight(&self, r: f64) -> f64 {
        self.norm() * self.shape(r / self.radius)
    }

    /// P at distance s, both in units of h.
    fn across(&self, s: f64) -> f64 {
        let end = libm::sqrt((1.0 - s * s).max(0.0));
        let unit = Smoothing { radius: 1.0, ..*self };
        let at = |k: usize| {
            let t = end * k as f64 / ACROSS as f64;
            let w = unit.norm() * self.shape(libm::sqrt(s * s + t * t));
            if self.dimensions == 2 { 2.0 * w } else { core::f64::consts::TAU * t * w }
        };
        let sum = (0..=ACROSS).map(|k| at(k) * [2.0, 4.0][k % 2]).sum::<f64>() - at(0) - at(ACROSS);
        sum * end / (3.0 * ACROSS as f64)
    }
}

/// I and P over distance, in units of h.
pub struct HalfSpace {
    rows: [[f32; 2]; INTERVALS + 2],
    radius: f32,
}

impl HalfSpace {
    /// Integrates the kernel.
    pub fn new(smoothing: &Smoothing) -> Self {
        let step = 1.0 / INTERVALS as f64;
        let mut rows = [[0.0; 2]; INTERVALS + 2];
        let (mut beyond, mut outer) = (0.0, 0.0);
        for k in (0..INTERVALS).rev() {
            let s = k as f64 * step;
            let inner = smoothing.across(s);
            beyond += step / 6.0 * (inner + 4.0 * smoothing.across(s + 0.5 * step) + outer);
            rows[k] = [beyond as f32, inner as f32];
            outer = inner;
        }
        HalfSpace { rows, radius: smoothing.radius as f32 }
    }

    /// I and P at distance `s` from the wall; beyond it `s` is negative.
    #[inline]
    pub fn at(&self, s: f32) -> [f32; 2] {
        let far = if s < 0.0 { -s } else { s } / self.radius;
        if far >= 1.0 || far.is_nan() {
            return if s < 0.0 { [1.0, 0.0] } else { [0.0, 0.0] };
        }
        let place = far * INTERVALS as f32;
        let k = place as usize;
        let part = place - k as f32;
        let [a, b] = [self.rows[k], self.rows[k + 1]];
        let (beyond, across) = (a[0] + part * (b[0] - a[0]), (a[1] + part * (b[1] - a[1])) / self.radius);
        [if s < 0.0 { 1.0 - beyond } else { beyond }, across]
    }
}

/// A kernel in the numbers of vectors.
#[derive(Clone, Copy)]
pub struct Lanes<V> {
    wendland: bool,
    radius: V,
    inverse: V,
    norm: V,
    slope: V,
}

impl<V: Vector> Lanes<V> {
    /// The same kernel.
    #[inline(always)]
    pub fn new(smoothing: &Smoothing) -> Self {
        let (h, norm) = (smoothing.radius, smoothing.norm());
        Lanes {
            wendland: smoothing.wendland,
            radius: V::splat(h as f32),
            inverse: V::splat((1.0 / h) as f32),
            norm: V::splat(norm as f32),
            slope: V::splat((norm / (h * h)) as f32),
        }
    }

    /// W, and W' / r, at squared distances; both are zero at r = 0, which is the particle itself, and beyond the support.
    #[inline(always)]
    pub fn at(&self, r2: V) -> [V; 2] {
        let (zero, one) = (V::splat(0.0), V::splat(1.0));
        let over = r2.inverse_sqrt();
        let q = r2 * over * self.inverse;
        let outer = (one - q).max(zero);
        let square = outer * outer;
        let other = zero.lt(r2);
        let (shape, slope) = if self.wendland {
            let four = V::splat(4.0);
            (square * square * (four * q + one), zero - V::splat(20.0) * square * outer)
        } else {
            let inner = (V::splat(0.5) - q).max(zero);
            let within = inner * inner;
            let (two, eight) = (V::splat(2.0), V::splat(8.0));
            let turn = V::splat(24.0) * within - V::splat(6.0) * square;
            (two * square * outer - eight * within * inner, turn * over * self.radius)
        };
        [(shape * self.norm).keep(other), (slope * self.slope).keep(other)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Isa, Kernel};

    fn all() -> impl Iterator<Item = Smoothing> {
        [(false, 2), (false, 3), (true, 2), (true, 3)].into_iter().map(|(wendland, dimensions)| Smoothing { wendland, radius: 0.7, dimensions })
    }

    struct Values<'a>(&'a Smoothing, &'a [f32], &'a mut [[f32; 2]]);

    impl Kernel for Values<'_> {
        type Output = ();
        #[inline(always)]
        fn run<V: Vector>(self) {
            let lanes = Lanes::<V>::new(self.0);
            for (r, out) in self.1.iter().zip(self.2.iter_mut()) {
                *out = lanes.at(V::splat(r * r)).map(|v| {
                    let mut lanes = [0.0; 16];
                    v.store(&mut lanes);
                    lanes[0]
                });
            }
        }
    }

    #[test]
    fn kernels_integrate_to_one_and_slopes_are_their_derivatives() {
        for smoothing in all() {
            let (steps, h) = (4000, smoothing.radius);
            let shell = |r: f64| if smoothing.dimensions == 2 { core::f64::consts::TAU * r } else { 4.0 * core::f64::consts::PI * r * r };
            let whole: f64 = (0..steps).map(|k| (k as f64 + 0.5) * h / steps as f64).map(|r| smoothing.weight(r) * shell(r) * h / steps as f64).sum();
            assert!((whole - 1.0).abs() < 1e-6, "{whole}");
            let r: std::vec::Vec<f32> = (1..=110).map(|k| k as f32 * 0.01 * h as f32).collect();
            for isa in Isa::available() {
                let mut values = std::vec![[0.0; 2]; r.len()];
                isa.run(Values(&smoothing, &r, &mut values));
                for (r, [weight, over]) in r.iter().map(|r| *r as f64).zip(values) {
                    let slope = (smoothing.weight(r + 1e-5) - smoothing.weight(r - 1e-5)) / 2e-5;
                    assert!((weight as f64 - smoothing.weight(r)).abs() < 2e-6 * smoothing.norm(), "{r}");
                    assert!((over as f64 * r - slope).abs() < 2e-5 * smoothing.norm() / h, "{r}: {} {slope}", over as f64 * r);
                }
            }
        }
    }

    #[test]
    fn a_wall_takes_what_lies_beyond_it() {
        for smoothing in all() {
            let table = HalfSpace::new(&smoothing);
            let h = smoothing.radius as f32;
            assert!((table.at(0.0)[0] - 0.5).abs() < 1e-4 && table.at(h)[0] == 0.0 && (table.at(-2.0 * h)[0] - 1.0).abs() < 1e-6);
            for k in 1..40 {
                let s = (k as f32 / 40.0 - 0.25) * h;
                let slope = (table.at(s + 0.02 * h)[0] - table.at(s - 0.02 * h)[0]) / (0.04 * h);
                assert!((slope + table.at(s)[1]).abs() < 5e-3 / h, "{slope} {:?}", table.at(s));
            }
        }
    }
}
