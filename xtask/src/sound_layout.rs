//! web/sound-layout.js: what the room of the sound has where, as constants for JavaScript.

use motes_scene::plug_in::effect::AREA_BYTES;
use motes_sound::{QUANTUM, ended, shared};
use std::fmt::Write;

/// Constants of a module, by their names.
macro_rules! constants {
    ($module:ident: $($name:ident),+) => { &[$((stringify!($name), $module::$name as usize)),+] };
}

fn table(out: &mut String, doc: &str, name: &str, entries: &[(&str, usize)]) {
    let lines: String = entries.iter().map(|(key, value)| format!("  {key}: {value},\n")).collect();
    _ = write!(out, "\n/** {doc} */\nexport const {name} = Object.freeze({{\n{lines}}});\n");
}

/// The text of the file.
pub(crate) fn javascript() -> String {
    let mut out = String::from("// Generated from modules/sound/src and scene/src/plug_in/effect.rs by `cargo xtask codegen`; change it there.\n\n");
    let numbers = [
        ("Frames that are rendered at a time.", "QUANTUM", QUANTUM),
        ("Words of 32 bits that a host may read and write.", "WORDS", shared::CONTROL),
        ("Bytes of the area that each effect has, its stack at the upper end.", "EFFECT_BYTES", AREA_BYTES as usize),
    ];
    numbers.iter().for_each(|(doc, name, value)| _ = writeln!(out, "/** {doc} */\nexport const {name} = {value};"));
    table(&mut out, "How a call of sound.wasm ended.", "ENDED", constants!(ended: PLAYED, WAITED, NOTHING));
    let counters: &[_] = constants!(shared: EVENTS, FULL, FAINT, UNDERRUNS, SKIPPED, CALLS, STRUCK, CROWDED, BEHIND);
    table(&mut out, "Words that tell of the sound; BEHIND is an `f32`.", "COUNTERS", counters);
    table(&mut out, "Words that are settings, each an `f32`.", "SETTINGS", &shared::SETTINGS.map(|(name, word, _)| (name, word)));
    out
}
