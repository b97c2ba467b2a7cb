//! Charges: magnetic and electric fields against closed forms, Coulomb's force against orbits, oracles and Madelung's constant.

mod support;

use motes_host::Simulation;
use support::{scene, start};

fn particle(position: [f64; 3], velocity: [f64; 3], species: u32) -> String {
    format!("[[fill]]\nkind = \"particle\"\nposition = {position:?}\nvelocity = {velocity:?}\nspecies = {species}\n")
}

fn state(simulation: &mut Simulation, i: usize) -> ([f64; 3], [f64; 3]) {
    let (high, low) = (simulation.field::<f32>("position").unwrap(), simulation.field::<f32>("position_low").unwrap());
    let v = simulation.field::<f32>("velocity").unwrap();
    (std::array::from_fn(|k| f64::from(high[3 * i + k]) + f64::from(low[3 * i + k])), std::array::from_fn(|k| f64::from(v[3 * i + k])))
}

/// Mass 2 and charge 3 in a field of 0.5: gyroradius m v / q B = 4/3 v.
const PLASMA: &str = "version = 1\ndt = 0.1\n[domain]\nmin = [-9, -9, -9]\nmax = [9, 9, 9]\n[[species]]\nmass = 2\ncharge = 3\n[[force]]\nkind = \"magnetic-field\"\nfield = [0, 0, 0.5]\n";

/// V14: the orbit is a circle of radius m v / q B for every step, its energy stays, and its period is 2 pi m / q B to second order.
#[test]
fn a_charge_gyrates() {
    for dt in [0.05, 0.5] {
        // The velocity is along x: the centre is at -y for a positive charge.
        let text = PLASMA.to_owned() + &particle([0.0, 4.0 / 3.0, 0.0], [1.0, 0.0, 0.25], 0);
        let mut simulation = start(&scene(&text, &[&format!("dt={dt}")]), 1);
        let (mut turned, mut last) = (0.0, std::f64::consts::FRAC_PI_2);
        for step in 1..=2000 {
            simulation.step(1).unwrap();
            let (x, v) = state(&mut simulation, 0);
            let radius = x[0].hypot(x[1]);
            assert!((radius / (4.0 / 3.0) - 1.0).abs() < 2e-5, "dt {dt}, step {step}: {radius}");
            assert!((v[0].hypot(v[1]) - 1.0).abs() < 1e-5 && (v[2] - 0.25).abs() < 1e-12, "{v:?}");
            let angle = x[1].atan2(x[0]);
            turned += (last - angle).rem_euclid(std::f64::consts::TAU);
            last = angle;
        }
        let exact = 2.0 * (0.75 * dt / 2.0f64).atan() * 2000.0;
        assert!((turned / exact - 1.0).abs() < 1e-4, "turned by {turned} for {exact}");
        assert!((turned / (0.75 * dt * 2000.0) - 1.0).abs() < 1.1 * (0.75 * dt).powi(2) / 12.0 + 1e-4);
    }
}

/// V14: crossed fields make all charges drift with E x B / B^2, whatever their sign.
#[test]
fn crossed_fields_make_charges_drift() {
    let text = PLASMA.to_owned()
        + "[[species]]\nmass = 0.5\ncharge = -1\n[[force]]\nkind = \"electric-field\"\nfield = [0, 0.2, 0]\n"
        + &particle([0.0, 0.0, 0.0], [1.0, 0.0, 0.0], 0)
        + &particle([0.0, 0.0, 0.0], [0.0, 0.3, 0.0], 1);
    let mut simulation = start(&scene(&text, &["domain.max=[9e3, 9, 9]"]), 1);
    // 600 time units: the orbits, about 1 wide, add 1 in 240.
    simulation.step(6000).unwrap();
    for i in 0..2 {
        let (x, _) = state(&mut simulation, i);
        assert!((x[0] / 600.0 - 0.4).abs() < 4e-3 && x[1].abs() < 2.0, "{x:?}");
    }
    let sums = simulation.diagnose().unwrap();
    simulation.reset().unwrap();
    let first = simulation.diagnose().unwrap();
    assert!((sums.kinetic + sums.potential - first.kinetic - first.potential).abs() < 1e-4, "energy {sums:?} {first:?}");
}

/// In a bottle a charge turns back where the field is v^2 / v_perp^2 of that at the centre, and swings with period 2 pi L / v_perp.
#[test]
fn a_bottle_holds_a_charge() {
    let field = PLASMA.replace("field = [0, 0, 0.5]", "field = [0, 0, 40]\nbottle = 3");
    // Gyroradius 1/60.
    let mut simulation = start(&scene(&(field + &particle([0.0, 1.0 / 60.0, 0.0], [1.0, 0.0, 0.6], 0)), &["dt=0.005"]), 1);
    let (mut farthest, mut crossings, mut last) = (0.0f64, Vec::new(), 1.0);
    for step in 1..=8000 {
        simulation.step(1).unwrap();
        let (x, _) = state(&mut simulation, 0);
        farthest = farthest.max(x[2].abs());
        if last < 0.0 && x[2] >= 0.0 {
            crossings.push(step as f64 * 0.005);
        }
        last = x[2];
    }
    assert!((farthest / 1.8 - 1.0).abs() < 0.01, "turned at {farthest}");
    assert!((crossings[1] - crossings[0]) / (std::f64::consts::TAU * 3.0) - 1.0 < 0.01, "{crossings:?}");
    let (_, v) = state(&mut simulation, 0);
    assert!((v.iter().map(|c| c * c).sum::<f64>() / 1.36 - 1.0).abs() < 1e-5);
}

/// Two opposite charges as Kepler's problem: mass 1 each, k q^2 = 1, circular at distance 1: period 2 pi / sqrt(2).
#[test]
fn opposite_charges_orbit_each_other() {
    let speed = 0.5f64.sqrt();
    let text = "version = 1\n[[species]]\nmass = 1\ncharge = 2\n[[species]]\nmass = 1\ncharge = -2\n[[force]]\nkind = \"coulomb\"\nmethod = \"direct\"\nstrength = 0.25\n".to_owned()
        + &particle([0.5, 0.0, 0.0], [0.0, speed, 0.0], 0)
        + &particle([-0.5, 0.0, 0.0], [0.0, -speed, 0.0], 1);
    let period = std::f64::consts::TAU / 2.0f64.sqrt();
    let mut simulation = start(&scene(&text, &[&format!("dt={}", period / 1000.0)]), 1);
    let energy = |s: motes_physics::layout::Diagnostics| s.kinetic + s.potential;
    let first = energy(simulation.diagnose().unwrap());
    assert!((first - -0.5).abs() < 1e-6, "{first}");
    for _ in 0..5 {
        simulation.step(1000).unwrap();
        assert!((energy(simulation.diagnose().unwrap()) - first).abs() < 1e-5);
    }
    let (x, _) = state(&mut simulation, 0);
    assert!((x[0] - 0.5).abs() < 1e-3 && x[1].abs() < 3e-3, "{x:?}");
}

/// A crystal of rock salt, ions 1 apart.
fn salt(cells: u32, coulomb: &str) -> String {
    let side = 2 * cells;
    let fill = |offset: [u32; 3], species: u32| {
        let max = offset.map(|o| o + side);
        format!("[[fill]]\nkind = \"lattice\"\nmin = {offset:?}\nmax = {max:?}\ncells = [{cells}, {cells}, {cells}]\nspecies = {species}\n")
    };
    format!(
        "version = 1\n[domain]\nmin = [0, 0, 0]\nmax = [{side}, {side}, {side}]\nperiodic = [true, true, true]\n[[species]]\nname = \"Na\"\ncharge = 1\n[[species]]\nname = \"Cl\"\ncharge = -1\n\
         [[force]]\nkind = \"coulomb\"\n{coulomb}{}{}",
        fill([0, 0, 0], 0),
        fill([1, 0, 0], 1)
    )
}

/// Energy of a pair of ions of rock salt: -1.747564594633 (Madelung), which the damped sum comes to as the cut-off grows.
#[test]
fn salt_has_madelungs_energy() {
    for (cells, damping, cutoff, error) in [(4, 0.6, 3.6, 1e-2), (6, 0.65, 5.9, 1e-6)] {
        let mut simulation = start(&scene(&salt(cells, &format!("damping = {damping}\ncutoff = {cutoff}\nspacing = 1\n")), &[]), 2);
        let pairs = f64::from(4 * cells.pow(3));
        let energy = simulation.diagnose().unwrap().potential / pairs;
        println!("Madelung by cut-off {cutoff}: {energy}");
        assert!((energy + 1.747_564_594_633).abs() < error, "cut-off {cutoff}: {energy}");
        let worst = simulation.field::<f32>("force").unwrap().into_iter().fold(0.0f32, |w, f| w.max(f.abs()));
        assert!(worst < 1e-5, "ions at their sites feel {worst}");
    }
}

/// Declaration, and force between two at distance r with the product of their charges.
type Law = (&'static str, fn(f64, f64) -> f64);

/// Forces of the kernels against the sum over pairs in f64, and as differences of the energy that diagnostics give.
#[test]
fn forces_match_energies_and_the_sum_over_all_pairs() {
    let laws: [Law; 4] = [
        ("kind = \"coulomb\"\ndamping = 0.4\ncutoff = 2.5\nspacing = 0.7\n", |r, qq| {
            let f = |r: f64| libm_erfc(0.4 * r) / (r * r) + 0.4 * std::f64::consts::FRAC_2_SQRT_PI * (-0.16 * r * r).exp() / r;
            qq * (f(r) - f(2.5))
        }),
        ("kind = \"coulomb\"\ndamping = 0\ncutoff = 2.5\nspacing = 0.7\n", |r, qq| qq * (1.0 / (r * r) - 0.16)),
        ("kind = \"morse\"\ndepth = 2\nsteepness = 3\ndistance = 1.1\ncutoff = 2.5\n", |r, _| {
            let e = (-3.0 * (r - 1.1)).exp();
            12.0 * (e * e - e)
        }),
        ("kind = \"yukawa\"\nstrength = 2\nlength = 0.7\ncutoff = 2.5\nspacing = 0.7\n", |r, _| 2.0 * (-r / 0.7).exp() * (1.0 / r + 1.0 / 0.7) / r),
    ];
    for (law, force) in laws {
        let base = salt(3, "").replace("kind = \"coulomb\"\n", law);
        let mut simulation = start(&scene(&base, &["fill[0].temperature=0.5", "fill[1].temperature=0.5", "dt=0.01", "species[1].charge=0.5"]), 2);
        simulation.step(60).unwrap();
        let (high, low) = (simulation.field::<f32>("position").unwrap(), simulation.field::<f32>("position_low").unwrap());
        let (species, got) = (simulation.field::<u32>("species").unwrap(), simulation.field::<f32>("force").unwrap());
        let at = |i: usize, k: usize| f64::from(high[3 * i + k]) + f64::from(low[3 * i + k]);
        // Alike, since unlike ones would fall into each other.
        let charge = |i: usize| if species[i] == 0 { 1.0 } else { 0.5 };
        let count = species.len();
        for i in 0..count {
            let (mut want, mut scale) = ([0.0; 3], 1.0);
            for j in (0..count).filter(|&j| j != i) {
                let d: [f64; 3] = std::array::from_fn(|k| at(i, k) - at(j, k)).map(|d: f64| d - 6.0 * (d / 6.0).round());
                let r = d.iter().map(|c| c * c).sum::<f64>().sqrt();
                if r < 2.5 {
                    let f = force(r, charge(i) * charge(j));
                    scale += f.abs();
                    (0..3).for_each(|k| want[k] += f * d[k] / r);
                }
            }
            for k in 0..3 {
                assert!((want[k] - f64::from(got[3 * i + k])).abs() < 1e-5 * scale, "{law} ion {i}: {want:?} against {:?}", &got[3 * i..3 * i + 3]);
            }
        }
        let energy = |s: motes_physics::layout::Diagnostics| s.kinetic + s.potential;
        let before = energy(simulation.diagnose().unwrap());
        simulation.step(100).unwrap();
        let after = energy(simulation.diagnose().unwrap());
        assert!((after / before - 1.0).abs() < 2e-3, "{law}: energy {before} became {after}");
    }
}

/// erfc by its continued fraction or series, good enough here.
fn libm_erfc(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for n in 1..60 {
        let n = f64::from(n);
        term *= -x * x / n;
        sum += term / (2.0 * n + 1.0);
    }
    1.0 - std::f64::consts::FRAC_2_SQRT_PI * sum
}

#[test]
fn charges_have_one_hash() {
    let cold = salt(7, "damping = 0.3\ncutoff = 3\nspacing = 0.8\n")
        + "[[force]]\nkind = \"magnetic-field\"\n[[force]]\nkind = \"lennard-jones\"\nsigma = 0.9\ncutoff = 1.8\n";
    let open = "version = 1\n[[species]]\ncharge = 1\n[[force]]\nkind = \"coulomb\"\nmethod = \"direct\"\nsoftening = 0.01\n[[force]]\nkind = \"trap\"\n[[fill]]\nkind = \"random\"\ncount = 4100\n";
    for text in [cold.as_str(), open] {
        let hashes = [1, 3].map(|threads| {
            let mut simulation = start(&scene(text, &["dt=0.001"]), threads);
            simulation.step(10).unwrap();
            simulation.checkpoint().unwrap();
            simulation.step(10).unwrap();
            let hash = simulation.hash().unwrap();
            simulation.restore().unwrap();
            simulation.step(10).unwrap();
            assert_eq!(hash, simulation.hash().unwrap());
            hash
        });
        assert_eq!(hashes[0], hashes[1]);
    }
}

#[test]
fn a_direct_sum_in_a_periodic_box_is_refused() {
    let error = motes_scene::compile(&salt(3, "method = \"direct\"\n"), &motes_scene::Options::default()).unwrap_err().to_string();
    assert!(error.contains("needs an open domain"), "{error}");
}
