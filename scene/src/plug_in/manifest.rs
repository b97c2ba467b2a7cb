//! The description in a plug-in's custom section: name, parameters, outputs, and the arrays that it writes.

use super::{Grid, Output};
use motes_physics::plug_ins::STAGES;
use motes_physics::records::{Declaration, Kind, RecordType, Section};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Parameters and outputs at most.
const MAX_ENTRIES: usize = 64;
/// Points of a grid along an axis at most.
const MAX_POINTS: u64 = 1024;
/// Characters of a name.
const MAX_NAME: usize = 40;
/// Characters of any other text.
const MAX_TEXT: usize = 400;
/// What a stage writes if the description does not say.
const USUAL: [&[&str]; 4] = [&["force"], &["velocity"], &["position", "position_low"], &[]];
/// Keys of a parameter.
const KEYS: [&str; 9] = ["name", "default", "min", "max", "unit", "doc", "live", "choices", "integer"];

/// What a description says.
#[derive(Debug, PartialEq)]
pub(super) struct Manifest {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) parameters: Vec<Parameter>,
    pub(super) outputs: Vec<Output>,
    pub(super) grids: Vec<Grid>,
    pub(super) writes: Vec<String>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Parameter {
    name: String,
    choices: Vec<String>,
    whole: bool,
    flag: bool,
    default: Vec<f64>,
    min: f64,
    max: f64,
    unit: String,
    doc: String,
    live: bool,
}

/// Reads a description; a module without one has its file's name and no parameters.
pub(super) fn read(text: Option<&str>, stem: &str, stages: u32) -> Result<Manifest, Vec<String>> {
    let usual = || (0..STAGES.len()).filter(|k| stages >> k & 1 != 0).flat_map(|k| USUAL[k]).map(|name| (*name).to_owned()).collect();
    let Some(text) = text else {
        return Ok(Manifest { name: name_of(stem), about: String::new(), parameters: Vec::new(), outputs: Vec::new(), grids: Vec::new(), writes: usual() });
    };
    let root: Value = serde_json::from_str(text).map_err(|error| vec![format!("has a description that is no JSON: {error}")])?;
    let Value::Object(entries) = &root else { return Err(vec!["has a description that is no JSON object".to_owned()]) };
    let mut reader = Reader(Vec::new());
    let known = ["name", "about", "parameters", "outputs", "grids", "writes"];
    entries.keys().filter(|key| !known.contains(&key.as_str())).for_each(|key| reader.complain(format!("has a description with the unknown key `{key}`")));
    let name = entries.get("name").map_or_else(|| name_of(stem), |value| reader.name(value));
    let about = reader.text(&root, "about");
    let parameters: Vec<Parameter> = reader.list(&root, "parameters").iter().map(|value| reader.parameter(value)).collect();
    let outputs: Vec<Output> = reader.list(&root, "outputs").iter().map(|value| reader.output(value)).collect();
    let grids: Vec<Grid> = reader.list(&root, "grids").iter().map(|value| reader.grid(value)).collect();
    let writes = if entries.contains_key("writes") {
        reader.list(&root, "writes").iter().map(|value| value.as_str().unwrap_or_default().to_owned()).collect()
    } else {
        usual()
    };
    let mut names: Vec<&str> = parameters.iter().map(|p| p.name.as_str()).chain(outputs.iter().map(|o| o.name.as_str())).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        reader.complain(format!("has a description with `{}` twice", twice[0]));
    }
    if reader.0.is_empty() { Ok(Manifest { name, about, parameters, outputs, grids, writes }) } else { Err(reader.0) }
}

/// The part of a file's name that can be a name.
fn name_of(stem: &str) -> String {
    let name: String = stem.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).take(MAX_NAME).collect();
    if name.is_empty() { "plug-in".to_owned() } else { name }
}

/// Reads values; what is wrong is collected.
struct Reader(Vec<String>);

impl Reader {
    fn complain(&mut self, complaint: String) {
        self.0.push(complaint);
    }

    fn list(&mut self, table: &Value, key: &str) -> Vec<Value> {
        match table.get(key) {
            None => Vec::new(),
            Some(Value::Array(items)) if items.len() <= MAX_ENTRIES => items.clone(),
            Some(Value::Array(items)) => {
                self.complain(format!("has a description with {} {key}; at most {MAX_ENTRIES} are taken", items.len()));
                Vec::new()
            }
            Some(_) => {
                self.complain(format!("has a description whose `{key}` is no list"));
                Vec::new()
            }
        }
    }

    fn text(&mut self, table: &Value, key: &str) -> String {
        match table.get(key) {
            None => String::new(),
            Some(Value::String(text)) if text.chars().count() <= MAX_TEXT && !text.contains(char::is_control) => text.clone(),
            Some(_) => {
                self.complain(format!("has a description whose `{key}` is no line of at most {MAX_TEXT} characters"));
                String::new()
            }
        }
    }

    fn name(&mut self, value: &Value) -> String {
        let name = value.as_str().unwrap_or_default();
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        let reserved = ["file", "sha256"].contains(&name);
        if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(good) || reserved {
            self.complain(format!("has a description with the name {value}; names are a-z, 0-9, - and _, at most {MAX_NAME}, and not file or sha256"));
        }
        name.to_owned()
    }

    fn output(&mut self, value: &Value) -> Output {
        Output { name: self.name(&value["name"]), unit: self.text(value, "unit"), doc: self.text(value, "doc") }
    }

    fn grid(&mut self, value: &Value) -> Grid {
        let symbol = value["symbol"].as_str().unwrap_or_default().to_owned();
        let [columns, rows] = ["columns", "rows"].map(|key| match value[key].as_u64() {
            Some(points @ 2..=MAX_POINTS) => points as u32,
            _ => {
                self.complain(format!("has a grid `{symbol}` whose `{key}` is no whole number from 2 to {MAX_POINTS}"));
                2
            }
        });
        Grid { symbol, columns, rows, doc: self.text(value, "doc") }
    }

    fn parameter(&mut self, value: &Value) -> Parameter {
        let name = self.name(&value["name"]);
        let keys = value.as_object().into_iter().flat_map(|object| object.keys());
        keys.filter(|key| !KEYS.contains(&key.as_str())).for_each(|key| self.complain(format!("has a parameter `{name}` with the unknown key `{key}`")));
        let choices: Vec<String> = self.list(value, "choices").iter().map(|choice| self.name(choice)).collect();
        let flag = value["default"].is_boolean();
        let default = self.default(&name, &value["default"], &choices);
        let limits = if flag {
            (0.0, 1.0)
        } else if choices.is_empty() {
            (-1e9, 1e9)
        } else {
            (0.0, (choices.len() - 1) as f64)
        };
        let min = value["min"].as_f64().unwrap_or(limits.0);
        let max = value["max"].as_f64().unwrap_or(limits.1);
        if min > max || default.iter().any(|x| !(min..=max).contains(x)) {
            self.complain(format!("has a parameter `{name}` whose default {default:?} is not from {min} to {max}"));
        }
        let (unit, doc) = (self.text(value, "unit"), self.text(value, "doc"));
        let whole = value["integer"].as_bool().unwrap_or(false);
        Parameter { name, choices, whole, flag, default, min, max, unit, doc, live: value["live"].as_bool().unwrap_or(true) }
    }

    /// One number, or three.
    fn default(&mut self, name: &str, value: &Value, choices: &[String]) -> Vec<f64> {
        let number = |value: &Value| value.as_f64().or_else(|| value.as_bool().map(|flag| f64::from(u8::from(flag))));
        let found: Option<Vec<f64>> = match value {
            Value::String(choice) => choices.iter().position(|known| known == choice).map(|index| vec![index as f64]),
            Value::Array(items) if items.len() == 3 => items.iter().map(Value::as_f64).collect(),
            other => number(other).map(|x| vec![x]),
        };
        found.unwrap_or_else(|| {
            self.complain(format!("has a parameter `{name}` without a default: a number, three of them, true or false, or one of its choices"));
            vec![0.0]
        })
    }
}

impl Parameter {
    fn declaration(&self) -> Declaration {
        let text = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        let kind = if !self.choices.is_empty() {
            Kind::Choice(Box::leak(self.choices.iter().map(|choice| text(choice)).collect::<Vec<_>>().into_boxed_slice()))
        } else {
            match (self.default.len(), self.flag, self.whole) {
                (3, _, true) => Kind::Integer3,
                (3, ..) => Kind::Vector3,
                (_, true, _) => Kind::Bool,
                (_, _, true) => Kind::Integer,
                _ => Kind::Float,
            }
        };
        let default = std::array::from_fn(|k| self.default.get(k).copied().unwrap_or(0.0));
        let (name, unit, doc) = (text(&self.name), text(&self.unit), text(&self.doc));
        Declaration { name, kind, unit, doc, default, min: self.min, max: self.max, live: self.live }
    }
}

/// The record type of a plug-in. Declarations live as long as the program, as those of the models do, so each module has its own made once.
pub(super) fn intern(sha256: &String, manifest: &Manifest) -> &'static RecordType {
    static KNOWN: Mutex<BTreeMap<String, &'static RecordType>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(|broken| broken.into_inner());
    let name = format!("{sha256} {}", manifest.name);
    known.entry(name).or_insert_with(|| {
        let declarations: Vec<Declaration> = manifest.parameters.iter().map(Parameter::declaration).collect();
        Box::leak(Box::new(RecordType {
            section: Section::PlugIn,
            name: Box::leak(manifest.name.clone().into_boxed_str()),
            doc: Box::leak(manifest.about.clone().into_boxed_str()),
            declarations: Box::leak(declarations.into_boxed_slice()),
        }))
    })
}
