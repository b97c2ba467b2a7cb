//! Constraints, one file or folder each: rules that set velocities or positions themselves, without a force.

pub mod contact;
pub mod distance;
pub mod primordial;
pub mod vicsek;
