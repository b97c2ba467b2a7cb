//! The reader: cuts what arrives into lines and records, whatever the pieces, and gives them to the format.

use super::format::{End, Format, Head, Out, Want, choose};
use super::rows::{Batches, Rows, Sink};
use crate::input::{InputError, Place};
use crate::xyz::lines::{Line, MAX_LINE};

/// A push parser of one file.
#[derive(Debug)]
pub struct Reader {
    file: String,
    format: Option<Box<dyn Format>>,
    /// The beginning of a line or record whose end has not arrived.
    partial: Vec<u8>,
    /// Bytes of whole lines and records so far.
    offset: u64,
    /// Whole lines so far.
    lines: usize,
    batches: Batches,
    species: Vec<String>,
    counting: bool,
}

/// What was read in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// Particles.
    pub count: u64,
    /// Fingerprint of their numbers: another reading of the same file comes to the same.
    pub digest: u64,
}

impl Sink for () {
    fn take(&mut self, _: u64, _: &Rows) {}
}

impl Reader {
    /// A reader of a file of that name, which tells the format, and stands in messages.
    pub fn new(file: &str) -> Self {
        Reader {
            file: file.to_owned(),
            format: None,
            partial: Vec::new(),
            offset: 0,
            lines: 0,
            batches: Batches::default(),
            species: Vec::new(),
            counting: false,
        }
    }

    /// Takes bytes until the file has told what is in it, and returns how many it took; the others are for [`Self::feed`].
    ///
    /// # Errors
    /// When this is no file of its format.
    pub fn read_head(&mut self, bytes: &[u8]) -> Result<usize, InputError> {
        self.cut(bytes, true, &mut ())
    }

    /// What the file has told, once it has.
    pub fn head(&self) -> Option<&Head> {
        self.format.as_ref().and_then(|format| format.head())
    }

    /// Names of the scene's species, for files that name them; without them any name will do.
    pub fn name_species(&mut self, names: &[String]) {
        self.species = names.to_vec();
    }

    /// Counts rows from now on, and does not look into them where a line is a row.
    pub(super) fn count_only(&mut self) {
        self.counting = true;
    }

    /// Takes bytes and hands rows on; true once all particles are complete and no more bytes are wanted.
    ///
    /// # Errors
    /// When a line or record is not what it should be.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Result<bool, InputError> {
        self.cut(bytes, false, sink)?;
        Ok(self.format.as_ref().is_some_and(|format| format.want() == Want::Nothing))
    }

    /// The input is at its end, or no more of it is wanted: hands the last rows on.
    ///
    /// # Errors
    /// When something is missing.
    pub fn finish(&mut self, sink: &mut dyn Sink) -> Result<Total, InputError> {
        let mut format = self.format.take().unwrap_or_else(|| choose(&self.file, None));
        let result = self.last(format.as_mut(), sink);
        self.format = Some(format);
        result?;
        self.batches.flush(sink);
        Ok(Total { count: self.batches.count(), digest: self.batches.digest.value() })
    }

    /// Where the particle of that number stands in the file.
    pub fn place(&self, row: u64) -> Place {
        self.format.as_ref().map_or(Place::Byte(0), |format| format.place(row))
    }

    /// The last line may have no end.
    fn last(&mut self, format: &mut dyn Format, sink: &mut dyn Sink) -> Result<(), InputError> {
        let rest = std::mem::take(&mut self.partial);
        let bytes = self.offset + rest.len() as u64;
        if format.want() == Want::Line && !rest.is_empty() {
            self.unit(format, &rest, sink)?;
        }
        format.end(End { line: Line { file: &self.file, number: self.lines, text: "" }, bytes })
    }

    /// Cuts bytes up; returns how many it took, which are all unless the head alone is wanted.
    fn cut(&mut self, bytes: &[u8], head_only: bool, sink: &mut dyn Sink) -> Result<usize, InputError> {
        let Some(&first) = bytes.first() else { return Ok(0) };
        let mut format = self.format.take().unwrap_or_else(|| choose(&self.file, Some(first)));
        let mut used = 0;
        let mut result = Ok(());
        while result.is_ok() && used < bytes.len() && !(head_only && format.head().is_some()) && format.want() != Want::Nothing {
            match self.piece(format.as_mut(), &bytes[used..], sink) {
                Ok(taken) => used += taken,
                Err(error) => result = Err(error),
            }
        }
        self.format = Some(format);
        result.map(|()| used)
    }

    /// Gives the format the next line or records, or puts what there is of them aside. Returns the bytes taken.
    fn piece(&mut self, format: &mut dyn Format, bytes: &[u8], sink: &mut dyn Sink) -> Result<usize, InputError> {
        let whole = match format.want() {
            Want::Nothing => None,
            Want::Line => bytes.iter().position(|&byte| byte == b'\n').map(|end| end + 1),
            Want::Bytes(size) => Some(size - self.partial.len()).filter(|&missing| missing <= bytes.len()),
            Want::Records(size) if self.partial.is_empty() => Some(bytes.len() / size * size).filter(|&length| length > 0),
            Want::Records(size) => Some(size - self.partial.len()).filter(|&missing| missing <= bytes.len()),
        };
        let taken = whole.unwrap_or(bytes.len());
        if whole.is_some() && self.partial.is_empty() {
            self.unit(format, &bytes[..taken], sink)?;
        } else {
            self.partial.extend_from_slice(&bytes[..taken]);
            if whole.is_some() || self.partial.len() > MAX_LINE {
                let mut unit = std::mem::take(&mut self.partial);
                self.unit(format, &unit, sink)?;
                unit.clear();
                self.partial = unit;
            }
        }
        Ok(taken)
    }

    fn unit(&mut self, format: &mut dyn Format, unit: &[u8], sink: &mut dyn Sink) -> Result<(), InputError> {
        let mut out = Out { batches: &mut self.batches, sink, species: &self.species, counting: self.counting };
        if format.want() == Want::Line {
            self.lines += 1;
            format.line(Line::new(&self.file, self.lines, unit)?, &mut out)?;
        } else {
            format.bytes(unit, self.offset, &mut out)?;
        }
        self.offset += unit.len() as u64;
        Ok(())
    }
}
