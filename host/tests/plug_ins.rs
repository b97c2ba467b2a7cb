//! Plug-ins in wasmtime beside the physics that is linked in, and beside physics.wasm: good ones give one hash, bad ones cost the run nothing
//! but themselves. `web/tests/node/plug-ins.test.mjs` holds pages to the same.
//!
//! `cargo xtask test host` builds the plug-ins and sets MOTES_DIST to the folder they lie in.
#![cfg(feature = "wasm-engine")]

use motes_host::wasm::Modules;
use motes_host::{HostError, Recorder, Simulation};
use motes_scene::{Compiled, Options, PlugIn, compile};
use std::path::PathBuf;

/// Five hundred particles, or twenty thousand.
const SCENE: &str = "version = 1\ndt = 0.005\n[domain]\nmin = [-2, -2, -2]\nmax = [2, 2, 2]\nwalls = true\n\
[[fill]]\nkind = \"random\"\ncount = 500\nmin = [-1, -1, -1]\nmax = [1, 1, 1]\ntemperature = 1\n";

/// Where the built files lie, or `None` with the reason printed.
fn dist() -> Option<PathBuf> {
    let found = std::env::var_os("MOTES_DIST").map(PathBuf::from);
    if found.is_none() {
        println!("skipped: MOTES_DIST does not name the folder with plug-ins");
    }
    found
}

fn scene(text: &str, names: &[&str], overrides: &[&str]) -> Compiled {
    let folder = dist().expect("looked at before").join("plug-ins");
    let read = |name: &&str| {
        let file = format!("{name}.wasm");
        let bytes = std::fs::read(folder.join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        PlugIn::read(&file, &bytes).unwrap_or_else(|error| panic!("{error}"))
    };
    let overrides = overrides.iter().map(|text| (*text).to_owned()).collect();
    let options = Options { plug_ins: names.iter().map(read).collect(), overrides, ..Options::default() };
    compile(text, &options).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Natively, and with physics.wasm.
fn engines(scene: &Compiled, threads: u32) -> [Simulation; 2] {
    let module = dist().expect("looked at before").join("physics-all.wasm");
    let modules = Modules::read_for_plug_ins(&module).unwrap_or_else(|reason| panic!("{reason}"));
    [Simulation::new(scene, threads), Simulation::in_wasm(scene, &modules, threads)].map(|made| made.unwrap_or_else(|error| panic!("{error}")))
}

#[test]
fn five_plug_ins_give_one_hash_on_any_number_of_threads() {
    if dist().is_none() {
        return;
    }
    let compiled = scene(&SCENE.replace("500", "20000"), &["gravity", "vortex", "drawn", "bottle", "measure"], &[]);
    let mut hashes = Vec::new();
    for threads in [1, 4] {
        for mut simulation in engines(&compiled, threads) {
            simulation.step(40).unwrap();
            hashes.push(simulation.hash().unwrap());
            assert_eq!(simulation.stopped_plug_ins(), []);
        }
    }
    assert!(hashes.windows(2).all(|pair| pair[0] == pair[1]), "{hashes:x?}");
}

#[test]
fn bad_ones_are_switched_off_at_their_step() {
    if dist().is_none() {
        return;
    }
    let undisturbed = scene(SCENE, &["gravity"], &[]);
    let mut want = Simulation::new(&undisturbed, 2).unwrap();
    want.step(60).unwrap();
    let want = want.hash().unwrap();
    for (name, reason) in [("trap", "unreachable"), ("header", "header or tables"), ("beyond", "bytes between arrays"), ("loop", "longer than 2000 ms")] {
        for mut simulation in engines(&scene(SCENE, &[&format!("bad-{name}"), "gravity"], &[]), 2) {
            simulation.step(60).unwrap();
            assert_eq!(simulation.header().unwrap().step, 60);
            assert_eq!(simulation.hash().unwrap(), want, "{name}");
            let stopped = simulation.stopped_plug_ins();
            assert_eq!((stopped.len(), stopped[0].file.as_str(), stopped[0].step), (1, format!("bad-{name}.wasm").as_str(), 20));
            assert!(stopped[0].reason.contains(reason), "{}", stopped[0].reason);
        }
    }
}

#[test]
fn a_run_goes_on_with_plug_ins_that_it_did_not_begin_with() {
    if dist().is_none() {
        return;
    }
    let mut hashes = Vec::new();
    for threads in [1, 4] {
        let mut before = Simulation::new(&scene(SCENE, &[], &[]), threads).unwrap();
        before.step(50).unwrap();
        let crew = || motes_host::Threads::new(threads).unwrap();
        let mut simulation = Simulation::going_on_from(&mut before, &scene(SCENE, &["gravity", "vortex"], &[]), crew()).unwrap();
        assert_eq!(simulation.header().unwrap().step, 50);
        simulation.step(30).unwrap();
        hashes.push(simulation.hash().unwrap());
        let bad = Simulation::going_on_from(&mut before, &scene(SCENE, &["bad-array"], &[]), crew());
        assert!(matches!(bad, Err(HostError::PlugIn { reason }) if reason.contains("bad-array.wasm: it changed an array")));
        before.step(30).unwrap();
        assert_ne!(before.hash().unwrap(), hashes[0], "the one before went on without them");
    }
    assert_eq!(hashes[0], hashes[1]);
}

#[test]
fn one_that_fails_at_once_is_refused_by_name() {
    if dist().is_none() {
        return;
    }
    for (name, reason) in [("bad-start", "unreachable"), ("bad-array", "an array that it does not name")] {
        match Simulation::new(&scene(SCENE, &[name], &[]), 2) {
            Err(HostError::PlugIn { reason: told }) => assert!(told.contains(name) && told.contains(reason), "{told}"),
            other => panic!("{name}: {:?}", other.err()),
        }
    }
}

#[test]
fn the_host_writes_into_a_plug_in_and_reads_from_it() {
    if dist().is_none() {
        return;
    }
    let mut simulation = Simulation::new(&scene(SCENE, &["sum"], &[]), 1).unwrap();
    for k in 0..1000 {
        assert!(simulation.set_plug_in_data(0, "numbers", k, k as f32));
    }
    simulation.step(1).unwrap();
    assert_eq!(simulation.plug_in_output(0, 0), Some(499_500.0));
    assert_eq!(simulation.plug_in_data(0, "numbers", 7), Some(7.0));
    simulation.reset().unwrap();
    assert_eq!(simulation.plug_in_data(0, "numbers", 7), Some(0.0), "a reset brings the module's data back");
    assert!(!simulation.set_plug_in_data(0, "letters", 0, 1.0) && simulation.plug_in_output(1, 0).is_none());
}

#[test]
fn a_resolved_scene_names_its_plug_ins_and_compiles_to_the_same() {
    if dist().is_none() {
        return;
    }
    let compiled = scene(SCENE, &["vortex", "measure"], &["plug-in[vortex].strength=3"]);
    let text = compiled.to_toml();
    assert!(text.contains("[[plug-in]]\nfile = \"vortex.wasm\"\nsha256 = ") && text.contains("strength = 3 "), "{text}");
    assert_eq!(scene(&text, &["vortex", "measure"], &[]), compiled);
}

#[test]
fn moments_come_back_with_the_data_of_plug_ins_and_with_those_that_failed_later() {
    if dist().is_none() {
        return;
    }
    for names in [["counting", "sum"], ["counting", "bad-trap"]] {
        for mut simulation in engines(&scene(SCENE, &names, &[]), 2) {
            let mut recorder = Recorder::new(&mut simulation, 16 << 20, 50).unwrap();
            let mut hashes = vec![simulation.hash().unwrap()];
            for _ in 0..120 {
                recorder.step(&mut simulation, 1).unwrap();
                hashes.push(simulation.hash().unwrap());
            }
            let stopped = simulation.stopped_plug_ins().to_vec();
            for step in [75, 10, 119, 50, 35] {
                recorder.rewind(&mut simulation, step).unwrap();
                assert_eq!(simulation.hash().unwrap(), hashes[step as usize], "{names:?}, step {step}");
            }
            assert_eq!(simulation.stopped_plug_ins(), stopped);
        }
    }
}
