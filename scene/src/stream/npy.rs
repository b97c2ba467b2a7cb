//! NPY, versions 1 to 3: an array of single or double precision, little-endian, in C order, with three columns (positions) or six (and velocities).

use super::format::{End, Format, Head, Out, Want};
use super::rows::Particle;
use super::text;
use crate::input::{InputError, Place};
use crate::xyz::lines::Line;
use crate::xyz::row::fits;

/// No text begins with it.
pub(super) const FIRST_BYTE: u8 = 0x93;
const MAGIC: &[u8] = b"\x93NUMPY";
/// Bytes of the description at most; that of an array of numbers has about a hundred.
const MAX_DESCRIPTION: usize = 1 << 16;
const HELP: &str = "save it by numpy.save(file, numpy.ascontiguousarray(a, dtype='<f4')), a of shape (n, 3) or (n, 6)";

#[derive(Clone, Copy, Debug)]
enum State {
    Magic,
    Length { bytes: usize },
    Description { bytes: usize },
    Rows,
    Tail,
}

/// The format.
#[derive(Debug)]
pub(super) struct Npy {
    file: String,
    state: State,
    head: Option<Head>,
    double: bool,
    columns: usize,
    begin: u64,
    count: u64,
    done: u64,
}

impl Npy {
    pub(super) fn new(file: &str) -> Self {
        Npy { file: file.to_owned(), state: State::Magic, head: None, double: false, columns: 3, begin: 0, count: 0, done: 0 }
    }

    fn fail<T>(&self, at: u64, message: impl Into<String>) -> Result<T, InputError> {
        Err(InputError::record(&self.file, Place::Byte(at), message, HELP))
    }

    fn stride(&self) -> usize {
        self.columns * self.size()
    }

    fn size(&self) -> usize {
        if self.double { 8 } else { 4 }
    }

    fn description(&mut self, bytes: &[u8], at: u64) -> Result<(), InputError> {
        let Some(description) = std::str::from_utf8(bytes).ok().and_then(Description::read) else {
            return self.fail(at, "the description of the array cannot be read");
        };
        self.double = match description.kind {
            "<f4" => false,
            "<f8" => true,
            other => return self.fail(at, format!("the array is of type `{}`; <f4 and <f8 are read", shown(other))),
        };
        if description.fortran {
            return self.fail(at, "the array is in Fortran order, column after column");
        }
        let [count, columns @ (3 | 6)] = description.shape[..] else {
            let shape: Vec<String> = description.shape.iter().map(u64::to_string).collect();
            return self.fail(at, format!("the array is of shape ({})", shape.join(", ")));
        };
        if count == 0 {
            return Err(InputError::record(&self.file, Place::Byte(at), text::NONE.0, text::NONE.1));
        }
        (self.count, self.columns, self.begin) = (count, columns as usize, at + bytes.len() as u64);
        self.head = Some(Head { count: Some(count), ..Head::default() });
        self.state = State::Rows;
        Ok(())
    }

    fn rows(&mut self, bytes: &[u8], at: u64, out: &mut Out<'_>) -> Result<(), InputError> {
        let (stride, size) = (self.stride(), self.size());
        for (k, record) in bytes.chunks_exact(stride).enumerate() {
            let mut values = [0.0; 6];
            for (value, bytes) in values.iter_mut().zip(record.chunks_exact(size)) {
                *value = match *bytes {
                    [a, b, c, d] => f64::from(f32::from_le_bytes([a, b, c, d])),
                    [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
                    _ => 0.0,
                };
            }
            if let Some(bad) = values.iter().position(|value| !fits(*value)) {
                let place = at + (k * stride + bad * size) as u64;
                return Err(not_a_number(&self.file, place, self.done, bad, values[bad]));
            }
            let [x, y, z, vx, vy, vz] = values;
            out.push(&Particle { position: [x, y, z], velocity: [vx, vy, vz], ..Particle::default() });
            self.done += 1;
        }
        Ok(())
    }
}

/// Component `which` of x, y, z, vx, vy, vz of a particle is none that single precision can hold.
pub(super) fn not_a_number(file: &str, at: u64, particle: u64, which: usize, value: f64) -> InputError {
    let what = ["position x", "position y", "position z", "velocity x", "velocity y", "velocity z"][which.min(5)];
    let (why, help) = if value.is_finite() {
        ("too large", "numbers lie between -3.4e38 and 3.4e38; use another unit")
    } else {
        ("not finite", "every coordinate must be a finite number")
    };
    InputError::record(file, Place::Byte(at), format!("{what} of particle {particle} is {why}"), help)
}

/// A stretch of a file for a message.
fn shown(text: &str) -> String {
    text.chars().take(40).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

impl Format for Npy {
    fn want(&self) -> Want {
        match self.state {
            State::Magic => Want::Bytes(8),
            State::Length { bytes } | State::Description { bytes } => Want::Bytes(bytes),
            State::Rows => Want::Records(self.stride()),
            State::Tail => Want::Bytes(1),
        }
    }

    fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    fn line(&mut self, _: Line<'_>, _: &mut Out<'_>) -> Result<(), InputError> {
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8], at: u64, out: &mut Out<'_>) -> Result<(), InputError> {
        match self.state {
            State::Magic if !bytes.starts_with(MAGIC) => self.fail(at, "this is not an NPY file"),
            State::Magic => {
                let bytes = match bytes[6] {
                    1 => 2,
                    2 | 3 => 4,
                    version => return self.fail(6, format!("the file is of version {version}; 1, 2 and 3 are read")),
                };
                self.state = State::Length { bytes };
                Ok(())
            }
            State::Length { .. } => {
                let length = bytes.iter().rev().fold(0, |length: usize, byte| length << 8 | usize::from(*byte));
                if length == 0 || length > MAX_DESCRIPTION {
                    return self.fail(at, format!("the description of the array has {length} bytes; 1 to {MAX_DESCRIPTION} are read"));
                }
                self.state = State::Description { bytes: length };
                Ok(())
            }
            State::Description { .. } => self.description(bytes, at),
            State::Rows => {
                let left = usize::try_from((self.count - self.done).saturating_mul(self.stride() as u64)).unwrap_or(usize::MAX);
                let (mine, rest) = bytes.split_at(left.min(bytes.len()));
                self.rows(mine, at, out)?;
                if self.done == self.count {
                    self.state = State::Tail;
                }
                if rest.is_empty() { Ok(()) } else { self.bytes(rest, at + mine.len() as u64, out) }
            }
            State::Tail => {
                let message = format!("there are bytes behind the last of {} particles", self.count);
                Err(InputError::record(&self.file, Place::Byte(at), message, "the file is damaged, or two files were joined"))
            }
        }
    }

    fn end(&mut self, end: End<'_>) -> Result<(), InputError> {
        let message = match self.state {
            State::Tail => return Ok(()),
            State::Rows => format!("the file ends after {} of {} particles", self.done, self.count),
            _ if end.bytes == 0 => "the file is empty".to_owned(),
            _ => "the file ends before its first particle".to_owned(),
        };
        Err(InputError::record(&self.file, Place::Byte(end.bytes), message, "the file is truncated; copy it again"))
    }

    fn place(&self, row: u64) -> Place {
        Place::Byte(self.begin + row * self.stride() as u64)
    }
}

/// The dictionary that describes the array, which is written as Python would.
struct Description<'a> {
    kind: &'a str,
    fortran: bool,
    shape: Vec<u64>,
}

impl<'a> Description<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
        let after = |key: &str| {
            let at = [format!("'{key}'"), format!("\"{key}\"")].iter().find_map(|key| inner.find(key.as_str()).map(|at| at + key.len()))?;
            Some(inner[at..].trim_start().strip_prefix(':')?.trim_start())
        };
        let kind = after("descr")?;
        let quote = kind.chars().next()?;
        let kind = if matches!(quote, '\'' | '"') { kind[1..].split(quote).next()? } else { kind };
        let order = after("fortran_order")?;
        let fortran = order.starts_with("True");
        if !fortran && !order.starts_with("False") {
            return None;
        }
        let shape = after("shape")?.strip_prefix('(')?.split_once(')')?.0;
        let shape = shape.split(',').map(str::trim).filter(|side| !side.is_empty()).map(|side| side.parse().ok()).collect::<Option<Vec<u64>>>()?;
        Some(Description { kind, fortran, shape })
    }
}
