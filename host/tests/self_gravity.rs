//! Self-gravity against orbits known in closed form, conservation laws, and the sum over all pairs in `f64`.

mod support;

use motes_host::{Simulation, pull_error};
use support::{scene, start};

const TWO: &str = "version = 1\n[domain]\nmin = [-4, -4, -4]\nmax = [4, 4, 4]\n[[species]]\nmass = 0.5\n[[force]]\nkind = \"self-gravity\"\nmethod = \"direct\"\nsoftening = 0\n";

fn energy(simulation: &mut Simulation) -> f64 {
    let sums = simulation.diagnose().unwrap();
    sums.kinetic + sums.potential
}

/// Two bodies of mass 1/2, semi-major axis 1 and eccentricity e, at apocentre: the relative orbit has period 2 pi.
fn kepler(eccentricity: f64, integrator: &str, steps: u32) -> Simulation {
    let speed = ((1.0 - eccentricity) / (1.0 + eccentricity)).sqrt();
    let half = 0.5 * (1.0 + eccentricity);
    let body = |sign: f64| format!("[[fill]]\nkind = \"particle\"\nposition = [{}, 0, 0]\nvelocity = [0, {}, 0]\n", sign * half, sign * 0.5 * speed);
    let text = format!("{TWO}[integrator]\nkind = \"{integrator}\"\n{}{}", body(1.0), body(-1.0));
    start(&scene(&text, &[&format!("dt={}", std::f64::consts::TAU / f64::from(steps))]), 1)
}

/// Greatest energy error over one orbit, relative.
fn orbit_error(eccentricity: f64, integrator: &str, steps: u32) -> f64 {
    let mut simulation = kepler(eccentricity, integrator, steps);
    let first = energy(&mut simulation);
    let mut worst = 0.0f64;
    for _ in 0..100 {
        simulation.step(steps / 100).unwrap();
        worst = worst.max(((energy(&mut simulation) - first) / first).abs());
    }
    worst
}

#[test]
fn leapfrog_is_of_second_order_and_yoshida_of_fourth() {
    let order = |integrator: &str, steps: u32| (orbit_error(0.5, integrator, steps) / orbit_error(0.5, integrator, 2 * steps)).log2();
    let (second, fourth) = (order("velocity-verlet", 400), order("yoshida-4", 100));
    assert!((second - 2.0).abs() < 0.2, "leapfrog: order {second}");
    assert!((fourth - 4.0).abs() < 0.5, "Yoshida: order {fourth}");
}

/// V4a: eccentricity 0.9; the error is bounded, angular momentum stays, and the orbit keeps its size.
#[test]
fn an_eccentric_orbit_keeps_energy_and_angular_momentum() {
    let mut simulation = kepler(0.9, "velocity-verlet", 20_000);
    let (first, spin) = (energy(&mut simulation), simulation.diagnose().unwrap().angular_momentum_z);
    let mut errors = Vec::new();
    for _ in 0..10 {
        simulation.step(20_000).unwrap();
        errors.push(((energy(&mut simulation) - first) / first).abs());
    }
    assert!(errors.iter().all(|e| *e < 1e-4), "{errors:?}");
    let now = simulation.diagnose().unwrap().angular_momentum_z;
    assert!(((now - spin) / spin).abs() < 1e-4, "{now} for {spin}");
}

/// V4b: Chenciner & Montgomery 2000 with the initial data of Simo.
#[test]
fn the_figure_eight_returns() {
    let mut simulation = start(&support::preset("figure-eight", &[]), 1);
    assert!((energy(&mut simulation) - -1.2871419918).abs() < 1e-6);
    let before = simulation.field::<f32>("position").unwrap();
    let dt = 6.32591398 / 6400.0;
    let mut simulation = start(&support::preset("figure-eight", &[&format!("dt={dt}")]), 1);
    simulation.step(6400).unwrap();
    let after = simulation.field::<f32>("position").unwrap();
    let worst = before.iter().zip(&after).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-4, "{worst}");
}

const CLUSTER: &str = "version = 1\nseed = 3\ndt = 0.0078125\n[domain]\nmin = [-3, -3, -3]\nmax = [3, 3, 3]\n[[force]]\nkind = \"self-gravity\"\nsoftening = 0.01\n[[fill]]\nkind = \"plummer\"\n";

fn cluster(count: u32, more: &[&str], threads: u32) -> Simulation {
    let (mass, count) = (format!("species[0].mass={}", 1.0 / f64::from(count)), format!("fill[0].count={count}"));
    let text = CLUSTER.replace("[[force]]", "[[species]]\n[[force]]");
    let overrides: Vec<&str> = [mass.as_str(), count.as_str()].into_iter().chain(more.iter().copied()).collect();
    start(&scene(&text, &overrides), threads)
}

/// Root mean square of the relative error of forces.
fn force_error(simulation: &mut Simulation, stride: usize) -> f64 {
    let mass = 1.0 / f64::from(simulation.header().unwrap().particle_count);
    pull_error(simulation, mass, 0.01, stride).unwrap()
}

#[test]
fn the_direct_sum_is_that_over_all_pairs() {
    let error = force_error(&mut cluster(3000, &["force[0].method=direct"], 2), 1);
    assert!(error < 6e-7, "{error}");
}

/// V4d: the error falls with the opening angle, from below one per cent at the default.
#[test]
fn the_tree_is_as_good_as_its_opening_angle() {
    let errors: Vec<f64> = [0.9, 0.6, 0.4, 0.2].iter().map(|angle| force_error(&mut cluster(10_000, &[&format!("force[0].opening={angle}")], 2), 2)).collect();
    println!("RMS relative force errors at 0.9, 0.6, 0.4, 0.2: {errors:?}");
    assert!(errors[1] < 0.01 && errors[3] < 3e-4, "{errors:?}");
    assert!(errors.windows(2).all(|pair| pair[1] < pair[0]), "{errors:?}");
}

/// V4c: a Plummer sphere of 4096 bodies keeps its energy and its shape for ten crossing times.
#[test]
fn a_cluster_in_equilibrium_stays_so() {
    let mut simulation = cluster(4096, &[], 2);
    let first = energy(&mut simulation);
    assert!((first - -0.25).abs() < 0.01, "{first}");
    let radii = |simulation: &mut Simulation| -> Vec<f64> {
        let x = simulation.field::<f32>("position").unwrap();
        let mut r: Vec<f64> = x.chunks(3).map(|x| x.iter().map(|c| f64::from(*c).powi(2)).sum::<f64>().sqrt()).collect();
        r.sort_by(f64::total_cmp);
        [0.1, 0.5, 0.9].iter().map(|f| r[(f * r.len() as f64) as usize]).collect()
    };
    let before = radii(&mut simulation);
    assert!((before[1] - 0.768571).abs() < 0.03, "half-mass radius {}", before[1]);
    let steps = (10.0 * 2.0 * 2f64.sqrt() / 0.0078125) as u32;
    simulation.step(steps).unwrap();
    let drift = ((energy(&mut simulation) - first) / first).abs();
    assert!(drift < 1e-3, "{drift}");
    let after = radii(&mut simulation);
    let change: Vec<f64> = before.iter().zip(&after).map(|(a, b)| (b / a - 1.0).abs()).collect();
    assert!(change[0] < 0.12 && change[1] < 0.06 && change[2] < 0.1, "{before:?} {after:?}");
}

#[test]
fn the_tree_gives_the_same_bits_on_any_number_of_threads_and_after_a_restore() {
    let hash = |threads: u32| {
        let mut simulation = cluster(5000, &[], threads);
        simulation.step(10).unwrap();
        simulation.checkpoint().unwrap();
        simulation.step(10).unwrap();
        let hash = simulation.hash().unwrap();
        simulation.restore().unwrap();
        simulation.step(10).unwrap();
        assert_eq!(simulation.hash().unwrap(), hash);
        hash
    };
    let one = hash(1);
    assert!(hash(2) == one && hash(4) == one);
}

/// Bodies in one place, or far apart, or none at all, do not hang the tree or overflow it.
#[test]
fn odd_arrangements_of_bodies_are_summed() {
    for set in ["force[0].softening=0", "fill[0].scale_radius=1e-9", "fill[0].scale_radius=1e6", "fill[0].count=1", "fill[0].count=0"] {
        let mut simulation = cluster(3000, &[set], 2);
        simulation.step(2).unwrap();
    }
}
