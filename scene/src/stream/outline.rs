//! What a scene must know of a file before there is a block: how many particles, and their box.

use super::format::Head;
use super::reader::{Reader, Total};
use super::rows::{Rows, Sink};
use crate::input::InputError;
use crate::xyz::Configuration;

/// How many particles a file has, and their box.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    /// Name of the file, for messages.
    pub file: String,
    /// Particles.
    pub count: u64,
    /// Edge lengths of the box, where the file has one.
    pub cell: Option<[f64; 3]>,
    /// Lower corner of the box.
    pub min: [f64; 3],
    /// Which axes are periodic.
    pub periodic: Option<[bool; 3]>,
}

/// Finds the outline of a file: from its head where that tells everything, else by a reading of the file that keeps nothing.
#[derive(Debug)]
pub struct Survey {
    head: Head,
    count: Option<u64>,
    place: BoxPlace,
}

/// Where a box lies whose lower corner no one tells: about the origin, if that is where its particles are.
#[derive(Clone, Copy, Debug)]
struct BoxPlace {
    negative: bool,
    centred: bool,
}

impl BoxPlace {
    fn new() -> Self {
        BoxPlace { negative: false, centred: true }
    }

    fn add(&mut self, cell: [f64; 3], position: [f64; 3]) {
        self.negative |= position.iter().any(|x| *x < 0.0);
        self.centred &= (0..3).all(|k| position[k].abs() <= 0.5 * cell[k] + 1e-9);
    }

    fn min(self, cell: [f64; 3]) -> [f64; 3] {
        if self.negative && self.centred { cell.map(|l| -0.5 * l) } else { [0.0; 3] }
    }
}

impl Survey {
    /// Begins with what the file told in its head.
    pub fn new(head: &Head) -> Self {
        Survey { head: head.clone(), count: head.count, place: BoxPlace::new() }
    }

    /// Whether nothing is left open.
    pub fn is_settled(&self) -> bool {
        let open = self.head.cell.is_some() && self.head.origin.is_none() && self.place.centred;
        self.count.is_some() && !open
    }

    /// Takes the bytes behind the head; true once nothing is left open, or no more are wanted. The reader reads nothing else.
    ///
    /// # Errors
    /// When a line or record is not what it should be.
    pub fn feed(&mut self, reader: &mut Reader, bytes: &[u8]) -> Result<bool, InputError> {
        if self.count.is_none() {
            reader.count_only();
        }
        Ok(reader.feed(bytes, self)? || self.is_settled())
    }

    /// The input is at its end.
    ///
    /// # Errors
    /// When something is missing.
    pub fn finish(&mut self, reader: &mut Reader) -> Result<(), InputError> {
        if !self.is_settled() {
            let Total { count, .. } = reader.finish(self)?;
            self.count = self.count.or(reader.head().and_then(|head| head.count)).or(Some(count));
        }
        Ok(())
    }

    /// What was found.
    pub fn outline(&self, file: &str) -> Outline {
        let Head { cell, origin, periodic, .. } = self.head;
        let min = origin.unwrap_or_else(|| cell.map_or([0.0; 3], |cell| self.place.min(cell)));
        Outline { file: file.to_owned(), count: self.count.unwrap_or(0), cell, min, periodic }
    }
}

impl Sink for Survey {
    fn take(&mut self, _: u64, rows: &Rows) {
        let Some(cell) = self.head.cell else { return };
        for (high, low) in rows.position.chunks_exact(3).zip(rows.position_low.chunks_exact(3)) {
            self.place.add(cell, std::array::from_fn(|k| f64::from(high[k]) + f64::from(low[k])));
        }
    }
}

impl From<&Configuration> for Outline {
    fn from(init: &Configuration) -> Self {
        let min = init.cell.map(|cell| {
            let mut place = BoxPlace::new();
            init.positions.iter().for_each(|position| place.add(cell, *position));
            init.origin.unwrap_or_else(|| place.min(cell))
        });
        Outline { file: init.file.clone(), count: init.particle_count() as u64, cell: init.cell, min: min.unwrap_or_default(), periodic: init.periodic }
    }
}
