//! A batch of particles in the numbers of the block, on its way there.

use motes_physics::fill::split;

use super::digest::Digest;

/// Rows that are handed over at a time, but for the last batch.
pub const BATCH: usize = 4096;

/// Particles that follow each other in the file. Vectors are interleaved, as in the block.
#[derive(Debug, Default)]
pub struct Rows {
    /// x, y, z of each, as near as single precision comes.
    pub position: Vec<f32>,
    /// What that leaves out.
    pub position_low: Vec<f32>,
    /// Velocities; zeros where the file has none.
    pub velocity: Vec<f32>,
    /// Index of the species.
    pub species: Vec<u32>,
    /// Ids; the number of the row where the file has none.
    pub id: Vec<u32>,
}

/// Takes rows over.
pub trait Sink {
    /// `rows` are those from number `first` on.
    fn take(&mut self, first: u64, rows: &Rows);
}

/// A particle as the file gives it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Particle {
    pub(super) position: [f64; 3],
    pub(super) velocity: [f64; 3],
    pub(super) species: u32,
    pub(super) id: Option<u32>,
}

impl Rows {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }

    fn clear(&mut self) {
        for values in [&mut self.position, &mut self.position_low, &mut self.velocity] {
            values.clear();
        }
        self.species.clear();
        self.id.clear();
    }
}

/// Gathers rows and hands them on.
#[derive(Debug, Default)]
pub(super) struct Batches {
    rows: Rows,
    /// Rows handed on before these.
    first: u64,
    pub(super) digest: Digest,
}

impl Batches {
    /// Rows so far.
    pub(super) fn count(&self) -> u64 {
        self.first + self.rows.len() as u64
    }

    pub(super) fn push(&mut self, particle: &Particle, sink: &mut dyn Sink) {
        let number = self.count() as u32;
        let rows = &mut self.rows;
        let parts = particle.position.map(split);
        rows.position.extend(parts.map(|(high, _)| high));
        rows.position_low.extend(parts.map(|(_, low)| low));
        rows.velocity.extend(particle.velocity.map(|v| v as f32));
        rows.species.push(particle.species);
        rows.id.push(particle.id.unwrap_or(number));
        if rows.len() == BATCH {
            self.flush(sink);
        }
    }

    /// Hands on what there is.
    pub(super) fn flush(&mut self, sink: &mut dyn Sink) {
        if self.rows.is_empty() {
            return;
        }
        self.digest.add(&self.rows);
        sink.take(self.first, &self.rows);
        self.first += self.rows.len() as u64;
        self.rows.clear();
    }
}
