//! The layout as constants for JavaScript, WGSL and the renderer, which must not know physics; `cargo xtask codegen` writes them to their files.

use crate::Status;
use crate::distributions::Distribution;
use crate::layout::{self, Diagnostics, FieldEntry, FrameDescriptor, Header, RecordEntry, map, sync};
use core::mem::offset_of;
use std::fmt::Write;
use std::format;
use std::string::String;

const NOTICE: &str = "Generated from physics/src/layout.rs by `cargo xtask codegen`; change it there.";

type Entries<'a> = &'a [(&'a str, usize)];

fn table(out: &mut String, doc: &str, name: &str, entries: Entries) {
    let _ = writeln!(out, "\n/** {doc} */\nexport const {name} = Object.freeze({{");
    for (key, value) in entries {
        let _ = writeln!(out, "  {key}: {value},");
    }
    out.push_str("});\n");
}

fn list<'a>(out: &mut String, doc: &str, name: &str, entries: impl IntoIterator<Item = &'a str>) {
    let _ = writeln!(out, "\n/** {doc} */\nexport const {name} = Object.freeze([");
    entries.into_iter().for_each(|entry| _ = writeln!(out, "  '{entry}',"));
    out.push_str("]);\n");
}

macro_rules! offsets {
    ($type:ty: $($field:ident),+ $(,)?) => { &[$((stringify!($field), offset_of!($type, $field))),+] };
}

macro_rules! constants {
    ($module:ident: $($name:ident),+ $(,)?) => { &[$((stringify!($name), $module::$name as usize)),+] };
}

/// What physics.wasm imports, sorted; all that it is given.
pub const IMPORTS: [&str; 9] = ["env.memory", "plug.call", "plug.count", "sync.add", "sync.exchange", "sync.load", "sync.notify", "sync.store", "sync.wait"];

/// What physics.wasm exports and hosts use.
pub fn exports() -> impl Iterator<Item = &'static str> {
    include_str!("../exports.txt").lines().filter(|name| name.starts_with("motes_") || *name == "__stack_pointer")
}

/// `web/layout.js`.
pub fn javascript() -> String {
    let mut out = format!("// {NOTICE}\n");
    let scalars: Entries = constants!(layout:
        ABI_VERSION, HEADER_BYTES, ALIGNMENT, FRAME_ROW, FRAME_STRIDE, FRAME_SLOTS, FRESH, MOVING, FLAG_GIVEN, FLAG_CHECKSUM, FLAG_WATCH, GUARD_BYTES, GUARD);
    for (name, value) in scalars.iter().chain(&[
        ("FIELD_BYTES", size_of::<FieldEntry>()),
        ("RECORD_BYTES", size_of::<RecordEntry>()),
        ("TRIAL_STEPS", crate::plug_ins::watch::TRIAL_STEPS as usize),
    ]) {
        let _ = writeln!(out, "export const {name} = {value};");
    }
    let _ = writeln!(out, "export const MAGIC = 0x{:x}n;", layout::MAGIC);
    let _ = writeln!(out, "export const LAYOUT_HASH = {:#018x}n;", layout::LAYOUT_HASH);
    let _ = writeln!(out, "export const NOT_ALIVE = {:e};", layout::NOT_ALIVE);
    table(
        &mut out,
        "Addresses in the Wasm memory.",
        "MAP",
        constants!(map: STATICS_A, STATICS_B, STATICS_RECORDER, STACK_RECORDER, STATICS_SOUND, STACKS_SOUND, STACKS, STACK_BYTES, MAX_THREADS, STACK_GUARD_BYTES, STACK_GUARD, BLOCK_BASE),
    );
    table(
        &mut out,
        "Byte offsets of sync words from the block's base.",
        "SYNC",
        constants!(sync: AREA, END, EPOCH, STOP, FRAME_MIDDLE, FRAME_BACK, HELPERS_DONE, HEARTBEAT, PLUG_IN, HEARTBEAT_STRIDE),
    );
    table(
        &mut out,
        "Byte offsets in the header.",
        "HEADER",
        offsets!(Header:
        magic, abi_version, header_bytes, layout_hash, block_bytes, field_count, field_table, record_count, record_table, flags,
        particle_count, particle_capacity, step, time, generation, fault_status, fault_particle, added, fault_step, fault_detail, frames,
        diagnostics),
    );
    table(
        &mut out,
        "Byte offsets in a frame descriptor.",
        "FRAME",
        offsets!(FrameDescriptor: offset, particle_count, frame_number, step, time, scalar_min, scalar_max, checksum),
    );
    table(&mut out, "Bytes of a frame descriptor.", "FRAME_DESCRIPTOR", &[("BYTES", size_of::<FrameDescriptor>())]);
    table(
        &mut out,
        "Byte offsets in the diagnostics; all are f64.",
        "DIAGNOSTICS",
        offsets!(Diagnostics:
        step, kinetic, potential, virial, momentum_x, momentum_y, momentum_z, angular_momentum_x, angular_momentum_y, angular_momentum_z,
        temperature, pressure, tail_energy, tail_virial, alive, mean_square_displacement),
    );
    table(
        &mut out,
        "Byte offsets in an entry of the field table.",
        "FIELD",
        offsets!(FieldEntry: name, element, components, offset, stride, capacity, flags, saved_offset),
    );
    list(&mut out, "Stages of a step that plug-ins can have a part in, by the names of their exports.", "STAGES", crate::plug_ins::STAGES);
    list(&mut out, "What physics.wasm may import.", "IMPORTS", IMPORTS);
    list(&mut out, "What physics.wasm exports and hosts use.", "EXPORTS", exports());
    let statuses: std::vec::Vec<(&str, usize)> = Status::ALL.iter().map(|(s, name)| (*name, *s as usize)).collect();
    let distributions: std::vec::Vec<(&str, usize)> = Distribution::ALL.iter().map(|(d, name)| (*name, *d as usize)).collect();
    let quoted: std::vec::Vec<(String, usize)> = distributions.iter().map(|(name, index)| (format!("'{name}'"), *index)).collect();
    let quoted: std::vec::Vec<(&str, usize)> = quoted.iter().map(|(name, index)| (name.as_str(), *index)).collect();
    table(&mut out, "Distributions that can be asked for.", "DISTRIBUTIONS", &quoted);
    table(&mut out, "How a call ended.", "STATUS", &statuses);
    out
}

/// Section of a module of physics that says how it lays out a block: [`description`].
pub const SECTION: &str = "motes.layout";

/// Everything that [`layout::LAYOUT_HASH`] is made of, a line each, so that two builds can tell where they differ.
pub fn description() -> String {
    let mut out = format!("abi {}\n", layout::ABI_VERSION);
    let sizes =
        [("header", size_of::<Header>()), ("array", size_of::<FieldEntry>()), ("record", size_of::<RecordEntry>()), ("frame", size_of::<FrameDescriptor>())];
    sizes.iter().for_each(|(name, bytes)| _ = writeln!(out, "size of {name}: {bytes}"));
    let words: Entries = constants!(sync: EPOCH, JOB_DATA, NEXT_CHUNK, FRAME_MIDDLE, HEARTBEAT);
    words.iter().for_each(|(name, at)| _ = writeln!(out, "word {name} at {at}"));
    let _ = writeln!(out, "block at {}", map::BLOCK_BASE);
    for (index, record) in crate::registry::ALL.iter().enumerate() {
        let parameters: std::vec::Vec<String> = record.declarations.iter().map(|d| format!("{} {}", d.name, d.kind.slots())).collect();
        let _ = writeln!(out, "record {index} {} {}: {}", record.section.key(), record.name, parameters.join(", "));
    }
    out
}

/// What one description has and the other has not, both ways, shortened to some lines; empty where they agree.
pub fn differences(ours: &str, theirs: &str) -> String {
    const MOST: usize = 8;
    let lacking = |of: &str, other: &str, word: &str| -> std::vec::Vec<String> {
        of.lines().filter(|line| !other.lines().any(|known| known == *line)).map(|line| format!("{word} `{line}`")).collect()
    };
    let mut all = lacking(theirs, ours, "it has");
    all.extend(lacking(ours, theirs, "it lacks"));
    let more = all.len().saturating_sub(MOST);
    all.truncate(MOST);
    if more > 0 {
        all.push(format!("and {more} more"));
    }
    all.join("; ")
}

/// `shaders/shared/layout.wgsl`.
pub fn wgsl() -> String {
    format!(
        "// {NOTICE}\n\n// Particles in one row of the frame texture.\nconst FRAME_ROW: u32 = {}u;\n// A scalar at or below this marks a particle that is not alive.\nconst NOT_ALIVE: f32 = {:e};\n",
        layout::FRAME_ROW,
        layout::NOT_ALIVE
    )
}

/// What plug-ins know of the layout.
const FOR_PLUG_INS: Entries = &[
    ("HEADER_FIELD_COUNT", offset_of!(Header, field_count)),
    ("HEADER_FIELD_TABLE", offset_of!(Header, field_table)),
    ("HEADER_PARTICLE_COUNT", offset_of!(Header, particle_count)),
    ("HEADER_STEP", offset_of!(Header, step)),
    ("HEADER_TIME", offset_of!(Header, time)),
    ("FIELD_BYTES", size_of::<FieldEntry>()),
    ("FIELD_NAME", offset_of!(FieldEntry, name)),
    ("FIELD_ELEMENT", offset_of!(FieldEntry, element)),
    ("FIELD_COMPONENTS", offset_of!(FieldEntry, components)),
    ("FIELD_OFFSET", offset_of!(FieldEntry, offset)),
    ("FIELD_CAPACITY", offset_of!(FieldEntry, capacity)),
];

/// `plugins/api/motes_layout.h`.
pub fn c() -> String {
    let lines: String = FOR_PLUG_INS.iter().map(|(name, value)| format!("#define MOTES_{name} {value}\n")).collect();
    format!("/* {NOTICE} */\n#ifndef MOTES_LAYOUT_H\n#define MOTES_LAYOUT_H\n\n{lines}\n#endif\n")
}

/// `plugins/api/src/layout.rs`.
pub fn plug_in() -> String {
    let lines: String = FOR_PLUG_INS.iter().map(|(name, value)| format!("pub(crate) const {name}: usize = {value};\n")).collect();
    format!("//! {NOTICE}\n#![allow(dead_code, reason = \"all that there is, whether this crate needs it or not\")]\n\n{lines}")
}

/// `renderer/src/layout.rs`.
pub fn rust() -> String {
    format!(
        "//! {NOTICE}\n\n/// Particles in one row of the frame texture.\npub(crate) const FRAME_ROW: u32 = {};\n/// Bytes of one particle.\npub(crate) const FRAME_STRIDE: u32 = {};\n/// A scalar at or below this marks a particle that is not alive.\npub(crate) const NOT_ALIVE: f32 = {:e};\n",
        layout::FRAME_ROW,
        layout::FRAME_STRIDE,
        layout::NOT_ALIVE
    )
}
