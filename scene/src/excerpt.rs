//! A place in a text file, shown as its line with a caret below.
//!
//! Long lines (minified JSON) are cut to a window around the place, so that a message stays readable.

use std::fmt;

/// Characters of a source line shown at most.
const WINDOW: usize = 100;

/// One line of a file with a stretch of it marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Name of the file as the user knows it.
    pub file: String,
    /// Line number, from 1.
    pub line: usize,
    /// Column of the first marked character, from 1, counted in characters.
    pub column: usize,
    text: String,
    caret: usize,
    caret_length: usize,
}

impl Excerpt {
    /// Marks bytes `start..end` of `line_text`; both are moved to character boundaries inside it.
    pub fn new(file: &str, line: usize, line_text: &str, start: usize, end: usize) -> Self {
        let start = floor_boundary(line_text, start);
        let end = floor_boundary(line_text, end.max(start));
        let before = line_text[..start].chars().count();
        let marked = line_text[start..end].chars().count();
        let first = if before > WINDOW * 3 / 4 { before - WINDOW / 2 } else { 0 };
        let visible: String = line_text.chars().skip(first).take(WINDOW).map(printable).collect();
        let cut_left = if first > 0 { "…" } else { "" };
        let cut_right = if line_text.chars().nth(first + WINDOW).is_some() { "…" } else { "" };
        let caret = before - first + cut_left.chars().count();
        let room = (visible.chars().count() + cut_left.chars().count()).saturating_sub(caret);
        Self {
            file: file.to_owned(),
            line,
            column: before + 1,
            text: format!("{cut_left}{}{cut_right}", visible.trim_end()),
            caret,
            caret_length: marked.min(room).max(1),
        }
    }

    /// Marks bytes `start..end` of a whole text; only the first line of a longer stretch.
    pub fn of_text(file: &str, text: &str, start: usize, end: usize) -> Self {
        let start = floor_boundary(text, start);
        let line_start = text[..start].rfind('\n').map_or(0, |i| i + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |i| start + i);
        let line = text[..line_start].matches('\n').count() + 1;
        let line_text = text[line_start..line_end].trim_end_matches('\r');
        Self::new(file, line, line_text, start - line_start, end.min(line_end).max(start) - line_start)
    }
}

impl Excerpt {
    /// Blanks as wide as the line number, before all lines that have none.
    pub(crate) fn margin(&self) -> String {
        " ".repeat(self.line.to_string().len())
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, margin) = (self.line.to_string(), self.margin());
        writeln!(f, "{margin} --> {}:{}:{}", self.file, self.line, self.column)?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", self.text)?;
        write!(f, "{margin} | {}{}", " ".repeat(self.caret), "^".repeat(self.caret_length))
    }
}

/// Control characters would move the caret or the terminal's cursor.
fn printable(c: char) -> char {
    if c == '\t' {
        ' '
    } else if c.is_control() {
        '\u{fffd}'
    } else {
        c
    }
}

/// The greatest character boundary at or before `index`.
fn floor_boundary(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_below_the_marked_words() {
        let text = "a = 1\n\tdt = -3 # ü\nlast";
        let start = text.find("-3").unwrap();
        let shown = Excerpt::of_text("x.toml", text, start, start + 2).to_string();
        assert_eq!(shown, "  --> x.toml:2:7\n  |\n2 |  dt = -3 # ü\n  |       ^^");
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let text = format!("{}HERE{}", "x".repeat(5000), "y".repeat(5000));
        let shown = Excerpt::of_text("min.json", &text, 5000, 5004).to_string();
        assert!(shown.lines().all(|l| l.chars().count() < 120), "{shown}");
        let marked = shown.lines().nth(2).unwrap().chars().position(|c| c == 'H');
        let caret = shown.lines().nth(3).unwrap().chars().position(|c| c == '^');
        assert_eq!(marked, caret);
    }

    #[test]
    fn any_offset_is_safe() {
        let text = "ä\nöü\r\n";
        for start in 0..12 {
            for end in 0..12 {
                let _ = Excerpt::of_text("x", text, start, end).to_string();
            }
        }
    }
}
