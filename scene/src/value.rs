//! One parameter's value: form, finiteness and range, by its declaration.

use motes_physics::records::{Declaration, Kind};

use crate::document::{Node, Value};
use crate::error::{Collector, ErrorClass};
use crate::scene::{show_number, show_value};
use crate::suggest;

/// A parameter on its way from the tree to its slots.
pub(crate) struct Reader<'a> {
    pub(crate) declaration: &'a Declaration,
    pub(crate) path: &'a str,
    pub(crate) errors: &'a mut Collector,
}

impl Reader<'_> {
    /// Reads `node` into `slots`, which hold the default; what is wrong is reported and leaves it.
    pub(crate) fn read(&mut self, node: &Node, slots: &mut [f64]) {
        match self.declaration.kind {
            Kind::Vector3 | Kind::Integer3 | Kind::Bool3 => self.three(node, slots),
            _ => {
                if let Some(value) = self.one(node) {
                    slots[0] = value;
                }
            }
        }
    }

    fn three(&mut self, node: &Node, slots: &mut [f64]) {
        match &node.value {
            Value::Array(items) if items.len() == 3 => {
                for (item, slot) in items.iter().zip(slots) {
                    *slot = self.one(item).unwrap_or(*slot);
                }
            }
            Value::Table(entries) if !entries.is_empty() => {
                for entry in entries {
                    match ["x", "y", "z"].iter().position(|axis| *axis == entry.key) {
                        Some(axis) => slots[axis] = self.one(&entry.node).unwrap_or(slots[axis]),
                        None => self.errors.scene(entry.key_span, format!("unknown component `{}` of `{}`", entry.key, self.path), "components are x, y, z"),
                    }
                }
            }
            Value::Number(_) | Value::Bool(_) if self.declaration.kind != Kind::Vector3 => {
                if let Some(value) = self.one(node) {
                    slots.fill(value);
                }
            }
            _ => self.wrong_form(node),
        }
    }

    fn one(&mut self, node: &Node) -> Option<f64> {
        match (self.declaration.kind, &node.value) {
            (Kind::Bool | Kind::Bool3, Value::Bool(flag)) => Some(f64::from(u8::from(*flag))),
            (Kind::Choice(names), Value::String(name)) => self.choice(node, names, name),
            (Kind::Float | Kind::Vector3, Value::Number(x)) => self.number(node, *x, false),
            (Kind::Integer | Kind::Integer3 | Kind::Species, Value::Number(x)) => self.number(node, *x, true),
            _ => {
                self.wrong_form(node);
                None
            }
        }
    }

    fn number(&mut self, node: &Node, x: f64, whole: bool) -> Option<f64> {
        let Declaration { min, max, .. } = *self.declaration;
        if !x.is_finite() {
            self.fail(node, format!("`{}` is not finite", self.path));
        } else if whole && x.fract() != 0.0 {
            self.fail(node, format!("`{}` must be a whole number, not {}", self.path, show_number(x)));
        } else if !(min..=max).contains(&x) {
            self.fail(node, format!("`{}` = {} is out of range", self.path, show_number(x)));
        } else {
            // One form of zero, so that equal scenes have equal bytes.
            return Some(if x == 0.0 { 0.0 } else { x });
        }
        None
    }

    fn choice(&mut self, node: &Node, names: &[&str], name: &str) -> Option<f64> {
        match names.iter().position(|known| *known == name) {
            Some(index) => Some(index as f64),
            None => {
                let shown: String = name.chars().take(40).collect();
                self.errors.scene(node.span, format!("unknown choice `{shown}` for `{}`", self.path), suggest::help(name, names.iter().copied()));
                None
            }
        }
    }

    fn wrong_form(&mut self, node: &Node) {
        let wanted = match self.declaration.kind {
            Kind::Float => "a number",
            Kind::Integer => "a whole number",
            Kind::Species => "a species' name or number",
            Kind::Bool => "true or false",
            Kind::Choice(_) => "one of its names in quotes",
            Kind::Vector3 => "three numbers [x, y, z]",
            Kind::Integer3 => "three whole numbers [x, y, z]",
            Kind::Bool3 => "three of true or false",
        };
        self.fail(node, format!("`{}` must be {wanted}, not {}", self.path, node.describe()));
    }

    fn fail(&mut self, node: &Node, message: String) {
        self.errors.add(ErrorClass::Scene, node.span, message, expectation(self.declaration));
    }
}

/// What a parameter expects, as one line.
pub(crate) fn expectation(declaration: &Declaration) -> String {
    let example = show_value(declaration.kind, &declaration.default[..declaration.kind.slots()]);
    let unit = if declaration.unit.is_empty() { String::new() } else { format!(" in {}", declaration.unit) };
    let meaning = declaration.doc.trim_end_matches('.');
    let allowed = match declaration.kind {
        Kind::Bool | Kind::Bool3 => "true or false".to_owned(),
        Kind::Choice(names) => format!("one of {}", names.join(", ")),
        _ => format!("from {} to {}", show_number(declaration.min), show_number(declaration.max)),
    };
    format!("{} ({meaning}) is {allowed}{unit}; for example {} = {example}", declaration.name, declaration.name)
}
