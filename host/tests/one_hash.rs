//! One scene, one hash: any number of threads, any order of storage, with restores in between.

mod support;

use support::{preset, scene, start};

#[test]
fn threads_do_not_change_the_hash() {
    for name in ["marbles", "fountain", "crystal"] {
        let hashes = [1, 2, 3, 4, 7].map(|threads| {
            let mut simulation = start(&preset(name, &[]), threads);
            simulation.step(200).unwrap();
            simulation.hash().unwrap()
        });
        assert!(hashes.iter().all(|h| *h == hashes[0]), "{name}: {hashes:x?}");
    }
}

#[test]
fn the_seed_changes_the_hash() {
    let hash = |seed: &str| start(&preset("crystal", &[seed]), 1).hash().unwrap();
    assert_ne!(hash("seed=1"), hash("seed=2"));
}

#[test]
fn storage_order_and_signed_zero_do_not_change_the_hash() {
    let mut simulation = start(&preset("marbles", &["fill[0].count=1000"]), 1);
    simulation.step(50).unwrap();
    let before = simulation.hash().unwrap();
    reverse::<f32>(&mut simulation, "position", 3);
    reverse::<f32>(&mut simulation, "velocity", 3);
    reverse::<u32>(&mut simulation, "id", 1);
    reverse::<u32>(&mut simulation, "species", 1);
    assert_eq!(before, simulation.hash().unwrap());
    let mut velocity = simulation.field::<f32>("velocity").unwrap();
    velocity[1] = 0.0;
    simulation.set_field("velocity", &velocity).unwrap();
    let zero = simulation.hash().unwrap();
    velocity[1] = -0.0;
    simulation.set_field("velocity", &velocity).unwrap();
    assert_eq!(zero, simulation.hash().unwrap());
    assert_ne!(zero, before);
}

#[test]
fn a_reset_begins_as_the_first_run_did() {
    for preset in motes_scene::PRESETS.iter().filter(|preset| preset.name != "million") {
        let mut simulation = start(&scene(preset.text, &[]), 2);
        let run = |simulation: &mut motes_host::Simulation| {
            let first = simulation.hash().unwrap();
            simulation.step(7).unwrap();
            [first, simulation.hash().unwrap()]
        };
        let first = run(&mut simulation);
        simulation.reset().unwrap();
        assert_eq!(run(&mut simulation), first, "{}", preset.name);
    }
}

fn reverse<T: bytemuck::Pod>(simulation: &mut motes_host::Simulation, name: &str, width: usize) {
    let rows = simulation.field::<T>(name).unwrap();
    let reversed: Vec<T> = rows.chunks(width).rev().flatten().copied().collect();
    simulation.set_field(name, &reversed).unwrap();
}

#[test]
fn a_restored_run_ends_at_the_same_hash() {
    for name in ["fountain", "crystal"] {
        let mut simulation = start(&preset(name, &[]), 2);
        simulation.step(137).unwrap();
        simulation.checkpoint().unwrap();
        simulation.step(163).unwrap();
        let hash = simulation.hash().unwrap();
        simulation.step(31).unwrap();
        simulation.restore().unwrap();
        simulation.step(163).unwrap();
        assert_eq!(hash, simulation.hash().unwrap(), "{name}");
    }
}

#[test]
fn reset_begins_again() {
    let mut simulation = start(&preset("crystal", &[]), 1);
    let hash = simulation.hash().unwrap();
    simulation.step(20).unwrap();
    assert_ne!(hash, simulation.hash().unwrap());
    simulation.reset().unwrap();
    assert_eq!(hash, simulation.hash().unwrap());
}
