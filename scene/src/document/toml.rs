//! TOML to the tree. The parser recovers after a mistake, so that one pass shows all of them.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Entry, MAX_DEPTH, Node, Value, number, too_deep};
use crate::error::{Collector, Span};

pub(super) fn parse(text: &str, source: usize, errors: &mut Collector) -> Option<Node> {
    let (table, mistakes) = DeTable::parse_recoverable(text);
    for mistake in &mistakes {
        let place = mistake.span().unwrap_or(0..0);
        errors.scene(span(source, &place), format!("not valid TOML: {}", mistake.message().trim()), help(mistake.message()));
    }
    let whole = Span { source, start: 0, end: 0 };
    let value = convert_table(table.into_inner(), source, 0, errors);
    // After syntax errors the tree has holes; complaints about those would hide the cause.
    mistakes.is_empty().then_some(Node { span: whole, value })
}

/// Reads an override's value; everything in it gets the span of the override.
pub(super) fn parse_value(text: &str, span: Span) -> Result<Node, String> {
    let trimmed = text.trim();
    match DeValue::parse(trimmed) {
        Ok(value) => {
            let mut errors = Collector::default();
            let mut node = convert(value, span.source, 0, &mut errors);
            if !errors.is_empty() {
                return Err(format!("nested more than {MAX_DEPTH} deep"));
            }
            respan(&mut node, span);
            Ok(node)
        }
        Err(_) if is_bare_word(trimmed) => Ok(Node { span, value: Value::String(trimmed.to_owned()) }),
        Err(error) => Err(error.message().trim().to_owned()),
    }
}

fn is_bare_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_' || c == ' ')
}

fn respan(node: &mut Node, span: Span) {
    node.span = span;
    match &mut node.value {
        Value::Table(entries) => entries.iter_mut().for_each(|e| {
            e.key_span = span;
            respan(&mut e.node, span);
        }),
        Value::Array(items) => items.iter_mut().for_each(|item| respan(item, span)),
        _ => {}
    }
}

fn convert(value: Spanned<DeValue<'_>>, source: usize, depth: usize, errors: &mut Collector) -> Node {
    let place = span(source, &value.span());
    let value = match value.into_inner() {
        DeValue::String(text) => Value::String(text.into_owned()),
        DeValue::Integer(integer) => Value::Number(number::parse(integer.as_str(), integer.radix())),
        DeValue::Float(float) => Value::Number(number::parse(float.as_str(), 10)),
        DeValue::Boolean(flag) => Value::Bool(flag),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Array(_) | DeValue::Table(_) if depth >= MAX_DEPTH => {
            too_deep(place, errors);
            Value::Other("a value nested too deeply")
        }
        DeValue::Array(items) => Value::Array(items.into_iter().map(|item| convert(item, source, depth + 1, errors)).collect()),
        DeValue::Table(table) => convert_table(table, source, depth + 1, errors),
    };
    Node { span: place, value }
}

fn convert_table(table: DeTable<'_>, source: usize, depth: usize, errors: &mut Collector) -> Value {
    let entry = |(key, value): (Spanned<std::borrow::Cow<'_, str>>, Spanned<DeValue<'_>>)| Entry {
        key_span: span(source, &key.span()),
        key: key.into_inner().into_owned(),
        node: convert(value, source, depth, errors),
    };
    let mut entries: Vec<Entry> = table.into_iter().map(entry).collect();
    entries.sort_by_key(|e| e.key_span);
    Value::Table(entries)
}

fn span(source: usize, range: &Range<usize>) -> Span {
    Span { source, start: range.start, end: range.end }
}

/// How to fix the mistakes that people make most.
fn help(message: &str) -> &'static str {
    if message.contains("duplicate") {
        "keep one of the two"
    } else if message.contains("recursion") {
        "a scene needs no more than four levels"
    } else {
        "a line is `key = value`, `[section]` or `[[section]]`; text stands in double quotes"
    }
}
