//! Plug-ins in wasmtime beside the physics that is linked in, and beside physics.wasm: good ones give one hash, bad ones cost the run nothing
//! but themselves. `web/tests/node/plug-ins.test.mjs` holds pages to the same.
//!
//! `cargo xtask test host` builds the plug-ins and sets MOTES_DIST to the folder they lie in.
#![cfg(feature = "wasm-engine")]

mod support;

use motes_host::{HostError, Recorder, Simulation};
use support::plugged::{SCENE, dist, engines, scene};

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
    for names in [["counts", "sum"], ["counts", "bad-trap"]] {
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
