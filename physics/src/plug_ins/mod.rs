//! Plug-ins: modules that the host loads beside physics, which work on the block's arrays within a step.
//!
//! Physics knows of them only that there are so many, and at which stages each wants to be called; the host's [`Team`] makes the calls.
//! A plug-in may write to any byte of the memory that it lies in, so what must not change is looked at after each stage
//! ([`watch`]): one that wrote where it should not ends the call with [`Status::PlugInDamage`], and the host takes it out.
//!
//! [`Team`]: crate::team::Team
//! [`Status::PlugInDamage`]: crate::Status::PlugInDamage

pub mod stages;
pub mod watch;

/// When a plug-in is called: its exports in this order, and the bits of a record's word for them.
pub const STAGES: [&str; 4] = ["force", "velocity", "position", "after_step"];

/// One call of a plug-in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Call {
    /// Address of the block, as its owner counts addresses.
    pub block: usize,
    /// Which plug-in, in the order of their records.
    pub number: u32,
    /// Index into [`STAGES`].
    pub stage: u32,
    /// First row of the particles that it is for.
    pub first: u32,
    /// Rows.
    pub count: u32,
    /// Time that the stage covers; 0 for forces.
    pub dt: f64,
}

/// Slots that a record has behind the parameters of its plug-in: the stages as bits, the arrays that it writes as bits, and a number that
/// tells its module from others.
pub const OWN_SLOTS: usize = 3;
