//! Lines of a text with their numbers, one at a time, and the words in them.

use std::io::{BufRead, Read};

use crate::excerpt::Excerpt;
use crate::input::InputError;

/// Bytes of a line at most; a longer one means that the file is not text.
pub(crate) const MAX_LINE: usize = 1 << 20;

/// A line without its end, and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) file: &'a str,
    /// From 1.
    pub(crate) number: usize,
    pub(crate) text: &'a str,
}

impl<'a> Line<'a> {
    /// The line in these bytes.
    ///
    /// # Errors
    /// When they are not text, or too many.
    pub(crate) fn new(file: &'a str, number: usize, bytes: &'a [u8]) -> Result<Self, InputError> {
        if bytes.len() > MAX_LINE {
            let text = String::from_utf8_lossy(&bytes[..80]);
            return Err(Line { file, number, text: &text }.fail(0, 80, format!("a line longer than {MAX_LINE} bytes"), "this is not a text file of particles"));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Line { file, number, text: text.trim_end_matches(['\n', '\r']) }),
            Err(error) => {
                let (valid, text) = (error.valid_up_to(), String::from_utf8_lossy(bytes));
                let line = Line { file, number, text: text.trim_end_matches(['\n', '\r']) };
                Err(line.fail(valid, valid + 1, "a byte that is not text (UTF-8)", "such files are plain text; was this one compressed?"))
            }
        }
    }

    /// An error at bytes `start..end`.
    pub(crate) fn fail(&self, start: usize, end: usize, message: impl Into<String>, help: impl Into<String>) -> InputError {
        let excerpt = Excerpt::new(self.file, self.number.max(1), self.text, start, end);
        InputError::Malformed { message: message.into(), help: help.into(), excerpt: Box::new(excerpt) }
    }

    /// An error at a word.
    pub(crate) fn fail_at(&self, word: Word<'_>, message: impl Into<String>, help: impl Into<String>) -> InputError {
        self.fail(word.start, word.start + word.text.len(), message, help)
    }

    /// An error behind the last character.
    pub(crate) fn fail_behind(&self, message: impl Into<String>, help: impl Into<String>) -> InputError {
        self.fail(self.text.len(), self.text.len(), message, help)
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    pub(crate) fn words(&self) -> impl Iterator<Item = Word<'a>> + use<'a> {
        let base = self.text.as_ptr() as usize;
        self.text.split_ascii_whitespace().map(move |text| Word { text, start: text.as_ptr() as usize - base })
    }
}

/// Reads lines into one reused buffer.
pub(super) struct Lines<R> {
    reader: R,
    pub(super) file: String,
    /// Number of the line in the buffer, from 1.
    number: usize,
    buffer: Vec<u8>,
}

/// A word of a line and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Word<'a> {
    pub(crate) text: &'a str,
    pub(crate) start: usize,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R, file: &str) -> Self {
        Self { reader, file: file.to_owned(), number: 0, buffer: Vec::new() }
    }

    /// Reads the next line into the buffer; false at the end of the file.
    pub(super) fn advance(&mut self) -> Result<bool, InputError> {
        self.buffer.clear();
        let read = (&mut self.reader).take(MAX_LINE as u64 + 1).read_until(b'\n', &mut self.buffer);
        if read.map_err(|error| InputError::Io { file: self.file.clone(), error })? == 0 {
            return Ok(false);
        }
        self.number += 1;
        Line::new(&self.file, self.number, &self.buffer).map(|_| true)
    }

    /// The line in the buffer.
    pub(super) fn line(&self) -> Line<'_> {
        let text = std::str::from_utf8(&self.buffer).unwrap_or_default().trim_end_matches(['\n', '\r']);
        Line { file: &self.file, number: self.number, text }
    }
}
