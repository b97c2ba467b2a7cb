//! Many numbers at a time, with the same bits on every machine.
//!
//! A kernel is written once over [`Vector`] and compiled for each instruction set: SSE2, AVX2 and AVX-512 natively, simd128 in
//! Wasm, plain arrays elsewhere. Vectors have eight lanes (two registers where registers hold four), with AVX-512 sixteen. Every
//! operation is an IEEE one and nothing is contracted. Sums run over *groups* of [`GROUP`] numbers, one sum for each of the
//! sixteen places: where vectors have eight lanes two of them take turns ([`Vector::HALVES`]). In the end the places are added as
//! one fixed tree. So the width of the hardware never shows in a result. [`Isa`] says which instruction set a team may use,
//! [`Isa::run`] picks the build of the kernel.
#![expect(unsafe_code, reason = "gathers rows by numbers that cannot be out of range")]

#[cfg(all(target_arch = "x86_64", any(test, feature = "std")))]
mod avx2;
#[cfg(all(target_arch = "x86_64", any(test, feature = "std")))]
mod avx512;
mod isa;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod portable;
#[cfg(target_arch = "x86_64")]
mod sse2;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

pub use isa::{Isa, Kernel};

use core::ops::{Add, BitAnd, Div, Mul, Sub};

/// Bytes of a row of four numbers.
pub const ROW: u32 = 16;

/// Numbers in a group.
pub const GROUP: usize = 16;

/// A vector of `f32`.
pub trait Vector: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + 'static {
    /// A flag for each lane.
    type Mask: Copy + BitAnd<Output = Self::Mask>;
    /// As many `i32`.
    type Int: Integers<Float = Self>;
    /// Numbers in it.
    const LANES: usize;
    /// The bits of as many flags, all set.
    const ALL: u32 = u32::MAX >> (32 - Self::LANES);
    /// Vectors in a group.
    const HALVES: usize = GROUP / Self::LANES;

    /// The same number in all lanes.
    fn splat(x: f32) -> Self;
    /// Lane k is `values[k]`; there are at least as many values as lanes.
    fn load(values: &[f32]) -> Self;
    /// Writes lane k to `out[k]`.
    fn store(self, out: &mut [f32]);
    /// Square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// True where self < other.
    fn lt(self, other: Self) -> Self::Mask;
    /// The lane where the flag is set, +0 elsewhere.
    fn keep(self, mask: Self::Mask) -> Self;
    /// `self` where the flag is set, `other` elsewhere.
    fn select(self, mask: Self::Mask, other: Self) -> Self;
    /// Bit k is the flag of lane k.
    fn bits(mask: Self::Mask) -> u32;
    /// The bits as integers.
    fn to_bits(self) -> Self::Int;
    /// Sum of the lanes: halves of sixteen first, then one tree over eight.
    fn total(self) -> f32;

    /// The greater of both; `other` where they cannot be compared.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.select(other.lt(self), other)
    }

    /// The lesser of both; `other` where they cannot be compared.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.select(self.lt(other), other)
    }

    /// Square root of one number: that of `libm` is written for the oldest instruction set, and switching sets costs a hundred cycles.
    #[inline(always)]
    fn root(x: f32) -> f32 {
        let mut lanes = [0.0; GROUP];
        Self::splat(x).sqrt().store(&mut lanes);
        lanes[0]
    }

    /// 1 / sqrt(x) for positive normal x to about 2e-7, by integer estimate and two steps of third order (Householder).
    #[inline(always)]
    fn inverse_sqrt(self) -> Self {
        let one = Self::splat(1.0);
        let mut y = Self::Int::splat(0x5f37_5a86).sub(self.to_bits().half()).as_float();
        for _ in 0..2 {
            let e = one - self * y * y;
            y = y + y * e * (Self::splat(0.5) + e * Self::splat(0.375));
        }
        y
    }

    /// e^x to about 2e-7 for -87 < x < 88; lower ones give e^-87, greater ones e^88.
    #[inline(always)]
    fn exp(self) -> Self {
        // Adding 1.5 * 2^23 leaves the nearest whole number in the low bits.
        let (magic, x) = (Self::splat(12_582_912.0), self.max(Self::splat(-87.0)).min(Self::splat(88.0)));
        let shifted = x * Self::splat(core::f32::consts::LOG2_E) + magic;
        let whole = shifted - magic;
        // ln 2 in two parts, of which the first times a whole number is exact.
        let f = (x - whole * Self::splat(0.693_359_4)) + whole * Self::splat(2.121_944_4e-4);
        let mut sum = Self::splat(1.0 / 720.0);
        for c in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
            sum = sum * f + Self::splat(c);
        }
        sum * shifted.to_bits().add(Self::Int::splat(127)).exponent().as_float()
    }

    /// As [`Self::inverse_sqrt`] for several at a time.
    #[inline(always)]
    fn inverse_sqrts<const N: usize, const ROUGH: bool>(x: &[Self; N], out: &mut [Self; N]) {
        if ROUGH {
            inverse_sqrts(x, out, 0x5f33_0000, [1.915_554_6, -1.331_838_5, 0.416_266_05]);
        } else {
            inverse_sqrts(x, out, 0x5f33_0000, [2.514_111, -3.497_211_3, 3.281_993, -1.628_794_9, 0.329_902_1]);
        }
    }
}

/// With y an estimate of 1 / sqrt(x) and t = x y^2, which is near 1: y times the polynomial that comes closest to 1 / sqrt(t).
#[inline(always)]
fn inverse_sqrts<V: Vector, const N: usize, const D: usize>(x: &[V; N], out: &mut [V; N], estimate: i32, polynomial: [f32; D]) {
    let (mut y, mut t) = (*x, *x);
    for n in 0..N {
        y[n] = V::Int::splat(estimate).sub(x[n].to_bits().half()).as_float();
    }
    for n in 0..N {
        t[n] = x[n] * (y[n] * y[n]);
        out[n] = V::splat(polynomial[D - 1]);
    }
    for k in (0..D - 1).rev() {
        for n in 0..N {
            out[n] = out[n] * t[n] + V::splat(polynomial[k]);
        }
    }
    for n in 0..N {
        out[n] = out[n] * y[n];
    }
}

/// A vector of `i32`; arithmetic wraps around.
pub trait Integers: Copy + 'static {
    /// The floats of the same instruction set.
    type Float;
    /// The same number in all lanes.
    fn splat(x: i32) -> Self;
    /// Lane k is `values[k]`; there are at least as many values as lanes.
    fn load(values: &[i32]) -> Self;
    /// Writes lane k to `out[k]`.
    fn store(self, out: &mut [i32]);
    /// Sum.
    fn add(self, other: Self) -> Self;
    /// Difference.
    fn sub(self, other: Self) -> Self;
    /// Half of the bits read as an unsigned number.
    fn half(self) -> Self;
    /// The low nine bits moved to where a float has its sign and exponent.
    fn exponent(self) -> Self;
    /// The nearest floats.
    fn to_float(self) -> Self::Float;
    /// The bits as floats.
    fn as_float(self) -> Self::Float;
    /// Rows of a table of four integers, as four vectors: lane k of vector c is component c of the row at byte `offset[k]`. Bytes
    /// and not numbers of rows, since a shift for every lane is a tenth of a pair kernel's work.
    ///
    /// # Safety
    /// There are at least as many offsets as lanes, and every one is [`ROW`] times a number less than the table's length.
    unsafe fn gather4(table: &[[i32; 4]], offset: &[u32]) -> [Self; 4];
}

/// The first eight of at least as many.
#[inline(always)]
fn eight<T>(values: &[T]) -> &[T; 8] {
    values.first_chunk().expect("a vector's worth of values")
}

/// The first eight of at least as many.
#[inline(always)]
fn eight_mut<T>(values: &mut [T]) -> &mut [T; 8] {
    values.first_chunk_mut().expect("a vector's worth of values")
}

/// The tree over eight lanes.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline(always)]
fn tree(l: [f32; 8]) -> f32 {
    ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
}

/// A sum over groups.
#[derive(Clone, Copy)]
pub struct Sum<V>([V; 2]);

impl<V: Vector> Sum<V> {
    /// Zero.
    #[inline(always)]
    pub fn new() -> Self {
        Sum([V::splat(0.0); 2])
    }

    /// Adds to the places of that half of the group.
    #[inline(always)]
    pub fn add(&mut self, half: usize, x: V) {
        self.0[half] = self.0[half] + x;
    }

    /// All places together.
    #[inline(always)]
    pub fn total(self) -> f32 {
        if V::HALVES == 1 { self.0[0].total() } else { (self.0[0] + self.0[1]).total() }
    }
}

impl<V: Vector> Default for Sum<V> {
    fn default() -> Self {
        Self::new()
    }
}

/// As [`Integers::gather4`], with every offset checked.
#[cfg(test)]
fn gathered<V: Vector>(table: &[[i32; 4]], offset: &[u32]) -> [V::Int; 4] {
    assert!(offset.len() >= V::LANES && offset.iter().all(|&o| o % ROW == 0 && ((o / ROW) as usize) < table.len()));
    // SAFETY: checked above.
    unsafe { V::Int::gather4(table, offset) }
}

/// Rows of `W` floats, a multiple of four, as `W` vectors: lane k of vector c is component c of row `row[k]`. Of sixteen numbers of
/// rows only as many as there are lanes are used, but all must be those of rows.
///
/// # Panics
/// If a row is not in the table.
#[inline(always)]
pub fn columns<V: Vector, const W: usize>(table: &[[f32; W]], row: &[u32; GROUP]) -> [V; W] {
    const { assert!(W.is_multiple_of(4)) };
    let mut most = 0;
    for k in 0..V::LANES {
        most = if row[k] > most { row[k] } else { most };
    }
    assert!((most as usize) < table.len() && size_of_val(table) <= u32::MAX as usize);
    let table = bytemuck::cast_slice(table.as_flattened());
    let mut out = [V::splat(0.0); W];
    let mut offset = [0; GROUP];
    for first in (0..W).step_by(4) {
        for k in 0..V::LANES {
            offset[k] = row[k] * (W as u32 * 4) + first as u32 * 4;
        }
        // SAFETY: the rows are in the table, as was seen above.
        let four = unsafe { V::Int::gather4(table, &offset) };
        for c in 0..4 {
            out[first + c] = four[c].as_float();
        }
    }
    out
}

/// Rows of four floats from a table for pairs of species: row `own * 16 + other`, lane by lane.
#[inline(always)]
pub fn lookup<V: Vector>(table: &[[f32; 4]; 256], own: u32, other: V::Int) -> [V; 4] {
    let mut species = [0; GROUP];
    other.store(&mut species);
    let offset = species.map(|species| ROW * ((own & 15) << 4 | species as u32 & 15));
    // SAFETY: numbers of rows have eight bits.
    unsafe { V::Int::gather4(bytemuck::cast_slice(table), &offset) }.map(|c| c.as_float())
}

#[cfg(test)]
mod tests;
