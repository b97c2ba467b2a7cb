//! SSE2, which every x86-64 processor has: two registers of four lanes.
#![expect(unsafe_code, reason = "processor instructions")]

use super::{Integers, Vector, eight, eight_mut};

use core::arch::x86_64::*;
use core::ops::{Add, BitAnd, Div, Mul, Sub};

/// Two registers of four floats.
#[derive(Clone, Copy)]
pub(super) struct Sse2(__m128, __m128);
/// Two registers of four integers.
#[derive(Clone, Copy)]
pub(super) struct Sse2Int(__m128i, __m128i);
/// Two registers of all ones or all zeros.
#[derive(Clone, Copy)]
pub(super) struct Sse2Mask(__m128, __m128);

macro_rules! operators {
    ($($trait:ident $name:ident $instruction:ident;)+) => { $(
        impl $trait for Sse2 {
            type Output = Self;
            #[inline(always)]
            fn $name(self, other: Self) -> Self {
                // SAFETY: x86_64 has SSE2.
                unsafe { Sse2($instruction(self.0, other.0), $instruction(self.1, other.1)) }
            }
        }
    )+ };
}
operators! {
    Add add _mm_add_ps;
    Sub sub _mm_sub_ps;
    Mul mul _mm_mul_ps;
    Div div _mm_div_ps;
}

impl BitAnd for Sse2Mask {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        // SAFETY: x86_64 has SSE2.
        unsafe { Sse2Mask(_mm_and_ps(self.0, other.0), _mm_and_ps(self.1, other.1)) }
    }
}

impl Vector for Sse2 {
    type Mask = Sse2Mask;
    type Int = Sse2Int;
    const LANES: usize = 8;

    #[inline(always)]
    fn splat(x: f32) -> Self {
        // SAFETY: x86_64 has SSE2, here and below.
        unsafe { Sse2(_mm_set1_ps(x), _mm_set1_ps(x)) }
    }
    #[inline(always)]
    fn load(values: &[f32]) -> Self {
        let eight = eight(values);
        // SAFETY: eight floats; no alignment is asked.
        unsafe { Sse2(_mm_loadu_ps(eight.as_ptr()), _mm_loadu_ps(eight.as_ptr().add(4))) }
    }
    #[inline(always)]
    fn store(self, out: &mut [f32]) {
        let out = eight_mut(out);
        // SAFETY: eight floats; no alignment is asked.
        unsafe {
            _mm_storeu_ps(out.as_mut_ptr(), self.0);
            _mm_storeu_ps(out.as_mut_ptr().add(4), self.1);
        }
    }
    #[inline(always)]
    fn total(self) -> f32 {
        // The tree of the portable sum, in registers.
        // SAFETY: SSE2.
        total4(unsafe { _mm_add_ps(self.0, self.1) })
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        // SAFETY: SSE2.
        unsafe { Sse2(_mm_sqrt_ps(self.0), _mm_sqrt_ps(self.1)) }
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Sse2Mask {
        // SAFETY: SSE2.
        unsafe { Sse2Mask(_mm_cmplt_ps(self.0, other.0), _mm_cmplt_ps(self.1, other.1)) }
    }
    #[inline(always)]
    fn keep(self, mask: Sse2Mask) -> Self {
        // SAFETY: SSE2.
        unsafe { Sse2(_mm_and_ps(self.0, mask.0), _mm_and_ps(self.1, mask.1)) }
    }
    #[inline(always)]
    fn select(self, mask: Sse2Mask, other: Self) -> Self {
        // SAFETY: SSE2.
        let one = |m: __m128, a: __m128, b: __m128| unsafe { _mm_or_ps(_mm_and_ps(m, a), _mm_andnot_ps(m, b)) };
        Sse2(one(mask.0, self.0, other.0), one(mask.1, self.1, other.1))
    }
    #[inline(always)]
    fn bits(mask: Sse2Mask) -> u32 {
        // SAFETY: SSE2.
        unsafe { _mm_movemask_ps(mask.0) as u32 | (_mm_movemask_ps(mask.1) as u32) << 4 }
    }
    #[inline(always)]
    fn to_bits(self) -> Sse2Int {
        // SAFETY: SSE2.
        unsafe { Sse2Int(_mm_castps_si128(self.0), _mm_castps_si128(self.1)) }
    }
}

/// (lane 0 + lane 2) + (lane 1 + lane 3).
#[inline(always)]
pub(super) fn total4(four: __m128) -> f32 {
    // SAFETY: SSE2.
    unsafe {
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
    }
}

/// Rows a, b, c, d of four as columns.
#[inline(always)]
fn transpose(a: __m128i, b: __m128i, c: __m128i, d: __m128i) -> [__m128i; 4] {
    // SAFETY: SSE2.
    unsafe {
        let (ab, cd) = (_mm_unpacklo_epi32(a, b), _mm_unpacklo_epi32(c, d));
        let (ab2, cd2) = (_mm_unpackhi_epi32(a, b), _mm_unpackhi_epi32(c, d));
        [_mm_unpacklo_epi64(ab, cd), _mm_unpackhi_epi64(ab, cd), _mm_unpacklo_epi64(ab2, cd2), _mm_unpackhi_epi64(ab2, cd2)]
    }
}

#[inline(always)]
pub(super) fn row(table: &[[i32; 4]], offset: u32) -> __m128i {
    debug_assert!((offset as usize) < size_of_val(table));
    // SAFETY: lists hold offsets of rows that exist; 16 bytes are read, no alignment is asked.
    unsafe { _mm_loadu_si128(table.as_ptr().byte_add(offset as usize).cast()) }
}

impl Integers for Sse2Int {
    type Float = Sse2;
    #[inline(always)]
    fn splat(x: i32) -> Self {
        // SAFETY: SSE2.
        unsafe { Sse2Int(_mm_set1_epi32(x), _mm_set1_epi32(x)) }
    }
    #[inline(always)]
    fn load(values: &[i32]) -> Self {
        let eight = eight(values);
        // SAFETY: eight integers; no alignment is asked.
        unsafe { Sse2Int(_mm_loadu_si128(eight.as_ptr().cast()), _mm_loadu_si128(eight.as_ptr().add(4).cast())) }
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: SSE2.
        unsafe { Sse2Int(_mm_add_epi32(self.0, other.0), _mm_add_epi32(self.1, other.1)) }
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: SSE2.
        unsafe { Sse2Int(_mm_sub_epi32(self.0, other.0), _mm_sub_epi32(self.1, other.1)) }
    }
    #[inline(always)]
    fn half(self) -> Self {
        // SAFETY: SSE2.
        unsafe { Sse2Int(_mm_srli_epi32::<1>(self.0), _mm_srli_epi32::<1>(self.1)) }
    }
    #[inline(always)]
    fn exponent(self) -> Self {
        // SAFETY: SSE2.
        unsafe { Sse2Int(_mm_slli_epi32::<23>(self.0), _mm_slli_epi32::<23>(self.1)) }
    }
    #[inline(always)]
    fn to_float(self) -> Sse2 {
        // SAFETY: SSE2.
        unsafe { Sse2(_mm_cvtepi32_ps(self.0), _mm_cvtepi32_ps(self.1)) }
    }
    #[inline(always)]
    fn as_float(self) -> Sse2 {
        // SAFETY: SSE2.
        unsafe { Sse2(_mm_castsi128_ps(self.0), _mm_castsi128_ps(self.1)) }
    }
    #[inline(always)]
    fn store(self, out: &mut [i32]) {
        self.as_float().store(bytemuck::cast_slice_mut(out));
    }
    #[inline(always)]
    unsafe fn gather4(table: &[[i32; 4]], offset: &[u32]) -> [Self; 4] {
        let low = transpose(row(table, offset[0]), row(table, offset[1]), row(table, offset[2]), row(table, offset[3]));
        let high = transpose(row(table, offset[4]), row(table, offset[5]), row(table, offset[6]), row(table, offset[7]));
        core::array::from_fn(|c| Sse2Int(low[c], high[c]))
    }
}
