//! CSV: a heading with the names of columns, and a line for each particle. How many there are nobody knows before the end.

use super::format::{End, Format, Head, Out, Want};
use super::text::{self, Column};
use crate::input::{InputError, Place};
use crate::xyz::lines::{Line, Word};

const HELP: &str = "the heading names columns: x,y,z and, if you like, vx,vy,vz, species and id";
/// Columns at most.
const MAX_COLUMNS: usize = 1024;

/// The format.
#[derive(Debug)]
pub(super) struct Csv {
    columns: Vec<Column>,
    separator: char,
    head: Option<Head>,
    first_line: u64,
    rows: u64,
    /// A line without anything was seen: nothing but such lines may follow.
    over: bool,
}

impl Csv {
    pub(super) fn new() -> Self {
        Csv { columns: Vec::new(), separator: ',', head: None, first_line: 0, rows: 0, over: false }
    }

    fn heading(&mut self, line: Line<'_>) -> Result<(), InputError> {
        self.separator = [',', ';', '\t'].into_iter().find(|separator| line.text.contains(*separator)).unwrap_or(',');
        let names = || fields(line, self.separator);
        if names().count() > MAX_COLUMNS {
            return Err(line.fail(0, line.text.len(), format!("more than {MAX_COLUMNS} columns"), HELP));
        }
        if names().all(|name| name.text.parse::<f64>().is_ok()) {
            return Err(line.fail(0, line.text.len(), "the file has no heading", HELP));
        }
        self.columns = names().map(|name| text::column(name.text)).collect();
        if let Some(misfit) = text::misfit(&self.columns) {
            return Err(line.fail(0, line.text.len(), misfit, HELP));
        }
        self.head = Some(Head { ids: self.columns.contains(&Column::Id), ..Head::default() });
        self.first_line = line.number as u64 + 1;
        Ok(())
    }
}

/// What stands between separators, without blanks and quotes around it.
fn fields(line: Line<'_>, separator: char) -> impl Iterator<Item = Word<'_>> {
    let base = line.text.as_ptr() as usize;
    line.text.split(separator).map(move |field| {
        // The mark that some programs begin a file with is no part of a name.
        let text = field.trim_start_matches('\u{feff}').trim();
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        Word { text, start: text.as_ptr() as usize - base }
    })
}

impl Format for Csv {
    fn want(&self) -> Want {
        Want::Line
    }

    fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    fn line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Result<(), InputError> {
        if self.head.is_none() {
            let skipped = line.is_blank() || line.text.starts_with('#');
            return if skipped { Ok(()) } else { self.heading(line) };
        }
        if line.is_blank() {
            self.over = true;
            return Ok(());
        }
        if self.over {
            return Err(line.fail(
                0,
                line.text.len(),
                format!("there is more behind the last of {} particles", self.rows),
                "empty lines stand at the end only",
            ));
        }
        self.rows += 1;
        if !out.counting {
            out.push(&text::particle(line, &self.columns, fields(line, self.separator), out.species)?);
        }
        Ok(())
    }

    fn bytes(&mut self, _: &[u8], _: u64, _: &mut Out<'_>) -> Result<(), InputError> {
        Ok(())
    }

    fn end(&mut self, end: End<'_>) -> Result<(), InputError> {
        match (&self.head, self.rows) {
            (None, _) => Err(end.line.fail(0, 0, "the file is empty", HELP)),
            (Some(_), 0) => Err(end.line.fail(0, 0, text::NONE.0, text::NONE.1)),
            _ => {
                self.head.get_or_insert_default().count = Some(self.rows);
                Ok(())
            }
        }
    }

    fn place(&self, row: u64) -> Place {
        Place::Line(self.first_line + row)
    }
}
