//! Which instruction set a kernel runs with.
#![cfg_attr(
    all(target_arch = "x86_64", any(test, feature = "std")),
    expect(unsafe_code, reason = "calls code compiled for instructions that were found to be there")
)]

use super::Vector;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use super::portable;

/// A piece of work over whole vectors.
pub trait Kernel {
    /// What it makes.
    type Output;
    /// Does it; must be `#[inline(always)]`, as must all that it calls with vectors.
    fn run<V: Vector>(self) -> Self::Output;
}

/// An instruction set that this processor is known to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa(Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    // A module has simd128 or does not run: a second build of every kernel would double it.
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    Portable,
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Simd128,
    #[cfg(target_arch = "x86_64")]
    Sse2,
    #[cfg(all(target_arch = "x86_64", any(test, feature = "std")))]
    Avx2,
    #[cfg(all(target_arch = "x86_64", any(test, feature = "std")))]
    Avx512,
}

impl Isa {
    /// Plain arrays: what every processor can.
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pub const PORTABLE: Isa = Isa(Set::Portable);

    /// What every processor of this target has.
    #[cfg(target_arch = "x86_64")]
    pub const BASELINE: Isa = Isa(Set::Sse2);
    /// What every processor of this target has.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub const BASELINE: Isa = Isa(Set::Simd128);
    /// What every processor of this target has.
    #[cfg(not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128"))))]
    pub const BASELINE: Isa = Isa::PORTABLE;

    /// All that this processor has, narrowest first.
    #[cfg(any(test, feature = "std"))]
    pub fn available() -> std::vec::Vec<Isa> {
        let mut all = std::vec![Isa::PORTABLE];
        if Isa::BASELINE != Isa::PORTABLE {
            all.push(Isa::BASELINE);
        }
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            all.push(Isa(Set::Avx2));
            if std::arch::is_x86_feature_detected!("avx512f")
                && std::arch::is_x86_feature_detected!("avx512vl")
                && std::arch::is_x86_feature_detected!("avx512dq")
            {
                all.push(Isa(Set::Avx512));
            }
        }
        all
    }

    /// The widest that this processor has.
    #[cfg(any(test, feature = "std"))]
    pub fn widest() -> Isa {
        Isa::available().pop().unwrap_or(Isa::BASELINE)
    }

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self.0 {
            #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
            Set::Portable => "portable",
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Set::Simd128 => "simd128",
            #[cfg(target_arch = "x86_64")]
            Set::Sse2 => "sse2",
            #[cfg(all(target_arch = "x86_64", any(test, feature = "std")))]
            Set::Avx2 => "avx2",
            #[cfg(all(target_arch = "x86_64", any(test, feature = "std")))]
            Set::Avx512 => "avx512",
        }
    }

    /// Runs the build of the kernel for this instruction set, with vectors of eight lanes whatever it has.
    #[inline]
    pub fn run_eight<K: Kernel>(self, kernel: K) -> K::Output {
        match self.0 {
            // SAFETY: only `available` makes this value, after it has found the feature.
            #[cfg(all(target_arch = "x86_64", any(test, feature = "std")))]
            Set::Avx512 => unsafe { with_avx512_eight(kernel) },
            _ => self.run(kernel),
        }
    }

    /// Runs the build of the kernel for this instruction set.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self.0 {
            #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
            Set::Portable => kernel.run::<portable::F32x8>(),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Set::Simd128 => kernel.run::<super::wasm::F32x8>(),
            #[cfg(target_arch = "x86_64")]
            Set::Sse2 => kernel.run::<super::sse2::Sse2>(),
            // SAFETY: only `available` makes this value, after it has found the feature.
            #[cfg(all(target_arch = "x86_64", any(test, feature = "std")))]
            Set::Avx2 => unsafe { with_avx2(kernel) },
            // SAFETY: as above.
            #[cfg(all(target_arch = "x86_64", any(test, feature = "std")))]
            Set::Avx512 => unsafe { with_avx512(kernel) },
        }
    }
}

#[cfg(all(target_arch = "x86_64", any(test, feature = "std")))]
#[target_feature(enable = "avx2")]
unsafe fn with_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<super::avx2::Avx2>()
}

#[cfg(all(target_arch = "x86_64", any(test, feature = "std")))]
#[target_feature(enable = "avx2,avx512f,avx512vl,avx512dq")]
unsafe fn with_avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<super::avx512::Avx512>()
}

/// Eight lanes, twice the registers, masks of their own.
#[cfg(all(target_arch = "x86_64", any(test, feature = "std")))]
#[target_feature(enable = "avx2,avx512f,avx512vl,avx512dq")]
unsafe fn with_avx512_eight<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<super::avx2::Avx2>()
}
