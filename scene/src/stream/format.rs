//! What every format is to the reader: someone who says what to cut off next, and takes it.

use super::rows::{Batches, Particle, Sink};
use super::{csv, npy, ply, xyz};
use crate::input::{InputError, Place};
use crate::xyz::lines::Line;

/// What a file says before its first particle.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Head {
    /// Number of particles, where the file tells it here.
    pub count: Option<u64>,
    /// Edge lengths of the box.
    pub cell: Option<[f64; 3]>,
    /// Lower corner of the box.
    pub origin: Option<[f64; 3]>,
    /// Which axes are periodic.
    pub periodic: Option<[bool; 3]>,
    /// Whether particles have ids of their own.
    pub ids: bool,
}

/// What to cut off next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// A line.
    Line,
    /// That many bytes, once.
    Bytes(usize),
    /// Records of that many bytes, as many as there are.
    Records(usize),
    /// Nothing more: the particles are complete.
    Nothing,
}

/// Where the particles go, and what the scene calls their species.
pub(super) struct Out<'a> {
    pub(super) batches: &'a mut Batches,
    pub(super) sink: &'a mut dyn Sink,
    pub(super) species: &'a [String],
    /// Rows are counted, not read.
    pub(super) counting: bool,
}

impl Out<'_> {
    pub(super) fn push(&mut self, particle: &Particle) {
        self.batches.push(particle, self.sink);
    }
}

/// The end of the input.
#[derive(Clone, Copy)]
pub(super) struct End<'a> {
    /// Behind the last line, or on it where the file has no text.
    pub(super) line: Line<'a>,
    /// Bytes in the file.
    pub(super) bytes: u64,
}

/// A format.
pub(super) trait Format: std::fmt::Debug + Send {
    fn want(&self) -> Want;

    /// What the file has told, once it has.
    fn head(&self) -> Option<&Head>;

    /// Takes a line, where one was wanted.
    fn line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Result<(), InputError>;

    /// Takes bytes or whole records, where they were wanted; `at` is the place in the file of the first.
    fn bytes(&mut self, bytes: &[u8], at: u64, out: &mut Out<'_>) -> Result<(), InputError>;

    /// Nothing more comes; an error if there should.
    fn end(&mut self, end: End<'_>) -> Result<(), InputError>;

    /// Where the particle of that number stands.
    fn place(&self, row: u64) -> Place;
}

/// The format of a file by its name, and by its first byte where the name tells nothing; that of NPY files, which no text has, decides alone.
pub(super) fn choose(file: &str, first: Option<u8>) -> Box<dyn Format> {
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    match (first, extension.as_str()) {
        (Some(npy::FIRST_BYTE), _) | (_, "npy") => Box::new(npy::Npy::new(file)),
        (_, "ply") => Box::new(ply::Ply::new(file)),
        (_, "csv" | "tsv") => Box::new(csv::Csv::new()),
        (_, "xyz" | "extxyz") => Box::new(xyz::Xyz::new()),
        (Some(b'p'), _) => Box::new(ply::Ply::new(file)),
        (Some(byte), _) if !byte.is_ascii_digit() && !byte.is_ascii_whitespace() => Box::new(csv::Csv::new()),
        _ => Box::new(xyz::Xyz::new()),
    }
}
