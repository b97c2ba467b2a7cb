//! Eight numbers at a time, with the same bits on every machine.
//!
//! A kernel is written once over [`Vector`] and compiled for each instruction set: SSE2, AVX2 and AVX-512 natively, simd128 in
//! Wasm, plain arrays elsewhere. The group is eight lanes on all of them (two registers where registers hold four), every
//! operation is an IEEE one, nothing is contracted, and sums over lanes are one fixed tree: so the width of the hardware never
//! shows in a result. [`Isa`] says which instruction set a team may use, [`Isa::run`] picks the build of the kernel.

#![expect(unsafe_code, reason = "gathers rows by numbers that cannot be out of range")]

#[cfg(all(target_arch = "x86_64", any(test, feature = "std")))]
mod avx2;
mod isa;
mod portable;
#[cfg(target_arch = "x86_64")]
mod sse2;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

pub use isa::{Isa, Kernel};

use core::ops::{Add, BitAnd, Div, Mul, Sub};

/// Numbers in a group.
pub const LANES: usize = 8;

/// Eight `f32`.
pub trait Vector: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + 'static {
    /// Eight flags.
    type Mask: Copy + BitAnd<Output = Self::Mask>;
    /// Eight `i32`.
    type Int: Integers<Float = Self>;

    /// The same number in all lanes.
    fn splat(x: f32) -> Self;
    /// Lane k is `values[k]`.
    fn load(values: &[f32; LANES]) -> Self;
    /// The lanes as an array.
    fn to_array(self) -> [f32; LANES];
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

    /// Sum of the lanes, as one fixed tree.
    #[inline(always)]
    fn total(self) -> f32 {
        let l = self.to_array();
        ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
    }

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
}

/// Eight `i32`; arithmetic wraps around.
pub trait Integers: Copy + 'static {
    /// The floats of the same instruction set.
    type Float;
    /// The same number in all lanes.
    fn splat(x: i32) -> Self;
    /// Lane k is `values[k]`.
    fn load(values: &[i32; LANES]) -> Self;
    /// Sum.
    fn add(self, other: Self) -> Self;
    /// Difference.
    fn sub(self, other: Self) -> Self;
    /// Half of the bits read as an unsigned number.
    fn half(self) -> Self;
    /// The nearest floats.
    fn to_float(self) -> Self::Float;
    /// The bits as floats.
    fn as_float(self) -> Self::Float;
    /// The lanes as an array.
    fn to_array(self) -> [i32; LANES];
    /// Rows `index[k]` of a table of four integers, as four vectors: lane k of vector c is `table[index[k]][c]`.
    ///
    /// # Safety
    /// Every index is less than the table's length.
    unsafe fn gather4(table: &[[i32; 4]], index: &[u32; LANES]) -> [Self; 4];
}

/// As [`Integers::gather4`], with every index checked.
#[cfg(test)]
fn gathered<V: Vector>(table: &[[i32; 4]], index: &[u32; LANES]) -> [V::Int; 4] {
    assert!(index.iter().all(|&i| (i as usize) < table.len()));
    // SAFETY: checked above.
    unsafe { V::Int::gather4(table, index) }
}

/// Rows of four floats from a table for pairs of species: row `own * 16 + other`, lane by lane.
#[inline(always)]
pub fn lookup<V: Vector>(table: &[[f32; 4]; 256], own: u32, other: V::Int) -> [V; 4] {
    let index = other.to_array().map(|species| (own & 15) << 4 | species as u32 & 15);
    // SAFETY: indices have eight bits.
    unsafe { V::Int::gather4(bytemuck::cast_slice(table), &index) }.map(|c| c.as_float())
}

#[cfg(test)]
mod tests;
