//! Overrides `path=value`, grafted onto the tree before validation: `domain.max.y=3`, `emitter[0].rate=5e4`, `dt=0.001`.
//!
//! A path is keys joined by dots; an entry of a list has its index, from 0, in brackets, or its kind or name; `.x`, `.y`, `.z` name a component. Whether
//! the key exists is left to validation, which knows the near names.

use motes_physics::records::{ALL, Section};

use crate::document::{Entry, Node, Value, parse_value};
use crate::error::{Collector, Span};
use crate::plug_in::PlugIn;

/// One step of a path.
struct Segment<'a> {
    key: &'a str,
    index: Option<Index<'a>>,
    span: Span,
}

/// Which entry of a list.
#[derive(Clone, Copy)]
enum Index<'a> {
    /// By number, from 0.
    Number(usize),
    /// The first of that kind or name.
    Called(&'a str),
}

impl<'a> Index<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let called = || (!text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '-')).then_some(Index::Called(text));
        text.parse().ok().map(Index::Number).or_else(called)
    }
}

/// Applies `text` = `path=value`, which is source number `source`, to the tree.
pub(crate) fn apply(root: &mut Node, text: &str, source: usize, errors: &mut Collector) {
    let whole = Span { source, start: 0, end: text.len() };
    let Some((path, value)) = text.split_once('=') else {
        return errors.scene(whole, "an override without `=`", "write path=value, for example emitter[0].rate=5e4");
    };
    let value_span = Span { source, start: path.len() + 1, end: text.len() };
    let node = match parse_value(value, value_span) {
        Ok(node) => node,
        Err(message) => return errors.scene(value_span, format!("not a value: {message}"), "a value is a number, true, false, [x, y, z] or a name"),
    };
    match segments(path, source) {
        Ok(segments) => graft(root, &segments, node, errors),
        Err(span) => errors.scene(span, "not a path", "a path is like dt, domain.max.y, emitter[0].rate or force[0].acceleration.y"),
    }
}

/// Writes the plug-ins that the scene does not name behind those that it names.
pub(crate) fn name_plug_ins(root: &mut Node, plug_ins: &[PlugIn]) {
    for plug_in in plug_ins {
        let segment = Segment { key: Section::PlugIn.key(), index: None, span: root.span };
        let list = child(root, &segment);
        let Value::Array(items) = &mut list.value else { return };
        let is = |item: &Node| item.get("file").is_some_and(|v| matches!(&v.value, Value::String(s) if *s == plug_in.file));
        if !items.iter().any(is) {
            let file = Node { span: segment.span, value: Value::String(plug_in.file.clone()) };
            let entry = Entry { key: "file".to_owned(), key_span: segment.span, node: file };
            items.push(Node { span: segment.span, value: Value::Table(vec![entry]) });
        }
    }
}

fn segments(path: &str, source: usize) -> Result<Vec<Segment<'_>>, Span> {
    let mut segments = Vec::new();
    let mut start = 0;
    for part in path.split('.') {
        let span = Span { source, start, end: start + part.len() };
        start += part.len() + 1;
        let (key, index) = match part.trim().split_once('[') {
            Some((key, index)) => (key, Some(index.strip_suffix(']').and_then(Index::parse).ok_or(span)?)),
            None => (part.trim(), None),
        };
        if key.is_empty() || segments.len() >= 4 {
            return Err(span);
        }
        segments.push(Segment { key, index, span });
    }
    Ok(segments)
}

fn graft(mut node: &mut Node, segments: &[Segment<'_>], value: Node, errors: &mut Collector) {
    for (depth, segment) in segments.iter().enumerate() {
        if depth == 0 && !is_list(segment.key) && segment.index.is_some() {
            return errors.scene(segment.span, format!("`{}` is not a list", segment.key), "leave out the index");
        }
        if let (Some(component), true) = (component(segment), depth > 0 && depth + 1 == segments.len())
            && spread(node)
        {
            if let Value::Array(items) = &mut node.value {
                // Complaints about the whole point at what was said last.
                node.span = value.span;
                items[component] = value;
            }
            return;
        }
        node = child(node, segment);
        if depth == 0 && is_list(segment.key) {
            match item(node, segment) {
                Ok(found) => node = found,
                Err((message, help)) => return errors.scene(segment.span, message, help),
            }
        }
    }
    *node = value;
}

/// Index of a component's name.
fn component(segment: &Segment<'_>) -> Option<usize> {
    ["x", "y", "z"].iter().position(|&axis| axis == segment.key)
}

/// True if the node holds three components one by one, or one value for all, which is then written out.
fn spread(node: &mut Node) -> bool {
    match &node.value {
        Value::Array(items) => items.len() == 3,
        Value::Number(_) | Value::Bool(_) => {
            let single = node.clone();
            node.value = Value::Array(vec![single; 3]);
            true
        }
        _ => false,
    }
}

/// The value of the segment's key, made if it is not there yet.
fn child<'a>(node: &'a mut Node, segment: &Segment<'_>) -> &'a mut Node {
    if !matches!(node.value, Value::Table(_)) {
        *node = Node { span: segment.span, value: Value::Table(Vec::new()) };
    }
    let Value::Table(entries) = &mut node.value else { unreachable!("made a table above") };
    let at = match entries.iter().position(|e| e.key == segment.key) {
        Some(at) => at,
        None => {
            let value = if is_list(segment.key) { Value::Array(Vec::new()) } else { Value::Table(Vec::new()) };
            entries.push(Entry { key: segment.key.to_owned(), key_span: segment.span, node: Node { span: segment.span, value } });
            entries.len() - 1
        }
    };
    &mut entries[at].node
}

fn item<'a>(list: &'a mut Node, segment: &Segment<'_>) -> Result<&'a mut Node, (String, String)> {
    let key = segment.key;
    let Value::Array(items) = &mut list.value else {
        return Err((format!("`{key}` of the scene is not a list"), format!("write [[{key}]] in the scene file")));
    };
    let count = items.len();
    match segment.index {
        None => Err((format!("which `{key}`? the path needs an index"), format!("write {key}[0]; the scene has {count}"))),
        Some(Index::Number(index)) => items.get_mut(index).ok_or_else(|| (format!("{key}[{index}] does not exist"), exists(key, count))),
        Some(Index::Called(called)) => {
            let is = |item: &Node| {
                ["kind", "name", "file"]
                    .iter()
                    .any(|word| item.get(word).is_some_and(|v| matches!(&v.value, Value::String(s) if s.trim_end_matches(".wasm") == called)))
            };
            items.iter_mut().find(|item| is(item)).ok_or_else(|| (format!("{key}[{called}] does not exist"), exists(key, count)))
        }
    }
}

fn exists(key: &str, count: usize) -> String {
    match count {
        0 => format!("the scene has no [[{key}]]"),
        1 => format!("the scene has only {key}[0]"),
        _ => format!("the scene has {key}[0] to {key}[{}]", count - 1),
    }
}

fn is_list(key: &str) -> bool {
    ALL.iter().any(|t| t.section.is_list() && t.section.key() == key)
}
