//! Effects of a native sound, held to the formulas in their sources bit for bit; what one does wrong costs the sound that effect and nothing else.
//! `web/tests/node/effects.test.mjs` holds Node to the same samples.
//!
//! `cargo xtask test host` builds the effects and sets MOTES_DIST to the folder they lie in.
#![cfg(feature = "wasm-engine")]

mod support;

use motes_host::wasm::Modules;
use motes_host::{HostError, Simulation, Sound, StoppedEffect};
use motes_scene::Effect;
use std::path::PathBuf;
use support::{preset, start};

const RATE: u32 = 48_000;
const STEPS: u32 = 500;

/// Both sides of a sound.
type Sides = [Vec<f32>; 2];

/// Where the built files lie, or `None` with the reason printed.
fn dist() -> Option<PathBuf> {
    let found = std::env::var_os("MOTES_DIST").map(PathBuf::from);
    if found.is_none() {
        println!("skipped: MOTES_DIST does not name the folder with effects");
    }
    found
}

/// Those of the folders that what was built lies in.
fn effects(names: &[&str]) -> Vec<Effect> {
    let dist = dist().expect("looked at before");
    let read = |name: &&str| {
        let folder = if *name == "echo" { "effects" } else { "plug-ins" };
        let file = format!("{name}.wasm");
        let bytes = std::fs::read(dist.join(folder).join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        Effect::read(&file, &bytes).unwrap_or_else(|error| panic!("{error}"))
    };
    names.iter().map(read).collect()
}

fn marbles() -> Simulation {
    start(&preset("marbles", &["fill[0].count=300"]), 1)
}

/// What a run sounds like through these effects, and which of them were left out.
fn heard(mut simulation: Simulation, names: &[&str]) -> (Sides, Vec<StoppedEffect>) {
    let mut sound = Sound::new(&mut simulation, RATE).unwrap().with_effects(&effects(names)).unwrap();
    let mut sides = [Vec::new(), Vec::new()];
    for step in 0..=STEPS {
        if step > 0 {
            simulation.step(1).unwrap();
        }
        sound.listen(&mut simulation).unwrap();
        while let Some((left, right)) = sound.render() {
            sides[0].extend_from_slice(left);
            sides[1].extend_from_slice(right);
        }
    }
    (sides, sound.stopped_effects().to_vec())
}

fn bits(sides: &Sides) -> Vec<u32> {
    sides.iter().flatten().map(|frame| frame.to_bits()).collect()
}

/// plugins/effects/echo.wat
fn echo(dry: &Sides) -> Sides {
    let delay = RATE as usize / 3;
    let mut wet = dry.clone();
    for k in 0..dry[0].len() {
        let past = if k < delay { [0.0; 2] } else { [wet[0][k - delay], wet[1][k - delay]] };
        wet[0][k] += 0.5 * past[1];
        wet[1][k] += 0.5 * past[0];
    }
    wet
}

/// plugins/effects/lowpass.c
fn lowpass(dry: &Sides) -> Sides {
    let turn = 6.283_185_5_f32 * 300.0 / RATE as f32;
    let part = turn / (1.0 + turn);
    dry.clone().map(|side| {
        let mut last = 0.0f32;
        side.into_iter()
            .map(|x| {
                last += part * (x - last);
                last
            })
            .collect()
    })
}

#[test]
fn effects_do_what_their_sources_say_one_after_the_other_on_both_engines() {
    let Some(dist) = dist() else { return };
    let (dry, _) = heard(marbles(), &[]);
    assert!(dry[0].len() > 20_000 && dry[0].iter().any(|x| x.abs() > 0.01), "{} frames", dry[0].len());
    for (names, wanted) in [
        (&["echo"][..], echo(&dry)),
        (&["lowpass"], lowpass(&dry)),
        (&["echo", "lowpass"], lowpass(&echo(&dry))),
        (&["echo", "echo", "lowpass", "lowpass"], lowpass(&lowpass(&echo(&echo(&dry))))),
    ] {
        let (wet, stopped) = heard(marbles(), names);
        assert_eq!(stopped, []);
        assert!(bits(&wet) == bits(&wanted) && bits(&wet) != bits(&dry), "{names:?}");
    }
    let modules = Modules::read(&dist.join("physics-all.wasm")).unwrap();
    let scene = preset("marbles", &["fill[0].count=300"]);
    let (wet, _) = heard(Simulation::in_wasm(&scene, &modules, 2).unwrap(), &["echo", "lowpass"]);
    assert!(bits(&wet) == bits(&lowpass(&echo(&dry))), "with physics.wasm");
}

#[test]
fn one_that_traps_or_loops_is_left_out_as_if_it_had_not_been_called_that_time() {
    if dist().is_none() {
        return;
    }
    let (dry, _) = heard(marbles(), &["lowpass"]);
    for (name, reason) in [("bad-effect-trap", "unreachable"), ("bad-effect-loop", "longer than 2000 ms")] {
        let (sides, stopped) = heard(marbles(), &[name, "lowpass"]);
        assert!(bits(&sides) == bits(&dry), "{name}");
        assert_eq!((stopped.len(), stopped[0].file.as_str(), stopped[0].frame), (1, format!("{name}.wasm").as_str(), 19 * 128));
        assert!(stopped[0].reason.contains(reason), "{}", stopped[0].reason);
    }
}

#[test]
fn one_that_cannot_begin_is_refused_by_name() {
    if dist().is_none() {
        return;
    }
    let refused = Sound::new(&mut marbles(), RATE).unwrap().with_effects(&effects(&["echo", "bad-effect-start"]));
    assert!(matches!(refused, Err(HostError::Effect { reason }) if reason.contains("bad-effect-start.wasm") && reason.contains("unreachable")));
}
