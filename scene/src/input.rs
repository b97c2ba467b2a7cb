//! Why a file of particles could not be read, and where in it.

use std::fmt;

use crate::excerpt::Excerpt;

/// A place in a file whose text is not at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Number of a line, from 1.
    Line(u64),
    /// Bytes before the place.
    Byte(u64),
}

/// Why a file could not be read.
#[derive(Debug)]
pub enum InputError {
    /// The bytes did not arrive.
    Io {
        /// Name of the file.
        file: String,
        /// The operating system's reason.
        error: std::io::Error,
    },
    /// A line of text is not what it should be.
    Malformed {
        /// What is wrong.
        message: String,
        /// How to fix it.
        help: String,
        /// Where; boxed to keep the type small.
        excerpt: Box<Excerpt>,
    },
    /// A record is not what it should be.
    Record {
        /// Name of the file.
        file: String,
        /// Where.
        place: Place,
        /// What is wrong.
        message: String,
        /// How to fix it.
        help: String,
    },
}

impl InputError {
    /// An error in a record.
    pub(crate) fn record(file: &str, place: Place, message: impl Into<String>, help: impl Into<String>) -> Self {
        InputError::Record { file: file.to_owned(), place, message: message.into(), help: help.into() }
    }
}

impl InputError {
    /// Two particles have the same id.
    pub fn doubled_id(file: &str, id: u32, first: Place, second: Place) -> Self {
        let first = match first {
            Place::Line(line) => format!("line {line}"),
            Place::Byte(byte) => format!("byte {byte}"),
        };
        Self::record(file, second, format!("id {id} stands twice, first at {first}"), "each particle has an id of its own")
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InputError::Io { file, error } => write!(f, "error: {file} cannot be read: {error}"),
            InputError::Malformed { message, help, excerpt } => {
                write!(f, "error: {message}\n{excerpt}\n{} = help: {help}", excerpt.margin())
            }
            InputError::Record { file, place: Place::Line(line), message, help } => write!(f, "error: {message}\n  --> {file}:{line}\n  = help: {help}"),
            InputError::Record { file, place: Place::Byte(byte), message, help } => write!(f, "error: {message}\n  --> {file}: byte {byte}\n  = help: {help}"),
        }
    }
}

impl std::error::Error for InputError {}
