//! What formats made of lines share: columns by their names, and species by theirs.

use super::rows::Particle;
use crate::input::InputError;
use crate::xyz::lines::{Line, Word};
use crate::xyz::row::{id, number};

/// What is wrong with a file of no particles, and what to do.
pub(super) const NONE: (&str, &str) = ("the file has no particles", "leave --init out for a scene's own particles; an empty scene has fills of count 0");

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Position(usize),
    Velocity(usize),
    Species,
    Id,
    Other,
}

/// Its name, where it has one that means something.
pub(super) fn column(name: &str) -> Column {
    match name.to_ascii_lowercase().as_str() {
        "x" => Column::Position(0),
        "y" => Column::Position(1),
        "z" => Column::Position(2),
        "vx" => Column::Velocity(0),
        "vy" => Column::Velocity(1),
        "vz" => Column::Velocity(2),
        "species" | "element" => Column::Species,
        "id" => Column::Id,
        _ => Column::Other,
    }
}

/// Why these columns do not make particles; `None` if they do.
pub(super) fn misfit(columns: &[Column]) -> Option<String> {
    let name = |column: &Column| match column {
        Column::Position(k) => ["x", "y", "z"][*k],
        Column::Velocity(k) => ["vx", "vy", "vz"][*k],
        Column::Species => "species",
        _ => "id",
    };
    let known = || columns.iter().filter(|column| **column != Column::Other);
    if let Some(twice) = known().find(|column| known().filter(|other| other == column).count() > 1) {
        return Some(format!("`{}` stands twice", name(twice)));
    }
    let moving = columns.iter().any(|column| matches!(column, Column::Velocity(_)));
    let wanted = (0..3).map(Column::Position).chain((0..3).filter(|_| moving).map(Column::Velocity));
    wanted.into_iter().find(|column| !columns.contains(column)).map(|missing| format!("there is no `{}`", name(&missing)))
}

/// Index of a species that is told by its name, or, where `numbered`, by its number from 0. With one species every name is that one.
pub(super) fn species(line: Line<'_>, word: Word<'_>, names: &[String], numbered: bool) -> Result<u32, InputError> {
    if names.len() <= 1 {
        return Ok(0);
    }
    let named = names.iter().position(|name| name == word.text);
    let index = named.or_else(|| word.text.parse().ok().filter(|index| numbered && *index < names.len()));
    index.map(|index| index as u32).ok_or_else(|| {
        let help = format!("name a species `{}` in the scene; it has {}", word.text, names.join(", "));
        line.fail_at(word, format!("`{}` is no species of the scene", word.text), help)
    })
}

/// A particle of a line's words, in the order of the columns.
pub(super) fn particle<'a>(line: Line<'a>, columns: &[Column], mut words: impl Iterator<Item = Word<'a>>, names: &[String]) -> Result<Particle, InputError> {
    const AXES: [&str; 3] = ["x", "y", "z"];
    let mut particle = Particle::default();
    let count = |found: usize| format!("the line has {found} columns and should have {}", columns.len());
    for (k, column) in columns.iter().enumerate() {
        let word = words.next().ok_or_else(|| line.fail_behind(count(k), "make all lines agree with the heading"))?;
        match *column {
            Column::Position(k) => particle.position[k] = number(line, word, "position", AXES[k])?,
            Column::Velocity(k) => particle.velocity[k] = number(line, word, "velocity", AXES[k])?,
            Column::Species => particle.species = species(line, word, names, true)?,
            Column::Id => particle.id = Some(id(line, word)?),
            Column::Other => {}
        }
    }
    match words.next() {
        Some(word) => Err(line.fail_at(word, format!("the line has more than {} columns", columns.len()), "make all lines agree with the heading")),
        None => Ok(particle),
    }
}
