//! Lines of a text with their numbers, one at a time, and the words in them.

use std::io::{BufRead, Read};

use super::XyzError;
use crate::excerpt::Excerpt;

/// Bytes of a line at most; a longer one means that the file is not text.
const MAX_LINE: usize = 1 << 20;

/// Reads lines into one reused buffer.
pub(super) struct Lines<R> {
    reader: R,
    pub(super) file: String,
    /// Number of the line in the buffer, from 1.
    pub(super) number: usize,
    buffer: Vec<u8>,
}

/// A word of a line and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R, file: &str) -> Self {
        Self { reader, file: file.to_owned(), number: 0, buffer: Vec::new() }
    }

    /// Reads the next line into the buffer; false at the end of the file.
    pub(super) fn advance(&mut self) -> Result<bool, XyzError> {
        self.buffer.clear();
        let read = (&mut self.reader).take(MAX_LINE as u64 + 1).read_until(b'\n', &mut self.buffer);
        let read = read.map_err(|error| XyzError::Io { file: self.file.clone(), error })?;
        if read == 0 {
            return Ok(false);
        }
        self.number += 1;
        if read > MAX_LINE {
            self.buffer.truncate(80);
            self.make_text();
            return Err(self.fail(0, 80, format!("a line longer than {MAX_LINE} bytes"), "this is not an XYZ file"));
        }
        if std::str::from_utf8(&self.buffer).is_err() {
            let valid = self.buffer.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
            self.make_text();
            return Err(self.fail(valid, valid + 1, "a byte that is not text (UTF-8)", "XYZ files are plain text; was this one compressed?"));
        }
        Ok(true)
    }

    fn make_text(&mut self) {
        self.buffer = String::from_utf8_lossy(&self.buffer).into_owned().into_bytes();
    }

    /// The line without its end.
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.buffer).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }

    /// An error at bytes `start..end` of the current line.
    pub(super) fn fail(&self, start: usize, end: usize, message: impl Into<String>, help: impl Into<String>) -> XyzError {
        let excerpt = Excerpt::new(&self.file, self.number.max(1), self.text(), start, end);
        XyzError::Malformed { message: message.into(), help: help.into(), excerpt: Box::new(excerpt) }
    }

    /// An error at a word of the current line.
    pub(super) fn fail_at(&self, word: Word<'_>, message: impl Into<String>, help: impl Into<String>) -> XyzError {
        self.fail(word.start, word.start + word.text.len(), message, help)
    }
}

/// The words of a line.
pub(super) fn words(line: &str) -> impl Iterator<Item = Word<'_>> {
    let base = line.as_ptr() as usize;
    line.split_ascii_whitespace().map(move |text| Word { text, start: text.as_ptr() as usize - base })
}
