//! Damaged scenes: whatever is cut, doubled, exchanged or put in, `compile` comes back with a scene or with complaints.

use motes_physics::plan::MAX_PARTICLES;
use motes_scene::{Options, PRESETS, compile};
use proptest::prelude::*;

/// What stands in a scene where a number, a text or a table should: values of every form, and numbers at every edge.
const TOKENS: &[&str] = &[
    "3",
    "-1",
    "0",
    "1e9",
    "1e400",
    "nan",
    "-inf",
    "9223372036854775808",
    "5e-324",
    "true",
    "\"\"",
    "\"lennard-jones\"",
    "\"ballistic\"",
    "[]",
    "[1]",
    "[1, 2, 3]",
    "[[1, 2], 3, 4]",
    "{}",
    "{ x = 1 }",
    "{ kind = \"box\" }",
    "1979-05-27",
    "version",
    "force",
    "species",
    "view",
    "=",
    "[",
    "]",
    "[[",
    "]]",
    "\"",
    "\n",
    "#",
    "é",
    "\u{0}",
];

const JSON: &str = r#"{"version": 1, "dt": 0.01, "domain": {"min": [0, 0, 0], "max": [9, 9, 9], "periodic": [true, true, true]},
"species": [{"name": "Ar"}],
"force": [{"kind": "lennard-jones", "cutoff": 2.5}],
"fill": [{"kind": "lattice", "cells": [3, 3, 3]}],
"view": {"color_by": "speed"}}"#;

#[derive(Clone, Debug)]
enum Damage {
    DropLine(usize),
    DoubleLine(usize),
    SwapLines(usize, usize),
    ReplaceWord(usize, usize),
    Insert(usize, usize),
    Cut(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let (at, token) = (|| 0..4000usize, || 0..TOKENS.len());
    prop_oneof![
        at().prop_map(Damage::DropLine),
        at().prop_map(Damage::DoubleLine),
        (at(), at()).prop_map(|(a, b)| Damage::SwapLines(a, b)),
        (at(), token()).prop_map(|(a, b)| Damage::ReplaceWord(a, b)),
        (at(), token()).prop_map(|(a, b)| Damage::Insert(a, b)),
        at().prop_map(Damage::Cut),
    ]
}

fn apply(text: &str, damage: &Damage) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let count = lines.len();
    let boundary = |at: usize| (0..=at % (text.len() + 1)).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    match *damage {
        Damage::DropLine(at) => drop(lines.remove(at % count)),
        Damage::DoubleLine(at) => lines.insert(at % count, lines[at % count]),
        Damage::SwapLines(a, b) => lines.swap(a % count, b % count),
        Damage::ReplaceWord(at, token) => {
            let words: Vec<(usize, &str)> = text.match_indices(|c: char| !c.is_whitespace() && c != ',').collect();
            let Some((start, _)) = words.get(at % words.len().max(1)) else { return text.to_owned() };
            let end = text[*start..].find([' ', ',', '\n', '=']).map_or(text.len(), |length| start + length.max(1));
            return format!("{}{}{}", &text[..*start], TOKENS[token], text.get(end..).unwrap_or(""));
        }
        Damage::Insert(at, token) => return format!("{}{}{}", &text[..boundary(at)], TOKENS[token], &text[boundary(at)..]),
        Damage::Cut(at) => return text[..boundary(at)].to_owned(),
    }
    lines.join("\n")
}

fn cases() -> ProptestConfig {
    let cases = if std::env::var_os("MOTES_FULL").is_some() { 20_000 } else { 2_000 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]
    #[test]
    fn compile_answers_whatever_it_is_given(base in 0..PRESETS.len() + 1, damages in prop::collection::vec(damage(), 1..5), set in prop::option::of(0..TOKENS.len())) {
        let text = PRESETS.get(base).map_or(JSON, |preset| preset.text);
        let text = damages.iter().fold(text.to_owned(), |text, damage| apply(&text, damage));
        let overrides = set.map_or_else(Vec::new, |token| vec![format!("view={}", TOKENS[token]), format!("fill[0].{}=1", TOKENS[token])]);
        match compile(&text, &Options { overrides, ..Options::default() }) {
            Ok(compiled) => {
                prop_assert!(u64::from(compiled.particle_count) <= MAX_PARTICLES && compiled.prefix.len() as u64 <= compiled.block_bytes);
                prop_assert!(compile(&compiled.to_toml(), &Options::default()).is_ok_and(|again| again == compiled));
            }
            Err(errors) => prop_assert!(!errors.errors.is_empty() && errors.to_string().starts_with("error: ")),
        }
    }
}

#[test]
fn a_section_of_the_wrong_form_is_refused() {
    for section in ["domain", "neighbors", "species", "integrator", "force", "thermostat", "constraint", "fill", "collider", "emitter", "view"] {
        for value in ["3", "\"x\"", "[]", "[3]", "{}", "true"] {
            let text = format!("version = 1\n{section} = {value}\n{}", if section == "force" { "" } else { "[[force]]\nkind = \"gravity\"\n" });
            if let Err(errors) = compile(&text, &Options::default()) {
                assert!(errors.to_string().contains(section), "{text}\n{errors}");
            }
        }
    }
}
