//! Plug-ins: what a module says of itself and whether it may be loaded, before any of its code runs.
//!
//! A plug-in is a `.wasm` file that imports `env.memory` and exports some of the stages in [`STAGES`]. What it wants to be asked for, and
//! what it writes, stands in a custom section named [`SECTION`], as JSON.

pub mod effect;
mod manifest;
mod module;

use motes_physics::plug_ins::{OWN_SLOTS, STAGES};
use motes_physics::records::RecordType;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;
use wasmparser::ValType::{F64, I32};

/// Name of the custom section that describes a plug-in.
pub const SECTION: &str = "motes.plug_in";
/// Bytes of a plug-in's file at most.
pub const MAX_BYTES: usize = 8 << 20;
/// Plug-ins of a scene at most.
pub const MAX_PLUG_INS: usize = 16;

/// A plug-in that may be loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct PlugIn {
    /// What scenes call it.
    pub file: String,
    /// The module.
    pub bytes: Arc<[u8]>,
    /// One line: what it does.
    pub about: String,
    /// SHA-256 of the file, in hexadecimal digits.
    pub sha256: String,
    /// Its name and parameters.
    pub record_type: &'static RecordType,
    /// Numbers that it writes for others to read.
    pub outputs: Vec<Output>,
    /// Exported data to draw on.
    pub grids: Vec<Grid>,
    /// The arrays that it writes.
    pub writes: Vec<String>,
    /// What a loader must know.
    pub link: Link,
}

/// A number that a plug-in computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name, beside those of the parameters.
    pub name: String,
    /// Unit, empty for pure numbers.
    pub unit: String,
    /// One line: what it is.
    pub doc: String,
}

/// Numbers of 32 bits in exported data that somebody may draw: `rows` times `columns`, the lowest row first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The data's name.
    pub symbol: String,
    /// Numbers of a row.
    pub columns: u32,
    /// Rows.
    pub rows: u32,
    /// One line: what it is.
    pub doc: String,
}

impl Grid {
    /// What is wrong with it in that module, if anything.
    fn complaint(&self, link: &Link) -> Option<String> {
        let Grid { symbol, columns, rows, .. } = self;
        let bytes = 4 * u64::from(columns * rows);
        let Some((_, first)) = link.symbols.iter().find(|(name, _)| name == symbol) else {
            return Some(format!("has a grid of the data `{symbol}`, which it does not export"));
        };
        let inside = first.is_multiple_of(4) && u64::from(*first) + bytes <= link.memory_bytes.into();
        (!inside).then(|| format!("has a grid `{symbol}` of {bytes} bytes from byte {first} of its area on, which has {} bytes", link.memory_bytes))
    }
}

/// What a loader must know of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Stages that it exports, as bits in the order of [`STAGES`].
    pub stages: u32,
    /// Bytes of its area.
    pub memory_bytes: u32,
    /// What the area's address is a multiple of.
    pub memory_align: u32,
    /// Slots that it needs in the table of functions.
    pub table_slots: u32,
    /// Exported data by name, from the start of the area.
    pub symbols: Vec<(String, u32)>,
}

/// Everything that is wrong with a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlugInError {
    /// The file.
    pub file: String,
    /// What it was to be.
    pub role: &'static str,
    /// At least one.
    pub complaints: Vec<String>,
}

impl fmt::Display for PlugInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no {} that can be loaded: it {}", self.file, self.role, self.complaints.join("; it "))
    }
}

impl std::error::Error for PlugInError {}

/// A part of the physics.
const ROLE: module::Role = module::Role {
    one: "plug-in",
    many: "plug-ins",
    most_bytes: 256 << 20,
    most_align: 16,
    no_wait: "a step waits for nobody",
    calls: &[(STAGES[0], &[I32, I32, I32, I32]), (STAGES[1], &[I32, I32, I32, I32, F64]), (STAGES[2], &[I32, I32, I32, I32, F64]), (STAGES[3], &[I32, I32])],
    besides: Some(("init", &[I32, I32])),
};

/// What a file of that role is, or everything that is wrong with it.
fn inspect(file: &str, bytes: &[u8], role: &'static module::Role) -> Result<module::Module, PlugInError> {
    let found =
        if bytes.len() > MAX_BYTES { Err(vec![format!("has {} bytes; at most {MAX_BYTES} are taken", bytes.len())]) } else { module::inspect(bytes, role) };
    found.map_err(|complaints| PlugInError { file: file.to_owned(), role: role.one, complaints })
}

impl PlugIn {
    /// Looks at the bytes of a file.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, PlugInError> {
        let fail = |complaints| PlugInError { file: file.to_owned(), role: ROLE.one, complaints };
        let module = inspect(file, bytes, &ROLE)?;
        let stem = file.rsplit(['/', '\\']).next().unwrap_or(file).trim_end_matches(".wasm");
        let manifest = manifest::read(module.manifest.as_deref(), stem, module.link.stages).map_err(fail)?;
        let complaints: Vec<String> = manifest.grids.iter().filter_map(|grid| grid.complaint(&module.link)).collect();
        if !complaints.is_empty() {
            return Err(fail(complaints));
        }
        let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let record_type = manifest::intern(&sha256, &manifest);
        let manifest::Manifest { about, outputs, grids, writes, .. } = manifest;
        Ok(PlugIn { file: file.to_owned(), bytes: bytes.into(), about, sha256, record_type, outputs, grids, writes, link: module.link })
    }

    /// Values of a record of it, its parameters at their defaults.
    pub(crate) fn values(&self) -> Vec<f64> {
        let defaults = self.record_type.declarations.iter().flat_map(|d| d.default.into_iter().take(d.kind.slots()));
        let outputs = std::iter::repeat_n(0.0, self.outputs.len());
        let own: [f64; OWN_SLOTS] = [f64::from(self.link.stages), 0.0, self.module_number()];
        defaults.chain(outputs).chain(own).collect()
    }

    /// A number that other modules hardly have: 48 bits of the file's SHA-256.
    fn module_number(&self) -> f64 {
        u64::from_str_radix(self.sha256.get(..12).unwrap_or_default(), 16).unwrap_or_default() as f64
    }

    /// Byte offset of an output from the record's first slot.
    pub(crate) fn output_offset(&self, output: usize) -> u32 {
        (8 * (self.record_type.slots() + output)) as u32
    }

    /// Byte offset of the word whose bits say when it is called.
    pub(crate) fn stages_offset(&self) -> u32 {
        (8 * (self.record_type.slots() + self.outputs.len())) as u32
    }

    /// Byte offset of the word that says what it writes.
    pub(crate) fn writes_offset(&self) -> usize {
        self.stages_offset() as usize + 8
    }

    /// All of it for people and programs.
    pub fn describe(&self) -> Value {
        let stages: Vec<&str> = STAGES.iter().enumerate().filter(|(k, _)| self.link.stages >> k & 1 != 0).map(|(_, name)| *name).collect();
        let parameters = self
            .record_type
            .declarations
            .iter()
            .map(|d| json!({"name": d.name, "unit": d.unit, "doc": d.doc, "default": &d.default[..d.kind.slots()], "min": d.min, "max": d.max}));
        let outputs = self.outputs.iter().map(|o| json!({"name": o.name, "unit": o.unit, "doc": o.doc}));
        let grids = self.grids.iter().map(|g| json!({"symbol": g.symbol, "columns": g.columns, "rows": g.rows, "doc": g.doc}));
        json!({
            "file": self.file, "name": self.record_type.name, "about": self.about, "sha256": self.sha256, "stages": stages, "writes": self.writes,
            "memoryBytes": self.link.memory_bytes, "parameters": parameters.collect::<Vec<_>>(), "outputs": outputs.collect::<Vec<_>>(),
            "grids": grids.collect::<Vec<_>>(),
        })
    }
}

/// Files of the plug-ins that a scene names, in its order; nothing for a text that is no scene, of which compiling will tell more.
pub fn files(text: &str) -> Vec<String> {
    let mut errors = crate::error::Collector::default();
    let Some(root) = crate::document::parse(text, 0, &mut errors) else { return Vec::new() };
    let Some(crate::document::Value::Array(entries)) = root.get("plug-in").map(|node| &node.value) else { return Vec::new() };
    let names = entries.iter().filter_map(|entry| match entry.get("file").map(|node| &node.value) {
        Some(crate::document::Value::String(file)) => Some(file.clone()),
        _ => None,
    });
    names.take(MAX_PLUG_INS + 1).collect()
}

/// The module with another description, for languages that cannot write custom sections.
///
/// # Errors
/// What is wrong with either.
pub fn describe_with(file: &str, bytes: &[u8], manifest: &str) -> Result<Vec<u8>, PlugInError> {
    let bare = module::without_manifest(bytes).map_err(|complaints| PlugInError { file: file.to_owned(), role: ROLE.one, complaints })?;
    let described = with_section(&bare, SECTION, manifest.as_bytes());
    PlugIn::read(file, &described).map(|_| described)
}

/// The module with a custom section behind all others.
pub fn with_section(bytes: &[u8], name: &str, contents: &[u8]) -> Vec<u8> {
    let body = [&leb128(name.len()), name.as_bytes(), contents].concat();
    [bytes, &[0], &leb128(body.len()), &body].concat()
}

/// A number as modules write it: seven bits a byte, the lowest first.
pub fn leb128(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
