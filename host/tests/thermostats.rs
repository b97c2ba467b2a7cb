//! Thermostats against the canonical ensemble: mean and spread of kinetic energy, speeds, and what is conserved.

mod support;

use motes_host::Simulation;
use motes_physics::thermostats::heat;
use support::{scene, start};

/// 108 atoms of a Lennard-Jones liquid.
const LIQUID: &str = "version = 1\nseed = 4\ndt = 0.004\n[domain]\nmin = [0, 0, 0]\nmax = [5.2, 5.2, 5.2]\nperiodic = [true, true, true]\n\
    [[force]]\nkind = \"lennard-jones\"\ntruncation = \"linear-force-shift\"\n\
    [[fill]]\nkind = \"lattice\"\nmin = [0, 0, 0]\nmax = [5.2, 5.2, 5.2]\ncells = [3, 3, 3]\ntemperature = 1.5\n";

fn with(base: &str, kind: &str, parameters: &str) -> String {
    format!("{base}[[thermostat]]\nkind = \"{kind}\"\n{parameters}\n")
}

/// Mean of the kinetic energy and its variance, every `stride` steps.
fn kinetic(simulation: &mut Simulation, samples: u32, stride: u32) -> [f64; 2] {
    let (mut sum, mut squares) = (0.0, 0.0);
    for _ in 0..samples {
        simulation.step(stride).unwrap();
        let k = simulation.diagnose().unwrap().kinetic;
        sum += k;
        squares += k * k;
    }
    let mean = sum / f64::from(samples);
    [mean, squares / f64::from(samples) - mean * mean]
}

/// V2: K has mean N T / 2 and variance 2 / N of its square, N being 3 x 108, less three where momentum is kept.
#[test]
fn kinetic_energy_has_the_canonical_mean_and_spread() {
    for (kind, parameters, freedom) in [
        ("langevin", "temperature = 1.2\nfriction = 20", 324.0),
        ("stochastic-rescaling", "temperature = 1.2\ntime = 0.05", 321.0),
        ("andersen", "temperature = 1.2\nrate = 20", 324.0),
        ("nose-hoover", "temperature = 1.2\ntime = 0.1", 321.0),
    ] {
        let mut simulation = start(&scene(&with(LIQUID, kind, parameters), &[]), 1);
        simulation.step(1000).unwrap();
        let samples = 600;
        let [mean, variance] = kinetic(&mut simulation, samples, 20);
        let (want, ratio) = (0.5 * freedom * 1.2, variance / (mean * mean) * freedom / 2.0);
        println!("{kind}: mean {} of {want}, spread {ratio}", mean);
        // Samples are 0.08 apart, which is a few times the memory of the slowest of these.
        assert!((mean / want - 1.0).abs() < 4.0 * (2.0 / freedom / f64::from(samples)).sqrt() + 2e-3, "{kind}: {mean} for {want}");
        assert!((ratio - 1.0).abs() < 0.2, "{kind}: variance is {ratio} of the canonical one");
    }
}

/// The teaching point: Berendsen's thermostat has the temperature and not the ensemble.
#[test]
fn berendsen_has_the_mean_but_not_the_spread() {
    let mut simulation = start(&scene(&with(LIQUID, "berendsen", "temperature = 1.2\ntime = 0.02"), &[]), 1);
    simulation.step(1000).unwrap();
    let [mean, variance] = kinetic(&mut simulation, 500, 30);
    assert!((mean / (0.5 * 321.0 * 1.2) - 1.0).abs() < 0.02, "{mean}");
    let ratio = variance / (mean * mean) * 321.0 / 2.0;
    assert!(ratio < 0.5, "variance is {ratio} of the canonical one, too much for Berendsen");
}

/// Energy less the heat brought in is conserved by all of them, to the order of the step.
#[test]
fn energy_less_heat_is_conserved() {
    for (kind, parameters) in [
        ("langevin", "temperature = 1\nfriction = 1"),
        ("stochastic-rescaling", "temperature = 1\ntime = 0.2"),
        ("berendsen", "temperature = 1\ntime = 0.2"),
        ("andersen", "temperature = 1\nrate = 1"),
        ("nose-hoover", "temperature = 1\ntime = 0.2"),
    ] {
        let mut simulation = start(&scene(&with(LIQUID, kind, parameters), &["dt=0.002"]), 1);
        let mut books = || {
            simulation.step(250).unwrap();
            let (sums, header) = (simulation.diagnose().unwrap(), simulation.header().unwrap());
            [sums.kinetic + sums.potential - heat(&header), heat(&header)]
        };
        let first = books();
        let (mut worst, mut moved) = (0.0f64, 0.0f64);
        for _ in 0..8 {
            let now = books();
            worst = worst.max((now[0] - first[0]).abs());
            moved = moved.max((now[1] - first[1]).abs());
        }
        assert!(worst < 0.35 && moved > 5.0 * worst, "{kind}: conserved to {worst}, heat {moved}");
    }
}

/// Maxwell's distribution: mean speed over most probable speed 2 / sqrt(pi) in space, sqrt(pi) / 2 in the plane, and the r.m.s.
/// speed sqrt(3/2) or 1 of it.
#[test]
fn speeds_become_maxwells_from_any_start() {
    for (dimensions, means) in [(3, [std::f64::consts::FRAC_2_SQRT_PI, 1.5f64.sqrt()]), (2, [0.5 * std::f64::consts::PI.sqrt(), 1.0])] {
        let text = format!(
            "version = 1\nseed = 6\ndt = 0.01\n[domain]\nmin = [0, 0, 0]\nmax = [9, 9, 9]\nperiodic = [true, true, true]\ndimensions = {dimensions}\n[[species]]\nmass = 2\n\
             [[fill]]\nkind = \"random\"\ncount = 20000\nmin = [0, 0, 0]\nmax = [9, 9, 9]\nvelocity = [1, 0, 0]\n[[thermostat]]\nkind = \"langevin\"\ntemperature = 0.7\nfriction = 20\n"
        );
        let mut simulation = start(&scene(&text, &[]), 2);
        simulation.step(100).unwrap();
        let speeds: Vec<f64> =
            simulation.field::<f32>("velocity").unwrap().chunks(3).map(|v| v.iter().map(|c| f64::from(*c).powi(2)).sum::<f64>().sqrt()).collect();
        let likely = (2.0f64 * 0.7 / 2.0).sqrt();
        let n = speeds.len() as f64;
        let (mean, rms) = (speeds.iter().sum::<f64>() / n, (speeds.iter().map(|v| v * v).sum::<f64>() / n).sqrt());
        assert!(
            (mean / likely - means[0]).abs() < 3.0 * 0.5 / n.sqrt() && (rms / likely - means[1]).abs() < 3.0 * 0.5 / n.sqrt(),
            "{dimensions}: {mean} {rms}"
        );
        let z = simulation.field::<f32>("velocity").unwrap()[2];
        assert!(dimensions == 3 || z == 0.0);
    }
}

#[test]
fn a_ramp_ends_at_its_temperature() {
    let text = with(LIQUID, "stochastic-rescaling", "temperature = 1.5\ntime = 0.02\nramp_to = 0.6\nramp_time = 2");
    let mut simulation = start(&scene(&text, &[]), 1);
    let mut after = |steps| {
        simulation.step(steps).unwrap();
        simulation.diagnose().unwrap().temperature
    };
    let (half, end) = (after(250), after(500));
    assert!((half - 1.05).abs() < 0.25 && (end - 0.6).abs() < 0.16, "{half} {end}");
}

/// A thermostat of one species leaves the other alone.
#[test]
fn a_thermostat_for_one_species_heats_no_other() {
    for kind in ["langevin", "stochastic-rescaling", "berendsen", "andersen", "nose-hoover"] {
        let text = format!(
            "version = 1\ndt = 0.01\n[[species]]\nname = \"a\"\n[[species]]\nname = \"b\"\nmass = 3\n[[fill]]\nkind = \"random\"\ncount = 500\ntemperature = 1\nspecies = \"a\"\n\
             [[fill]]\nkind = \"random\"\ncount = 500\ntemperature = 1\nspecies = \"b\"\n[domain]\nperiodic = [true, true, true]\n[[thermostat]]\nkind = \"{kind}\"\ntemperature = 4\nspecies = \"b\"\n"
        );
        let mut simulation = start(&scene(&text, &[]), 1);
        simulation.step(500).unwrap();
        let (v, species) = (simulation.field::<f32>("velocity").unwrap(), simulation.field::<u32>("species").unwrap());
        let kinetic = |wanted: u32| -> f64 {
            let of = |i: usize| v[3 * i..3 * i + 3].iter().map(|c| f64::from(*c).powi(2)).sum::<f64>();
            (0..1000).filter(|&i| species[i] == wanted).map(of).sum::<f64>() / 1500.0
        };
        assert!((kinetic(0) - 1.0).abs() < 0.01, "{kind}: {}", kinetic(0));
        assert!((3.0 * kinetic(1) - 4.0).abs() < 1.2, "{kind}: {}", 3.0 * kinetic(1));
    }
}

#[test]
fn thermostats_have_one_hash() {
    for kind in ["langevin", "stochastic-rescaling", "berendsen", "andersen", "nose-hoover"] {
        let compiled = scene(&with(LIQUID, kind, ""), &["fill[0].cells=[9, 9, 9]", "fill[0].max=[15.6, 15.6, 15.6]", "domain.max=[15.6, 15.6, 15.6]"]);
        let hashes = [1, 3].map(|threads| {
            let mut simulation = start(&compiled, threads);
            simulation.step(15).unwrap();
            simulation.checkpoint().unwrap();
            simulation.step(25).unwrap();
            let hash = simulation.hash().unwrap();
            simulation.restore().unwrap();
            simulation.step(25).unwrap();
            assert_eq!(hash, simulation.hash().unwrap(), "{kind}");
            hash
        });
        assert_eq!(hashes[0], hashes[1], "{kind}");
    }
}

/// Parameters may be set to any value in their range while running.
#[test]
fn extreme_parameters_neither_stop_nor_break_a_run() {
    for kind in ["langevin", "stochastic-rescaling", "berendsen", "andersen", "nose-hoover"] {
        for set in [["temperature", "0"], ["friction", "1e9"], ["rate", "1e9"], ["time", "0"], ["time", "1e-6"], ["ramp_time", "1e-300"]] {
            let Ok(compiled) = motes_scene::compile(
                &with(LIQUID, kind, ""),
                &motes_scene::Options { overrides: vec![format!("thermostat[0].{}={}", set[0], set[1])], ..motes_scene::Options::default() },
            ) else {
                continue;
            };
            start(&compiled, 1).step(50).unwrap_or_else(|e| panic!("{kind} {set:?}: {e}"));
        }
    }
}

#[test]
fn what_cannot_work_together_is_refused() {
    let refuse = |integrator: &str| {
        let text = with(LIQUID, "langevin", "") + &format!("[integrator]\nkind = \"{integrator}\"\n");
        motes_scene::compile(&text, &motes_scene::Options::default()).unwrap_err().to_string()
    };
    assert!(refuse("brownian").contains("temperature of its own"));
    assert!(refuse("yoshida-4").contains("steps backwards"));
}
