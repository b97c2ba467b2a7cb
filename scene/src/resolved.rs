//! A compiled scene as a scene file: every parameter with its value, whether the scene named it or not.

use std::fmt::Write;

use motes_physics::records::{RecordType, Section};

use crate::compile::{Compiled, Parameter};
use crate::scene::show_value;

impl Compiled {
    /// TOML that compiles to the same bytes, each parameter with its unit and meaning. Particles from a file are not in it.
    pub fn to_toml(&self) -> String {
        let mut out = format!("version = 1\ntitle = {}\nabout = {}\n", quoted(&self.title), quoted(&self.about));
        let mut names = self.species_names.iter();
        let mut plug_ins = self.plug_ins.iter();
        let mut parameters = self.parameters.iter();
        for record in &self.records {
            heading(&mut out, record, &mut names);
            if record.section == Section::PlugIn
                && let Some(loaded) = plug_ins.next()
            {
                let _ = writeln!(out, "file = {}\nsha256 = \"{}\"", quoted(&loaded.plug_in.file), loaded.plug_in.sha256);
            }
            parameters.by_ref().take(record.declarations.len()).for_each(|parameter| line(&mut out, parameter));
        }
        out
    }
}

/// `[section]` or `[[section]]` (the top level has none), its kind, and the name of a species.
fn heading<'a>(out: &mut String, record: &RecordType, names: &mut impl Iterator<Item = &'a String>) {
    let (section, kind) = (record.section, record.name);
    let _ = match section {
        Section::Simulation => Ok(()),
        _ if section.is_list() => writeln!(out, "\n[[{}]]", section.key()),
        _ => writeln!(out, "\n[{}]", section.key()),
    };
    if section.has_kind() {
        let _ = writeln!(out, "kind = {kind:?}");
    }
    if section == Section::Species {
        let _ = writeln!(out, "name = {}", quoted(names.next().map_or("", |name| name)));
    }
}

fn line(out: &mut String, Parameter { declaration, values, .. }: &Parameter) {
    let unit = if declaration.unit.is_empty() { String::new() } else { format!("{}: ", declaration.unit) };
    let _ = writeln!(out, "{} = {} # {unit}{}", declaration.name, show_value(declaration.kind, values), declaration.doc);
}

/// JSON's escapes are TOML's too, but for the one control character that JSON lets stand.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
