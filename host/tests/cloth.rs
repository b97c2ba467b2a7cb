//! Chains and cloth of XPBD edges against Hooke's law, the catenary, a pendulum's energy, and themselves on other threads.

mod support;

use motes_host::Simulation;
use support::{scene, start};

const GRAVITY: &str = "[[force]]\nkind = \"gravity\"\nacceleration = [0, -10, 0]\n";

/// A lattice of that many sites, a tenth apart, from the origin on.
fn lattice(cells: [u32; 3]) -> String {
    let max = cells.map(|n| n as f64 * 0.1);
    format!("[[fill]]\nkind = \"lattice\"\narrangement = \"simple\"\nmin = [0, 0, 0]\nmax = {max:?}\ncells = {cells:?}\n")
}

fn sheet(cells: [u32; 3], dt: f64, constraint: &str, rest: &str) -> String {
    format!(
        "version = 1\nseed = 5\ndt = {dt}\n[domain]\nmin = [-10, -10, -10]\nmax = [10, 10, 10]\n{GRAVITY}{}[[constraint]]\nkind = \"distance\"\n{constraint}{rest}",
        lattice(cells)
    )
}

/// Positions in full, in the order of identities.
fn positions(simulation: &mut Simulation) -> Vec<[f64; 3]> {
    let id = simulation.field::<u32>("id").unwrap();
    let (high, low) = (simulation.field::<f32>("position").unwrap(), simulation.field::<f32>("position_low").unwrap());
    let mut rows = vec![[0.0; 3]; id.len()];
    for (i, id) in id.into_iter().enumerate() {
        rows[id as usize] = std::array::from_fn(|k| high[3 * i + k] as f64 + low[3 * i + k] as f64);
    }
    rows
}

fn settle(text: &str, time: f64, dt: f64) -> Vec<[f64; 3]> {
    let mut simulation = start(&scene(text, &[]), 1);
    simulation.step((time / dt).round() as u32).unwrap();
    positions(&mut simulation)
}

fn apart(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f64>().sqrt()
}

/// A mass of 1 on a spring of stiffness 500 hangs m g / k = 0.02 below its length at rest.
#[test]
fn a_hanging_mass_stretches_by_m_g_over_k_in_all_steps_and_iterations() {
    for dt in [0.01, 0.004, 0.001] {
        for iterations in [1, 3, 40] {
            let constraint = format!("compliance = 0.002\ndamping = 20\npin = \"top\"\niterations = {iterations}\n");
            let x = settle(&sheet([1, 2, 1], dt, &constraint, ""), 5.0, dt);
            let stretch = apart(x[0], x[1]) - 0.1;
            assert!((stretch / 0.02 - 1.0).abs() < 1e-3, "dt {dt}, {iterations}: {stretch}");
        }
    }
}

/// Edge k from below of a hanging chain carries k masses: it is k m g / stiffness longer than at rest.
#[test]
fn the_edges_of_a_hanging_chain_share_its_weight() {
    for (dt, iterations) in [(0.01, 100), (0.01, 300), (0.0025, 100)] {
        let constraint = format!("compliance = 0.001\ndamping = 40\npin = \"top\"\niterations = {iterations}\n");
        let x = settle(&sheet([1, 6, 1], dt, &constraint, ""), 6.0, dt);
        for k in 1..=5 {
            let stretch = apart(x[k - 1], x[k]) - 0.1;
            assert!((stretch / (k as f64 * 0.01) - 1.0).abs() < 0.01, "dt {dt}, {iterations}, edge {k}: {stretch}");
        }
    }
}

/// A spring's period is 2 pi sqrt(m / k), here 0.6283 (m = 1, k = 100), about which it swings.
#[test]
fn a_mass_on_a_spring_swings_in_its_period() {
    let dt = 0.0005;
    let text = sheet([1, 2, 1], dt, "compliance = 0.01\npin = \"first\"\niterations = 1\n", "");
    let mut simulation = start(&scene(&text, &["force[0].acceleration=[0, 0, 0]", "constraint[0].rest=1.2"]), 1);
    let (mut crossings, mut last) = (Vec::new(), -1.0);
    for step in 1..4000 {
        simulation.step(1).unwrap();
        let displacement = positions(&mut simulation)[1][1] - 0.12;
        if last < 0.0 && displacement >= 0.0 {
            crossings.push((step as f64 - displacement / (displacement - last)) * dt);
        }
        last = displacement;
    }
    let period = (crossings[crossings.len() - 1] - crossings[0]) / (crossings.len() - 1) as f64;
    assert!((period / 0.628_318_5 - 1.0).abs() < 2e-3, "{period}, {crossings:?}");
}

/// The sag of a chain of length L over a span s: y = a cosh(x / a) with 2 a sinh(s / 2 a) = L.
#[test]
fn a_hanging_chain_is_a_catenary() {
    let (sites, rest) = (41, 1.25);
    let text = sheet([sites, 1, 1], 0.005, "compliance = 0\npin = \"corners\"\niterations = 300\nrest = 1.25\n", "[[force]]\nkind = \"drag\"\nlinear = 4\n");
    let x = settle(&text, 6.0, 0.005);
    let (span, chain) = (4.0, 4.0 * rest);
    let (mut low, mut high) = (0.1, 100.0);
    for _ in 0..100 {
        let a: f64 = 0.5 * (low + high);
        if 2.0 * a * (0.5 * span / a).sinh() > chain { low = a } else { high = a }
    }
    let a = low;
    let length: f64 = x.windows(2).map(|w| apart(w[0], w[1])).sum();
    assert!((length / chain - 1.0).abs() < 2e-3, "length {length}");
    for site in &x {
        let want = a * ((site[0] - 2.0) / a).cosh() - a * (2.0 / a).cosh();
        assert!((site[1] - want).abs() < 0.015, "{site:?} {want}");
    }
}

/// XPBD takes energy out and never brings any in: a swinging, shaking cloth's total only falls.
#[test]
fn energy_does_not_grow() {
    for compliance in ["1e-4", "1e-2"] {
        let constraint = format!(
            "compliance = {compliance}\nshear = true\nshear_compliance = {compliance}\nbend = true\nbend_compliance = {compliance}\npin = \"corners\"\niterations = 30\n"
        );
        let text = sheet([12, 12, 1], 0.002, &constraint, "");
        let mut simulation = start(&scene(&text, &["fill[0].temperature=2", "force[0].acceleration=[0, -3, -5]"]), 1);
        let mut energy = move || {
            let sums = simulation.diagnose().unwrap();
            simulation.step(25).unwrap();
            sums.kinetic + sums.potential
        };
        let first = energy();
        let (mut last, mut lost) = (first, 0.0);
        for _ in 0..80 {
            let now = energy();
            assert!(now < last + 0.005 * first.abs(), "{compliance}: {now} after {last}, first {first}");
            lost = first - now;
            last = now;
        }
        assert!(lost > 0.0, "{compliance}: {lost}");
    }
}

/// Neighbour lists sort the particles in memory; a sheet does not notice, whatever it interacts with.
const CONTACT: &str = "[[force]]\nkind = \"lennard-jones\"\nsigma = 0.04\nepsilon = 0.001\ncutoff = 0.1\n[neighbors]\nskin = 0.04\n";

#[test]
fn sheets_have_one_hash() {
    let constraint = "compliance = 1e-5\nshear = true\nbend = true\nbend_compliance = 1e-3\ndamping = 1\npin = \"top-corners\"\niterations = 5\n";
    for rest in ["", CONTACT] {
        let compiled = scene(&sheet([60, 60, 1], 0.004, constraint, rest), &["fill[0].temperature=0.5", "domain.min=[-1, -1, -1]", "domain.max=[7, 7, 1]"]);
        let hashes = [1, 2, 4].map(|threads| {
            let mut simulation = start(&compiled, threads);
            simulation.step(40).unwrap();
            simulation.checkpoint().unwrap();
            simulation.step(40).unwrap();
            let hash = simulation.hash().unwrap();
            simulation.restore().unwrap();
            simulation.step(40).unwrap();
            assert_eq!(hash, simulation.hash().unwrap());
            hash
        });
        assert!(hashes.iter().all(|h| *h == hashes[0]), "{hashes:x?}");
    }
}

/// Sorting in memory changes no edge: all keep their length within what 40 iterations leave, and pins do not move.
#[test]
fn a_sorted_sheet_is_still_joined_by_its_sites() {
    let text = sheet([20, 30, 1], 0.002, "compliance = 0\nshear = true\npin = \"top\"\niterations = 40\n", CONTACT);
    let mut simulation = start(&scene(&text, &["fill[0].temperature=1", "domain.min=[-1, -1, -1]", "domain.max=[3, 4, 1]"]), 2);
    simulation.step(300).unwrap();
    assert!(!simulation.field::<u32>("id").unwrap().is_sorted(), "particles were sorted");
    let x = positions(&mut simulation);
    for site in 0..600 {
        if site % 20 + 1 < 20 {
            assert!((apart(x[site], x[site + 1]) / 0.1 - 1.0).abs() < 0.1, "{site}: {:?} {:?}", x[site], x[site + 1]);
        }
        if site >= 580 {
            assert!(apart(x[site], [(site % 20) as f64 * 0.1, 2.9, 0.0]) < 1e-6, "{site}: {:?}", x[site]);
        }
    }
}

#[test]
fn a_fill_that_is_no_lattice_is_refused() {
    let text = "version = 1\n[[fill]]\nkind = \"random\"\ncount = 10\n[[constraint]]\nkind = \"distance\"\n";
    let error = motes_scene::compile(text, &motes_scene::Options::default()).unwrap_err().to_string();
    assert!(error.contains("needs a fill of kind lattice"), "{error}");
}
