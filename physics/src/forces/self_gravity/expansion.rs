//! Multipole and local expansions to fourth order in Cartesian coordinates, for the softened potential 1 / sqrt(r^2 + epsilon^2).
//!
//! Symmetric tensors are kept without repetition, in the order xx, xy, xz, yy, yz, zz, and so on for other ranks (Dehnen 2002, 2014).
//! With P_k the k-th derivatives of the potential at the distance d from target to source, signs taken off, the field about the
//! target's centre is E_n = sum over m of (-1)^m / m! P_(n+m) : M_m, cut at n + m = 4: all that the acceleration needs to that order.

use crate::simd::Vector;
use core::ops::{Add, Mul};

/// Components of an expansion of the field: ranks 0 to 4.
pub(super) const LOCAL: usize = 35;
/// Where each rank begins.
pub(super) const RANK: [usize; 6] = [0, 1, 4, 10, 20, 35];
/// Numbers that describe a source: centre, mass, half of the second moments, a sixth of the third.
pub(super) const SOURCE: usize = 20;

/// Contracts a symmetric tensor with a vector; `OUT` is the number of components of the rank below.
#[inline(always)]
pub(super) fn contract<T: Copy + Add<Output = T> + Mul<Output = T>, const OUT: usize>(tensor: &[T], b: &[T; 3]) -> [T; OUT] {
    // The rank's components stand in rows, by how many of their indices are not x.
    const ROW: [usize; 10] = [0, 1, 1, 2, 2, 2, 3, 3, 3, 3];
    let mut out = [tensor[0]; OUT];
    for at in 0..OUT {
        let below = at + ROW[at] + 1;
        out[at] = tensor[at] * b[0] + (tensor[below] * b[1] + tensor[below + 1] * b[2]);
    }
    out
}

/// Adds the field of sources in lanes, at a target centre, to `field`.
#[inline(always)]
pub(super) fn add_field<V: Vector>(field: &mut [V; LOCAL], target: &[V; 3], softening: V, source: &[V; SOURCE]) {
    let [two, three, five] = [V::splat(2.0), V::splat(3.0), V::splat(5.0)];
    let d = [source[0] - target[0], source[1] - target[1], source[2] - target[2]];
    let mut u = [V::splat(0.0)];
    V::inverse_sqrts::<1, true>(&[d[0] * d[0] + d[1] * d[1] + (d[2] * d[2] + softening)], &mut u);
    let [u] = u;
    // Directions and not distances: the powers of u stay low enough for single precision.
    let n = [d[0] * u, d[1] * u, d[2] * u];
    let [x, y, z] = n;
    let [xx, xy, xz, yy, yz, zz] = [x * x, x * y, x * z, y * y, y * z, z * z];
    let u2 = u * u;
    let (u3, u4) = (u * u2, u2 * u2);
    let u5 = u * u4;
    let mass = source[3];
    let (second, third) = (&source[4..10], &source[10..20]);
    let s: [V; 3] = contract(second, &n);
    let q = five * (s[0] * x + (s[1] * y + s[2] * z));
    let t = second[0] + (second[3] + second[5]);
    let rows: [V; 6] = contract(third, &n);
    let w: [V; 3] = contract(&rows, &n);
    let o = five * (w[0] * x + (w[1] * y + w[2] * z));
    let v = [third[0] + (third[3] + third[5]), third[1] + (third[6] + third[8]), third[2] + (third[7] + third[9])];
    let v3 = three * (v[0] * x + (v[1] * y + v[2] * z));
    let mut add = |at: usize, x: V| field[at] = field[at] + x;

    let (m2, m3, m4, m5) = (mass * u2, mass * u3, three * (mass * u4), three * (mass * u5));
    let (u4t, u5t) = (three * u4, three * u5);
    add(0, mass * u + (V::splat(0.6) * q - t) * u3 + (v3 - o) * u4t);
    let along = m2 + (q - t) * u4t + (five * v3 - V::splat(7.0) * o) * u5t;
    for k in 0..3 {
        add(1 + k, along * n[k] - two * u4t * s[k] + u5t * (V::splat(15.0) * w[k] - three * v[k]));
    }
    let (along, round) = (three * m3 + (V::splat(7.0) * q - five * t) * u5t, (t - q) * u5t - m3);
    let s = [five * s[0], five * s[1], five * s[2]];
    let scale = two * u5t;
    add(4, along * xx + round + scale * (second[0] - two * x * s[0]));
    add(5, along * xy + scale * (second[1] - (x * s[1] + y * s[0])));
    add(6, along * xz + scale * (second[2] - (x * s[2] + z * s[0])));
    add(7, along * yy + round + scale * (second[3] - two * y * s[1]));
    add(8, along * yz + scale * (second[4] - (y * s[2] + z * s[1])));
    add(9, along * zz + round + scale * (second[5] - two * z * s[2]));

    let [x5, y5, z5] = [five * xx, five * yy, five * zz];
    let one = V::splat(1.0);
    let [x1, y1, z1] = [x5 - one, y5 - one, z5 - one];
    let values = [x * (x5 - three), y * x1, z * x1, x * y1, five * xy * z, x * z1, y * (y5 - three), z * y1, y * z1, z * (z5 - three)];
    for k in 0..10 {
        add(10 + k, m4 * values[k]);
    }
    let [x7, y7, z7] = [V::splat(7.0) * xx, V::splat(7.0) * yy, V::splat(7.0) * zz];
    let [xa, ya, za] = [x7 - three, y7 - three, z7 - three];
    let [xb, yb, zb] = [x7 - one, y7 - one, z7 - one];
    let thirty = V::splat(30.0);
    let values = [
        x5 * x7 - thirty * xx + three,
        xy * xa,
        xz * xa,
        x5 * y7 - (x5 + y5) + one,
        yz * xb,
        x5 * z7 - (x5 + z5) + one,
        xy * ya,
        xz * yb,
        xy * zb,
        xz * za,
        y5 * y7 - thirty * yy + three,
        yz * ya,
        y5 * z7 - (y5 + z5) + one,
        yz * za,
        z5 * z7 - thirty * zz + three,
    ];
    let m5f = five * m5;
    for k in 0..15 {
        let is_even = matches!(k, 0 | 3 | 5 | 10 | 12 | 14);
        add(20 + k, if is_even { m5 } else { m5f } * values[k]);
    }
}

/// The same field about a centre that lies `b` further.
#[inline(always)]
pub(super) fn shift(field: &[f32; LOCAL], b: &[f32; 3]) -> [f32; LOCAL] {
    let e41: [f32; 10] = contract(&field[RANK[4]..], b);
    let e42: [f32; 6] = contract(&e41, b);
    let e43: [f32; 3] = contract(&e42, b);
    let e31: [f32; 6] = contract(&field[RANK[3]..RANK[4]], b);
    let e32: [f32; 3] = contract(&e31, b);
    let e21: [f32; 3] = contract(&field[RANK[2]..RANK[3]], b);
    let dot = |e: &[f32]| e[0] * b[0] + e[1] * b[1] + e[2] * b[2];
    let mut out = *field;
    out[0] += dot(&field[1..4]) + dot(&e21) * 0.5 + dot(&e32) * (1.0 / 6.0) + dot(&e43) * (1.0 / 24.0);
    (0..3).for_each(|k| out[RANK[1] + k] += e21[k] + 0.5 * e32[k] + (1.0 / 6.0) * e43[k]);
    (0..6).for_each(|k| out[RANK[2] + k] += e31[k] + 0.5 * e42[k]);
    (0..10).for_each(|k| out[RANK[3] + k] += e41[k]);
    out
}

/// Acceleration and potential at places in lanes, as seen from the centre.
#[inline(always)]
pub(super) fn evaluate<V: Vector>(field: &[f32; LOCAL], x: &[V; 3]) -> [V; 4] {
    let mut e = [V::splat(0.0); LOCAL];
    for k in 0..LOCAL {
        e[k] = V::splat(field[k]);
    }
    let e41: [V; 10] = contract(&e[RANK[4]..], x);
    let e42: [V; 6] = contract(&e41, x);
    let e43: [V; 3] = contract(&e42, x);
    let e31: [V; 6] = contract(&e[RANK[3]..], x);
    let e32: [V; 3] = contract(&e31, x);
    let e21: [V; 3] = contract(&e[RANK[2]..], x);
    let [half, sixth, last] = [V::splat(0.5), V::splat(1.0 / 6.0), V::splat(1.0 / 24.0)];
    let mut out = [e[0]; 4];
    for k in 0..3 {
        out[3] = out[3] + x[k] * (e[1 + k] + half * e21[k] + (sixth * e32[k] + last * e43[k]));
        out[k] = e[1 + k] + e21[k] + (half * e32[k] + sixth * e43[k]);
    }
    out
}
