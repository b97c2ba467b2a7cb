//! One particle line: its columns as numbers, and what can be wrong with them.

use super::comment::Role;
use super::lines::{Line, Word};
use crate::input::InputError;

/// What the columns of all particle lines hold.
#[derive(Debug)]
pub(crate) struct Columns {
    groups: Vec<(Role, usize)>,
    /// Plain files may have further columns, which mean nothing.
    plain: bool,
}

/// A particle as its line gives it.
pub(crate) struct Row<'a> {
    pub(crate) element: Option<Word<'a>>,
    pub(crate) id: Option<(u32, Word<'a>)>,
    pub(crate) position: [f64; 3],
    pub(crate) velocity: [f64; 3],
}

impl Columns {
    /// Columns that the comment tells, or those of a plain file.
    pub(crate) fn new(told: Option<Vec<(Role, usize)>>) -> Self {
        let plain = told.is_none();
        Columns { groups: told.unwrap_or_else(|| vec![(Role::Species, 1), (Role::Position, 3)]), plain }
    }

    pub(crate) fn has(&self, role: Role) -> bool {
        self.groups.iter().any(|&(r, _)| r == role)
    }

    /// Reads a line.
    pub(crate) fn read<'a>(&self, line: Line<'a>) -> Result<Row<'a>, InputError> {
        let mut rest = line.words();
        let mut row = Row { element: None, id: None, position: [0.0; 3], velocity: [0.0; 3] };
        for &(role, width) in &self.groups {
            match role {
                Role::Species => row.element = Some(next(line, &mut rest, "an element name")?),
                Role::Id => {
                    let word = next(line, &mut rest, "an id")?;
                    row.id = Some((id(line, word)?, word));
                }
                Role::Position => row.position = vector(line, &mut rest, "position")?,
                Role::Velocity => row.velocity = vector(line, &mut rest, "velocity")?,
                Role::Other => {
                    for _ in 0..width {
                        next(line, &mut rest, "a column")?;
                    }
                }
            }
        }
        match rest.next().filter(|_| !self.plain) {
            Some(word) => Err(line.fail_at(word, "more columns than `Properties` tells", "make the comment line and the particle lines agree")),
            None => Ok(row),
        }
    }
}

/// An id.
pub(crate) fn id(line: Line<'_>, word: Word<'_>) -> Result<u32, InputError> {
    word.text.parse().map_err(|_| line.fail_at(word, format!("`{}` is not an id", word.text), "ids are whole numbers from 0 to 2^32 - 1"))
}

/// Whether single precision can hold it.
pub(crate) fn fits(value: f64) -> bool {
    value.abs() <= f64::from(f32::MAX)
}

/// A finite number that single precision can hold; `what` and `axis` name it in messages.
pub(crate) fn number(line: Line<'_>, word: Word<'_>, what: &str, axis: &str) -> Result<f64, InputError> {
    match word.text.parse::<f64>() {
        Ok(value) if fits(value) => Ok(value),
        Ok(value) if value.is_finite() => {
            Err(line.fail_at(word, format!("{what} {axis} is too large"), "numbers lie between -3.4e38 and 3.4e38; use another unit"))
        }
        Ok(_) => Err(line.fail_at(word, format!("{what} {axis} is not finite"), "every coordinate must be a finite number")),
        Err(_) => Err(line.fail_at(word, format!("`{}` is not a number ({what} {axis})", word.text), "write numbers like -1.5 or 2.5e-3")),
    }
}

fn next<'a>(line: Line<'a>, rest: &mut impl Iterator<Item = Word<'a>>, what: &str) -> Result<Word<'a>, InputError> {
    rest.next().ok_or_else(|| ends(line, what))
}

fn ends(line: Line<'_>, what: &str) -> InputError {
    line.fail_behind(format!("the line ends where {what} should stand"), "a particle line is `element x y z`, or what `Properties` tells")
}

fn vector<'a>(line: Line<'a>, rest: &mut impl Iterator<Item = Word<'a>>, what: &str) -> Result<[f64; 3], InputError> {
    let mut v = [0.0; 3];
    for (x, axis) in v.iter_mut().zip(["x", "y", "z"]) {
        let word = rest.next().ok_or_else(|| ends(line, &format!("{what} {axis}")))?;
        *x = number(line, word, what, axis)?;
    }
    Ok(v)
}
