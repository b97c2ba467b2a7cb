//! physics.wasm in wasmtime against the physics that is linked in: same bits, same faults, and an end to what goes wrong.
//!
//! `cargo xtask test host` builds the module and sets MOTES_DIST to the folder it lies in.
#![cfg(feature = "wasm-engine")]

mod support;

use motes_host::wasm::{Modules, Trial};
use motes_host::{HostError, Simulation};
use motes_physics::distributions::Distribution;
use motes_scene::growth::Joining;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;
use support::{preset, scene, start};

/// The built modules, or `None` with the reason printed.
fn modules() -> Option<&'static Modules> {
    static MODULES: OnceLock<Option<Modules>> = OnceLock::new();
    let read = || {
        let folder = std::env::var_os("MOTES_DIST").or_else(|| {
            println!("skipped: MOTES_DIST does not name the folder with physics.wasm");
            None
        })?;
        Some(Modules::read(&Path::new(&folder).join("physics-all.wasm")).unwrap_or_else(|reason| panic!("{reason}")))
    };
    MODULES.get_or_init(read).as_ref()
}

fn in_wasm(scene: &motes_scene::Compiled, modules: &Modules, threads: u32) -> Simulation {
    Simulation::in_wasm(scene, modules, threads).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn the_hash_is_that_of_the_native_physics_on_any_number_of_threads() {
    let Some(modules) = modules() else { return };
    for preset in motes_scene::PRESETS.iter().filter(|preset| preset.name != "million") {
        let compiled = scene(preset.text, &[]);
        let hash = |mut simulation: Simulation| {
            simulation.step(20).unwrap();
            simulation.hash().unwrap()
        };
        let native = hash(start(&compiled, 2));
        for threads in [1, 3] {
            assert_eq!(hash(in_wasm(&compiled, modules, threads)), native, "{} on {threads} threads", preset.name);
        }
    }
}

#[test]
fn particles_that_join_are_those_of_the_native_physics() {
    let Some(modules) = modules() else { return };
    for (name, place) in [("marbles", [0.0, 8.0, 0.0]), ("fountain", [0.5, 2.0, 0.0]), ("crystal", [0.4, 0.4, 0.4]), ("sand-pile", [0.0, 1.0, 0.0])] {
        let compiled = preset(name, &[]);
        let run = |mut simulation: Simulation| {
            let mut reader = simulation.frames().expect("the first reader");
            simulation.step(10).unwrap();
            simulation.add(Joining { position: &place, ..Joining::default() }, &[]).unwrap();
            let frame = reader.take().expect("a frame of the block that came").descriptor;
            assert_eq!((frame.step, frame.particle_count), (10, compiled.particle_count + 1), "{name}");
            simulation.step(10).unwrap();
            let hash = simulation.hash().unwrap();
            simulation.reset().unwrap();
            (hash, simulation.hash().unwrap())
        };
        let native = run(start(&compiled, 2));
        for threads in [1, 4] {
            assert_eq!(run(in_wasm(&compiled, modules, threads)), native, "{name} on {threads} threads");
        }
    }
}

#[test]
fn who_cannot_join_in_wasm_leaves_the_run_as_it_is() {
    let Some(modules) = modules() else { return };
    let mut simulation = in_wasm(&preset("crystal", &[]), modules, 2);
    simulation.step(10).unwrap();
    let hash = simulation.hash().unwrap();
    let inside: Vec<f32> = simulation.field::<f32>("position").unwrap()[..3].iter().map(|x| x + 1e-4).collect();
    let error = simulation.add(Joining { position: &inside, ..Joining::default() }, &[]).expect_err("all but on top of another");
    assert!(matches!(&error, HostError::Fault { fault, .. } if fault.status == motes_physics::Status::NotFinite), "{error}");
    assert_eq!(simulation.hash().unwrap(), hash);
    simulation.step(10).unwrap();
}

#[test]
fn every_call_does_what_it_does_natively() {
    let Some(modules) = modules() else { return };
    let compiled = preset("crystal", &[]);
    let run = |mut simulation: Simulation| {
        let mut reader = simulation.frames().expect("the first reader");
        simulation.step(30).unwrap();
        simulation.checkpoint().unwrap();
        simulation.step(10).unwrap();
        simulation.restore().unwrap();
        simulation.set_slot(compiled.parameter("dt").expect("dt").offset, 0.001).unwrap();
        simulation.step(10).unwrap();
        simulation.publish().unwrap();
        let frame: Vec<u32> = reader.take().expect("a frame").values.iter().map(|x| x.to_bits()).collect();
        let sums = simulation.diagnose().unwrap();
        let radial = simulation.distribution(Distribution::Radial, 3.0).unwrap();
        let step = simulation.header().unwrap().step;
        simulation.reset().unwrap();
        (frame, sums, radial, step, simulation.hash().unwrap())
    };
    let (native, wasm) = (run(start(&compiled, 2)), run(in_wasm(&compiled, modules, 2)));
    assert_eq!(native, wasm);
}

#[test]
fn faults_are_told_as_they_are_natively() {
    let Some(modules) = modules() else { return };
    let text = "version = 1\n[domain]\nmin = [0, 0, 0]\nmax = [9, 9, 9]\nperiodic = [true, true, true]\n[[force]]\nkind = \"lennard-jones\"\n\
                [[fill]]\nkind = \"random\"\ncount = 2000\nmin = [1, 1, 1]\nmax = [2, 2, 2]\n";
    let compiled = scene(text, &[]);
    let fault = |simulation: Result<Simulation, HostError>| match simulation.and_then(|mut simulation| simulation.step(10)) {
        Err(error @ HostError::Fault { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(fault(Simulation::in_wasm(&compiled, modules, 2)), fault(Simulation::new(&compiled, 2)));
}

#[test]
fn threads_that_are_too_many_or_files_that_are_no_module_are_refused() {
    let Some(modules) = modules() else { return };
    let error = Simulation::in_wasm(&preset("crystal", &[]), modules, 33).err().expect("33 threads").to_string();
    assert!(error.contains("1 to 16 threads"), "{error}");
    assert!(Modules::compile(b"\0asm", b"").is_err());
    let missing = Modules::read(Path::new("no-such-folder/physics.wasm")).err().expect("no file");
    assert!(missing.contains("no-such-folder/physics.wasm cannot be read"), "{missing}");
}

/// A module that was built for tests, and sync.wasm.
fn built(name: &str) -> [Vec<u8>; 2] {
    let folder = std::env::var_os("MOTES_DIST").expect("there is a folder if there are modules");
    let file = |name: &str| std::fs::read(Path::new(&folder).join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    [file(&format!("tests/{name}.wasm")), file("sync.wasm")]
}

#[test]
fn five_hundred_steps_by_one_build_and_as_many_by_another_are_a_thousand_by_one() {
    let Some(modules) = modules() else { return };
    let [other, sync] = built("other");
    for (name, threads) in [("crystal", 4), ("fountain", 1)] {
        let compiled = preset(name, &[]);
        let mut simulation = in_wasm(&compiled, modules, threads);
        simulation.step(500).unwrap();
        // Compilers without optimisation take their time; what is tried here is the code, not the clock.
        let trial = Trial { budget: Duration::from_secs(60), ..Trial::default() };
        simulation.swap(&other, &sync, trial).unwrap_or_else(|reason| panic!("{name}: {reason}"));
        simulation.step(500).unwrap();
        let mut native = start(&compiled, 2);
        native.step(1000).unwrap();
        assert_eq!(simulation.hash().unwrap(), native.hash().unwrap(), "{name} on {threads} threads");
    }
}

#[test]
fn bad_modules_are_refused_and_the_run_knows_nothing_of_them() {
    let Some(modules) = modules() else { return };
    let compiled = preset("crystal", &[]);
    let reasons = [
        ("trap", "at step 3 of its trial: it trapped"),
        ("nan", "at step 2 of its trial: it left a position that is not a finite number"),
        ("loop", "took longer than 300 ms for step 3"),
        ("abi", "speaks version 2 of the ABI, this host version 1"),
        ("layout", "force gravity: pull 3`; it lacks `record"),
    ];
    let mut simulation = in_wasm(&compiled, modules, 2);
    simulation.step(500).unwrap();
    for (name, want) in reasons {
        let [bad, sync] = built(name);
        let reason = simulation.swap(&bad, &sync, Trial { budget: Duration::from_millis(300), ..Trial::default() }).expect_err(name);
        assert!(reason.contains(want), "{name}: {reason}");
    }
    let [_, sync] = built("trap");
    let reason = simulation.swap(&sync, &sync, Trial::default()).expect_err("sync.wasm is no physics");
    assert!(reason.contains("has no motes_step"), "{reason}");
    assert!(simulation.swap(b"no module", &sync, Trial::default()).is_err());
    simulation.step(100).unwrap();
    let mut native = start(&compiled, 2);
    native.step(600).unwrap();
    assert_eq!(simulation.hash().unwrap(), native.hash().unwrap());
    let reason = native.swap(&sync, &sync, Trial::default()).expect_err("the linked physics stays");
    assert!(reason.contains("--engine wasm"), "{reason}");
}
