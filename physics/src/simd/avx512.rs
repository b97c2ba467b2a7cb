//! AVX-512: one register of sixteen lanes, a group of its own. All is inlined into functions compiled for the set; values of
//! these types exist only where `Isa` has found it.
#![expect(unsafe_code, reason = "processor instructions; `Isa` vouches that the processor has them")]

use super::sse2::row;
use super::{Integers, Vector, tree};
use core::arch::x86_64::*;
use core::ops::{Add, BitAnd, Div, Mul, Sub};

/// One register of sixteen floats.
#[derive(Clone, Copy)]
pub(super) struct Avx512(__m512);
/// One register of sixteen integers.
#[derive(Clone, Copy)]
pub(super) struct Avx512Int(__m512i);
/// Sixteen bits.
#[derive(Clone, Copy)]
pub(super) struct Avx512Mask(__mmask16);

macro_rules! operators {
    ($($trait:ident $name:ident $instruction:ident;)+) => { $(
        impl $trait for Avx512 {
            type Output = Self;
            #[inline(always)]
            fn $name(self, other: Self) -> Self {
                // SAFETY: AVX-512 is there.
                unsafe { Avx512($instruction(self.0, other.0)) }
            }
        }
    )+ };
}
operators! {
    Add add _mm512_add_ps;
    Sub sub _mm512_sub_ps;
    Mul mul _mm512_mul_ps;
    Div div _mm512_div_ps;
}

impl BitAnd for Avx512Mask {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        Avx512Mask(self.0 & other.0)
    }
}

fn sixteen<T>(values: &[T]) -> &[T; 16] {
    values.first_chunk().expect("a vector's worth of values")
}

fn sixteen_mut<T>(values: &mut [T]) -> &mut [T; 16] {
    values.first_chunk_mut().expect("a vector's worth of values")
}

impl Vector for Avx512 {
    type Mask = Avx512Mask;
    type Int = Avx512Int;
    const LANES: usize = 16;

    #[inline(always)]
    fn splat(x: f32) -> Self {
        // SAFETY: only code under `Isa::run` for AVX-512 uses this type, here and below.
        unsafe { Avx512(_mm512_set1_ps(x)) }
    }
    #[inline(always)]
    fn load(values: &[f32]) -> Self {
        // SAFETY: sixteen floats; no alignment is asked.
        unsafe { Avx512(_mm512_loadu_ps(sixteen(values).as_ptr())) }
    }
    #[inline(always)]
    fn store(self, out: &mut [f32]) {
        // SAFETY: sixteen floats; no alignment is asked.
        unsafe { _mm512_storeu_ps(sixteen_mut(out).as_mut_ptr(), self.0) };
    }
    #[inline(always)]
    fn total(self) -> f32 {
        let mut l = [0.0; 16];
        self.store(&mut l);
        tree(core::array::from_fn(|k| l[k] + l[k + 8]))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        // SAFETY: AVX-512.
        unsafe { Avx512(_mm512_sqrt_ps(self.0)) }
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Avx512Mask {
        // SAFETY: AVX-512.
        unsafe { Avx512Mask(_mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.0, other.0)) }
    }
    #[inline(always)]
    fn keep(self, mask: Avx512Mask) -> Self {
        // SAFETY: AVX-512.
        unsafe { Avx512(_mm512_maskz_mov_ps(mask.0, self.0)) }
    }
    #[inline(always)]
    fn select(self, mask: Avx512Mask, other: Self) -> Self {
        // SAFETY: AVX-512.
        unsafe { Avx512(_mm512_mask_mov_ps(other.0, mask.0, self.0)) }
    }
    #[inline(always)]
    fn bits(mask: Avx512Mask) -> u32 {
        u32::from(mask.0)
    }
    #[inline(always)]
    fn to_bits(self) -> Avx512Int {
        // SAFETY: AVX-512.
        unsafe { Avx512Int(_mm512_castps_si512(self.0)) }
    }
}

/// Rows k, k + 4, k + 8 and k + 12 side by side.
#[inline(always)]
fn quadruple(table: &[[i32; 4]], offset: &[u32; 16], k: usize) -> __m512i {
    // SAFETY: AVX-512.
    unsafe {
        let low = _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(row(table, offset[k])), row(table, offset[k + 4]));
        let high = _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(row(table, offset[k + 8])), row(table, offset[k + 12]));
        _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high)
    }
}

impl Integers for Avx512Int {
    type Float = Avx512;
    #[inline(always)]
    fn splat(x: i32) -> Self {
        // SAFETY: AVX-512.
        unsafe { Avx512Int(_mm512_set1_epi32(x)) }
    }
    #[inline(always)]
    fn load(values: &[i32]) -> Self {
        // SAFETY: sixteen integers; no alignment is asked.
        unsafe { Avx512Int(_mm512_loadu_si512(sixteen(values).as_ptr().cast())) }
    }
    #[inline(always)]
    fn store(self, out: &mut [i32]) {
        // SAFETY: sixteen integers; no alignment is asked.
        unsafe { _mm512_storeu_si512(sixteen_mut(out).as_mut_ptr().cast(), self.0) };
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: AVX-512.
        unsafe { Avx512Int(_mm512_add_epi32(self.0, other.0)) }
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: AVX-512.
        unsafe { Avx512Int(_mm512_sub_epi32(self.0, other.0)) }
    }
    #[inline(always)]
    fn half(self) -> Self {
        // SAFETY: AVX-512.
        unsafe { Avx512Int(_mm512_srli_epi32::<1>(self.0)) }
    }
    #[inline(always)]
    fn exponent(self) -> Self {
        // SAFETY: AVX-512.
        unsafe { Avx512Int(_mm512_slli_epi32::<23>(self.0)) }
    }
    #[inline(always)]
    fn to_float(self) -> Avx512 {
        // SAFETY: AVX-512.
        unsafe { Avx512(_mm512_cvtepi32_ps(self.0)) }
    }
    #[inline(always)]
    fn as_float(self) -> Avx512 {
        // SAFETY: AVX-512.
        unsafe { Avx512(_mm512_castsi512_ps(self.0)) }
    }
    #[inline(always)]
    unsafe fn gather4(table: &[[i32; 4]], offset: &[u32]) -> [Self; 4] {
        // Four rows share a register, so that a transposition within quarters puts lane k in its place.
        let offset = sixteen(offset);
        let rows: [__m512i; 4] = core::array::from_fn(|k| quadruple(table, offset, k));
        // SAFETY: AVX-512.
        unsafe {
            let (ab, cd) = (_mm512_unpacklo_epi32(rows[0], rows[1]), _mm512_unpacklo_epi32(rows[2], rows[3]));
            let (ab2, cd2) = (_mm512_unpackhi_epi32(rows[0], rows[1]), _mm512_unpackhi_epi32(rows[2], rows[3]));
            [
                Avx512Int(_mm512_unpacklo_epi64(ab, cd)),
                Avx512Int(_mm512_unpackhi_epi64(ab, cd)),
                Avx512Int(_mm512_unpacklo_epi64(ab2, cd2)),
                Avx512Int(_mm512_unpackhi_epi64(ab2, cd2)),
            ]
        }
    }
}
