//! AVX2: one register of eight lanes. All is inlined into functions compiled for the set; values of these types exist only
//! where `Isa` has found it.
#![expect(unsafe_code, reason = "processor instructions; `Isa` vouches that the processor has them")]

use super::sse2::row;
use super::{Integers, Vector, eight, eight_mut};

use core::arch::x86_64::*;
use core::ops::{Add, BitAnd, Div, Mul, Sub};

/// One register of eight floats.
#[derive(Clone, Copy)]
pub(super) struct Avx2(__m256);
/// One register of eight integers.
#[derive(Clone, Copy)]
pub(super) struct Avx2Int(__m256i);
/// One register of all ones or all zeros.
#[derive(Clone, Copy)]
pub(super) struct Avx2Mask(__m256);

macro_rules! operators {
    ($($trait:ident $name:ident $instruction:ident;)+) => { $(
        impl $trait for Avx2 {
            type Output = Self;
            #[inline(always)]
            fn $name(self, other: Self) -> Self {
                // SAFETY: AVX2 is there.
                unsafe { Avx2($instruction(self.0, other.0)) }
            }
        }
    )+ };
}
operators! {
    Add add _mm256_add_ps;
    Sub sub _mm256_sub_ps;
    Mul mul _mm256_mul_ps;
    Div div _mm256_div_ps;
}

impl BitAnd for Avx2Mask {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        // SAFETY: as for the operators.
        unsafe { Avx2Mask(_mm256_and_ps(self.0, other.0)) }
    }
}

impl Vector for Avx2 {
    type Mask = Avx2Mask;
    type Int = Avx2Int;
    const LANES: usize = 8;

    #[inline(always)]
    fn splat(x: f32) -> Self {
        // SAFETY: only code under `Isa::run` for AVX2 uses this type, here and below.
        unsafe { Avx2(_mm256_set1_ps(x)) }
    }
    #[inline(always)]
    fn load(values: &[f32]) -> Self {
        let eight = eight(values);
        // SAFETY: eight floats; no alignment is asked.
        unsafe { Avx2(_mm256_loadu_ps(eight.as_ptr())) }
    }
    #[inline(always)]
    fn store(self, out: &mut [f32]) {
        let out = eight_mut(out);
        // SAFETY: eight floats; no alignment is asked.
        unsafe { _mm256_storeu_ps(out.as_mut_ptr(), self.0) };
    }
    #[inline(always)]
    fn total(self) -> f32 {
        // The tree of the portable sum, in registers.
        // SAFETY: AVX2.
        unsafe { super::sse2::total4(_mm_add_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0))) }
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        // SAFETY: AVX2.
        unsafe { Avx2(_mm256_sqrt_ps(self.0)) }
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Avx2Mask {
        // SAFETY: AVX2.
        unsafe { Avx2Mask(_mm256_cmp_ps::<_CMP_LT_OQ>(self.0, other.0)) }
    }
    #[inline(always)]
    fn keep(self, mask: Avx2Mask) -> Self {
        // SAFETY: AVX2.
        unsafe { Avx2(_mm256_and_ps(self.0, mask.0)) }
    }
    #[inline(always)]
    fn select(self, mask: Avx2Mask, other: Self) -> Self {
        // SAFETY: AVX2.
        unsafe { Avx2(_mm256_blendv_ps(other.0, self.0, mask.0)) }
    }
    #[inline(always)]
    fn bits(mask: Avx2Mask) -> u32 {
        // SAFETY: AVX2.
        unsafe { _mm256_movemask_ps(mask.0) as u32 }
    }
    #[inline(always)]
    fn to_bits(self) -> Avx2Int {
        // SAFETY: AVX2.
        unsafe { Avx2Int(_mm256_castps_si256(self.0)) }
    }
}

/// Two rows side by side.
#[inline(always)]
fn pair(table: &[[i32; 4]], low: u32, high: u32) -> __m256i {
    // SAFETY: AVX2.
    unsafe { _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(row(table, low)), row(table, high)) }
}

impl Integers for Avx2Int {
    type Float = Avx2;
    #[inline(always)]
    fn splat(x: i32) -> Self {
        // SAFETY: AVX2.
        unsafe { Avx2Int(_mm256_set1_epi32(x)) }
    }
    #[inline(always)]
    fn load(values: &[i32]) -> Self {
        let eight = eight(values);
        // SAFETY: eight integers; no alignment is asked.
        unsafe { Avx2Int(_mm256_loadu_si256(eight.as_ptr().cast())) }
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: AVX2.
        unsafe { Avx2Int(_mm256_add_epi32(self.0, other.0)) }
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: AVX2.
        unsafe { Avx2Int(_mm256_sub_epi32(self.0, other.0)) }
    }
    #[inline(always)]
    fn half(self) -> Self {
        // SAFETY: AVX2.
        unsafe { Avx2Int(_mm256_srli_epi32::<1>(self.0)) }
    }
    #[inline(always)]
    fn exponent(self) -> Self {
        // SAFETY: AVX2.
        unsafe { Avx2Int(_mm256_slli_epi32::<23>(self.0)) }
    }
    #[inline(always)]
    fn to_float(self) -> Avx2 {
        // SAFETY: AVX2.
        unsafe { Avx2(_mm256_cvtepi32_ps(self.0)) }
    }
    #[inline(always)]
    fn as_float(self) -> Avx2 {
        // SAFETY: AVX2.
        unsafe { Avx2(_mm256_castsi256_ps(self.0)) }
    }
    #[inline(always)]
    fn store(self, out: &mut [i32]) {
        self.as_float().store(bytemuck::cast_slice_mut(out));
    }
    #[inline(always)]
    unsafe fn gather4(table: &[[i32; 4]], offset: &[u32]) -> [Self; 4] {
        // Rows k and k + 4 share a register, so that a transposition within halves puts lane k in its place.
        let rows: [__m256i; 4] = core::array::from_fn(|k| pair(table, offset[k], offset[k + 4]));
        // SAFETY: AVX2.
        unsafe {
            let (ab, cd) = (_mm256_unpacklo_epi32(rows[0], rows[1]), _mm256_unpacklo_epi32(rows[2], rows[3]));
            let (ab2, cd2) = (_mm256_unpackhi_epi32(rows[0], rows[1]), _mm256_unpackhi_epi32(rows[2], rows[3]));
            [
                Avx2Int(_mm256_unpacklo_epi64(ab, cd)),
                Avx2Int(_mm256_unpackhi_epi64(ab, cd)),
                Avx2Int(_mm256_unpacklo_epi64(ab2, cd2)),
                Avx2Int(_mm256_unpackhi_epi64(ab2, cd2)),
            ]
        }
    }
}
