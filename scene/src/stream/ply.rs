//! PLY, binary little-endian or ASCII: the element `vertex`, with the properties x, y, z and, where it has them, vx, vy, vz, species and id.

use super::format::{End, Format, Head, Out, Want};
use super::npy::not_a_number;
use super::rows::Particle;
use super::text::{self, Column};
use crate::input::{InputError, Place};
use crate::xyz::lines::Line;
use crate::xyz::row::fits;

const HELP: &str = "a PLY file begins with `ply`, `format binary_little_endian 1.0`, its elements and properties, and `end_header`";
/// Lines of the heading, and properties of an element, at most.
const MOST: usize = 4096;

/// Type of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "char" | "int8" => Kind::I8,
            "uchar" | "uint8" => Kind::U8,
            "short" | "int16" => Kind::I16,
            "ushort" | "uint16" => Kind::U16,
            "int" | "int32" => Kind::I32,
            "uint" | "uint32" => Kind::U32,
            "float" | "float32" => Kind::F32,
            "double" | "float64" => Kind::F64,
            _ => return None,
        })
    }

    fn size(self) -> usize {
        match self {
            Kind::I8 | Kind::U8 => 1,
            Kind::I16 | Kind::U16 => 2,
            Kind::I32 | Kind::U32 | Kind::F32 => 4,
            Kind::F64 => 8,
        }
    }

    /// The number in these bytes, of which there are as many as it needs.
    fn value(self, bytes: &[u8]) -> f64 {
        let mut eight = [0; 8];
        eight[..self.size()].copy_from_slice(&bytes[..self.size()]);
        let word = u64::from_le_bytes(eight);
        match self {
            Kind::I8 => f64::from(word as i8),
            Kind::U8 => f64::from(word as u8),
            Kind::I16 => f64::from(word as i16),
            Kind::U16 => f64::from(word as u16),
            Kind::I32 => f64::from(word as i32),
            Kind::U32 => f64::from(word as u32),
            Kind::F32 => f64::from(f32::from_bits(word as u32)),
            Kind::F64 => f64::from_bits(word),
        }
    }
}

/// A property of the vertices: what it means, its type, and its place in the record.
#[derive(Clone, Copy, Debug)]
struct Property {
    column: Column,
    kind: Kind,
    offset: usize,
}

/// An element that stands before the vertices, or the vertices.
#[derive(Clone, Copy, Debug, Default)]
struct Element {
    count: u64,
    /// Bytes of a record.
    stride: usize,
    /// Some property is a list, so records differ in size.
    lists: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Magic,
    Heading,
    /// Records of earlier elements that are left to skip.
    Skip(u64),
    Rows,
    Tail,
    Done,
}

/// The format.
#[derive(Debug)]
pub(super) struct Ply {
    file: String,
    state: State,
    head: Option<Head>,
    binary: Option<bool>,
    before: Vec<Element>,
    vertex: Option<Element>,
    /// Elements behind the vertices, which are not read.
    after: bool,
    properties: Vec<Property>,
    columns: Vec<Column>,
    begin: Place,
    done: u64,
}

impl Ply {
    pub(super) fn new(file: &str) -> Self {
        Ply {
            file: file.to_owned(),
            state: State::Magic,
            head: None,
            binary: None,
            before: Vec::new(),
            vertex: None,
            after: false,
            properties: Vec::new(),
            columns: Vec::new(),
            begin: Place::Line(0),
            done: 0,
        }
    }

    fn count(&self) -> u64 {
        self.vertex.map_or(0, |vertex| vertex.count)
    }

    /// A line of the heading.
    fn heading(&mut self, line: Line<'_>) -> Result<(), InputError> {
        let fail = |message: String| Err(line.fail(0, line.text.len(), message, HELP));
        if line.number > MOST {
            return fail(format!("the heading has more than {MOST} lines"));
        }
        let words: Vec<&str> = line.text.split_ascii_whitespace().take(6).collect();
        match words[..] {
            ["format", "binary_little_endian", "1.0"] => self.binary = Some(true),
            ["format", "ascii", "1.0"] => self.binary = Some(false),
            ["format", ..] => return fail("this format is not read: it is neither binary_little_endian 1.0 nor ascii 1.0".into()),
            ["element", name, count] => match count.parse() {
                Ok(count) => self.element(name, count, line)?,
                Err(_) => return fail(format!("`{count}` is not a number of records")),
            },
            ["property", "list", _, _, _] => self.property(None, line)?,
            ["property", kind, name] => match Kind::of(kind) {
                Some(kind) => self.property(Some((kind, name)), line)?,
                None => return fail(format!("`{kind}` is no type of a property")),
            },
            ["end_header"] => self.begin(line)?,
            ["comment" | "obj_info", ..] | [] => {}
            _ => return fail("this is no line of a PLY heading".into()),
        }
        Ok(())
    }

    fn element(&mut self, name: &str, count: u64, line: Line<'_>) -> Result<(), InputError> {
        let element = Element { count, ..Element::default() };
        match (name, self.vertex) {
            ("vertex", None) if count == 0 => return Err(line.fail(0, line.text.len(), text::NONE.0, text::NONE.1)),
            ("vertex", None) => self.vertex = Some(element),
            (_, None) => self.before.push(element),
            (_, Some(_)) => self.after = true,
        }
        Ok(())
    }

    /// A property of the last element; `None` is a list.
    fn property(&mut self, property: Option<(Kind, &str)>, line: Line<'_>) -> Result<(), InputError> {
        if self.after {
            return Ok(());
        }
        let Some(element) = self.vertex.as_mut().or(self.before.last_mut()) else {
            return Err(line.fail(0, line.text.len(), "a property stands before the first element", HELP));
        };
        let Some((kind, name)) = property else {
            element.lists = true;
            return Ok(());
        };
        let offset = element.stride;
        element.stride += kind.size();
        if self.vertex.is_some() {
            let column = text::column(name);
            self.columns.push(column);
            if column != Column::Other {
                self.properties.push(Property { column, kind, offset });
            }
        }
        Ok(())
    }

    /// The heading is whole.
    fn begin(&mut self, line: Line<'_>) -> Result<(), InputError> {
        let fail = |message: String, help| Err(line.fail(0, line.text.len(), message, help));
        let Some(vertex) = self.vertex else { return fail("there is no element `vertex`".into(), HELP) };
        if self.binary.is_none() {
            return fail("there is no line `format`".into(), HELP);
        }
        if vertex.lists || (self.binary == Some(true) && self.before.iter().any(|element| element.lists)) {
            return fail("a list stands among or before the vertices".into(), "write the vertices first, and numbers alone as their properties");
        }
        if let Some(misfit) = text::misfit(&self.columns) {
            return fail(format!("{misfit} among the properties of `vertex`"), "vertices have x, y, z and, if you like, vx, vy, vz, species and id");
        }
        let skipped = |element: &Element| if self.binary == Some(true) { element.count.saturating_mul(element.stride as u64) } else { element.count };
        let skip = self.before.iter().map(skipped).fold(0, u64::saturating_add);
        self.state = if skip > 0 { State::Skip(skip) } else { State::Rows };
        self.begin = Place::Line(line.number as u64 + 1 + skip);
        self.head = Some(Head { count: Some(vertex.count), ids: self.columns.contains(&Column::Id), ..Head::default() });
        Ok(())
    }

    /// Numbers of a binary record.
    fn particle(&self, record: &[u8], at: u64, names: &[String]) -> Result<Particle, InputError> {
        let mut particle = Particle::default();
        for property in &self.properties {
            let (value, place) = (property.kind.value(&record[property.offset..]), at + property.offset as u64);
            let whole = |most: f64| value >= 0.0 && value <= most && value.fract() == 0.0;
            let fail = |message: String, help: String| Err(InputError::record(&self.file, Place::Byte(place), message, help));
            match property.column {
                Column::Position(k) | Column::Velocity(k) if !fits(value) => {
                    let which = if matches!(property.column, Column::Velocity(_)) { 3 + k } else { k };
                    return Err(not_a_number(&self.file, place, self.done, which, value));
                }
                Column::Position(k) => particle.position[k] = value,
                Column::Velocity(k) => particle.velocity[k] = value,
                Column::Species if names.len() <= 1 => {}
                Column::Species if whole((names.len() - 1) as f64) => particle.species = value as u32,
                Column::Species => return fail(format!("{value} is no species of the scene"), format!("it has {}, from 0", names.join(", "))),
                Column::Id if whole(f64::from(u32::MAX)) => particle.id = Some(value as u32),
                Column::Id => return fail(format!("{value} is not an id"), "ids are whole numbers from 0 to 2^32 - 1".into()),
                Column::Other => {}
            }
        }
        Ok(particle)
    }

    fn count_row(&mut self) {
        self.done += 1;
        if self.done == self.count() {
            self.state = if self.after { State::Done } else { State::Tail };
        }
    }

    fn more_behind(&self) -> String {
        format!("there is more behind the last of {} particles", self.count())
    }
}

const DAMAGED: &str = "the heading has the wrong count, or the file is damaged";

impl Format for Ply {
    fn want(&self) -> Want {
        let binary = self.binary == Some(true);
        let stride = self.vertex.map_or(1, |vertex| vertex.stride);
        match self.state {
            State::Done => Want::Nothing,
            State::Skip(left) if binary => Want::Bytes(left.min(1 << 12) as usize),
            State::Rows if binary => Want::Records(stride),
            State::Tail if binary => Want::Bytes(1),
            _ => Want::Line,
        }
    }

    fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    fn line(&mut self, line: Line<'_>, out: &mut Out<'_>) -> Result<(), InputError> {
        match self.state {
            State::Magic if line.text == "ply" => self.state = State::Heading,
            State::Magic => return Err(line.fail(0, line.text.len(), "this is not a PLY file", HELP)),
            State::Heading => self.heading(line)?,
            State::Skip(left) => self.state = if left > 1 { State::Skip(left - 1) } else { State::Rows },
            State::Rows => {
                out.push(&text::particle(line, &self.columns, line.words(), out.species)?);
                self.count_row();
            }
            State::Tail if line.is_blank() => {}
            State::Tail => return Err(line.fail(0, line.text.len(), self.more_behind(), DAMAGED)),
            State::Done => {}
        }
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8], at: u64, out: &mut Out<'_>) -> Result<(), InputError> {
        if let State::Skip(left) = self.state {
            let left = left.saturating_sub(bytes.len() as u64);
            self.state = if left > 0 { State::Skip(left) } else { State::Rows };
            return Ok(());
        }
        let stride = self.vertex.map_or(1, |vertex| vertex.stride);
        if at > 0 && self.begin_byte().is_none() {
            self.begin = Place::Byte(at);
        }
        for (k, record) in bytes.chunks(stride).enumerate() {
            let at = at + (k * stride) as u64;
            match self.state {
                State::Rows => {
                    out.push(&self.particle(record, at, out.species)?);
                    self.count_row();
                }
                State::Tail => return Err(InputError::record(&self.file, Place::Byte(at), self.more_behind(), DAMAGED)),
                _ => break,
            }
        }
        Ok(())
    }

    fn end(&mut self, end: End<'_>) -> Result<(), InputError> {
        let message = match self.state {
            State::Tail | State::Done => return Ok(()),
            State::Magic if end.bytes == 0 => "the file is empty".to_owned(),
            State::Magic | State::Heading => "the file ends in its heading".to_owned(),
            State::Skip(_) | State::Rows => format!("the file ends after {} of {} particles", self.done, self.count()),
        };
        let help = "the file is truncated, or its heading has the wrong count";
        let text = self.head.is_none() || self.binary == Some(false);
        Err(if text { end.line.fail_behind(message, help) } else { InputError::record(&self.file, Place::Byte(end.bytes), message, help) })
    }

    fn place(&self, row: u64) -> Place {
        match self.begin {
            Place::Line(line) => Place::Line(line + row),
            Place::Byte(at) => Place::Byte(at + row * self.vertex.map_or(0, |vertex| vertex.stride as u64)),
        }
    }
}

impl Ply {
    fn begin_byte(&self) -> Option<u64> {
        if let Place::Byte(at) = self.begin { Some(at) } else { None }
    }
}
