//! From the tree to a scene: every key and value checked against the declarations, all complaints collected.

use motes_physics::records::{ALL, Declaration, Kind, RecordType, Section};
use motes_physics::registry::index_of;

use crate::document::{Entry, Node, Value};
use crate::error::{Collector, Span};
use crate::plug_in::PlugIn;
use crate::scene::{ALL_SPECIES, Scene, SceneRecord};
use crate::suggest;
use crate::value::Reader;

/// The version of the scene format that this reads.
pub(crate) const VERSION: f64 = 1.0;
/// Keys of the top level that are no sections and no parameters.
const TOP_LEVEL: [&str; 3] = ["version", "title", "about"];
/// Characters of a title or name at most.
const MAX_TEXT: usize = 1000;
/// Sections in the order of records.
const ORDER: [Section; 14] = [
    Section::Simulation,
    Section::Domain,
    Section::Neighbors,
    Section::Species,
    Section::Integrator,
    Section::Force,
    Section::Thermostat,
    Section::Constraint,
    Section::Measure,
    Section::Fill,
    Section::Collider,
    Section::Emitter,
    Section::View,
    Section::PlugIn,
];

/// Checks the tree; the scene is complete even where errors were found, with defaults in their place.
pub(crate) fn scene(root: &Node, plug_ins: &[PlugIn], errors: &mut Collector) -> Scene {
    let mut reader = SceneReader { errors, plug_ins, records: Vec::new(), species_names: Vec::new() };
    reader.version(root);
    reader.unknown_top_level(root);
    let title = reader.text(root, "title");
    let about = reader.text(root, "about");
    for section in ORDER {
        reader.section(root, section);
    }
    Scene { title, about, species_names: reader.species_names, records: reader.records }
}

struct SceneReader<'a> {
    errors: &'a mut Collector,
    plug_ins: &'a [PlugIn],
    records: Vec<SceneRecord>,
    species_names: Vec<String>,
}

impl SceneReader<'_> {
    fn version(&mut self, root: &Node) {
        match root.get("version").map(|node| (node.span, &node.value)) {
            Some((_, Value::Number(v))) if *v == VERSION => {}
            Some((span, _)) => self.errors.scene(span, "this version of the scene format is not known", "this program reads version = 1"),
            None => self.errors.scene(None, "the scene has no `version`", "start the file with the line: version = 1"),
        }
    }

    fn unknown_top_level(&mut self, root: &Node) {
        let parameters = types(Section::Simulation).flat_map(|t| t.declarations).map(|d| d.name);
        let sections = ORDER.iter().map(|s| s.key()).filter(|key| !key.is_empty());
        let known: Vec<&str> = TOP_LEVEL.into_iter().chain(parameters).chain(sections).collect();
        for entry in root.entries().iter().filter(|e| !known.contains(&e.key.as_str())) {
            self.unknown(entry, "the scene", known.iter().copied());
        }
    }

    fn unknown<'k>(&mut self, entry: &Entry, place: &str, known: impl IntoIterator<Item = &'k str> + Clone) {
        let shown: String = entry.key.chars().take(40).collect();
        self.errors.scene(entry.key_span, format!("unknown field `{shown}` in {place}"), suggest::help(&entry.key, known));
    }

    fn text(&mut self, table: &Node, key: &str) -> String {
        match table.get(key).map(|node| (node, &node.value)) {
            None => String::new(),
            Some((_, Value::String(text))) if text.chars().count() <= MAX_TEXT => text.clone(),
            Some((node, Value::String(_))) => {
                self.errors.scene(node.span, format!("`{key}` is longer than {MAX_TEXT} characters"), "shorten it");
                String::new()
            }
            Some((node, _)) => {
                self.errors.scene(node.span, format!("`{key}` must be text, not {}", node.describe()), format!("write {key} = \"…\""));
                String::new()
            }
        }
    }

    fn section(&mut self, root: &Node, section: Section) {
        if section == Section::Simulation {
            return self.record(root, section, 0, None);
        }
        match (root.get(section.key()), section.is_list()) {
            (Some(node), true) => self.list(node, section),
            (Some(node), false) => self.record(node, section, 0, Some(node.span)),
            (None, _) if section == Section::Species => self.defaults(section),
            (None, true) => {}
            (None, false) => self.defaults(section),
        }
    }

    fn defaults(&mut self, section: Section) {
        if let Some(type_index) = ALL.iter().position(|t| t.section == section) {
            self.records.push(SceneRecord::of_defaults(type_index, 0, None));
        }
        if section == Section::Species {
            self.species_names.push(default_name(0).to_owned());
        }
    }

    fn list(&mut self, node: &Node, section: Section) {
        let key = section.key();
        let Value::Array(items) = &node.value else {
            return self.errors.scene(node.span, format!("`{key}` must be a list"), format!("write [[{key}]], with double brackets"));
        };
        if items.is_empty() && section == Section::Species {
            self.defaults(section);
        }
        for (index, item) in items.iter().enumerate() {
            if section == Section::Species {
                let name = self.text(item, "name");
                self.species_names.push(if name.is_empty() { default_name(index).to_owned() } else { name });
            }
            self.record(item, section, index, Some(item.span));
        }
    }

    fn record(&mut self, node: &Node, section: Section, index: usize, place: Option<Span>) {
        if !matches!(node.value, Value::Table(_)) {
            let help = format!("write [{}] and its parameters below", section.key());
            return self.errors.scene(node.span, format!("`{}` must be a table, not {}", section.key(), node.describe()), help);
        }
        let Some(mut record) = self.of_defaults(node, section, index, place) else { return };
        let parameters: Vec<_> = record.parameters().collect();
        for entry in node.entries() {
            match parameters.iter().find(|(_, _, d)| d.name == entry.key) {
                Some(&(number, slot, declaration)) => {
                    record.spans[number] = Some(entry.node.span);
                    let path = record.path(declaration.name);
                    let slots = &mut record.values[slot..slot + declaration.kind.slots()];
                    let resolved = self.species_by_name(declaration, entry);
                    Reader { declaration, path: &path, errors: self.errors }.read(resolved.as_ref().unwrap_or(&entry.node), slots);
                }
                None if section == Section::Simulation || extra_keys(section).contains(&entry.key.as_str()) => {}
                None => {
                    let place = describe(record.record_type());
                    let known = record.record_type().declarations.iter().map(|d| d.name).chain(extra_keys(section).iter().copied());
                    self.unknown(entry, &place, known.collect::<Vec<_>>());
                }
            }
        }
        self.records.push(record);
    }

    fn of_defaults(&mut self, node: &Node, section: Section, index: usize, place: Option<Span>) -> Option<SceneRecord> {
        if section != Section::PlugIn {
            return self.type_index(node, section).map(|type_index| SceneRecord::of_defaults(type_index, index, place));
        }
        let file = self.text(node, "file");
        let Some(number) = self.plug_ins.iter().position(|given| given.file == file) else {
            let (message, help) = if file.is_empty() {
                ("a plug-in without its `file`".to_owned(), "write file = \"name.wasm\"")
            } else {
                (format!("the plug-in `{file}` was not loaded"), "it is looked for beside the scene; a page is handed it with the scene")
            };
            self.errors.scene(node.get("file").map_or(node.span, |file| file.span), message, help);
            return None;
        };
        let wanted = self.text(node, "sha256");
        let found = &self.plug_ins[number].sha256;
        if let Some(written) = node.get("sha256").filter(|_| !wanted.eq_ignore_ascii_case(found)) {
            let help = format!("its SHA-256 is {found}; write that if this is the file that you mean");
            self.errors.scene(written.span, format!("`{file}` is not the file that the scene was written for"), help);
        }
        Some(SceneRecord::of_plug_in(number, &self.plug_ins[number], index, place))
    }

    /// A species may be named instead of counted; `all` stands for every one where that makes sense.
    fn species_by_name(&mut self, declaration: &Declaration, entry: &Entry) -> Option<Node> {
        let Value::String(name) = &entry.node.value else { return None };
        if declaration.kind != Kind::Species {
            return None;
        }
        let index = self.species_names.iter().position(|known| known == name).map(|index| index as f64);
        let all = (name == ALL_SPECIES && declaration.min < 0.0).then_some(-1.0);
        let index = index.or(all);
        if index.is_none() {
            let shown: String = name.chars().take(40).collect();
            let help = suggest::help(name, self.species_names.iter().map(String::as_str));
            self.errors.scene(entry.node.span, format!("no species is called `{shown}`"), help);
        }
        Some(Node { span: entry.node.span, value: Value::Number(index.unwrap_or(0.0)) })
    }

    fn type_index(&mut self, node: &Node, section: Section) -> Option<usize> {
        if !section.has_kind() {
            return ALL.iter().position(|t| t.section == section);
        }
        let help = format!("kinds of {}: {}", section.key(), kinds(section).join(", "));
        match node.get("kind").map(|kind| (kind, &kind.value)) {
            None => self.errors.scene(node.span, format!("`{}` has no `kind`", section.key()), help),
            Some((kind, Value::String(name))) => match index_of(section, name) {
                Some(index) => return Some(index),
                None => {
                    let shown: String = name.chars().take(40).collect();
                    let known = kinds(section);
                    self.errors.scene(kind.span, format!("unknown kind of {}: `{shown}`", section.key()), suggest::help(name, known));
                }
            },
            Some((kind, _)) => self.errors.scene(kind.span, format!("`kind` must be text, not {}", kind.describe()), help),
        }
        None
    }
}

/// Keys of a section that are no parameters.
fn extra_keys(section: Section) -> &'static [&'static str] {
    match section {
        Section::Species => &["name"],
        Section::PlugIn => &["file", "sha256"],
        _ if section.has_kind() => &["kind"],
        _ => &[],
    }
}

fn types(section: Section) -> impl Iterator<Item = &'static RecordType> {
    ALL.iter().copied().filter(move |t| t.section == section)
}

fn kinds(section: Section) -> Vec<&'static str> {
    types(section).map(|t| t.name).collect()
}

fn describe(record_type: &RecordType) -> String {
    let key = record_type.section.key();
    let brackets = if record_type.section.is_list() { format!("[[{key}]]") } else { format!("[{key}]") };
    if record_type.section == Section::PlugIn {
        return format!("{brackets} {}", record_type.name);
    }
    if record_type.section.has_kind() { format!("{brackets} of kind {}", record_type.name) } else { brackets }
}

/// Species without a name are called like the chemical element of their number, so that XYZ readers accept them.
fn default_name(index: usize) -> &'static str {
    const SYMBOLS: [&str; 16] = ["X", "H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P"];
    SYMBOLS.get(index).copied().unwrap_or("X")
}
