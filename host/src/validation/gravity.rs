//! Self-gravity: orbits in closed form, the figure eight, a star cluster, the tree's forces, and Burrau's problem.

use super::state::{between, energy, length, positions, velocities};
use super::{Case, CaseError, Check, Outcome, Plot, Series, Setting};
use crate::{Simulation, pull_error};
use motes_physics::distributions::{BINS, Distribution};
use std::f64::consts::TAU;

const PART: &str = "Gravity";

pub(super) const CASES: fn() -> Vec<Case> = || {
    vec![
        Case { part: PART, name: "Kepler orbits", source: "Kepler's laws, exact; orders of the methods", long: false, run: kepler },
        Case {
            part: PART,
            name: "Figure eight",
            source: "Chenciner & Montgomery 2000, initial data of Simo; E and period by RK4",
            long: false,
            run: figure_eight,
        },
        Case { part: PART, name: "Plummer sphere in equilibrium", source: "Plummer 1911; Aarseth, Henon & Wielen 1974: E = -1/4", long: false, run: plummer },
        Case { part: PART, name: "Forces of the tree", source: "the sum over all pairs in f64; Barnes & Hut 1986", long: false, run: tree },
        Case { part: PART, name: "Pythagorean problem", source: "Burrau 1913; Szebehely & Peters 1967: a binary and an escaper", long: true, run: pythagorean },
    ]
};

const OPEN: &str = "version = 1\n[domain]\nmin = [-4, -4, -4]\nmax = [4, 4, 4]\n[[force]]\nkind = \"self-gravity\"\nmethod = \"direct\"\nsoftening = 0\n";

/// Two bodies of mass 1/2 at apocentre, semi-major axis 1: the relative orbit has period 2 pi.
fn orbit(setting: &Setting, eccentricity: f64, integrator: &str, steps: u32) -> Result<Simulation, CaseError> {
    let speed = ((1.0 - eccentricity) / (1.0 + eccentricity)).sqrt();
    let half = 0.5 * (1.0 + eccentricity);
    let body = |sign: f64| format!("[[fill]]\nkind = \"particle\"\nposition = [{}, 0, 0]\nvelocity = [0, {}, 0]\n", sign * half, sign * 0.5 * speed);
    let text = format!("{OPEN}[[species]]\nmass = 0.5\n[integrator]\nkind = \"{integrator}\"\n{}{}", body(1.0), body(-1.0));
    setting.begin(&text, &[format!("dt={}", TAU / f64::from(steps))])
}

/// Greatest relative error of the energy over some orbits, looked at fifty times in each.
fn worst(simulation: &mut Simulation, first: f64, orbits: u32, steps: u32) -> Result<f64, CaseError> {
    let mut worst = 0.0f64;
    for _ in 0..50 * orbits {
        simulation.step(steps / 50)?;
        worst = worst.max(((energy(simulation)? - first) / first).abs());
    }
    Ok(worst)
}

fn kepler(setting: &Setting) -> Result<Outcome, CaseError> {
    let (mut checks, mut series) = (Vec::new(), Vec::new());
    // At e = 0.5, where neither the pericentre is missed nor the error lost in the rounding of single precision.
    for (integrator, name, order, from) in [("velocity-verlet", "leapfrog", 2.0, 400), ("yoshida-4", "Yoshida", 4.0, 100)] {
        let mut errors = Vec::new();
        for steps in [from / 2, from, 2 * from] {
            let mut simulation = orbit(setting, 0.5, integrator, steps)?;
            let first = energy(&mut simulation)?;
            errors.push([f64::from(steps).log10(), worst(&mut simulation, first, 1, steps)?.log10()]);
        }
        let obtained = (errors[1][1] - errors[2][1]) / 2f64.log10();
        checks.push(Check::within(format!("order of {name}, e = 0.5"), order, obtained, 0.125 * order));
        series.push(Series::line(name, errors));
    }
    let (steps, orbits) = (20_000, setting.choose(2, 20));
    let mut simulation = orbit(setting, 0.9, "velocity-verlet", steps)?;
    let (first, spin) = (energy(&mut simulation)?, simulation.diagnose()?.angular_momentum_z);
    let early = worst(&mut simulation, first, 1, steps)?;
    let late = worst(&mut simulation, first, orbits, steps)?;
    let end = energy(&mut simulation)?;
    let now = simulation.diagnose()?.angular_momentum_z;
    checks.push(Check::at_most("greatest relative energy error, e = 0.9, first orbit", early, 5e-4));
    checks.push(Check::between(format!("the same in the next {orbits} over that"), 1.0, late / early, [0.5, 2.0]));
    // Exact for forces along the line; single precision leaves its rounding, thousands of times.
    checks.push(Check::at_most("relative change of angular momentum", (now - spin) / spin, 5e-5));
    // E = -G m1 m2 / 2a.
    // Rounding of velocities walks away with the root of their number.
    checks.push(Check::relative("semi-major axis", 1.0, -0.125 / end, setting.choose(1e-4, 3e-4)));
    let plot = Plot { title: "Energy error of a Kepler orbit".into(), x: "log10 steps an orbit".into(), y: "log10 max |dE/E|".into(), series };
    Ok(Outcome { checks, plots: vec![plot] })
}

fn figure_eight(setting: &Setting) -> Result<Outcome, CaseError> {
    let steps = 3200;
    let mut simulation = setting.start(&setting.preset("figure-eight", &[format!("dt={}", 6.32591398 / f64::from(steps))])?)?;
    let (first, before) = (energy(&mut simulation)?, positions(&mut simulation)?);
    simulation.step(steps)?;
    let after = positions(&mut simulation)?;
    let apart = before.iter().zip(&after).map(|(a, b)| length(between(*a, *b))).fold(0.0, f64::max);
    let drift = (energy(&mut simulation)? - first) / first;
    let checks = vec![
        Check::within("energy", -1.2871419918, first, 1e-6),
        Check::at_most("distance from the start after one period", apart, 1e-4),
        Check::at_most("relative energy drift", drift, 1e-5),
    ];
    Ok(Outcome { checks, ..Outcome::default() })
}

/// A cluster in N-body units: G = M = 1, E = -1/4.
fn cluster(setting: &Setting, count: u32, overrides: &[String]) -> Result<Simulation, CaseError> {
    let text = format!(
        "version = 1\nseed = 3\ndt = 0.0078125\n[domain]\nmin = [-3, -3, -3]\nmax = [3, 3, 3]\n[[species]]\nmass = {}\n\
         [[force]]\nkind = \"self-gravity\"\nsoftening = 0.01\n[[fill]]\nkind = \"plummer\"\ncount = {count}\n",
        1.0 / f64::from(count)
    );
    setting.begin(&text, overrides)
}

/// Radii about the mean position that hold those fractions of the mass, by the distribution that the program makes.
fn lagrangian(simulation: &mut Simulation) -> Result<[f64; 3], CaseError> {
    let range = 4.0;
    let enclosed = simulation.distribution(Distribution::Enclosed, range)?;
    Ok([0.1, 0.5, 0.9].map(|fraction| {
        let bin = enclosed.iter().position(|inside| *inside >= fraction).unwrap_or(BINS - 1);
        let below = if bin > 0 { enclosed[bin - 1] } else { 0.0 };
        (bin as f64 + (fraction - below) / (enclosed[bin] - below)) * range / BINS as f64
    }))
}

fn plummer(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut simulation = cluster(setting, 4096, &[])?;
    let (first, before) = (energy(&mut simulation)?, lagrangian(&mut simulation)?);
    // A crossing time is 2 sqrt(2) in these units.
    let crossings = setting.choose(1, 10);
    let (mut curves, mut last) = (vec![Vec::new(); 3], before);
    let blocks = 10 * crossings;
    for block in 0..=blocks {
        for (curve, radius) in curves.iter_mut().zip(last) {
            curve.push([f64::from(block) / 10.0, radius]);
        }
        if block < blocks {
            simulation.step(36)?;
            last = lagrangian(&mut simulation)?;
        }
    }
    let drift = (energy(&mut simulation)? - first) / first;
    let mut checks = vec![
        Check::within("energy", -0.25, first, 0.01),
        Check::within("half-mass radius", 0.768571, before[1], 0.03),
        Check::at_most(format!("relative energy drift in {crossings} crossing times"), drift, 1e-3),
    ];
    // Relaxation of 4,096 bodies moves these by some per cent in ten crossing times.
    for ((name, most), (a, b)) in [("10 %", 0.15), ("50 %", 0.06), ("90 %", 0.1)].into_iter().zip(before.into_iter().zip(last)) {
        checks.push(Check::within(format!("radius of {name} of the mass over the first"), 1.0, b / a, most));
    }
    let series = ["10 %", "50 %", "90 %"].into_iter().zip(curves).map(|(name, curve)| Series::line(name, curve)).collect();
    let plot = Plot { title: "Lagrangian radii of a Plummer sphere".into(), x: "crossing times".into(), y: "radius".into(), series };
    Ok(Outcome { checks, plots: vec![plot] })
}

/// The sum of all forces, which ought to be zero, over the sum of their sizes.
fn unbalanced_part(simulation: &mut Simulation) -> Result<f64, CaseError> {
    let force = simulation.field::<f32>("force")?;
    let rows = || force.chunks_exact(3).map(|f| [f[0], f[1], f[2]].map(f64::from));
    let sum = rows().fold([0.0; 3], |s, f| std::array::from_fn(|k| s[k] + f[k]));
    Ok(length(sum) / rows().map(length).sum::<f64>())
}

fn tree(setting: &Setting) -> Result<Outcome, CaseError> {
    let count = setting.choose(8_000, 30_000);
    let mass = 1.0 / f64::from(count);
    let (mut curve, mut unbalanced) = (Vec::new(), 0.0f64);
    for opening in [0.9, 0.7, 0.5, 0.35, 0.25] {
        let mut simulation = cluster(setting, count, &[format!("force[0].opening={opening}")])?;
        curve.push([opening, pull_error(&mut simulation, mass, 0.01, 16)?]);
        unbalanced = unbalanced.max(unbalanced_part(&mut simulation)?);
    }
    let direct = pull_error(&mut cluster(setting, count, &["force[0].method=direct".into()])?, mass, 0.01, 16)?;
    let checks = vec![
        Check::at_most("RMS relative error at opening angle 0.5", curve[2][1], 0.01),
        Check::at_most("the same at 0.7, the default", curve[1][1], 0.01),
        Check::holds("the error falls with the angle", curve.windows(2).all(|pair| pair[1][1] < pair[0][1])),
        Check::at_most("RMS relative error of the direct sum", direct, 2e-6),
        Check::at_most("sum of all forces over the sum of their sizes", unbalanced, 1e-3),
    ];
    let curve = curve.into_iter().map(|[opening, error]| [opening, error.log10()]).collect();
    let title = "Error of the tree's forces".to_owned();
    let plot = Plot { title, x: "opening angle".into(), y: "log10 RMS relative error".into(), series: vec![Series::line("tree with quadrupoles", curve)] };
    Ok(Outcome { checks, plots: vec![plot] })
}

/// Bodies of mass 3, 4 and 5 at rest at the corners of the triangle with sides 3, 4 and 5. The motion is chaotic: which pair stays is not for
/// velocities of single precision to tell, but that a pair stays and the third leaves is. Where two are close, steps are short.
fn pythagorean(setting: &Setting) -> Result<Outcome, CaseError> {
    let bodies = [(3.0, [1.0, 3.0, 0.0]), (4.0, [-2.0, -1.0, 0.0]), (5.0, [1.0, -1.0, 0.0])];
    let mut text = format!("{OPEN}[integrator]\nkind = \"yoshida-4\"\n");
    for (mass, at) in bodies {
        text.push_str(&format!("[[species]]\nmass = {mass}\n[[fill]]\nkind = \"particle\"\nposition = {at:?}\nspecies = {}\n", mass as u32 - 3));
    }
    let scene = setting.scene(&text, &["force[0].softening=0.005".into()])?;
    let dt = scene.parameter("dt").map(|p| p.offset).ok_or_else(|| CaseError::Input("no dt".into()))?;
    let mut simulation = setting.start(&scene)?;
    let first = energy(&mut simulation)?;
    let mut paths = vec![Vec::new(); 3];
    let mut time = 0.0;
    while time < 100.0 {
        let x = positions(&mut simulation)?;
        if time >= 0.1 * paths[0].len() as f64 {
            paths.iter_mut().zip(&x).for_each(|(path, x)| path.push([x[0], x[1]]));
        }
        let near = [(0, 1), (0, 2), (1, 2)].map(|(a, b)| length(between(x[a], x[b]))).into_iter().fold(f64::MAX, f64::min);
        // A small part of the time that a circular orbit takes at that distance. Softening keeps the speeds of closest approach in reach.
        let step = (0.003 * near.powf(1.5)).clamp(1e-9, 1e-3);
        simulation.set_slot(dt, step)?;
        simulation.step(4)?;
        time += 4.0 * step;
    }
    let drift = (energy(&mut simulation)? - first) / first;
    let (x, v) = (positions(&mut simulation)?, velocities(&mut simulation)?);
    let bound = |a: usize, b: usize| {
        let (r, u) = (length(between(x[a], x[b])), length(between(v[a], v[b])));
        0.5 * u * u - (bodies[a].0 + bodies[b].0) / r
    };
    let pairs = [(0, 1, 2), (0, 2, 1), (1, 2, 0)];
    let (a, b, c) = pairs.into_iter().min_by(|p, q| bound(p.0, p.1).total_cmp(&bound(q.0, q.1))).unwrap_or(pairs[0]);
    let (ma, mb) = (bodies[a].0, bodies[b].0);
    let centre = |of: &[[f64; 3]]| std::array::from_fn(|k| (ma * of[a][k] + mb * of[b][k]) / (ma + mb));
    let (away, speed) = (between(x[c], centre(&x)), between(v[c], centre(&v)));
    let escape = 0.5 * length(speed).powi(2) - 12.0 / length(away);
    let outward: f64 = (0..3).map(|k| away[k] * speed[k]).sum();
    let checks = vec![
        Check::holds("two bodies are bound to each other", bound(a, b) < 0.0),
        Check::holds("the third has more than the speed of escape", escape > 0.0),
        Check::holds("and moves away", outward > 0.0),
        Check::at_most("relative energy drift", drift, 0.01),
    ];
    let series = paths.into_iter().zip(["mass 3", "mass 4", "mass 5"]).map(|(path, name)| Series::line(name, path)).collect();
    let plot = Plot { title: "Pythagorean problem".into(), x: "x".into(), y: "y".into(), series };
    Ok(Outcome { checks, plots: vec![plot] })
}
