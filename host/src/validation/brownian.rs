//! Brownian motion, traps, sediments and active particles against exact results.

use super::{Case, CaseError, Check, Outcome, Plot, Series, Setting};
use crate::Simulation;
use motes_physics::distributions::{BINS, Distribution};

const PART: &str = "Brownian motion";

pub(super) const CASES: fn() -> Vec<Case> = || {
    vec![
        Case { part: PART, name: "Mean square displacement", source: "Einstein 1905: 2 d D t, D = T / friction", long: false, run: displacement },
        Case { part: PART, name: "A harmonic trap", source: "variance T / k, exact", long: false, run: trap },
        Case { part: PART, name: "Sediment", source: "Perrin 1909: e^(-m g y / T)", long: false, run: sediment },
        Case {
            part: PART,
            name: "Active particles",
            source: "MSD = 4 D t + 2 v^2 tau^2 (t / tau - 1 + e^(-t / tau)), exact in the plane",
            long: false,
            run: active,
        },
    ]
};

fn text(dimensions: u32, rest: &str) -> String {
    format!(
        "version = 1\nseed = 12\ndt = 0.02\n[domain]\nmin = [-1, 0, -1]\nmax = [1, 1.28, 1]\ndimensions = {dimensions}\n[integrator]\nkind = \"brownian\"\ntemperature = 0.6\nfriction = 2\n\
         [[fill]]\nkind = \"random\"\ncount = 10000\nmin = [0, 0, 0]\nmax = [0, 0, 0]\n{rest}"
    )
}

const COUNT: f64 = 10_000.0;

/// Mean squares of the coordinates; all began at the origin.
fn squares(simulation: &mut Simulation) -> Result<[f64; 3], CaseError> {
    let x = simulation.field::<f32>("position")?;
    Ok(std::array::from_fn(|k| x.iter().skip(k).step_by(3).map(|c| f64::from(*c).powi(2)).sum::<f64>() / COUNT))
}

fn displacement(setting: &Setting) -> Result<Outcome, CaseError> {
    let (mut checks, mut curves) = (Vec::new(), Vec::new());
    for dimensions in [2u32, 3] {
        let mut simulation = setting.start(&setting.scene(&text(dimensions, ""), &[])?)?;
        let mut curve = Vec::new();
        for _ in 0..20 {
            simulation.step(10)?;
            curve.push([simulation.header()?.time, squares(&mut simulation)?.iter().sum()]);
        }
        let [time, found] = curve[19];
        let d = f64::from(dimensions);
        checks.push(Check::relative(format!("MSD at t = {time:.0}, {dimensions} dimensions"), 2.0 * d * 0.3 * time, found, 3.0 * (2.0 / (d * COUNT)).sqrt()));
        curves.push(Series::points(&format!("{dimensions} dimensions"), curve));
        curves.push(Series::line("2 d D t", vec![[0.0, 0.0], [time, 2.0 * d * 0.3 * time]]));
    }
    let plot = Plot { title: "Mean square displacement".into(), x: "t".into(), y: "MSD".into(), series: curves };
    Ok(Outcome { checks, plots: vec![plot] })
}

fn trap(setting: &Setting) -> Result<Outcome, CaseError> {
    // A step of a third of the time of relaxation of the stiffest axis.
    let mut simulation = setting.start(&setting.scene(&text(3, "[[force]]\nkind = \"trap\"\nstiffness = [5, 10, 20]\n"), &["dt=0.033".into()])?)?;
    simulation.step(80)?;
    let found = squares(&mut simulation)?;
    let checks =
        [5.0, 10.0, 20.0].iter().zip(found).map(|(k, found)| Check::relative(format!("variance at stiffness {k}"), 0.6 / k, found, 3.0 * (2.0 / COUNT).sqrt()));
    Ok(Outcome { checks: checks.collect(), ..Outcome::default() })
}

fn sediment(setting: &Setting) -> Result<Outcome, CaseError> {
    let floor = "[[species]]\nmass = 1.5\nradius = 0\n[[force]]\nkind = \"gravity\"\nacceleration = [0, -2, 0]\n\
        [[collider]]\nkind = \"box\"\nmin = [-1e3, 0, -1e3]\nmax = [1e3, 1e3, 1e3]\nrestitution = 1\n";
    let mut simulation = setting.start(&setting.scene(&text(3, floor), &["dt=0.002".into()])?)?;
    simulation.step(2000)?;
    let heights: Vec<f64> = simulation.field::<f32>("position")?.into_iter().skip(1).step_by(3).map(f64::from).collect();
    let mean = heights.iter().sum::<f64>() / COUNT;
    let profile = simulation.distribution(Distribution::ProfileY, 1.0)?;
    let slab = |k: usize| profile[8 * k..8 * k + 8].iter().sum::<f64>() / 8.0;
    // The profile in slabs of 0.08: three standard deviations of the counts, and the step's layer at the floor.
    let mut checks = vec![Check::relative("mean height T / m g", 0.2, mean, 0.04)];
    for k in 0..4 {
        let each = COUNT * (-0.4 * f64::from(k)).exp() * (1.0 - (-0.4f64).exp());
        checks.push(Check::relative(
            format!("density ratio of slabs {k} and {}", k + 1),
            (-0.4f64).exp(),
            slab(k as usize + 1) / slab(k as usize),
            3.0 * (2.5 / each).sqrt() + 0.01,
        ));
    }
    let at = |k: usize| (k as f64 + 0.5) * 1.28 / BINS as f64;
    let scale = COUNT / 4.0 / 0.2;
    let series = vec![
        Series::points("this run", (0..BINS).step_by(2).map(|k| [at(k), profile[k]]).collect()),
        Series::line("Perrin", (0..BINS).map(|k| [at(k), scale * (-at(k) / 0.2).exp()]).collect()),
    ];
    let plot = Plot { title: "Sediment".into(), x: "height".into(), y: "number density".into(), series };
    Ok(Outcome { checks, plots: vec![plot] })
}

fn active(setting: &Setting) -> Result<Outcome, CaseError> {
    let drive = "[[force]]\nkind = \"self-propulsion\"\nforce = 4\nturning = 2\n";
    let mut simulation = setting.start(&setting.scene(&text(2, drive), &["dt=0.01".into()])?)?;
    // D = 0.3, v = 2, tau = 0.5.
    let exact = |t: f64| 1.2 * t + 2.0 * (t / 0.5 - 1.0 + (-t / 0.5).exp());
    let mut curve = Vec::new();
    for _ in 0..25 {
        simulation.step(20)?;
        curve.push([simulation.header()?.time, squares(&mut simulation)?.iter().sum()]);
    }
    let checks = [1, 5, 24].map(|k: usize| Check::relative(format!("MSD at t = {:.1}", curve[k][0]), exact(curve[k][0]), curve[k][1], 0.035)).to_vec();
    let line = curve.iter().map(|p| [p[0], exact(p[0])]).collect();
    let series = vec![Series::points("this run", curve), Series::line("exact", line)];
    let plot = Plot { title: "Active Brownian particles".into(), x: "t".into(), y: "MSD".into(), series };
    Ok(Outcome { checks, plots: vec![plot] })
}
