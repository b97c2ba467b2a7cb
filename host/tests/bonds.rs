//! Springs between sites of a lattice: period, normal modes, conservation, and themselves on other threads.

mod support;

use support::{scene, start};

fn lattice(cells: [u32; 3], bond: &str, rest: &str) -> String {
    let max = cells.map(f64::from);
    format!(
        "version = 1\nseed = 3\ndt = 0.002\n[domain]\nmin = [-9, -9, -9]\nmax = [40, 40, 40]\n[[fill]]\nkind = \"lattice\"\narrangement = \"simple\"\nmin = [0, 0, 0]\nmax = {max:?}\ncells = {cells:?}\n[[force]]\nkind = \"bond\"\n{bond}{rest}"
    )
}

fn energy(sums: motes_physics::layout::Diagnostics) -> f64 {
    sums.kinetic + sums.potential
}

/// V9: two masses on a spring swing with 2 pi sqrt(m / k) of the reduced mass.
#[test]
fn a_spring_swings_in_its_period() {
    let mut simulation = start(&scene(&lattice([2, 1, 1], "stiffness = 80\nrest = 0.9\n", "[[species]]\nmass = 2\n"), &["dt=0.001"]), 1);
    let (mut crossings, mut last) = (Vec::new(), 1.0);
    for step in 1..=4000 {
        simulation.step(1).unwrap();
        let x = simulation.field::<f32>("position").unwrap();
        let stretch = f64::from(x[3]) - f64::from(x[0]) - 0.9;
        if last < 0.0 && stretch >= 0.0 {
            crossings.push((f64::from(step) - stretch / (stretch - last)) * 0.001);
        }
        last = stretch;
    }
    let period = (crossings[crossings.len() - 1] - crossings[0]) / (crossings.len() - 1) as f64;
    let want = std::f64::consts::TAU * (1.0f64 / 80.0).sqrt();
    assert!((period / want - 1.0).abs() < 2e-4, "{period} for {want}");
}

/// The slowest mode of a free chain of N masses: omega = 2 sqrt(k / m) sin(pi / 2 N); a chain begun in that shape keeps it.
#[test]
fn a_chain_has_its_modes() {
    let (n, k) = (12usize, 50.0f64);
    let omega = 2.0 * k.sqrt() * (std::f64::consts::PI / (2 * n) as f64).sin();
    let mut simulation = start(&scene(&lattice([n as u32, 1, 1], "stiffness = 50\n", ""), &["dt=0.001"]), 1);
    let shape: Vec<f64> = (0..n).map(|j| (std::f64::consts::PI * (j as f64 + 0.5) / n as f64).cos()).collect();
    let velocity: Vec<f32> = shape.iter().flat_map(|s| [(0.2 * s) as f32, 0.0, 0.0]).collect();
    simulation.set_field("velocity", &velocity).unwrap();
    simulation.step((0.5 * std::f64::consts::PI / omega / 0.001).round() as u32).unwrap();
    let (high, low) = (simulation.field::<f32>("position").unwrap(), simulation.field::<f32>("position_low").unwrap());
    for (j, s) in shape.iter().enumerate() {
        let moved = f64::from(high[3 * j]) + f64::from(low[3 * j]) - j as f64;
        assert!((moved - 0.2 / omega * s).abs() < 1e-3, "mass {j}: {moved}");
    }
}

#[test]
fn energy_and_momenta_are_kept() {
    let bond = "stiffness = 200\nshear = true\nshear_stiffness = 100\nbend = true\nbend_stiffness = 30\n";
    let mut simulation = start(&scene(&lattice([6, 7, 8], bond, ""), &["fill[0].temperature=1"]), 2);
    let first = simulation.diagnose().unwrap();
    let mut worst = 0.0f64;
    for _ in 0..10 {
        simulation.step(100).unwrap();
        worst = worst.max((energy(simulation.diagnose().unwrap()) / energy(first) - 1.0).abs());
    }
    let last = simulation.diagnose().unwrap();
    assert!(worst < 2e-3, "energy changed by {worst}");
    assert!((last.momentum_x - first.momentum_x).abs() < 1e-3 && (last.angular_momentum_z - first.angular_momentum_z).abs() < 2e-2, "{first:?} {last:?}");
}

#[test]
fn damping_takes_energy_out_of_the_springs_and_no_momentum() {
    let mut simulation =
        start(&scene(&lattice([5, 5, 1], "stiffness = 100\nshear = true\ndamping = 5\n", ""), &["fill[0].temperature=0.1", "fill[0].velocity=[1, 2, 0]"]), 1);
    let first = simulation.diagnose().unwrap();
    simulation.step(2000).unwrap();
    let last = simulation.diagnose().unwrap();
    assert!(energy(last) < energy(first) && (last.momentum_y / first.momentum_y - 1.0).abs() < 1e-5, "{first:?} {last:?}");
}

/// Contact sorts the particles in memory; springs find their ends all the same.
#[test]
fn bonds_have_one_hash() {
    let contact = "[[force]]\nkind = \"lennard-jones\"\ntruncation = \"wca\"\nsigma = 0.5\n[[thermostat]]\nkind = \"langevin\"\n";
    for rest in ["", contact] {
        let compiled = scene(&lattice([14, 15, 11], "stiffness = 300\nshear = true\nbend = true\ndamping = 1\n", rest), &["fill[0].temperature=1"]);
        let hashes = [1, 3].map(|threads| {
            let mut simulation = start(&compiled, threads);
            simulation.step(60).unwrap();
            simulation.checkpoint().unwrap();
            simulation.step(60).unwrap();
            let hash = simulation.hash().unwrap();
            simulation.restore().unwrap();
            simulation.step(60).unwrap();
            assert_eq!(hash, simulation.hash().unwrap());
            hash
        });
        assert_eq!(hashes[0], hashes[1]);
    }
}
