//! scene.wasm: `compileScene` and the reader of files of particles for JavaScript.

mod particles;

use crate::growth::{self, GrowthError, Joining};
use crate::{Compiled, Effect, LoadedPlugIn, Options, PlugIn, compile};
use js_sys::{Array, Object, Reflect, Uint8Array};
use motes_physics::records::Kind;
use serde_json::{Value, json};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// Compiles a scene. `options`: `{name?: string, overrides?: string[], plugIns?: {file: string, bytes: Uint8Array}[]}`.
///
/// Comes back with `{prefix: Uint8Array, module: string, blockBytes, particleCount, json: string}`.
///
/// # Errors
/// An `Error` whose message is the whole report.
#[wasm_bindgen(js_name = compileScene)]
pub fn compile_scene(text: &str, options: &JsValue) -> Result<Object, JsValue> {
    object(&compile(text, &options_of(options)?).map_err(fail)?)
}

/// Whether particles may join the block whose first bytes these are.
///
/// # Errors
/// An `Error` that names the particle at fault.
#[wasm_bindgen(js_name = checkJoining)]
pub fn check_joining(prefix: &[u8], position: &[f32], velocity: &[f32], species: &[u32]) -> Result<(), JsValue> {
    let (_, read) = growth::read_prefix(prefix).ok_or_else(|| fail("the block is damaged"))?;
    Joining { position, velocity, species }.check(&growth::records_of(&read)).map_err(fail)
}

/// The plan of a block with so many more particles than the one whose first bytes these are.
///
/// Comes back with `{prefix: Uint8Array, blockBytes}`.
///
/// # Errors
/// An `Error`, with the numbers when there are too many; its `name` is `RangeError` then.
#[wasm_bindgen(js_name = growBlock)]
pub fn grow_block(prefix: &[u8], joining: u32) -> Result<Object, JsValue> {
    let (header, read) = growth::read_prefix(prefix).ok_or_else(|| fail("the block is damaged"))?;
    let grown = growth::grow(&header, &growth::records_of(&read), u64::from(joining)).map_err(|error| match error {
        GrowthError::Limit(text) => js_sys::RangeError::new(&text).into(),
        GrowthError::Input(text) => fail(text),
    })?;
    let out = Object::new();
    Reflect::set(&out, &"prefix".into(), &Uint8Array::from(grown.prefix.as_slice()))?;
    Reflect::set(&out, &"blockBytes".into(), &(grown.block_bytes as f64).into())?;
    Ok(out)
}

fn get(options: &JsValue, key: &str) -> Option<JsValue> {
    Reflect::get(options, &JsValue::from_str(key)).ok().filter(|v| !v.is_undefined() && !v.is_null())
}

fn text_of(options: &JsValue, key: &str, default: &str) -> String {
    get(options, key).and_then(|v| v.as_string()).unwrap_or_else(|| default.to_owned())
}

fn options_of(options: &JsValue) -> Result<Options, JsValue> {
    let overrides = get(options, "overrides").map_or_else(Vec::new, |list| Array::from(&list).iter().filter_map(|v| v.as_string()).collect());
    Ok(Options { name: text_of(options, "name", "scene.toml"), overrides, plug_ins: plug_ins_of(options)?, ..Options::default() })
}

/// Of `{file: string, bytes: Uint8Array}` each.
fn plug_ins_of(options: &JsValue) -> Result<Vec<PlugIn>, JsValue> {
    let Some(list) = get(options, "plugIns") else { return Ok(Vec::new()) };
    let read = |entry: JsValue| {
        let bytes = get(&entry, "bytes").map_or_else(Vec::new, |bytes| Uint8Array::new(&bytes).to_vec());
        PlugIn::read(&text_of(&entry, "file", "plug-in.wasm"), &bytes).map_err(fail)
    };
    Array::from(&list).iter().map(read).collect()
}

fn fail(error: impl std::fmt::Display) -> JsValue {
    js_sys::Error::new(&error.to_string()).into()
}

fn object(compiled: &Compiled) -> Result<Object, JsValue> {
    let out = Object::new();
    Reflect::set(&out, &"prefix".into(), &Uint8Array::from(compiled.prefix.as_slice()))?;
    Reflect::set(&out, &"module".into(), &compiled.module.into())?;
    Reflect::set(&out, &"blockBytes".into(), &(compiled.block_bytes as f64).into())?;
    Reflect::set(&out, &"particleCount".into(), &compiled.particle_count.into())?;
    Reflect::set(&out, &"json".into(), &describe(compiled).to_string().into())?;
    Ok(out)
}

/// What a loader and a panel need to know.
fn describe_plug_in(loaded: &LoadedPlugIn) -> Value {
    let (plug_in, link) = (&loaded.plug_in, &loaded.plug_in.link);
    let outputs = plug_in.outputs.iter().enumerate().map(|(k, o)| json!({"name": o.name, "unit": o.unit, "doc": o.doc, "offset": loaded.output(k)}));
    let mut description = plug_in.describe();
    description["outputs"] = outputs.collect();
    description["parametersOffset"] = loaded.offset.into();
    description["stagesOffset"] = loaded.stages().into();
    description["link"] = json!({
        "stages": link.stages, "memoryBytes": link.memory_bytes, "memoryAlign": link.memory_align, "tableSlots": link.table_slots,
        "symbols": link.symbols.iter().map(|(name, offset)| (name.clone(), Value::from(*offset))).collect::<serde_json::Map<_, _>>(),
    });
    description
}

/// Files of the plug-ins that a scene names.
#[wasm_bindgen(js_name = plugInFiles)]
pub fn plug_in_files(text: &str) -> Array {
    crate::plug_in::files(text).into_iter().map(JsValue::from).collect()
}

/// Looks at an effect of the sound, and comes back with the slots that it needs in the table of functions.
///
/// # Errors
/// An `Error` with everything that is wrong with it.
#[wasm_bindgen(js_name = readEffect)]
pub fn read_effect(file: &str, bytes: &[u8]) -> Result<u32, JsValue> {
    Effect::read(file, bytes).map(|effect| effect.table_slots).map_err(fail)
}

/// What a panel needs to know.
fn describe(compiled: &Compiled) -> Value {
    let parameters: Vec<Value> = compiled
        .parameters
        .iter()
        .map(|p| {
            let d = p.declaration;
            let kind = match d.kind {
                Kind::Float => "float",
                Kind::Integer | Kind::Species => "integer",
                Kind::Bool => "bool",
                Kind::Choice(_) => "choice",
                Kind::Vector3 => "vector3",
                Kind::Integer3 => "integer3",
                Kind::Bool3 => "bool3",
            };
            let choices = if let Kind::Choice(names) = d.kind { json!(names) } else { Value::Null };
            json!({
                "path": p.path, "section": p.record_type.section.key(), "kindName": p.record_type.name, "name": d.name, "kind": kind, "choices": choices,
                "unit": d.unit, "doc": d.doc, "min": d.min, "max": d.max, "live": d.live, "values": p.values, "offset": p.offset,
            })
        })
        .collect();
    let plug_ins = compiled.plug_ins.iter().map(describe_plug_in).collect::<Vec<_>>();
    json!({"title": compiled.title, "about": compiled.about, "parameters": parameters, "species": compiled.species_names, "plugIns": plug_ins})
}
