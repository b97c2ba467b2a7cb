//! The first frame of an XYZ or extended XYZ file, line by line.

use super::format::{End, Format, Head, Out, Want};
use super::rows::Particle;
use super::text;
use crate::input::{InputError, Place};
use crate::xyz::comment::{self, Comment, Role};
use crate::xyz::lines::Line;
use crate::xyz::read::{EMPTY, ends_early, particle_count};
use crate::xyz::row::Columns;

#[derive(Debug)]
enum State {
    Count,
    Comment {
        count: u64,
    },
    Rows {
        columns: Columns,
        done: u64,
        count: u64,
    },
    /// All particles are here; another frame may follow, which is not read.
    Tail {
        count: u64,
    },
    Done,
}

/// The format.
#[derive(Debug)]
pub(super) struct Xyz {
    state: State,
    head: Option<Head>,
    /// Line of the first particle.
    first_line: u64,
}

impl Xyz {
    pub(super) fn new() -> Self {
        Xyz { state: State::Count, head: None, first_line: 0 }
    }

    fn comment(&mut self, line: Line<'_>, count: u64) -> Result<(), InputError> {
        let Comment { cell, origin, periodic, columns, .. } = comment::parse(line.text).map_err(|m| line.fail(m.start, m.end, m.message, m.help))?;
        let columns = Columns::new(columns);
        // The convention of extended XYZ: a lattice without pbc is periodic.
        let periodic = periodic.or(cell.map(|_| [true; 3]));
        self.head = Some(Head { count: Some(count), cell, origin, periodic, ids: columns.has(Role::Id) });
        self.first_line = line.number as u64 + 1;
        self.state = State::Rows { columns, done: 0, count };
        Ok(())
    }
}

impl Format for Xyz {
    fn want(&self) -> Want {
        if matches!(self.state, State::Done) { Want::Nothing } else { Want::Line }
    }

    fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    fn line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Result<(), InputError> {
        match &mut self.state {
            State::Count if line.is_blank() => {}
            State::Count => match particle_count(line)? {
                0 => return Err(line.fail(0, line.text.len(), text::NONE.0, text::NONE.1)),
                count => self.state = State::Comment { count },
            },
            State::Comment { count } => {
                let count = *count;
                self.comment(line, count)?;
            }
            State::Rows { columns, done, count } => {
                let row = columns.read(line)?;
                let species = row.element.map_or(Ok(0), |word| text::species(line, word, out.species, false))?;
                out.push(&Particle { position: row.position, velocity: row.velocity, species, id: row.id.map(|(id, _)| id) });
                *done += 1;
                if done == count {
                    self.state = State::Tail { count: *count };
                }
            }
            State::Tail { .. } if line.is_blank() => {}
            State::Tail { count } => {
                if particle_count(line).is_err() {
                    let message = format!("there is more behind the last of {count} particles, and it is not another frame");
                    return Err(line.fail(0, line.text.len(), message, "the first line has the wrong count, or the file is damaged"));
                }
                self.state = State::Done;
            }
            State::Done => {}
        }
        Ok(())
    }

    fn bytes(&mut self, _: &[u8], _: u64, _: &mut Out<'_>) -> Result<(), InputError> {
        Ok(())
    }

    fn end(&mut self, end: End<'_>) -> Result<(), InputError> {
        match &self.state {
            State::Count => Err(end.line.fail(0, 0, EMPTY.0, EMPTY.1)),
            State::Comment { .. } => Err(ends_early(end.line, "before the comment line")),
            State::Rows { done, count, .. } => Err(ends_early(end.line, &format!("after {done} of {count} particles"))),
            State::Tail { .. } | State::Done => Ok(()),
        }
    }

    fn place(&self, row: u64) -> Place {
        Place::Line(self.first_line + row)
    }
}
