//! XYZ and extended XYZ files: particle positions as text, which ASE, OVITO, VMD and MDAnalysis read and write.
//!
//! A frame is a line with the particle count, a comment line, and one line per particle. Extended XYZ puts `key=value` pairs into
//! the comment (`Lattice`, `Properties`, `pbc`, `Time`, `step`, `Origin`); NIST's files put `cell: Lx Ly Lz` there; in a plain file the
//! columns are element, x, y, z and any further ones are ignored. Only boxes with right angles are read. The reader keeps
//! one line at a time and reserves nothing for a count it has not seen particles for.

pub(crate) mod comment;
pub(crate) mod lines;
pub(crate) mod read;
pub(crate) mod row;
mod write;

pub use read::{Frames, read_first};
pub use write::{Frame, write_frame};

/// Particles as a file gives them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Configuration {
    /// Name of the file, for messages.
    pub file: String,
    /// Edge lengths of the box.
    pub cell: Option<[f64; 3]>,
    /// Lower corner of the box, where the file tells it.
    pub origin: Option<[f64; 3]>,
    /// Which axes are periodic.
    pub periodic: Option<[bool; 3]>,
    /// Names of the elements in order of appearance.
    pub elements: Vec<String>,
    /// Index into `elements` for each particle.
    pub element: Vec<u32>,
    /// Positions.
    pub positions: Vec<[f64; 3]>,
    /// Velocities, where the file has them.
    pub velocities: Option<Vec<[f64; 3]>>,
    /// Particle ids, where the file has them.
    pub ids: Option<Vec<u32>>,
    /// Time of the frame.
    pub time: Option<f64>,
    /// Step of the frame.
    pub step: Option<u64>,
}

impl Configuration {
    /// Number of particles.
    pub fn particle_count(&self) -> usize {
        self.positions.len()
    }
}
