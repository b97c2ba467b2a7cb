//! Faults made on purpose, by which `cargo xtask test "broken physics"` shows that the validation notices faults.
//!
//! There are none without the cargo feature `broken`, which no crate and no chore turns on but that suite. What is shipped cannot
//! have it: the module refuses it, and so does every build without MOTES_BROKEN_PHYSICS in its environment. When such a program
//! runs, MOTES_FLAW names the fault.

/// What can be made wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The second kick of a step takes the forces of before the drift, which leaves a method of first order.
    Integrator,
    /// The forces of Lennard-Jones are a hundredth stronger than its energies say.
    Force,
    /// Pair kernels leave out the last group of one list in a thousand: more would end the run before a check could tell.
    Kernel,
}

/// Whether that is wrong in this run.
#[cfg(not(feature = "broken"))]
#[inline(always)]
pub(crate) const fn has(_flaw: Flaw) -> bool {
    false
}

#[cfg(feature = "broken")]
const _: () = assert!(!cfg!(feature = "module"), "physics.wasm must not be built with the feature `broken`");
#[cfg(feature = "broken")]
const _: () = assert!(option_env!("MOTES_BROKEN_PHYSICS").is_some(), "the feature `broken` is for `cargo xtask test \"broken physics\"` alone");

/// Whether that is wrong in this run.
#[cfg(feature = "broken")]
pub(crate) fn has(flaw: Flaw) -> bool {
    static CHOSEN: std::sync::OnceLock<Option<Flaw>> = std::sync::OnceLock::new();
    let choose = || match std::env::var("MOTES_FLAW").as_deref() {
        Ok("integrator") => Some(Flaw::Integrator),
        Ok("force") => Some(Flaw::Force),
        Ok("kernel") => Some(Flaw::Kernel),
        _ => None,
    };
    *CHOSEN.get_or_init(choose) == Some(flaw)
}
