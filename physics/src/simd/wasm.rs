//! simd128: two registers of four lanes.
#![expect(unsafe_code, reason = "vector loads from addresses")]

use super::{Integers, Vector, eight, eight_mut};

use core::arch::wasm32::*;
use core::ops::{Add, BitAnd, Div, Mul, Sub};

/// Eight floats.
#[derive(Clone, Copy)]
pub(super) struct F32x8(v128, v128);
/// Eight integers.
#[derive(Clone, Copy)]
pub(super) struct I32x8(v128, v128);
/// All ones or all zeros.
#[derive(Clone, Copy)]
pub(super) struct Mask(v128, v128);

macro_rules! operators {
    ($($trait:ident $name:ident $instruction:ident;)+) => { $(
        impl $trait for F32x8 {
            type Output = Self;
            #[inline(always)]
            fn $name(self, other: Self) -> Self {
                F32x8($instruction(self.0, other.0), $instruction(self.1, other.1))
            }
        }
    )+ };
}
operators! {
    Add add f32x4_add;
    Sub sub f32x4_sub;
    Mul mul f32x4_mul;
    Div div f32x4_div;
}

impl BitAnd for Mask {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Mask(v128_and(self.0, other.0), v128_and(self.1, other.1))
    }
}

/// Four numbers from an address; Wasm asks no alignment.
#[inline(always)]
fn load4<T>(eight: &[T; 8], half: usize) -> v128 {
    // SAFETY: half is 0 or 1, so these 16 bytes belong to the array.
    unsafe { v128_load(eight.as_ptr().cast::<v128>().add(half)) }
}

impl Vector for F32x8 {
    type Mask = Mask;
    type Int = I32x8;
    const LANES: usize = 8;

    #[inline(always)]
    fn splat(x: f32) -> Self {
        F32x8(f32x4_splat(x), f32x4_splat(x))
    }
    #[inline(always)]
    fn load(values: &[f32]) -> Self {
        let eight = eight(values);
        F32x8(load4(eight, 0), load4(eight, 1))
    }
    #[inline(always)]
    fn store(self, out: &mut [f32]) {
        let out = eight_mut(out);
        // SAFETY: 32 bytes of an array of 32.
        unsafe {
            v128_store(out.as_mut_ptr().cast(), self.0);
            v128_store(out.as_mut_ptr().cast::<v128>().add(1), self.1);
        }
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        F32x8(f32x4_sqrt(self.0), f32x4_sqrt(self.1))
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Mask {
        Mask(f32x4_lt(self.0, other.0), f32x4_lt(self.1, other.1))
    }
    #[inline(always)]
    fn keep(self, mask: Mask) -> Self {
        F32x8(v128_and(self.0, mask.0), v128_and(self.1, mask.1))
    }
    #[inline(always)]
    fn select(self, mask: Mask, other: Self) -> Self {
        F32x8(v128_bitselect(self.0, other.0, mask.0), v128_bitselect(self.1, other.1, mask.1))
    }
    #[inline(always)]
    fn bits(mask: Mask) -> u32 {
        u32::from(i32x4_bitmask(mask.0)) | u32::from(i32x4_bitmask(mask.1)) << 4
    }
    #[inline(always)]
    fn to_bits(self) -> I32x8 {
        I32x8(self.0, self.1)
    }

    /// The tree of the trait's own sum, in registers.
    #[inline(always)]
    fn total(self) -> f32 {
        let four = f32x4_add(self.0, self.1);
        let two = f32x4_add(four, i32x4_shuffle::<2, 3, 2, 3>(four, four));
        f32x4_extract_lane::<0>(two) + f32x4_extract_lane::<1>(two)
    }
}

#[inline(always)]
fn transpose(a: v128, b: v128, c: v128, d: v128) -> [v128; 4] {
    let (ab, cd) = (i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<0, 4, 1, 5>(c, d));
    let (ab2, cd2) = (i32x4_shuffle::<2, 6, 3, 7>(a, b), i32x4_shuffle::<2, 6, 3, 7>(c, d));
    [i64x2_shuffle::<0, 2>(ab, cd), i64x2_shuffle::<1, 3>(ab, cd), i64x2_shuffle::<0, 2>(ab2, cd2), i64x2_shuffle::<1, 3>(ab2, cd2)]
}

#[inline(always)]
fn row(table: &[[i32; 4]], offset: u32) -> v128 {
    // SAFETY: lists hold offsets of rows that exist.
    unsafe { v128_load(table.as_ptr().byte_add(offset as usize).cast()) }
}

impl Integers for I32x8 {
    type Float = F32x8;
    #[inline(always)]
    fn splat(x: i32) -> Self {
        I32x8(i32x4_splat(x), i32x4_splat(x))
    }
    #[inline(always)]
    fn load(values: &[i32]) -> Self {
        let eight = eight(values);
        I32x8(load4(eight, 0), load4(eight, 1))
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        I32x8(i32x4_add(self.0, other.0), i32x4_add(self.1, other.1))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        I32x8(i32x4_sub(self.0, other.0), i32x4_sub(self.1, other.1))
    }
    #[inline(always)]
    fn half(self) -> Self {
        I32x8(u32x4_shr(self.0, 1), u32x4_shr(self.1, 1))
    }
    #[inline(always)]
    fn exponent(self) -> Self {
        I32x8(i32x4_shl(self.0, 23), i32x4_shl(self.1, 23))
    }
    #[inline(always)]
    fn to_float(self) -> F32x8 {
        F32x8(f32x4_convert_i32x4(self.0), f32x4_convert_i32x4(self.1))
    }
    #[inline(always)]
    fn as_float(self) -> F32x8 {
        F32x8(self.0, self.1)
    }
    #[inline(always)]
    fn store(self, out: &mut [i32]) {
        self.as_float().store(bytemuck::cast_slice_mut(out));
    }
    #[inline(always)]
    unsafe fn gather4(table: &[[i32; 4]], offset: &[u32]) -> [Self; 4] {
        let low = transpose(row(table, offset[0]), row(table, offset[1]), row(table, offset[2]), row(table, offset[3]));
        let high = transpose(row(table, offset[4]), row(table, offset[5]), row(table, offset[6]), row(table, offset[7]));
        core::array::from_fn(|c| I32x8(low[c], high[c]))
    }
}
