//! What a run sounds like: a known rate of collisions is heard at that rate, the same each time, and rest is silence.

mod support;

use motes_host::{Simulation, Sound};
use motes_scene::growth::Joining;
use motes_sound::shared::{BED, DECAY, EVENTS, FACTOR};
use support::{preset, scene, start};

const RATE: u32 = 48_000;
/// Frames of a point of the envelope, and points a second.
const POINT: usize = 16;
const POINTS: f64 = RATE as f64 / POINT as f64;

/// One point that flies to and fro between two walls one unit apart, without loss.
fn bouncing(speed: f64) -> Simulation {
    let text = format!(
        "version = 1\ndt = 0.02\n[domain]\nmin = [0, -1, -1]\nmax = [1, 1, 1]\n[[species]]\nradius = 0\n\
         [[fill]]\nkind = \"random\"\ncount = 1\nmin = [0.5, 0, 0]\nmax = [0.5, 0, 0]\nvelocity = [{speed}, 0, 0]\n\
         [[collider]]\nkind = \"box\"\nmin = [0, -1, -1]\nmax = [1, 1, 1]\nrestitution = 1\nfriction = 0\n"
    );
    start(&scene(&text, &[]), 1)
}

/// Both sides of so many steps, and the events in them.
fn heard(simulation: &mut Simulation, steps: u32, settings: &[(usize, f32)]) -> ([Vec<f32>; 2], u32) {
    let mut sound = Sound::new(simulation, RATE).unwrap();
    settings.iter().for_each(|(setting, value)| sound.set(*setting, *value));
    let mut sides = [Vec::new(), Vec::new()];
    for step in 0..=steps {
        if step > 0 {
            simulation.step(1).unwrap();
        }
        sound.listen(simulation).unwrap();
        while let Some((left, right)) = sound.render() {
            sides[0].extend_from_slice(left);
            sides[1].extend_from_slice(right);
        }
    }
    (sides, sound.counter(EVENTS))
}

/// The frequency, in whole hertz, that is strongest in the loudness of a sound. Of the sound itself it would be the particle's own pitch:
/// how often it is struck is in the envelope.
fn strongest(sound: impl Iterator<Item = f32>) -> u32 {
    let sound: Vec<f32> = sound.collect();
    let envelope: Vec<f64> = sound.chunks_exact(POINT).map(|chunk| chunk.iter().map(|x| f64::from(x.abs())).sum()).collect();
    let mean = envelope.iter().sum::<f64>() / envelope.len() as f64;
    let power = |hertz: u32| -> f64 {
        let (sin, cos) = (std::f64::consts::TAU * f64::from(hertz) / POINTS).sin_cos();
        let (mut arrow, mut sum) = ([1.0, 0.0], [0.0, 0.0]);
        for point in &envelope {
            sum = [sum[0] + (point - mean) * arrow[0], sum[1] + (point - mean) * arrow[1]];
            arrow = [arrow[0] * cos - arrow[1] * sin, arrow[0] * sin + arrow[1] * cos];
        }
        sum[0] * sum[0] + sum[1] * sum[1]
    };
    (20..1400).max_by(|a, b| power(*a).total_cmp(&power(*b))).unwrap()
}

#[test]
fn a_known_rate_of_collisions_is_heard_at_that_rate() {
    // A unit of simulated time sounds for 1/220 s, so a wall is met 220 times a second at speed 1; ten seconds are 110,000 steps.
    let settings = [(FACTOR, 1.0 / 220.0), (DECAY, 0.0015), (BED, 0.0)];
    for (speed, hertz) in [(1.0, 220u32), (1.5, 330)] {
        let ([left, right], events) = heard(&mut bouncing(speed), 110_000, &settings);
        assert!((left.len() as i64 - 480_000).abs() <= 256, "ten seconds, not {}", left.len());
        assert!(events.abs_diff(10 * hertz) <= 2, "{events} events");
        let both = strongest(left.iter().zip(&right).map(|(left, right)| left + right));
        assert!(both.abs_diff(hertz) <= 1, "speed {speed}: {both} Hz in place of {hertz}");
        // Each wall is on a side of its own.
        for side in [&left, &right] {
            let one = strongest(side.iter().copied());
            assert!(one.abs_diff(hertz / 2) <= 1, "speed {speed}: {one} Hz on one side in place of {}", hertz / 2);
        }
    }
}

#[test]
fn the_same_run_sounds_the_same_bit_for_bit_whatever_the_threads() {
    let sound = |threads| heard(&mut start(&preset("marbles", &["fill[0].count=2000"]), threads), 700, &[]);
    let (first, second) = (sound(1), sound(2));
    let loudest = first.0[0].iter().fold(0.0f32, |most, x| most.max(x.abs()));
    assert!(first.1 > 100 && loudest > 0.01, "{} events, at most {loudest}", first.1);
    assert!(first.0.iter().flatten().all(|x| x.is_finite() && x.abs() <= 1.0 + 1e-6));
    let bits = |sides: &[Vec<f32>; 2]| sides.concat().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert!(bits(&first.0) == bits(&second.0));
}

#[test]
fn free_fall_and_rest_are_silent() {
    let fall = "version = 1\ndt = 0.01\n[[force]]\nkind = \"gravity\"\n[[species]]\nradius = 0.1\n[[fill]]\nkind = \"random\"\ncount = 50\ntemperature = 1\n";
    let (sides, events) = heard(&mut start(&scene(fall, &[]), 1), 300, &[(BED, 0.0)]);
    assert_eq!(events, 0, "nothing is met");
    assert!(sides.concat().iter().all(|x| *x == 0.0));
    // One ball falls to the ground, bounces, and lies there.
    let ball = "version = 1\ndt = 0.01\n[[force]]\nkind = \"gravity\"\n[[species]]\nradius = 0.1\n[[fill]]\nkind = \"random\"\ncount = 1\nmin = [0, 1, 0]\nmax = [0, 1, 0]\n\
                [[collider]]\nkind = \"plane\"\npoint = [0, 0, 0]\nnormal = [0, 1, 0]\nrestitution = 0.5\n";
    let mut simulation = start(&scene(ball, &[]), 1);
    let (_, bounces) = heard(&mut simulation, 400, &[]);
    assert!((2..=12).contains(&bounces), "{bounces} bounces");
    let (_, events) = heard(&mut simulation, 400, &[]);
    assert_eq!(events, 0, "it lies there");
}

#[test]
fn a_run_that_begins_again_is_heard_anew() {
    let mut simulation = bouncing(1.0);
    let mut sound = Sound::new(&mut simulation, RATE).unwrap();
    sound.set(FACTOR, 0.01);
    let mut frames = |simulation: &mut Simulation| {
        sound.listen(simulation).unwrap();
        let mut frames = 0;
        while let Some((left, _)) = sound.render() {
            frames += left.len();
        }
        (frames, sound.counter(EVENTS))
    };
    frames(&mut simulation);
    simulation.step(1000).unwrap();
    let (before, _) = frames(&mut simulation);
    simulation.reset().unwrap();
    assert_eq!(frames(&mut simulation).0, 0, "the jump back is no time that sounds");
    simulation.step(1000).unwrap();
    let (after, _) = frames(&mut simulation);
    assert!(before > 9000 && before.abs_diff(after) <= 128, "{before} {after}");
}

#[test]
fn particles_that_join_strike_nothing_by_it_and_the_sound_goes_on() {
    let fall = "version = 1\ndt = 0.01\n[[force]]\nkind = \"gravity\"\n[[species]]\nradius = 0.1\n[[fill]]\nkind = \"random\"\ncount = 50\ntemperature = 1\n";
    let mut simulation = start(&scene(fall, &[]), 1);
    let mut sound = Sound::new(&mut simulation, RATE).unwrap();
    let mut frames = 0;
    for step in 0..=200 {
        if step == 100 {
            let joining = Joining { position: &[0.5; 90], velocity: &[3.0; 90], species: &[] };
            simulation.add(joining, &[]).unwrap();
        }
        if step > 0 {
            simulation.step(1).unwrap();
        }
        sound.listen(&mut simulation).unwrap();
        while let Some((left, _)) = sound.render() {
            frames += left.len();
        }
    }
    assert_eq!(sound.counter(EVENTS), 0, "they came as they fly");
    assert!((96_000 - 128..=96_000).contains(&frames), "two seconds, not {frames} frames");
}
