//! Reader of XYZ and extended XYZ, frame by frame.

use std::collections::{HashMap, HashSet};
use std::io::BufRead;

use super::comment::{self, Comment, Role};
use super::lines::{Lines, Word, words};
use super::{Configuration, XyzError};

/// Different element names at most.
const MAX_ELEMENTS: usize = 256;

/// Reads the first frame.
///
/// # Errors
/// When the file cannot be read, is empty, ends early or holds something else, with line and column.
pub fn read_first(reader: impl BufRead, file: &str) -> Result<Configuration, XyzError> {
    let mut frames = Frames::new(reader, file);
    match frames.next() {
        Some(frame) => frame,
        None => Err(frames.lines.fail(0, 0, "the file is empty", "an XYZ file starts with a line that holds the number of particles")),
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

    fn frame(&mut self) -> Result<Option<Configuration>, XyzError> {
        loop {
            if !self.lines.advance()? {
                return Ok(None);
            }
            if !self.lines.text().trim().is_empty() {
                break;
            }
        }
        let count = self.particle_count()?;
        if !self.lines.advance()? {
            return Err(self.ends_early("before the comment line"));
        }
        let comment = comment::parse(self.lines.text()).map_err(|m| self.lines.fail(m.start, m.end, m.message, m.help))?;
        let mut builder = Builder::new(&self.lines.file, comment);
        for particle in 0..count {
            if !self.lines.advance()? {
                return Err(self.ends_early(&format!("after {particle} of {count} particles")));
            }
            builder.particle(&self.lines)?;
        }
        Ok(Some(builder.configuration))
    }

    fn particle_count(&self) -> Result<u64, XyzError> {
        let mut all = words(self.lines.text());
        let help = "a frame starts with a line that holds only the number of particles";
        let (Some(word), None) = (all.next(), all.next()) else {
            return Err(self.lines.fail(0, self.lines.text().len(), "this is not a particle count", help));
        };
        match word.text.parse() {
            Ok(count) if count <= u64::from(u32::MAX) => Ok(count),
            Ok(_) => Err(self.lines.fail_at(word, format!("{} particles are more than 2^32 - 1", word.text), help)),
            Err(_) => Err(self.lines.fail_at(word, format!("`{}` is not a particle count", word.text), help)),
        }
    }

    fn ends_early(&self, place: &str) -> XyzError {
        let end = self.lines.text().len();
        self.lines.fail(end, end, format!("the file ends {place}"), "the file is truncated, or its first line has the wrong count")
    }
}

impl<R: BufRead> Iterator for Frames<R> {
    type Item = Result<Configuration, XyzError>;

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
    columns: Vec<(Role, usize)>,
    /// Plain files may have further columns, which mean nothing.
    plain: bool,
    element_index: HashMap<String, u32>,
    ids: HashSet<u32>,
}

impl Builder {
    fn new(file: &str, comment: Comment) -> Self {
        let plain = comment.columns.is_none();
        let columns = comment.columns.unwrap_or_else(|| vec![(Role::Species, 1), (Role::Position, 3)]);
        let has = |role| columns.iter().any(|&(r, _)| r == role);
        let configuration = Configuration {
            file: file.to_owned(),
            cell: comment.cell,
            origin: comment.origin,
            // The convention of extended XYZ: a lattice without pbc is periodic.
            periodic: comment.periodic.or(comment.cell.map(|_| [true; 3])),
            time: comment.time,
            step: comment.step,
            velocities: has(Role::Velocity).then(Vec::new),
            ids: has(Role::Id).then(Vec::new),
            ..Configuration::default()
        };
        Self { configuration, columns, plain, element_index: HashMap::new(), ids: HashSet::new() }
    }

    fn particle<R: BufRead>(&mut self, lines: &Lines<R>) -> Result<(), XyzError> {
        let mut rest = words(lines.text());
        let mut element = 0;
        for &(role, width) in &self.columns {
            match role {
                Role::Species => {
                    let word = next(lines, &mut rest, "an element name")?;
                    element = intern(lines, word, &mut self.element_index, &mut self.configuration.elements)?;
                }
                Role::Id => {
                    let word = next(lines, &mut rest, "an id")?;
                    let id = word
                        .text
                        .parse()
                        .map_err(|_| lines.fail_at(word, format!("`{}` is not an id", word.text), "ids are whole numbers from 0 to 2^32 - 1"))?;
                    if !self.ids.insert(id) {
                        return Err(lines.fail_at(word, format!("id {id} stands twice"), "each particle has an id of its own"));
                    }
                    self.configuration.ids.get_or_insert_default().push(id);
                }
                Role::Position => self.configuration.positions.push(vector(lines, &mut rest, "position")?),
                Role::Velocity => self.configuration.velocities.get_or_insert_default().push(vector(lines, &mut rest, "velocity")?),
                Role::Other => {
                    for _ in 0..width {
                        next(lines, &mut rest, "a column")?;
                    }
                }
            }
        }
        if let Some(word) = rest.next().filter(|_| !self.plain) {
            return Err(lines.fail_at(word, "more columns than `Properties` tells", "make the comment line and the particle lines agree"));
        }
        if self.configuration.elements.is_empty() {
            self.configuration.elements.push("X".to_owned());
        }
        self.configuration.element.push(element);
        Ok(())
    }
}

fn next<'a, R: BufRead>(lines: &Lines<R>, rest: &mut impl Iterator<Item = Word<'a>>, what: &str) -> Result<Word<'a>, XyzError> {
    let end = lines.text().len();
    rest.next().ok_or_else(|| {
        lines.fail(end, end, format!("the line ends where {what} should stand"), "a particle line is `element x y z`, or what `Properties` tells")
    })
}

fn vector<'a, R: BufRead>(lines: &Lines<R>, rest: &mut impl Iterator<Item = Word<'a>>, what: &str) -> Result<[f64; 3], XyzError> {
    let mut v = [0.0; 3];
    for (x, axis) in v.iter_mut().zip(["x", "y", "z"]) {
        let word = next(lines, rest, &format!("{what} {axis}"))?;
        *x = match word.text.parse::<f64>() {
            Ok(value) if value.is_finite() => value,
            Ok(_) => return Err(lines.fail_at(word, format!("{what} {axis} is not finite"), "every coordinate must be a finite number")),
            Err(_) => return Err(lines.fail_at(word, format!("`{}` is not a number ({what} {axis})", word.text), "write numbers like -1.5 or 2.5e-3")),
        };
    }
    Ok(v)
}

fn intern<R: BufRead>(lines: &Lines<R>, word: Word<'_>, index: &mut HashMap<String, u32>, names: &mut Vec<String>) -> Result<u32, XyzError> {
    if let Some(&known) = index.get(word.text) {
        return Ok(known);
    }
    if names.len() >= MAX_ELEMENTS {
        return Err(lines.fail_at(word, format!("more than {MAX_ELEMENTS} different elements"), "the first column should hold element names"));
    }
    let next = names.len() as u32;
    names.push(word.text.to_owned());
    index.insert(word.text.to_owned(), next);
    Ok(next)
}
