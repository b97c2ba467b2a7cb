//! The physics of Motes: functions over one block of memory that the host owns.
//!
//! No files, clocks, threads, JavaScript or GPU are known here, nothing is allocated, and nothing is kept outside the block.
//! Parallel work goes through a [`team::Team`] that the host brings. A host opens a [`block::Block`] over its memory and calls
//! the functions of [`run`]; the Wasm module's C ABI (`module.rs`) does the same.
#![cfg_attr(not(any(test, feature = "std")), no_std)]

pub mod block;
mod broken;
pub mod checkpoint;
#[cfg(feature = "std")]
pub mod codegen;
pub mod colliders;
pub mod constraints;
pub mod diagnostics;
pub mod distributions;
pub mod emitter;
pub mod fill;
mod finite;
mod flight;
pub mod forces;
pub mod frames;
pub mod hash;
pub mod heading;
pub mod integrators;
pub mod layout;
pub mod measures;
pub mod migrate;
#[cfg(all(feature = "module", target_arch = "wasm32"))]
mod module;
pub mod motion;
pub mod neighbors;
pub mod plan;
pub mod plug_ins;
pub mod random;
pub mod records;
pub mod registry;
pub mod run;
pub mod scalars;
pub mod scene_records;
pub mod simd;
pub mod species;
pub mod stage;
pub mod team;
pub mod term;
pub mod thermostats;
pub mod workers;

/// How a call ended; the numbers are part of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Status {
    /// Done.
    Ok = 0,
    /// The memory does not begin with a block's header.
    NotABlock = 1,
    /// The block was laid out by another version.
    LayoutMismatch = 2,
    /// A position or velocity is not a finite number; the header's fault words say whose and when.
    NotFinite = 3,
    /// A particle has more neighbours than the list has room for; detail: needed, room.
    NeighborCapacity = 4,
    /// A particle left for a place that the model cannot represent.
    ParticleLost = 5,
    /// A record is missing or of the wrong type.
    BadRecord = 6,
    /// The block is smaller than its header says.
    OutOfBounds = 7,
    /// An argument of the call is not one that it can have.
    OutOfRange = 8,
    /// The scene has a model whose code is not in this build, or a plug-in that the host did not load; detail: number of its record.
    MissingModel = 9,
    /// A plug-in changed what it has no business with; detail: its number, and 0 for the header, 1 for bytes between arrays, 2 for an array.
    PlugInDamage = 10,
}

impl Status {
    /// All of them with their names in JavaScript.
    pub const ALL: &[(Status, &str)] = &[
        (Status::Ok, "OK"),
        (Status::NotABlock, "NOT_A_BLOCK"),
        (Status::LayoutMismatch, "LAYOUT_MISMATCH"),
        (Status::NotFinite, "NOT_FINITE"),
        (Status::NeighborCapacity, "NEIGHBOR_CAPACITY"),
        (Status::ParticleLost, "PARTICLE_LOST"),
        (Status::BadRecord, "BAD_RECORD"),
        (Status::OutOfBounds, "OUT_OF_BOUNDS"),
        (Status::OutOfRange, "OUT_OF_RANGE"),
        (Status::MissingModel, "MISSING_MODEL"),
        (Status::PlugInDamage, "PLUG_IN_DAMAGE"),
    ];
}

/// A failed call: the status and what is known about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fault {
    /// What went wrong.
    pub status: Status,
    /// Identity of the particle at fault, or `u32::MAX`.
    pub particle: u32,
    /// Numbers that explain it; see [`Status`].
    pub detail: [f64; 2],
}

impl From<Status> for Fault {
    fn from(status: Status) -> Self {
        Fault { status, particle: u32::MAX, detail: [0.0; 2] }
    }
}
