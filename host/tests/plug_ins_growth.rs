//! Particles that join runs with plug-ins, and plug-ins that come into runs: the same bits whoever runs them, data that stay where they are,
//! and refusals that cost none. `web/tests/node/plugged-growth.test.mjs` holds pages to the same, and to the bits of the native program.
#![cfg(feature = "wasm-engine")]

mod support;

use motes_host::wasm::{Modules, Trial};
use motes_host::{HostError, Simulation, Start};
use motes_physics::frames::checksum;
use motes_physics::layout::map::BLOCK_BASE;
use motes_physics::layout::{FLAG_CHECKSUM, Header};
use motes_scene::growth::{GrowthError, Joining};
use std::mem::offset_of;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use support::plugged::{SCENE, dist, engines, modules, scene};

/// Forty on a line.
fn line() -> Vec<f32> {
    (0..120).map(|k| 0.02 * k as f32 - 1.2).collect()
}

fn join(simulation: &mut Simulation) -> Result<u32, HostError> {
    simulation.add(Joining { position: &line(), ..Joining::default() }, &[])
}

/// Draws a well into the plug-in `drawn`.
fn draw(simulation: &mut Simulation, number: usize) {
    for k in 0..4096 {
        let at = |k: u32| k as f32 / 31.5;
        let height = (at(k % 64) - 1.5).hypot(at(k / 64) - 1.5).min(1.0);
        assert!(simulation.set_plug_in_data(number, "POTENTIAL", k, height));
    }
}

/// What the plug-ins `drawn` and `counts` have.
fn data(simulation: &mut Simulation, [drawn, counts]: [usize; 2]) -> (Vec<Option<f32>>, Option<f32>) {
    let heights = (0..4096).map(|k| simulation.plug_in_data(drawn, "POTENTIAL", k)).collect();
    (heights, simulation.plug_in_data(counts, "made", 0))
}

#[test]
fn who_joins_at_the_start_is_as_one_of_a_second_fill() {
    if dist().is_none() {
        return;
    }
    let text = format!("{SCENE}[[fill]]\nkind = \"random\"\ncount = 300\nmin = [-1.5, -1, -1]\nmax = [1, 1, 1.5]\ntemperature = 2\n");
    let names = ["vortex", "counts", "measure"];
    let (whole, part) = (scene(&text, &names, &[]), scene(&text, &names, &["fill[1].count=0"]));
    let mut hashes = Vec::new();
    for threads in [1, 4] {
        for (mut whole, mut grown) in engines(&whole, threads).into_iter().zip(engines(&part, threads)) {
            let [position, low, velocity] = ["position", "position_low", "velocity"].map(|name| whole.field::<f32>(name).unwrap());
            let rows = |values: &[f32]| values.get(1500..).unwrap_or_default().to_vec();
            let (position, low, velocity) = (rows(&position), rows(&low), rows(&velocity));
            assert_eq!(position.len(), 900);
            assert_eq!(grown.add(Joining { position: &position, velocity: &velocity, species: &[] }, &low).unwrap(), 500);
            assert_eq!(grown.hash().unwrap(), whole.hash().unwrap(), "at step 0");
            for simulation in [&mut whole, &mut grown] {
                simulation.step(60).unwrap();
                assert_eq!(simulation.stopped_plug_ins(), []);
                hashes.push(simulation.hash().unwrap());
            }
        }
    }
    assert!(hashes.windows(2).all(|pair| pair[0] == pair[1]), "{hashes:x?}");
}

#[test]
fn data_stay_where_they_are_and_one_hash_comes_of_it() {
    if dist().is_none() {
        return;
    }
    let compiled = scene(&SCENE.replace("500", "20000"), &["drawn", "counts", "measure"], &["plug-in[0].strength=20"]);
    let mut hashes = Vec::new();
    for (threads, reserve) in [(1, None), (4, Some(64 << 20))] {
        let start = || Start { scene: &compiled, particles: None, reserve };
        let native = Simulation::with_threads(start(), motes_host::Threads::new(threads).unwrap());
        for simulation in [native, Simulation::in_wasm(start(), modules(), threads)] {
            let mut simulation = simulation.unwrap();
            simulation.step(10).unwrap();
            draw(&mut simulation, 0);
            simulation.step(10).unwrap();
            let before = data(&mut simulation, [0, 1]);
            assert_eq!(before.1, Some(20.0));
            assert_eq!(join(&mut simulation).unwrap(), 20_000);
            assert_eq!(data(&mut simulation, [0, 1]), before, "nothing was made anew");
            join(&mut simulation).unwrap();
            let joined = simulation.hash().unwrap();
            simulation.step(20).unwrap();
            assert_eq!((data(&mut simulation, [0, 1]).1, simulation.plug_in_output(1, 0)), (Some(40.0), Some(40.0)), "it counts on");
            let height = simulation.field::<f32>("position").unwrap().chunks_exact(3).map(|x| f64::from(x[1])).sum::<f64>() / 20_080.0;
            assert!((simulation.plug_in_output(2, 0).unwrap() - height).abs() < 1e-6, "who joined is measured");
            hashes.push(simulation.hash().unwrap());
            assert_eq!(simulation.stopped_plug_ins(), []);
            // Every stretch begins with a checkpoint, so the last one is of the join.
            simulation.restore().unwrap();
            assert_eq!((simulation.hash().unwrap(), data(&mut simulation, [0, 1])), (joined, before));
        }
    }
    assert!(hashes.windows(2).all(|pair| pair[0] == pair[1]), "{hashes:x?}");
}

#[test]
fn a_reset_goes_back_to_the_scene_and_the_data_of_the_modules() {
    if dist().is_none() {
        return;
    }
    let compiled = scene(SCENE, &["vortex", "drawn", "counts"], &[]);
    let mut fresh = Simulation::new(&compiled, 1).unwrap();
    fresh.step(30).unwrap();
    for mut simulation in engines(&compiled, 2) {
        draw(&mut simulation, 1);
        simulation.step(5).unwrap();
        join(&mut simulation).unwrap();
        simulation.step(10).unwrap();
        for _ in 0..2 {
            simulation.reset().unwrap();
            assert_eq!(simulation.header().unwrap().particle_count, 500);
            simulation.step(30).unwrap();
            assert_eq!(simulation.hash().unwrap(), fresh.hash().unwrap());
            assert_eq!(simulation.plug_in_output(2, 0), Some(30.0));
        }
        assert_eq!(join(&mut simulation).unwrap(), 500, "and grows again");
    }
}

#[test]
fn what_is_refused_costs_no_bit_of_the_run_and_none_of_the_data() {
    if dist().is_none() {
        return;
    }
    let names = ["drawn", "counts"];
    let (compiled, crowd) = (scene(SCENE, &names, &[]), scene(SCENE, &["drawn", "counts", "bad-crowd"], &[]));
    for threads in [1, 4] {
        let tight = || Start { scene: &compiled, particles: None, reserve: Some(4096) };
        let native = |start: Start| Simulation::with_threads(start, motes_host::Threads::new(threads).unwrap()).unwrap();
        let wasm = |start: Start| Simulation::in_wasm(start, modules(), threads).unwrap();
        for (mut simulation, undisturbed) in
            [(native(tight()), &compiled), (wasm(tight()), &compiled), (native((&crowd).into()), &crowd), (wasm((&crowd).into()), &crowd)]
        {
            let mut reader = simulation.frames().unwrap();
            draw(&mut simulation, 0);
            simulation.step(30).unwrap();
            simulation.publish().unwrap();
            let before = (simulation.hash().unwrap(), data(&mut simulation, [0, 1]));
            let error = join(&mut simulation).expect_err("a refusal");
            match &error {
                HostError::Growth(GrowthError::Limit(text)) => {
                    assert!(text.contains("of these 40; begin with more `reserve`"), "{text}")
                }
                HostError::PlugIn { reason } => assert!(reason.starts_with("bad-crowd.wasm: force: it trapped") && reason.contains("unreachable"), "{reason}"),
                other => panic!("{other}"),
            }
            assert!(matches!(&error, HostError::PlugIn { .. }) == (undisturbed == &crowd));
            let nowhere = simulation.add(Joining { position: &[f32::NAN; 3], ..Joining::default() }, &[]);
            assert!(matches!(nowhere, Err(HostError::Growth(GrowthError::Input(_)))));
            assert_eq!((simulation.hash().unwrap(), data(&mut simulation, [0, 1])), before);
            assert_eq!(simulation.stopped_plug_ins(), []);
            assert_eq!(reader.take().map(|frame| frame.descriptor.step), Some(30), "the frame is still there");
            simulation.step(30).unwrap();
            let mut want = native(undisturbed.into());
            draw(&mut want, 0);
            want.step(60).unwrap();
            assert_eq!((simulation.hash().unwrap(), data(&mut simulation, [0, 1])), (want.hash().unwrap(), data(&mut want, [0, 1])));
        }
    }
}

#[test]
fn the_numbers_of_a_refusal_are_right_and_a_full_memory_is_one() {
    if dist().is_none() {
        return;
    }
    let compiled = scene(&SCENE.replace("500", "20000"), &["counts"], &[]);
    let mut tight =
        Simulation::with_threads(Start { scene: &compiled, particles: None, reserve: Some(100_000) }, motes_host::Threads::new(2).unwrap()).unwrap();
    tight.step(10).unwrap();
    let told = tight.has_room_for(5000).expect_err("a refusal").to_string();
    let room: usize = told.split("room for ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap_or_else(|| panic!("{told}"));
    assert!((1..5000).contains(&room), "{told}");
    assert!(tight.has_room_for(room as u64 + 1).is_err());
    tight.add(Joining { position: &vec![0.5; 3 * room], ..Joining::default() }, &[]).unwrap();
    tight.step(1).unwrap();
    // A reserve that leaves no bytes in 32 bits of addresses to carry a block over.
    let reserve = (1 << 32) - u64::from(BLOCK_BASE) - compiled.block_bytes - (1 << 20);
    let mut full = Simulation::in_wasm(Start { scene: &compiled, particles: None, reserve: Some(reserve) }, modules(), 2).unwrap();
    full.step(10).unwrap();
    let before = (full.hash().unwrap(), full.plug_in_output(0, 0));
    let error = join(&mut full).expect_err("a refusal");
    assert!(matches!(&error, HostError::Growth(GrowthError::Limit(text)) if text.contains("the system has no room for both")), "{error}");
    assert_eq!((full.hash().unwrap(), full.plug_in_output(0, 0)), before);
    full.step(10).unwrap();
    assert_eq!(full.plug_in_output(0, 0), Some(20.0));
}

#[test]
fn one_that_fails_after_the_join_is_switched_off_with_the_bits_of_a_run_without_it() {
    if dist().is_none() {
        return;
    }
    let run = |simulation: &mut Simulation| {
        simulation.step(10).unwrap();
        join(simulation).unwrap();
        simulation.step(30).unwrap();
        join(simulation).unwrap();
        simulation.step(10).unwrap();
        (simulation.hash().unwrap(), simulation.header().unwrap().particle_count)
    };
    let want = run(&mut Simulation::new(&scene(SCENE, &["gravity", "counts"], &[]), 1).unwrap());
    for (name, reason) in [("trap", "unreachable"), ("header", "header or tables"), ("loop", "longer than 2000 ms")] {
        for mut simulation in engines(&scene(SCENE, &[&format!("bad-{name}"), "gravity", "counts"], &[]), 2) {
            assert_eq!(run(&mut simulation), want, "{name}");
            let [stopped] = simulation.stopped_plug_ins() else { panic!("{:?}", simulation.stopped_plug_ins()) };
            assert!(stopped.file == format!("bad-{name}.wasm") && stopped.step == 20 && stopped.reason.contains(reason), "{stopped:?}");
        }
    }
}

#[test]
fn plug_ins_come_into_a_run_that_has_grown_and_one_that_has_some() {
    if dist().is_none() {
        return;
    }
    let with = |names: &[&str]| scene(SCENE, names, &[]);
    let (none, one, three) = (with(&[]), with(&["counts"]), with(&["counts", "vortex", "drawn"]));
    let mut fresh = Simulation::new(&three, 1).unwrap();
    fresh.step(10).unwrap();
    let mut hashes = Vec::new();
    for threads in [1, 4] {
        for mut simulation in engines(&none, threads) {
            let mut reader = simulation.frames().unwrap();
            simulation.step(10).unwrap();
            join(&mut simulation).unwrap();
            simulation.step(10).unwrap();
            simulation.go_on_with(&one).unwrap();
            assert_eq!(reader.take().map(|frame| (frame.descriptor.step, frame.descriptor.particle_count)), Some((20, 540)));
            simulation.step(5).unwrap();
            join(&mut simulation).unwrap();
            simulation.go_on_with(&three).unwrap();
            draw(&mut simulation, 2);
            simulation.step(15).unwrap();
            assert_eq!((simulation.header().unwrap().step, simulation.header().unwrap().particle_count), (40, 580));
            assert_eq!(simulation.plug_in_output(0, 0), Some(20.0), "it counts on, by its pointers");
            join(&mut simulation).unwrap();
            simulation.step(5).unwrap();
            assert_eq!(simulation.stopped_plug_ins(), []);
            hashes.push(simulation.hash().unwrap());
            simulation.reset().unwrap();
            simulation.step(10).unwrap();
            assert_eq!(simulation.hash().unwrap(), fresh.hash().unwrap(), "a reset begins with the scene's particles, and the plug-ins");
        }
    }
    assert!(hashes.windows(2).all(|pair| pair[0] == pair[1]), "{hashes:x?}");
}

#[test]
fn plug_ins_that_are_refused_in_mid_run_leave_it_as_it_is() {
    if dist().is_none() {
        return;
    }
    let counts = scene(SCENE, &["counts"], &[]);
    let mut want = Simulation::new(&counts, 1).unwrap();
    want.step(40).unwrap();
    let other = SCENE.replace("500", "400");
    for mut simulation in engines(&counts, 2) {
        simulation.step(20).unwrap();
        let hash = simulation.hash().unwrap();
        for (text, names, reason) in [
            (SCENE, &["counts", "bad-array"][..], "bad-array.wasm: it changed an array that it does not name"),
            (SCENE, &["counts", "bad-start"], "bad-start.wasm: force: it trapped"),
            (SCENE, &["vortex", "counts"], "counts.wasm is not plug-in 0 of the scene"),
            (SCENE, &[], "counts.wasm is not plug-in 0 of the scene"),
            (&other, &["counts", "vortex"], "an argument of the call"),
        ] {
            let error = simulation.go_on_with(&scene(text, names, &[])).expect_err(reason).to_string();
            assert!(error.contains(reason), "{error}");
            assert_eq!((simulation.hash().unwrap(), simulation.plug_in_output(0, 0)), (hash, Some(20.0)), "{error}");
        }
        simulation.step(20).unwrap();
        assert_eq!((simulation.hash().unwrap(), simulation.plug_in_output(0, 0)), (want.hash().unwrap(), Some(40.0)));
    }
    let unstoppable = Modules::read(&dist().unwrap().join("physics-all.wasm")).unwrap();
    let mut simulation = Simulation::in_wasm(&scene(SCENE, &[], &[]), &unstoppable, 1).unwrap();
    let error = simulation.go_on_with(&counts).expect_err("nobody could stop it").to_string();
    assert!(error.contains("read_for_plug_ins"), "{error}");
}

#[test]
fn new_plug_ins_are_on_trial_and_one_that_fails_it_is_switched_off() {
    if dist().is_none() {
        return;
    }
    let (none, trap) = (scene(SCENE, &[], &[]), scene(SCENE, &["bad-trap", "counts"], &[]));
    let mut want = Simulation::new(&none, 1).unwrap();
    want.step(15).unwrap();
    want.go_on_with(&scene(SCENE, &["counts"], &[])).unwrap();
    want.step(25).unwrap();
    for mut simulation in engines(&none, 2) {
        simulation.step(15).unwrap();
        simulation.go_on_with(&trap).unwrap();
        simulation.step(25).unwrap();
        assert_eq!(simulation.hash().unwrap(), want.hash().unwrap());
        assert!(matches!(simulation.stopped_plug_ins(), [stopped] if stopped.step == 20 && stopped.file == "bad-trap.wasm"));
    }
}

#[test]
fn another_build_of_the_physics_goes_on_with_plug_ins_and_who_joined() {
    let Some(folder) = dist() else { return };
    let file = |name: &str| std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let (other, sync) = (file("tests/other.wasm"), file("sync.wasm"));
    let compiled = scene(SCENE, &["vortex", "counts"], &[]);
    let trial = Trial { budget: Duration::from_secs(60), ..Trial::default() };
    let run = |mut simulation: Simulation, swaps: bool| {
        simulation.step(10).unwrap();
        join(&mut simulation).unwrap();
        simulation.step(10).unwrap();
        if swaps {
            for (bad, budget, want) in [("trap", 60_000, "at step 1 of its trial: it trapped"), ("loop", 300, "took longer than 300 ms for step 1")] {
                let trial = Trial { budget: Duration::from_millis(budget), ..Trial::default() };
                let reason = simulation.swap(&file(&format!("tests/{bad}.wasm")), &sync, trial).expect_err(bad);
                assert!(reason.contains(want), "{reason}");
            }
            simulation.swap(&other, &sync, trial).unwrap_or_else(|reason| panic!("{reason}"));
        }
        simulation.step(10).unwrap();
        join(&mut simulation).unwrap();
        simulation.step(10).unwrap();
        assert_eq!(simulation.stopped_plug_ins(), []);
        assert_eq!(simulation.plug_in_output(1, 0), Some(40.0));
        simulation.hash().unwrap()
    };
    for threads in [1, 4] {
        let [native, wasm] = engines(&compiled, threads);
        assert_eq!(run(wasm, true), run(native, false), "on {threads} threads");
    }
}

#[test]
fn no_frame_is_torn_while_particles_join_beside_plug_ins() {
    if dist().is_none() {
        return;
    }
    let mut compiled = scene(SCENE, &["vortex", "counts"], &[]);
    compiled.prefix[offset_of!(Header, flags)] |= FLAG_CHECKSUM as u8;
    let joins = if std::env::var_os("MOTES_FULL").is_some() { 500 } else { 60 };
    for mut simulation in engines(&compiled, 2) {
        let mut reader = simulation.frames().unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let watching = scope.spawn(|| {
                let (mut last, mut largest) = (0, 0);
                while !done.load(Ordering::Relaxed) || reader.is_fresh() {
                    let Some(frame) = reader.take() else {
                        std::thread::yield_now();
                        continue;
                    };
                    let (descriptor, rows) = (frame.descriptor, frame.descriptor.particle_count as usize);
                    assert!(descriptor.frame_number > last, "frame numbers rise: {} after {last}", descriptor.frame_number);
                    assert_eq!(rows as u64, 500 + descriptor.step.div_ceil(2).min(joins), "the count of that step");
                    assert_eq!(checksum(frame.values, 0..rows), descriptor.checksum, "frame {} is torn", descriptor.frame_number);
                    (last, largest) = (descriptor.frame_number, rows as u64);
                }
                largest
            });
            for _ in 0..joins {
                simulation.step(1).unwrap();
                simulation.add(Joining { position: &[0.5, 0.5, 0.5], ..Joining::default() }, &[]).unwrap();
                simulation.step(1).unwrap();
                simulation.publish().unwrap();
            }
            done.store(true, Ordering::Relaxed);
            assert_eq!(watching.join().expect("no frame was torn"), 500 + joins, "the last frame has all");
        });
    }
}
