//! docs/data-layout.md against the layout: its tables are made from `layout.rs` (names, types, what each means) and from the compiler
//! (offsets), and from the plans of scenes (arrays).

use motes_physics::layout::{self, Diagnostics, FIELD_SAVED, FIELD_STATE, FieldEntry, FrameDescriptor, Header, RecordEntry, map, sync};
use motes_physics::plan::Plan;
use motes_physics::records::{ALL, Record, Section};
use std::mem::offset_of;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/data-layout.md");
const SOURCE: &str = include_str!("../src/layout.rs");

/// Doc comment and the line below it, for each documented line of the item that begins with `head`.
fn documented(head: &str) -> Vec<(String, String)> {
    let (_, body) = SOURCE.split_once(head).unwrap_or_else(|| panic!("layout.rs has no `{head}`"));
    let (body, _) = body.split_once("\n}").expect("the end of the item");
    let (mut doc, mut found) = (Vec::new(), Vec::new());
    for line in body.lines().map(str::trim) {
        match line.strip_prefix("/// ") {
            Some(text) => doc.push(text.replace(['[', ']'], "").replace("crate::", "")),
            None if line.starts_with("pub ") => found.push((std::mem::take(&mut doc).join(" "), line.to_owned())),
            None => doc.clear(),
        }
    }
    found
}

/// The rows of a struct; `offsets` are its fields in order, as the compiler places them.
fn rows(name: &str, offsets: &[(&str, usize)]) -> String {
    let fields = documented(&format!("pub struct {name} {{"));
    assert_eq!(fields.len(), offsets.len(), "all fields of {name}");
    let mut out = String::from("| offset | name | type | meaning |\n|---|---|---|---|\n");
    for ((doc, line), (known, offset)) in fields.iter().zip(offsets) {
        let (name, kind) = line.trim_start_matches("pub ").trim_end_matches(',').split_once(": ").expect("name: type");
        assert_eq!(name, *known);
        out.push_str(&format!("| {offset} | `{name}` | {} | {doc} |\n", kind.replace(" as usize", "")));
    }
    out
}

macro_rules! table {
    ($type:ident: $($field:ident)+) => { rows(stringify!($type), &[$((stringify!($field), offset_of!($type, $field))),+]) };
}

macro_rules! constants {
    ($module:ident: $($name:ident)+) => { constants(concat!("pub mod ", stringify!($module), " {"), &[$((stringify!($name), $module::$name)),+]) };
}

fn constants(head: &str, values: &[(&str, u32)]) -> String {
    let lines = documented(head);
    assert_eq!(lines.len(), values.len(), "all constants of {head}");
    let row = |((doc, line), (name, value)): (&(String, String), &(&str, u32))| {
        assert!(line.starts_with(&format!("pub const {name}:")), "{line} is not {name}");
        format!("| {value} | `{name}` | {doc} |\n")
    };
    format!("| value | name | meaning |\n|---|---|---|\n{}", lines.iter().zip(values).map(row).collect::<String>())
}

/// Arrays of a block with that force and one emitter.
fn arrays(force: &str) -> String {
    let wanted = |section, name: &str| match section {
        Section::Force => name == force,
        Section::Integrator => name == "velocity-verlet",
        Section::Thermostat | Section::Constraint | Section::Measure | Section::Fill | Section::Collider => false,
        _ => true,
    };
    let chosen: Vec<usize> = (0..ALL.len()).filter(|&i| wanted(ALL[i].section, ALL[i].name)).collect();
    let defaults = |i: &usize| -> Vec<f64> { ALL[*i].declarations.iter().flat_map(|d| d.default.into_iter().take(d.kind.slots())).collect() };
    let values: Vec<Vec<f64>> = chosen.iter().map(defaults).collect();
    let records: Vec<Record> = chosen.iter().zip(&values).map(|(&type_index, values)| Record { type_index, values }).collect();
    let plan = Plan::new(&records, Some(1000)).expect("a plan");
    let mut out = String::from("| name | type | in the hash | in the checkpoint |\n|---|---|---|---|\n");
    for field in plan.fields() {
        let element = ["f32", "u32", "u8", "f64"][field.element as usize];
        let components = if field.name() == "neighbors" { "n".to_owned() } else { field.components.to_string() };
        let yes = |flags: u32| if field.flags & flags != 0 { "yes" } else { "" };
        out.push_str(&format!("| `{}` | {element} x {components} | {} | {} |\n", field.name(), yes(FIELD_STATE), yes(FIELD_STATE | FIELD_SAVED)));
    }
    out
}

fn tables() -> Vec<(&'static str, String)> {
    vec![
        (
            "header",
            table!(Header: magic abi_version header_bytes layout_hash block_bytes field_count field_table record_count record_table reserved_index flags particle_count
                particle_capacity step time generation fault_status fault_particle added fault_step fault_detail frames diagnostics run_state emitted saved),
        ),
        ("field entry", table!(FieldEntry: name element components offset stride capacity flags saved_offset reserved)),
        ("record entry", table!(RecordEntry: type_index offset slots reserved)),
        ("frame", table!(FrameDescriptor: offset particle_count frame_number step time scalar_min scalar_max checksum reserved)),
        (
            "diagnostics",
            table!(Diagnostics: step kinetic potential virial momentum_x momentum_y momentum_z
                angular_momentum_x angular_momentum_y angular_momentum_z temperature pressure tail_energy tail_virial alive mean_square_displacement),
        ),
        (
            "sync",
            constants!(sync: AREA EPOCH JOB_DATA JOB_TABLE CHUNK_COUNT NEXT_CHUNK HELPERS_DONE STOP FRAME_MIDDLE FRAME_BACK HEARTBEAT PLUG_IN HEARTBEAT_STRIDE END),
        ),
        (
            "map",
            constants!(map: STATICS_A STATICS_B STATICS_RECORDER STATICS_SOUND STACKS_SOUND STACK_RECORDER STACKS STACK_BYTES MAX_THREADS STACK_GUARD_BYTES STACK_GUARD BLOCK_BASE),
        ),
        ("gravity", arrays("gravity")),
        ("lennard-jones", arrays("lennard-jones")),
    ]
}

#[test]
fn the_document_tells_the_layout_that_is() {
    let text = std::fs::read_to_string(PATH).expect("docs/data-layout.md");
    let mut now = text.clone();
    for (key, table) in tables() {
        let begin = format!("<!-- table: {key} -->\n");
        let (before, rest) = now.split_once(&begin).unwrap_or_else(|| panic!("docs/data-layout.md has no {begin}"));
        let (_, after) = rest.split_once("<!-- end -->").expect("an end to the table");
        now = format!("{before}{begin}{table}<!-- end -->{after}");
    }
    if std::env::var_os("MOTES_BLESS").is_some() {
        std::fs::write(PATH, &now).expect("docs/data-layout.md");
    } else {
        assert!(now == text, "docs/data-layout.md is old; run: MOTES_BLESS=1 cargo test -p motes-physics");
    }
}

#[test]
fn numbers_in_the_prose_are_those_of_the_layout() {
    let text = std::fs::read_to_string(PATH).expect("docs/data-layout.md");
    let said = [
        format!("{} bytes", layout::HEADER_BYTES),
        format!("multiple of {} particles", layout::FRAME_ROW),
        format!("{} bytes a particle", layout::FRAME_STRIDE),
        format!("address {} ", map::BLOCK_BASE),
        format!("0x{:016x}", layout::MAGIC),
        format!("{} slots", layout::FRAME_SLOTS),
    ];
    for words in said {
        assert!(text.contains(&words), "docs/data-layout.md does not say `{words}`");
    }
}
