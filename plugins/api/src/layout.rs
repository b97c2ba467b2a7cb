//! Generated from physics/src/layout.rs by `cargo xtask codegen`; change it there.
#![allow(dead_code, reason = "all that there is, whether this crate needs it or not")]

pub(crate) const HEADER_FIELD_COUNT: usize = 32;
pub(crate) const HEADER_FIELD_TABLE: usize = 36;
pub(crate) const HEADER_PARTICLE_COUNT: usize = 56;
pub(crate) const HEADER_STEP: usize = 64;
pub(crate) const HEADER_TIME: usize = 72;
pub(crate) const FIELD_BYTES: usize = 64;
pub(crate) const FIELD_NAME: usize = 0;
pub(crate) const FIELD_ELEMENT: usize = 32;
pub(crate) const FIELD_COMPONENTS: usize = 36;
pub(crate) const FIELD_OFFSET: usize = 40;
pub(crate) const FIELD_CAPACITY: usize = 48;
