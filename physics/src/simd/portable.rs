//! Eight lanes as an array: for targets without vectors of their own, and the measure for those that have them.

#![expect(unsafe_code, reason = "signatures that other instruction sets need")]

use super::{Integers, ROW, Vector, eight, eight_mut, tree};

use core::ops::{Add, BitAnd, Div, Mul, Sub};

/// Eight floats.
#[derive(Clone, Copy)]
pub(super) struct F32x8([f32; 8]);
/// Eight integers.
#[derive(Clone, Copy)]
pub(super) struct I32x8([i32; 8]);
/// Eight flags.
#[derive(Clone, Copy)]
pub(super) struct Mask([bool; 8]);

macro_rules! operator {
    ($trait:ident $name:ident $symbol:tt) => {
        impl $trait for F32x8 {
            type Output = Self;
            #[inline(always)]
            fn $name(self, other: Self) -> Self {
                F32x8(core::array::from_fn(|k| self.0[k] $symbol other.0[k]))
            }
        }
    };
}
operator!(Add add +);
operator!(Sub sub -);
operator!(Mul mul *);
operator!(Div div /);

impl BitAnd for Mask {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Mask(core::array::from_fn(|k| self.0[k] & other.0[k]))
    }
}

impl Vector for F32x8 {
    type Mask = Mask;
    type Int = I32x8;
    const LANES: usize = 8;

    #[inline(always)]
    fn splat(x: f32) -> Self {
        F32x8([x; 8])
    }
    #[inline(always)]
    fn load(values: &[f32]) -> Self {
        let eight = eight(values);
        F32x8(*eight)
    }
    #[inline(always)]
    fn store(self, out: &mut [f32]) {
        *eight_mut(out) = self.0;
    }
    #[inline(always)]
    fn total(self) -> f32 {
        let mut lanes = [0.0; 8];
        self.store(&mut lanes);
        tree(lanes)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        F32x8(self.0.map(libm::sqrtf))
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Mask {
        Mask(core::array::from_fn(|k| self.0[k] < other.0[k]))
    }
    #[inline(always)]
    fn keep(self, mask: Mask) -> Self {
        F32x8(core::array::from_fn(|k| if mask.0[k] { self.0[k] } else { 0.0 }))
    }
    #[inline(always)]
    fn select(self, mask: Mask, other: Self) -> Self {
        F32x8(core::array::from_fn(|k| if mask.0[k] { self.0[k] } else { other.0[k] }))
    }
    #[inline(always)]
    fn bits(mask: Mask) -> u32 {
        mask.0.iter().enumerate().fold(0, |bits, (k, &flag)| bits | u32::from(flag) << k)
    }
    #[inline(always)]
    fn to_bits(self) -> I32x8 {
        I32x8(self.0.map(|x| x.to_bits() as i32))
    }
}

impl Integers for I32x8 {
    type Float = F32x8;
    #[inline(always)]
    fn splat(x: i32) -> Self {
        I32x8([x; 8])
    }
    #[inline(always)]
    fn load(values: &[i32]) -> Self {
        let eight = eight(values);
        I32x8(*eight)
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        I32x8(core::array::from_fn(|k| self.0[k].wrapping_add(other.0[k])))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        I32x8(core::array::from_fn(|k| self.0[k].wrapping_sub(other.0[k])))
    }
    #[inline(always)]
    fn half(self) -> Self {
        I32x8(self.0.map(|x| (x as u32 >> 1) as i32))
    }
    #[inline(always)]
    fn exponent(self) -> Self {
        I32x8(self.0.map(|x| x << 23))
    }
    #[inline(always)]
    fn to_float(self) -> F32x8 {
        F32x8(self.0.map(|x| x as f32))
    }
    #[inline(always)]
    fn as_float(self) -> F32x8 {
        F32x8(self.0.map(|x| f32::from_bits(x as u32)))
    }
    #[inline(always)]
    fn store(self, out: &mut [i32]) {
        *eight_mut(out) = self.0;
    }
    #[inline(always)]
    unsafe fn gather4(table: &[[i32; 4]], offset: &[u32]) -> [Self; 4] {
        let row = |k: usize| table.get((offset[k] / ROW) as usize).or(table.last()).copied().unwrap_or([0; 4]);
        let rows: [[i32; 4]; 8] = core::array::from_fn(row);
        core::array::from_fn(|c| I32x8(core::array::from_fn(|k| rows[k][c])))
    }
}
