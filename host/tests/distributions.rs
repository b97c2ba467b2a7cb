//! Distributions against counting in `f64` and against what is known of simple states.

mod support;

use motes_physics::distributions::{BINS, Distribution};
use support::{preset, scene, start};

const GAS: &str = "version = 1\nseed = 5\n[domain]\nmin = [0, 0, 0]\nmax = [8, 9, 10]\nperiodic = [true, true, true]\n\
    [[fill]]\nkind = \"random\"\ncount = 5000\nmin = [0, 0, 0]\nmax = [8, 9, 10]\ntemperature = 2\n";

#[test]
fn an_ideal_gas_has_no_structure() {
    let mut simulation = start(&scene(GAS, &[]), 2);
    let g = simulation.distribution(Distribution::Radial, 4.0).unwrap();
    assert_eq!(g.len(), BINS);
    // Expected pairs in bin k: N^2 / 2V times the shell; three standard deviations of that count.
    for (k, value) in g.iter().enumerate().skip(8) {
        let (a, b) = (k as f64 / 32.0, (k + 1) as f64 / 32.0);
        let pairs = 5000.0 * 5000.0 / 2.0 / 720.0 * 4.19 * (b.powi(3) - a.powi(3));
        assert!((value - 1.0).abs() < 4.0 / pairs.sqrt() + 3e-4, "bin {k}: {value}");
    }
    for axis in [Distribution::ProfileX, Distribution::ProfileY, Distribution::ProfileZ] {
        let profile = simulation.distribution(axis, 1.0).unwrap();
        assert!((profile.iter().sum::<f64>() / BINS as f64 - 5000.0 / 720.0).abs() < 1e-9);
    }
}

#[test]
fn pairs_are_counted_as_by_hand() {
    let mut simulation = start(&scene(GAS, &["fill[0].count=700"]), 1);
    let (position, size) = (simulation.field::<f32>("position").unwrap(), [8.0, 9.0, 10.0]);
    let mut counts = vec![0.0; BINS];
    for i in 0..700 {
        for j in 0..i {
            let d = |k: usize| f64::from(position[3 * i + k]) - f64::from(position[3 * j + k]);
            let r2: f64 = (0..3).map(|k| d(k) - size[k] * (d(k) / size[k]).round()).map(|d| d * d).sum();
            if let Some(count) = counts.get_mut((r2.sqrt() * BINS as f64 / 4.0) as usize) {
                *count += 1.0;
            }
        }
    }
    for (k, g) in simulation.distribution(Distribution::Radial, 4.0).unwrap().into_iter().enumerate() {
        let (a, b) = (k as f64 / 32.0, (k + 1) as f64 / 32.0);
        let expected = 0.5 * 700.0 * 700.0 / 720.0 * 4.0 / 3.0 * std::f64::consts::PI * (b.powi(3) - a.powi(3));
        assert!((g * expected - counts[k]).abs() < 1e-6, "bin {k}");
    }
}

/// Twelve neighbours at the nearest distance of a face-centred crystal, six at sqrt(2) times it.
#[test]
fn a_crystal_has_its_shells() {
    let mut simulation = start(&preset("crystal", &["fill[0].temperature=0"]), 2);
    let nearest = 1.68 / 2f64.sqrt();
    let g = simulation.distribution(Distribution::Radial, 2.0).unwrap();
    let (width, density) = (2.0 / BINS as f64, 4000.0 / 16.8f64.powi(3));
    let neighbors = |r: f64| -> f64 {
        let bins = (r / width) as usize - 1..=(r / width) as usize + 1;
        bins.map(|k| g[k] * density * 4.0 / 3.0 * std::f64::consts::PI * (((k + 1) as f64 * width).powi(3) - (k as f64 * width).powi(3))).sum()
    };
    assert!((neighbors(nearest) - 12.0).abs() < 1e-6 && (neighbors(1.68) - 6.0).abs() < 1e-6, "{} {}", neighbors(nearest), neighbors(1.68));
}

#[test]
fn speeds_of_a_gas_are_maxwells() {
    let mut simulation = start(&scene(GAS, &["fill[0].count=200000"]), 2);
    let f = simulation.distribution(Distribution::Speed, 8.0).unwrap();
    let width = 8.0 / BINS as f64;
    for (k, value) in f.iter().enumerate() {
        let v = (k as f64 + 0.5) * width;
        // Temperature 2, mass 1.
        let maxwell = 4.0 * std::f64::consts::PI * v * v * (4.0 * std::f64::consts::PI).powf(-1.5) * (-v * v / 4.0).exp();
        let deviation = (maxwell / (200_000.0 * width)).sqrt();
        assert!((value - maxwell).abs() < 4.5 * deviation + 2e-4, "speed {v}: {value} for {maxwell}");
    }
}

#[test]
fn half_of_a_ball_lies_within_its_radius() {
    let mut simulation =
        start(&scene(GAS, &["domain.periodic=[false, false, false]", "fill[0].shape=ball", "fill[0].min=[0, 0, 0]", "fill[0].max=[8, 8, 8]"]), 2);
    let enclosed = simulation.distribution(Distribution::Enclosed, 4.0).unwrap();
    for (k, fraction) in enclosed.iter().enumerate() {
        let r = (k + 1) as f64 / BINS as f64;
        assert!((fraction - r.powi(3)).abs() < 0.03, "{r}: {fraction}");
    }
}

#[test]
fn a_range_that_is_none_is_refused() {
    let mut simulation = start(&scene(GAS, &[]), 1);
    for range in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(simulation.distribution(Distribution::Radial, range).is_err());
    }
    assert!(simulation.step(1).is_ok());
}

#[test]
fn angular_momentum_is_that_of_the_particles() {
    let mut simulation = start(&scene(GAS, &["domain.periodic=[false, false, false]"]), 2);
    let first = simulation.diagnose().unwrap();
    let (x, v) = (simulation.field::<f32>("position").unwrap(), simulation.field::<f32>("velocity").unwrap());
    let by_hand: f64 = x.chunks(3).zip(v.chunks(3)).map(|(x, v)| f64::from(x[0]) * f64::from(v[1]) - f64::from(x[1]) * f64::from(v[0])).sum();
    assert!((first.angular_momentum_z - by_hand).abs() < 1e-9 * by_hand.abs().max(1.0));
    simulation.step(100).unwrap();
    assert!((simulation.diagnose().unwrap().angular_momentum_z - by_hand).abs() < 0.05, "free flight keeps it");
}

/// Free flight: each has come as far as its speed says, however often it crossed a side; an emitter's particles from where they began.
#[test]
fn displacements_go_on_across_periodic_sides() {
    let mut simulation = start(&scene(&format!("{GAS}[[measure]]\nkind = \"displacement\"\n"), &["dt=0.05"]), 2);
    let v = simulation.field::<f32>("velocity").unwrap();
    simulation.step(400).unwrap();
    let want = v.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / 5000.0 * 400.0;
    let got = simulation.diagnose().unwrap().mean_square_displacement;
    assert!((got / want - 1.0).abs() < 1e-5, "{got} for {want}");
}

/// With forces, lists that sort and wrap, and a restore: the same as following all positions from outside.
#[test]
fn displacements_are_those_of_the_positions() {
    let crystal = GAS.replace("kind = \"random\"\ncount = 5000", "kind = \"lattice\"\ncells = [6, 6, 6]\nvelocity = [3, 0, 0]");
    let text = format!("{crystal}[[force]]\nkind = \"lennard-jones\"\ntruncation = \"wca\"\n[[measure]]\nkind = \"displacement\"\n");
    let mut simulation = start(&scene(&text, &["dt=0.004"]), 2);
    let rows = |simulation: &mut motes_host::Simulation| {
        let (id, x) = (simulation.field::<u32>("id").unwrap(), simulation.field::<f32>("position").unwrap());
        let mut rows = vec![[0.0f64; 3]; id.len()];
        x.chunks(3).zip(id).for_each(|(x, id)| rows[id as usize] = [x[0], x[1], x[2]].map(f64::from));
        rows
    };
    let mut last = rows(&mut simulation);
    let mut sum = vec![[0.0; 3]; last.len()];
    for block in 0..100 {
        if block == 50 {
            simulation.checkpoint().unwrap();
            simulation.step(7).unwrap();
            simulation.restore().unwrap();
        }
        simulation.step(4).unwrap();
        let now = rows(&mut simulation);
        for (i, k) in (0..now.len()).flat_map(|i| (0..3).map(move |k| (i, k))) {
            let (d, side) = (now[i][k] - last[i][k], [8.0, 9.0, 10.0][k]);
            sum[i][k] += d - side * (d / side).round();
        }
        last = now;
    }
    let want = sum.iter().flatten().map(|c: &f64| c * c).sum::<f64>() / sum.len() as f64;
    let got = simulation.diagnose().unwrap().mean_square_displacement;
    assert!(want > 1.0 && (got / want - 1.0).abs() < 1e-5, "{got} for {want}");
}
