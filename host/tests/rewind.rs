//! Time travel: any moment of a run comes back with the bits that it had.

mod support;

use motes_host::{Recorder, RecordingError, Simulation};
use support::{preset, start};

/// Numbers without a pattern, the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        motes_physics::hash::mix(self.0) % limit
    }
}

const MEBIBYTE: usize = 1 << 20;

/// Small scenes of each kind of state: emitters, sorted particles with lists, thermostats, contacts, flocks, two dimensions.
const SCENES: [(&str, &[&str]); 6] = [
    ("fountain", &["emitter[0].rate=60", "emitter[1].rate=30", "emitter[2].rate=30"]),
    ("melt", &["fill[0].cells=[4, 4, 4]", "fill[0].max=[6.72, 6.72, 6.72]", "domain.max=[6.72, 6.72, 6.72]"]),
    ("ball-pit", &["fill[0].cells=[3, 4, 3]", "fill[1].cells=[3, 1, 3]"]),
    ("vicsek", &["fill[0].count=200"]),
    ("droplet", &["fill[0].cells=[4, 4, 4]"]),
    ("marbles", &["fill[0].count=200"]),
];

/// Runs with changes of parameters on the way; the hash at each step.
fn recorded(name: &str, overrides: &[&str], steps: u64, every: u64) -> (Simulation, Recorder, Vec<u64>) {
    let scene = preset(name, overrides);
    let dt = scene.parameter("dt").expect("a time step").clone();
    let mut simulation = start(&scene, 2);
    let mut recorder = Recorder::new(&mut simulation, 64 * MEBIBYTE, every).unwrap();
    let mut hashes = vec![simulation.hash().unwrap()];
    for step in 1..=steps {
        if step % (steps / 7) == 3 {
            simulation.set_slot(dt.offset, dt.values[0] * (0.5 + 0.1 * (step * 7 / steps) as f64)).unwrap();
        }
        recorder.step(&mut simulation, 1).unwrap();
        hashes.push(simulation.hash().unwrap());
    }
    (simulation, recorder, hashes)
}

#[test]
fn any_moment_comes_back_with_its_hash() {
    let full = std::env::var("MOTES_FULL").is_ok_and(|value| value == "1");
    let (steps, moments) = if full { (20_000, 200) } else { (4_000, 40) };
    let mut chance = Chance(20);
    for (k, (name, overrides)) in SCENES.into_iter().enumerate() {
        // The first goes the whole way, the others a tenth of it.
        let (steps, moments) = if k == 0 || full { (steps, moments) } else { (steps / 10, moments) };
        let (mut simulation, mut recorder, hashes) = recorded(name, overrides, steps, 64);
        assert_eq!(recorder.range().unwrap(), (0, steps), "{name}: the ring holds all of it");
        for _ in 0..moments {
            let step = chance.below(steps + 1);
            recorder.rewind(&mut simulation, step).unwrap();
            assert_eq!(simulation.header().unwrap().step, step);
            assert_eq!(simulation.hash().unwrap(), hashes[step as usize], "{name}: step {step}");
        }
    }
}

#[test]
fn going_on_from_a_moment_forgets_what_came_after() {
    let (mut simulation, mut recorder, hashes) = recorded(SCENES[0].0, SCENES[0].1, 300, 50);
    recorder.rewind(&mut simulation, 101).unwrap();
    recorder.step(&mut simulation, 5).unwrap();
    assert_eq!(simulation.hash().unwrap(), hashes[106], "nothing was changed, so the run is the same");
    assert_eq!(recorder.range().unwrap(), (0, 106));
    assert!(matches!(recorder.rewind(&mut simulation, 107), Err(RecordingError::Outside { step: 107, first: 0, last: 106 })));
    recorder.rewind(&mut simulation, 100).unwrap();
    assert_eq!(simulation.hash().unwrap(), hashes[100]);
}

#[test]
fn a_changed_parameter_leads_elsewhere_and_is_kept() {
    let (mut simulation, mut recorder, hashes) = recorded("marbles", &["fill[0].count=200"], 200, 50);
    let offset = preset("marbles", &[]).parameter("force[0].acceleration").expect("a parameter").offset;
    recorder.rewind(&mut simulation, 120).unwrap();
    simulation.set_slot(offset + 8, 9.0).unwrap();
    recorder.step(&mut simulation, 40).unwrap();
    let other = simulation.hash().unwrap();
    assert_ne!(other, hashes[160]);
    recorder.rewind(&mut simulation, 119).unwrap();
    assert_eq!(simulation.hash().unwrap(), hashes[119], "before the change all is as it was");
    recorder.rewind(&mut simulation, 160).unwrap();
    assert_eq!(simulation.hash().unwrap(), other);
}

#[test]
fn written_fields_are_kept_by_a_mark() {
    let (mut simulation, mut recorder, _) = recorded("marbles", &["fill[0].count=200"], 70, 50);
    let velocity: Vec<f32> = simulation.field::<f32>("velocity").unwrap().iter().map(|v| -v).collect();
    simulation.set_field("velocity", &velocity).unwrap();
    recorder.mark(&mut simulation).unwrap();
    recorder.step(&mut simulation, 60).unwrap();
    let hash = simulation.hash().unwrap();
    recorder.rewind(&mut simulation, 80).unwrap();
    recorder.rewind(&mut simulation, 130).unwrap();
    assert_eq!(simulation.hash().unwrap(), hash);
}

#[test]
fn a_full_ring_drops_the_oldest() {
    let mut simulation = start(&preset("marbles", &["fill[0].count=500"]), 1);
    let mut recorder = Recorder::new(&mut simulation, 100_000, 10).unwrap();
    let mut hashes = vec![simulation.hash().unwrap()];
    let mut last_first = 0;
    for step in 1..=600u64 {
        recorder.step(&mut simulation, 1).unwrap();
        hashes.push(simulation.hash().unwrap());
        let (first, last) = recorder.range().unwrap();
        assert!(first >= last_first && last == step);
        last_first = first;
    }
    let (first, last) = recorder.range().unwrap();
    assert!(first > 500, "the ring holds a few of 60 keyframes: first is {first}");
    assert!(matches!(recorder.rewind(&mut simulation, first - 1), Err(RecordingError::Outside { .. })));
    for step in [first, first + 7, last] {
        recorder.rewind(&mut simulation, step).unwrap();
        assert_eq!(simulation.hash().unwrap(), hashes[step as usize], "step {step}");
    }
}

#[test]
fn a_ring_too_small_for_a_keyframe_is_refused_with_the_bytes_needed() {
    let mut simulation = start(&preset("marbles", &["fill[0].count=500"]), 1);
    let Err(error) = Recorder::new(&mut simulation, 2_000, 10) else { panic!("it fits") };
    assert!(error.to_string().contains("bytes are needed"), "{error}");
}
