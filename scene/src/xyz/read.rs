//! Reader of XYZ and extended XYZ, frame by frame.

use std::collections::{HashMap, HashSet};
use std::io::BufRead;

use super::Configuration;
use super::comment::{self, Comment, Role};
use super::lines::{Line, Lines, Word};
use super::row::Columns;
use crate::input::InputError;

/// Different element names at most.
const MAX_ELEMENTS: usize = 256;

/// What is wrong with a file that has nothing in it, and what it should have.
pub(crate) const EMPTY: (&str, &str) = ("the file is empty", "an XYZ file starts with a line that holds the number of particles");

/// Reads the first frame.
///
/// # Errors
/// When the file cannot be read, is empty, ends early or holds something else, with line and column.
pub fn read_first(reader: impl BufRead, file: &str) -> Result<Configuration, InputError> {
    let mut frames = Frames::new(reader, file);
    match frames.next() {
        Some(frame) => frame,
        None => Err(frames.lines.line().fail(0, 0, EMPTY.0, EMPTY.1)),
    }
}

/// The frames of a file; ends after the first error.
pub struct Frames<R> {
    lines: Lines<R>,
    done: bool,
}

impl<R: BufRead> Frames<R> {
    /// Frames of `reader`; `file` is its name in messages.
    pub fn new(reader: R, file: &str) -> Self {
        Self { lines: Lines::new(reader, file), done: false }
    }

    fn frame(&mut self) -> Result<Option<Configuration>, InputError> {
        loop {
            if !self.lines.advance()? {
                return Ok(None);
            }
            if !self.lines.line().is_blank() {
                break;
            }
        }
        let count = particle_count(self.lines.line())?;
        if !self.lines.advance()? {
            return Err(ends_early(self.lines.line(), "before the comment line"));
        }
        let line = self.lines.line();
        let comment = comment::parse(line.text).map_err(|m| line.fail(m.start, m.end, m.message, m.help))?;
        let mut builder = Builder::new(&self.lines.file, comment);
        for particle in 0..count {
            if !self.lines.advance()? {
                return Err(ends_early(self.lines.line(), &format!("after {particle} of {count} particles")));
            }
            builder.particle(self.lines.line())?;
        }
        Ok(Some(builder.configuration))
    }
}

/// The first line of a frame.
pub(crate) fn particle_count(line: Line<'_>) -> Result<u64, InputError> {
    let mut all = line.words();
    let help = "a frame starts with a line that holds only the number of particles";
    let (Some(word), None) = (all.next(), all.next()) else {
        return Err(line.fail(0, line.text.len(), "this is not a particle count", help));
    };
    match word.text.parse() {
        Ok(count) if count <= u64::from(u32::MAX) => Ok(count),
        Ok(_) => Err(line.fail_at(word, format!("{} particles are more than 2^32 - 1", word.text), help)),
        Err(_) => Err(line.fail_at(word, format!("`{}` is not a particle count", word.text), help)),
    }
}

/// The file ends where more should stand.
pub(crate) fn ends_early(line: Line<'_>, place: &str) -> InputError {
    line.fail_behind(format!("the file ends {place}"), "the file is truncated, or its first line has the wrong count")
}

impl<R: BufRead> Iterator for Frames<R> {
    type Item = Result<Configuration, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let frame = self.frame().transpose();
        self.done = !matches!(frame, Some(Ok(_)));
        frame
    }
}

/// A configuration under construction.
struct Builder {
    configuration: Configuration,
    columns: Columns,
    element_index: HashMap<String, u32>,
    ids: HashSet<u32>,
}

impl Builder {
    fn new(file: &str, comment: Comment) -> Self {
        let columns = Columns::new(comment.columns);
        let configuration = Configuration {
            file: file.to_owned(),
            cell: comment.cell,
            origin: comment.origin,
            // The convention of extended XYZ: a lattice without pbc is periodic.
            periodic: comment.periodic.or(comment.cell.map(|_| [true; 3])),
            time: comment.time,
            step: comment.step,
            velocities: columns.has(Role::Velocity).then(Vec::new),
            ids: columns.has(Role::Id).then(Vec::new),
            ..Configuration::default()
        };
        Self { configuration, columns, element_index: HashMap::new(), ids: HashSet::new() }
    }

    fn particle(&mut self, line: Line<'_>) -> Result<(), InputError> {
        let row = self.columns.read(line)?;
        let configuration = &mut self.configuration;
        let element = row.element.map_or(Ok(0), |word| intern(line, word, &mut self.element_index, &mut configuration.elements))?;
        if let Some((id, word)) = row.id {
            if !self.ids.insert(id) {
                return Err(line.fail_at(word, format!("id {id} stands twice"), "each particle has an id of its own"));
            }
            configuration.ids.get_or_insert_default().push(id);
        }
        configuration.positions.push(row.position);
        if let Some(velocities) = &mut configuration.velocities {
            velocities.push(row.velocity);
        }
        if configuration.elements.is_empty() {
            configuration.elements.push("X".to_owned());
        }
        configuration.element.push(element);
        Ok(())
    }
}

fn intern(line: Line<'_>, word: Word<'_>, index: &mut HashMap<String, u32>, names: &mut Vec<String>) -> Result<u32, InputError> {
    if let Some(&known) = index.get(word.text) {
        return Ok(known);
    }
    if names.len() >= MAX_ELEMENTS {
        return Err(line.fail_at(word, format!("more than {MAX_ELEMENTS} different elements"), "the first column should hold element names"));
    }
    let next = names.len() as u32;
    names.push(word.text.to_owned());
    index.insert(word.text.to_owned(), next);
    Ok(next)
}
