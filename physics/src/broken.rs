//! Faults made on purpose, by which `cargo xtask test "broken physics"` shows that the validation notices faults.
//!
//! Each is a cargo feature that no crate and no chore turns on but that suite. What is shipped cannot have one: the module refuses
//! them, and so does every build without MOTES_BROKEN_PHYSICS in its environment.

/// The second kick of a step takes the forces of before the drift, which leaves a method of first order.
pub(crate) const INTEGRATOR: bool = cfg!(feature = "broken-integrator");
/// The forces of Lennard-Jones are a hundredth stronger than its energies say.
pub(crate) const FORCE: bool = cfg!(feature = "broken-force");
/// Pair kernels leave out the neighbours that stand in the last group of a list.
pub(crate) const KERNEL: bool = cfg!(feature = "broken-kernel");

const ANY: bool = INTEGRATOR || FORCE || KERNEL;
const _: () = assert!(!ANY || !cfg!(feature = "module"), "physics.wasm must not be built with a feature broken-*");
const _: () = assert!(!ANY || option_env!("MOTES_BROKEN_PHYSICS").is_some(), "the features broken-* are for `cargo xtask test \"broken physics\"` alone");
