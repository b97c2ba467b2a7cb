//! A scene file as a tree of values that remember where they stand.
//!
//! TOML and JSON give the same tree, so one validation serves both; overrides are grafted onto it before validation, so they
//! are checked like the file and their errors point at the override.

mod json;
mod number;
mod toml;

use crate::error::{Collector, Span};

/// Bytes of a scene file at most.
pub(crate) const MAX_BYTES: usize = 8 << 20;
/// Tables and arrays inside each other at most.
pub(crate) const MAX_DEPTH: usize = 64;

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) value: Value,
}

/// What a scene file can hold.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Table(Vec<Entry>),
    Array(Vec<Node>),
    Number(f64),
    Bool(bool),
    String(String),
    /// Dates and `null`, which no parameter takes.
    Other(&'static str),
}

/// `key = value`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) node: Node,
}

impl Node {
    /// What a message calls this value.
    pub(crate) fn describe(&self) -> String {
        match &self.value {
            Value::Table(_) => "a table".to_owned(),
            Value::Array(items) => format!("an array of {}", items.len()),
            Value::Number(x) => format!("the number {x}"),
            Value::Bool(b) => format!("`{b}`"),
            Value::String(s) if s.chars().count() <= 40 => format!("the text {s:?}"),
            Value::String(_) => "a text".to_owned(),
            Value::Other(what) => (*what).to_owned(),
        }
    }

    /// The entries of a table; empty for anything else.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The value of `key` in a table.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|e| e.key == key).map(|e| &e.node)
    }
}

/// Parses a scene file; `None` after errors that leave no tree to look at.
pub(crate) fn parse(text: &str, source: usize, errors: &mut Collector) -> Option<Node> {
    if text.len() > MAX_BYTES {
        let message = format!("the scene file has {} bytes; at most {MAX_BYTES} are read", text.len());
        let place = Span { source, start: 0, end: 0 };
        errors.add(crate::error::ErrorClass::Limit, place, message, "particles belong in an XYZ file given with --init");
        return None;
    }
    let tree =
        if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') { json::parse(text, source, errors) } else { toml::parse(text, source, errors) }?;
    Some(tree)
}

/// Parses the right side of an override: TOML syntax, or a bare word, which is taken as text.
pub(crate) fn parse_value(text: &str, span: Span) -> Result<Node, String> {
    toml::parse_value(text, span)
}

/// The complaint about a file nested too deeply.
fn too_deep(span: Span, errors: &mut Collector) {
    errors.scene(span, format!("nested more than {MAX_DEPTH} deep"), "a scene needs no more than four levels");
}
