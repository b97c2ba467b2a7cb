//! Particles that join a run: the same bits as a scene that had them, whoever runs it; refusals that leave the run as it was; frames
//! that are whole whenever the block moves.

mod support;

use motes_host::{HostError, Simulation};
use motes_physics::frames::checksum;
use motes_physics::layout::{FLAG_CHECKSUM, Header};
use motes_physics::plan::MAX_PARTICLES;
use motes_scene::growth::{GrowthError, Joining};
use std::sync::atomic::{AtomicBool, Ordering};
use support::{preset, scene, start};

/// Atoms in a periodic box, and a second fill that comes beside the first.
const ATOMS: &str = r#"
version = 1
dt = 0.002
[domain]
min = [0, 0, 0]
max = [12, 12, 12]
periodic = [true, true, true]
[[species]]
name = "A"
[[species]]
name = "B"
mass = 2.0
[[force]]
kind = "lennard-jones"
[[fill]]
kind = "lattice"
min = [0, 0, 0]
max = [12, 12, 6]
cells = [6, 6, 3]
temperature = 1.0
[[fill]]
kind = "lattice"
min = [0, 0, 7]
max = [12, 12, 11]
cells = [5, 5, 2]
temperature = 0.7
species = 1
"#;

/// What a run has of particles with ids from `first` on, in the order of ids.
struct Part {
    position: Vec<f32>,
    low: Vec<f32>,
    velocity: Vec<f32>,
    species: Vec<u32>,
}

impl Part {
    fn of(simulation: &mut Simulation, first: u32) -> Part {
        let (id, species) = (simulation.field::<u32>("id").unwrap(), simulation.field::<u32>("species").unwrap());
        let [position, low, velocity] = ["position", "position_low", "velocity"].map(|name| simulation.field::<f32>(name).unwrap());
        let mut rows: Vec<usize> = (0..id.len()).filter(|&row| id[row] >= first).collect();
        rows.sort_by_key(|&row| id[row]);
        let pick = |values: &[f32]| rows.iter().flat_map(|&row| values.get(3 * row..3 * row + 3).unwrap_or_default().to_vec()).collect();
        Part { position: pick(&position), low: pick(&low), velocity: pick(&velocity), species: rows.iter().map(|&row| species[row]).collect() }
    }

    fn joining(&self) -> Joining<'_> {
        Joining { position: &self.position, velocity: &self.velocity, species: &self.species }
    }
}

#[test]
fn who_joins_at_the_start_is_as_one_of_a_second_fill() {
    let marbles = motes_scene::preset("marbles").expect("marbles").text;
    let two = format!("{marbles}\n[[fill]]\nkind = \"random\"\ncount = 500\nmin = [-1, 5, -1]\nmax = [1, 6, 1]\n");
    for (text, both, alone) in
        [(ATOMS, &["fill[0].temperature=1.0"][..], &["fill[1].cells=[0,0,0]"][..]), (&two, &["fill[0].count=800"], &["fill[0].count=800", "fill[1].count=0"])]
    {
        let (whole, part) = (scene(text, both), scene(text, alone));
        for threads in [1, 4] {
            let (mut whole, mut grown) = (start(&whole, threads), start(&part, threads));
            let first = grown.header().unwrap().particle_count;
            let joining = Part::of(&mut whole, first);
            assert_eq!(grown.add(joining.joining(), &joining.low).unwrap(), first, "ids go on");
            assert_eq!(grown.hash().unwrap(), whole.hash().unwrap(), "at step 0");
            for _ in 0..5 {
                whole.step(40).unwrap();
                grown.step(40).unwrap();
                assert_eq!(grown.hash().unwrap(), whole.hash().unwrap(), "at step {}", whole.header().unwrap().step);
            }
        }
    }
}

/// Marbles that only fall and bounce.
fn marbles() -> Simulation {
    start(&preset("marbles", &["fill[0].count=700"]), 2)
}

#[test]
fn those_that_were_there_go_on_as_if_nobody_had_joined() {
    let (mut alone, mut grown) = (marbles(), marbles());
    alone.step(150).unwrap();
    grown.step(50).unwrap();
    let before = grown.hash().unwrap();
    assert_eq!(grown.add(Joining::default(), &[]).unwrap(), 700);
    assert_eq!(grown.hash().unwrap(), before, "nobody joined");
    for far in [900.0, 800.0] {
        grown.add(Joining { position: &[far, far, far, -far, far, far], ..Joining::default() }, &[]).unwrap();
        grown.step(50).unwrap();
    }
    let (one, other) = (Part::of(&mut alone, 0), Part::of(&mut grown, 0));
    assert_eq!(one.position[..], other.position[..2100]);
    assert_eq!(one.velocity[..], other.velocity[..2100]);
    assert_eq!(grown.header().unwrap().particle_count, 704);
    assert_eq!(grown.header().unwrap().added, 4);
}

/// The place in the domain that is farthest from all particles, of some that are tried.
fn free_place(simulation: &mut Simulation, compiled: &motes_scene::Compiled) -> Vec<f32> {
    let position = simulation.field::<f32>("position").unwrap();
    let (min, max) = (compiled.vector("domain.min"), compiled.vector("domain.max"));
    let flat = compiled.vector("domain.dimensions")[0] == 2.0;
    let mut seed = 1u64;
    let mut draw = || {
        seed = motes_physics::hash::mix(seed);
        (seed >> 11) as f64 / (1u64 << 53) as f64
    };
    let places = (0..200).map(|_| [0, 1, 2].map(|k| if flat && k == 2 { 0.0 } else { (min[k] + (0.05 + 0.9 * draw()) * (max[k] - min[k])) as f32 }));
    let nearest = |x: &[f32; 3]| position.chunks_exact(3).map(|p| (0..3).map(|k| (p[k] - x[k]).powi(2)).sum::<f32>()).fold(f32::MAX, f32::min);
    places.max_by(|a, b| nearest(a).total_cmp(&nearest(b))).expect("some place").to_vec()
}

#[test]
fn every_preset_takes_another_particle_on_any_number_of_threads() {
    for preset in motes_scene::PRESETS.iter().filter(|preset| preset.name != "million") {
        // Steps are few: it is the going over that is looked at.
        let compiled = scene(preset.text, &[]);
        let run = |threads: u32| {
            let mut simulation = start(&compiled, threads);
            simulation.step(6).unwrap();
            let before = simulation.header().unwrap();
            let place = free_place(&mut simulation, &compiled);
            let id = simulation.add(Joining { position: &place, ..Joining::default() }, &[]).unwrap_or_else(|e| panic!("{}: {e}", preset.name));
            assert_eq!(simulation.header().unwrap().particle_count, before.particle_count + 1, "{}", preset.name);
            assert!(simulation.field::<u32>("id").unwrap().contains(&id));
            let joined = simulation.hash().unwrap();
            simulation.step(6).unwrap_or_else(|e| panic!("{}: {e}", preset.name));
            let hash = simulation.hash().unwrap();
            simulation.restore().unwrap();
            assert_eq!(simulation.hash().unwrap(), joined, "{}: the state to come back to has the particle", preset.name);
            simulation.step(6).unwrap();
            assert_eq!(simulation.hash().unwrap(), hash, "{}: from there the same bits", preset.name);
            hash
        };
        assert_eq!(run(1), run(3), "{}", preset.name);
    }
}

#[test]
fn a_reset_leaves_behind_who_joined() {
    for name in ["marbles", "fountain", "melt"] {
        let compiled = preset(name, &[]);
        let (mut fresh, mut grown) = (start(&compiled, 2), start(&compiled, 2));
        let place = free_place(&mut grown, &compiled);
        grown.step(5).unwrap();
        grown.add(Joining { position: &place, ..Joining::default() }, &[]).unwrap();
        grown.set_slot(compiled.parameter("dt").expect("dt").offset, 0.001).unwrap();
        grown.step(5).unwrap();
        grown.reset().unwrap();
        fresh.set_slot(compiled.parameter("dt").expect("dt").offset, 0.001).unwrap();
        fresh.reset().unwrap();
        for simulation in [&mut fresh, &mut grown] {
            simulation.step(20).unwrap();
        }
        assert_eq!(grown.hash().unwrap(), fresh.hash().unwrap(), "{name}");
    }
}

#[test]
fn what_cannot_join_is_refused_with_the_numbers_and_costs_no_bit() {
    let compiled = scene(ATOMS, &["fill[1].cells=[0,0,0]"]);
    let mut simulation = start(&compiled, 2);
    simulation.step(30).unwrap();
    let hash = simulation.hash().unwrap();
    let inside: Vec<f32> = simulation.field::<f32>("position").unwrap()[..3].iter().map(|x| x + 1e-4).collect();
    let mut refused = |position: &[f32], velocity: &[f32], species: &[u32]| {
        let error = simulation.add(Joining { position, velocity, species }, &[]).expect_err("a refusal");
        assert_eq!(simulation.hash().unwrap(), hash, "{error}");
        error
    };
    let text = |error: HostError| match error {
        HostError::Growth(GrowthError::Input(text)) => text,
        other => panic!("{other}"),
    };
    assert_eq!(text(refused(&[1.0, 2.0], &[], &[])), "positions are three numbers each, and 2 is no multiple of three");
    assert_eq!(text(refused(&[1.0; 6], &[1.0; 3], &[])), "there are 3 numbers of velocities for 2 particles; give 6, or none");
    assert!(text(refused(&[1.0, 1.0, 1.0, 1.0, f32::NAN, 1.0], &[], &[])).starts_with("particle 1 of those to be added has the position y = NaN"));
    assert!(text(refused(&[2e6, 1.0, 1.0], &[], &[])).starts_with("particle 0 of those to be added has the position x = 2000000"));
    assert!(text(refused(&[1.0; 3], &[0.0, 0.0, f32::INFINITY], &[])).contains("the velocity z = inf"));
    assert_eq!(text(refused(&[1.0; 3], &[], &[2])), "particle 0 of those to be added has the species 2; the scene has 2, counted from 0");
    // All but on top of another: the force between them is no number.
    assert!(matches!(refused(&inside, &[], &[]), HostError::Fault { .. }));
    let many = simulation.has_room_for(MAX_PARTICLES).expect_err("too many");
    assert!(matches!(&many, HostError::Growth(GrowthError::Limit(text)) if text.contains("32000432") && text.contains("bytes are available")), "{many}");
    simulation.step(30).unwrap();
    let mut undisturbed = start(&compiled, 1);
    undisturbed.step(60).unwrap();
    assert_eq!(simulation.hash().unwrap(), undisturbed.hash().unwrap());
}

#[test]
fn flat_scenes_and_walls_keep_their_particles() {
    let mut flat = start(&preset("vicsek", &[]), 1);
    let error = flat.add(Joining { position: &[0.0, 0.0, 0.5], ..Joining::default() }, &[]).expect_err("z in a flat scene");
    assert!(error.to_string().contains("the scene is flat"), "{error}");
    let walled = scene(ATOMS, &["fill[1].cells=[0,0,0]", "domain.periodic=[false,true,true]", "domain.walls=[true,false,false]"]);
    let error = start(&walled, 1).add(Joining { position: &[12.5, 1.0, 9.0], ..Joining::default() }, &[]).expect_err("behind a wall");
    assert_eq!(error.to_string(), "particle 0 of those to be added has the position x = 12.5; the walls stand at 0 and 12");
}

#[test]
fn no_frame_is_torn_while_particles_join() {
    let mut compiled = preset("marbles", &["fill[0].count=300"]);
    compiled.prefix[std::mem::offset_of!(Header, flags)] |= FLAG_CHECKSUM as u8;
    let mut simulation = start(&compiled, 2);
    let mut reader = simulation.frames().expect("the first reader");
    let done = AtomicBool::new(false);
    let joins = if std::env::var_os("MOTES_FULL").is_some() { 2_000 } else { 300 };
    std::thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let (mut last, mut taken, mut largest) = (0, 0, 0);
            while !done.load(Ordering::Relaxed) || reader.is_fresh() {
                let Some(frame) = reader.take() else {
                    std::thread::yield_now();
                    continue;
                };
                let rows = frame.descriptor.particle_count as usize;
                assert!(frame.descriptor.frame_number > last, "frame numbers rise: {} after {last}", frame.descriptor.frame_number);
                assert_eq!(rows as u64, 300 + 7 * frame.descriptor.step.div_ceil(2).min(joins), "the count of that step");
                assert_eq!(checksum(frame.values, 0..rows), frame.descriptor.checksum, "frame {} is torn", frame.descriptor.frame_number);
                (last, taken, largest) = (frame.descriptor.frame_number, taken + 1, rows);
            }
            assert!(taken > 2, "{taken} frames");
            largest
        });
        for _ in 0..joins {
            let heights: Vec<f32> = (0..7).flat_map(|k| [0.1 * k as f32, 8.0, 0.0]).collect();
            simulation.step(1).unwrap();
            simulation.add(Joining { position: &heights, ..Joining::default() }, &[]).unwrap();
            simulation.step(1).unwrap();
            simulation.publish().unwrap();
        }
        done.store(true, Ordering::Relaxed);
        assert_eq!(watching.join().expect("no frame was torn") as u64, 300 + 7 * joins, "the last frame has all");
    });
}
