//! Brownian motion and active particles against the exact results of Einstein, Boltzmann and Perrin.

mod support;

use motes_host::Simulation;
use motes_physics::distributions::Distribution;
use support::{scene, start};

fn text(dimensions: u32, count: u32, rest: &str) -> String {
    format!(
        "version = 1\nseed = 12\ndt = 0.02\n[domain]\nmin = [-1, -1, -1]\nmax = [1, 1, 1]\ndimensions = {dimensions}\n[integrator]\nkind = \"brownian\"\ntemperature = 0.6\nfriction = 2\n\
         [[fill]]\nkind = \"random\"\ncount = {count}\nmin = [0, 0, 0]\nmax = [0, 0, 0]\n{rest}"
    )
}

/// Mean squares of the coordinates of particles that all began at the origin.
fn squares(simulation: &mut Simulation) -> [f64; 3] {
    let x = simulation.field::<f32>("position").unwrap();
    let n = (x.len() / 3) as f64;
    std::array::from_fn(|k| x.iter().skip(k).step_by(3).map(|c| f64::from(*c).powi(2)).sum::<f64>() / n)
}

/// V12: the mean square displacement is 2 d D t with D = T / friction, from the first step on.
#[test]
fn mean_square_displacement_is_einsteins() {
    for dimensions in [2, 3] {
        let count = 10_000;
        let mut simulation = start(&scene(&text(dimensions, count, ""), &[]), 2);
        for steps in [1, 9, 90] {
            simulation.step(steps).unwrap();
            let time = simulation.header().unwrap().time;
            let found: f64 = squares(&mut simulation).iter().sum();
            let want = 2.0 * f64::from(dimensions) * 0.3 * time;
            let sigma = (2.0 / f64::from(dimensions * count)).sqrt();
            assert!((found / want - 1.0).abs() < 3.0 * sigma, "{dimensions}: {found} for {want} at {time}");
        }
    }
}

/// V12: in a harmonic trap the variance is T / k, with no error of the step, here a third of the time of relaxation.
#[test]
fn a_trap_has_the_variance_of_boltzmann() {
    let trap = "[[force]]\nkind = \"trap\"\nstiffness = [5, 10, 20]\n";
    let mut simulation = start(&scene(&text(3, 20_000, trap), &["dt=0.033"]), 2);
    simulation.step(80).unwrap();
    for (variance, stiffness) in squares(&mut simulation).into_iter().zip([5.0, 10.0, 20.0]) {
        let ratio = variance * stiffness / 0.6;
        assert!((ratio - 1.0).abs() < 3.5 * (2.0f64 / 20_000.0).sqrt(), "stiffness {stiffness}: {ratio}");
    }
}

/// Perrin's law: above a floor density falls as e^(-m g y / T).
#[test]
fn sediment_has_the_barometric_profile() {
    let floor = "[[species]]\nmass = 1.5\nradius = 0\n[[force]]\nkind = \"gravity\"\nacceleration = [0, -2, 0]\n[[collider]]\nkind = \"box\"\nmin = [-1e3, 0, -1e3]\nmax = [1e3, 1e3, 1e3]\nrestitution = 1\n";
    let mut simulation = start(&scene(&text(3, 10_000, floor), &["dt=0.002", "domain.max=[1, 1.28, 1]", "domain.min=[-1, 0, -1]"]), 2);
    simulation.step(2000).unwrap();
    let heights = simulation.field::<f32>("position").unwrap().into_iter().skip(1).step_by(3).map(f64::from).collect::<Vec<_>>();
    let n = heights.len() as f64;
    let mean = heights.iter().sum::<f64>() / n;
    assert!((mean / 0.2 - 1.0).abs() < 0.05, "mean height {mean} for T / m g = 0.2");
    let profile = simulation.distribution(Distribution::ProfileY, 1.0).unwrap();
    let slab = |k: usize| profile[8 * k..8 * k + 8].iter().sum::<f64>();
    for k in 0..4 {
        // Slabs are 0.08 high.
        assert!((slab(k + 1) / slab(k) / (-0.4f64).exp() - 1.0).abs() < 0.12, "slab {k}: {}", slab(k + 1) / slab(k));
    }
}

/// Active Brownian particles spread with D + v^2 tau / 2 in the plane and D + v^2 tau / 6 in space, tau = 1 / turning and 1 / (2 turning)
/// being what a direction lasts: exactly MSD = 2 d D t + 2 v^2 tau^2 (t / tau - 1 + e^(-t / tau)).
#[test]
fn active_particles_spread_as_they_should() {
    for dimensions in [2, 3] {
        let drive = "[[force]]\nkind = \"self-propulsion\"\nforce = 4\nturning = 2\n";
        let count = 10_000;
        let mut simulation = start(&scene(&text(dimensions, count, drive), &["dt=0.01"]), 2);
        let tau = 1.0 / (2.0 * f64::from(dimensions - 1));
        for steps in [50, 450] {
            simulation.step(steps).unwrap();
            let t = simulation.header().unwrap().time;
            let found: f64 = squares(&mut simulation).iter().sum();
            let want = 2.0 * f64::from(dimensions) * 0.3 * t + 2.0 * 4.0 * tau * tau * (t / tau - 1.0 + (-t / tau).exp());
            assert!((found / want - 1.0).abs() < 0.05, "{dimensions}: {found} for {want} at {t}");
        }
    }
}

/// Larger ones are slower, after Stokes.
#[test]
fn friction_grows_with_the_radius() {
    let species =
        "[[species]]\nradius = 0.1\n[[species]]\nradius = 0.3\n[[fill]]\nkind = \"random\"\ncount = 10000\nmin = [0, 0, 0]\nmax = [0, 0, 0]\nspecies = 1\n";
    let overrides = ["integrator.friction=1e-9", "integrator.viscosity=2"];
    let mut simulation = start(&scene(&text(3, 10_000, species), &overrides), 2);
    simulation.step(20).unwrap();
    let x = simulation.field::<f32>("position").unwrap();
    let spread = |range: std::ops::Range<usize>| x[range].iter().map(|c| f64::from(*c).powi(2)).sum::<f64>() / 30_000.0;
    let (small, large) = (spread(0..30_000), spread(30_000..60_000));
    let want = 2.0 * 0.6 * 0.4 / (6.0 * std::f64::consts::PI * 2.0 * 0.1);
    assert!((small / want - 1.0).abs() < 0.025 && (small / large / 3.0 - 1.0).abs() < 0.04, "{small} {large} {want}");
}

#[test]
fn brownian_motion_has_one_hash() {
    let rest = "[[force]]\nkind = \"lennard-jones\"\ntruncation = \"wca\"\nsigma = 0.05\n[[force]]\nkind = \"self-propulsion\"\n";
    for dimensions in [2, 3] {
        let compiled = scene(
            &text(dimensions, 0, rest).replace("kind = \"random\"\ncount = 0", "kind = \"lattice\"\narrangement = \"simple\"\ncells = [50, 60, 1]"),
            &["fill[0].min=[-2, -2, 0]", "fill[0].max=[2, 3, 1]", "dt=1e-6"],
        );
        let hashes = [1, 3].map(|threads| {
            let mut simulation = start(&compiled, threads);
            simulation.step(200).unwrap();
            simulation.checkpoint().unwrap();
            simulation.step(200).unwrap();
            let hash = simulation.hash().unwrap();
            simulation.restore().unwrap();
            simulation.step(200).unwrap();
            assert_eq!(hash, simulation.hash().unwrap());
            hash
        });
        assert_eq!(hashes[0], hashes[1]);
    }
}
