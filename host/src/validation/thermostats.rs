//! The canonical ensemble: kinetic energies, speeds, the ratio of two temperatures, and the fluid's equation of state.

use super::{Case, CaseError, Check, Outcome, Plot, Series, Setting};
use crate::Simulation;
use motes_physics::distributions::{BINS, Distribution};
use motes_physics::layout::Diagnostics;

const PART: &str = "Thermostats";
const NIST: &str = "NIST SRSW, Lennard-Jones fluid, Monte Carlo NVT, N = 500, rc = 3 with tail corrections";

pub(super) const CASES: fn() -> Vec<Case> = || {
    vec![
        Case { part: PART, name: "Spread of kinetic energy", source: "Var(K) / <K>^2 = 2 / N, exact", long: false, run: spread },
        Case { part: PART, name: "Maxwell-Boltzmann speeds", source: "exact, in space and in the plane", long: false, run: speeds },
        Case { part: PART, name: "Two temperatures have the right ratio", source: "Shirts, J. Chem. Theory Comput. 9, 909 (2013)", long: true, run: ratio },
        Case { part: PART, name: "Lennard-Jones isotherm T* = 0.85", source: NIST, long: false, run: isotherm },
        Case { part: PART, name: "Lennard-Jones and WCA at hoomd's points", source: "hoomd-validation: P = 1.0 and P = 11.0", long: true, run: hoomd },
    ]
};

/// A fluid of 4 n^3 atoms at that density.
fn fluid(n: u32, density: f64, force: &str, thermostat: &str) -> String {
    let side = (4.0 * f64::from(n).powi(3) / density).cbrt();
    format!(
        "version = 1\nseed = 4\ndt = 0.004\n[domain]\nmin = [0, 0, 0]\nmax = [{side}, {side}, {side}]\nperiodic = [true, true, true]\n[[force]]\nkind = \"lennard-jones\"\n{force}\n\
         [[fill]]\nkind = \"lattice\"\nmin = [0, 0, 0]\nmax = [{side}, {side}, {side}]\ncells = [{n}, {n}, {n}]\ntemperature = 1.5\n[[thermostat]]\n{thermostat}\n"
    )
}

const SMOOTH: &str = "truncation = \"linear-force-shift\"";

/// Calls `see` with the sums of every `stride`-th step.
fn sample(simulation: &mut Simulation, samples: u32, stride: u32, mut see: impl FnMut(Diagnostics)) -> Result<(), CaseError> {
    for _ in 0..samples {
        simulation.step(stride)?;
        see(simulation.diagnose()?);
    }
    Ok(())
}

/// Mean and variance.
fn moments(values: &[f64]) -> [f64; 2] {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    [mean, values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n]
}

fn spread(setting: &Setting) -> Result<Outcome, CaseError> {
    let samples = setting.choose(500, 5000);
    let sigma = (2.0 / f64::from(samples)).sqrt();
    let mut checks = Vec::new();
    for (name, thermostat, freedom) in [
        ("Langevin", "kind = \"langevin\"\ntemperature = 1.2\nfriction = 20", 324.0),
        ("stochastic rescaling", "kind = \"stochastic-rescaling\"\ntemperature = 1.2\ntime = 0.04", 321.0),
        ("Nose-Hoover chain", "kind = \"nose-hoover\"\ntemperature = 1.2\ntime = 0.1", 321.0),
        ("Berendsen", "kind = \"berendsen\"\ntemperature = 1.2\ntime = 0.02", 321.0),
    ] {
        let mut simulation = setting.start(&setting.scene(&fluid(3, 0.768, SMOOTH, thermostat), &[])?)?;
        simulation.step(1000)?;
        let mut kinetic = Vec::new();
        sample(&mut simulation, samples, 20, |sums| kinetic.push(sums.kinetic))?;
        let [mean, variance] = moments(&kinetic);
        let spread = variance / (mean * mean) * freedom / 2.0;
        // Samples are nearly independent: three standard deviations, and a half more for what they remember.
        checks.push(Check::relative(format!("<K>, {name}"), 0.6 * freedom, mean, 3.5 * (2.0 / freedom / f64::from(samples)).sqrt() + 1e-3));
        if name == "Berendsen" {
            checks.push(Check { quantity: "Var(K) N / 2<K>^2, Berendsen (must not be 1)".into(), published: 1.0, obtained: spread, band: [0.0, 0.5] });
        } else {
            checks.push(Check::within(format!("Var(K) N / 2<K>^2, {name}"), 1.0, spread, 3.5 * sigma));
        }
    }
    Ok(Outcome { checks, ..Outcome::default() })
}

fn speeds(setting: &Setting) -> Result<Outcome, CaseError> {
    let (mut checks, mut plots) = (Vec::new(), Vec::new());
    let pi = std::f64::consts::PI;
    for (dimensions, means) in [(3, [2.0 / pi.sqrt(), 1.5f64.sqrt()]), (2, [0.5 * pi.sqrt(), 1.0])] {
        let text = format!(
            "version = 1\nseed = 6\ndt = 0.01\n[domain]\nmin = [0, 0, 0]\nmax = [9, 9, 9]\nperiodic = [true, true, true]\ndimensions = {dimensions}\n[[fill]]\nkind = \"random\"\ncount = 50000\n\
             min = [0, 0, 0]\nmax = [9, 9, 9]\nvelocity = [1, 0, 0]\n[[thermostat]]\nkind = \"langevin\"\ntemperature = 0.5\nfriction = 20\n"
        );
        let mut simulation = setting.start(&setting.scene(&text, &[])?)?;
        simulation.step(100)?;
        // The most probable speed in space, sqrt(2 T / m), is 1.
        let speed: Vec<f64> = simulation.field::<f32>("velocity")?.chunks(3).map(|v| v.iter().map(|c| f64::from(*c).powi(2)).sum::<f64>().sqrt()).collect();
        let n = speed.len() as f64;
        checks.push(Check::within(format!("<v> / sqrt(2 T / m), {dimensions} dimensions"), means[0], speed.iter().sum::<f64>() / n, 1.5 / n.sqrt()));
        let squares = speed.iter().map(|v| v * v).sum::<f64>() / n;
        checks.push(Check::within(format!("v rms / sqrt(2 T / m), {dimensions} dimensions"), means[1], squares.sqrt(), 1.5 / n.sqrt()));
        let found = simulation.distribution(Distribution::Speed, 4.0)?;
        let at = |k: usize| (k as f64 + 0.5) * 4.0 / BINS as f64;
        let exact = |v: f64| if dimensions == 3 { 4.0 / pi.sqrt() * v * v * (-v * v).exp() } else { 2.0 * v * (-v * v).exp() };
        let series = vec![
            Series::points("this run", (0..BINS).map(|k| [at(k), found[k]]).collect()),
            Series::line("Maxwell-Boltzmann", (0..BINS).map(|k| [at(k), exact(at(k))]).collect()),
        ];
        plots.push(Plot { title: format!("Speeds in {dimensions} dimensions"), x: "v / sqrt(2 T / m)".into(), y: "density".into(), series });
    }
    Ok(Outcome { checks, plots })
}

/// ln(P2(E) / P1(E)) is a line of slope 1 / T1 - 1 / T2, whatever the density of states.
fn ratio(setting: &Setting) -> Result<Outcome, CaseError> {
    let temperatures = [1.2, 1.25];
    let (mut checks, mut plots) = (Vec::new(), Vec::new());
    for (name, thermostat) in [("Langevin", "kind = \"langevin\"\nfriction = 5"), ("stochastic rescaling", "kind = \"stochastic-rescaling\"\ntime = 0.1")] {
        let mut energies = Vec::new();
        for temperature in temperatures {
            let text = fluid(3, 0.768, SMOOTH, &format!("{thermostat}\ntemperature = {temperature}"));
            let mut simulation = setting.start(&setting.scene(&text, &[])?)?;
            simulation.step(3000)?;
            let mut energy = Vec::new();
            sample(&mut simulation, 8000, 50, |sums| energy.push(sums.kinetic + sums.potential))?;
            energies.push(energy);
        }
        let points = log_ratios(&energies[0], &energies[1]);
        let (slope, error) = weighted_slope(&points);
        let want = 1.0 / temperatures[0] - 1.0 / temperatures[1];
        checks.push(Check::within(format!("slope of ln(P2 / P1), {name}"), want, slope, 4.0 * error));
        let middle = points.iter().map(|p| p[0]).sum::<f64>() / points.len() as f64;
        let series = vec![
            Series::points("this run", points.iter().map(|p| [p[0], p[1]]).collect()),
            Series::line("exact slope", points.iter().map(|p| [p[0], want * (p[0] - middle)]).collect()),
        ];
        plots.push(Plot { title: format!("Ratio of two ensembles, {name}"), x: "E".into(), y: "ln(P2 / P1)".into(), series });
    }
    Ok(Outcome { checks, plots })
}

/// Energy, logarithm of the ratio of counts, and its variance, in bins where both have been often enough.
fn log_ratios(first: &[f64], second: &[f64]) -> Vec<[f64; 3]> {
    let [mean, variance] = moments(&[first, second].concat());
    let width = 0.25 * variance.sqrt();
    let count = |energies: &[f64], bin: i32| energies.iter().filter(|e| ((**e - mean) / width).floor() as i32 == bin).count() as f64;
    let bins = (-12..12).map(|bin| (bin, count(first, bin), count(second, bin))).filter(|(_, a, b)| *a > 40.0 && *b > 40.0);
    bins.map(|(bin, a, b)| [mean + (f64::from(bin) + 0.5) * width, (b / a).ln(), 1.0 / a + 1.0 / b]).collect()
}

/// The slope of a line through points with variances, and its standard error.
fn weighted_slope(points: &[[f64; 3]]) -> (f64, f64) {
    let sum = |of: &dyn Fn(&[f64; 3]) -> f64| points.iter().map(|p| of(p) / p[2]).sum::<f64>();
    let (n, x, y) = (sum(&|_| 1.0), sum(&|p| p[0]), sum(&|p| p[1]));
    let (x, y) = (x / n, y / n);
    let squares = sum(&|p| (p[0] - x) * (p[0] - x));
    (sum(&|p| (p[0] - x) * (p[1] - y)) / squares, (1.0 / squares).sqrt())
}

/// U / N and P with tail corrections, means over the samples.
fn state(setting: &Setting, text: &str, settle: u32, samples: u32) -> Result<[f64; 2], CaseError> {
    let scene = setting.scene(text, &[])?;
    let mut simulation = setting.start(&scene)?;
    // The lattice melts first: near freezing it would stay.
    let bath = scene.parameter("thermostat[0].temperature").ok_or_else(|| CaseError::Input("no thermostat".into()))?;
    simulation.set_slot(bath.offset, 3.0)?;
    simulation.step(1000)?;
    simulation.set_slot(bath.offset, bath.values[0])?;
    simulation.step(settle)?;
    let volume = {
        let sums = simulation.diagnose()?;
        (2.0 * sums.kinetic + sums.virial) / (3.0 * sums.pressure)
    };
    let mut means = [0.0; 2];
    sample(&mut simulation, samples, 10, |sums| {
        means[0] += (sums.potential + sums.tail_energy) / sums.alive / f64::from(samples);
        means[1] += (sums.pressure + sums.tail_virial / (3.0 * volume)) / f64::from(samples);
    })?;
    Ok(means)
}

fn isotherm(setting: &Setting) -> Result<Outcome, CaseError> {
    let rows: &[(f64, f64, f64)] = &[(0.86, -6.0305, 1.2660), (0.776, -5.5121, 6.7714e-3), (0.82, -5.7947, 0.55355), (0.9, -6.2391, 2.2314)];
    let mut checks = Vec::new();
    let mut found = Vec::new();
    let count = setting.choose(1, rows.len());
    let (settle, samples) = setting.choose((2000, 400), (5000, 10_000));
    for &(density, energy, pressure) in &rows[..count] {
        let text = fluid(5, density, "cutoff = 3", "kind = \"stochastic-rescaling\"\ntemperature = 0.85\ntime = 0.2");
        let [u, p] = state(setting, &text, settle, samples)?;
        checks.push(Check::within(format!("U / N at rho* = {density}"), energy, u, setting.choose(0.025, 0.008)));
        checks.push(Check::within(format!("P at rho* = {density}"), pressure, p, setting.choose(0.12, 0.035)));
        found.push([density, p]);
    }
    let mut known: Vec<[f64; 2]> = rows.iter().map(|r| [r.0, r.2]).collect();
    known.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let series = vec![Series::line("NIST", known), Series::points("this run", found)];
    let plot = Plot { title: "Lennard-Jones isotherm T 0.85".into(), x: "density".into(), y: "pressure".into(), series };
    Ok(Outcome { checks, plots: vec![plot] })
}

/// Pressure that a fluid with the potential shifted at 4 has above one with the potential U smoothed to S U between 3.2 and 4 (hoomd's
/// `xplor`), as far as pairs there are uniformly distributed: (2 pi / 3) rho^2 times the integral of r^3 d((S - 1) U)/dr, in parts.
fn smoothed_away(density: f64) -> f64 {
    let (on, cutoff) = (3.2f64, 4.0f64);
    let energy = |r: f64| 4.0 * (r.powi(-12) - r.powi(-6));
    let smooth = |r: f64| {
        let (c2, r2, on2) = (cutoff * cutoff, r * r, on * on);
        (c2 - r2).powi(2) * (c2 + 2.0 * r2 - 3.0 * on2) / (c2 - on2).powi(3)
    };
    let cells = 1000;
    let width = (cutoff - on) / f64::from(cells);
    let inner: f64 = (0..cells).map(|k| on + (f64::from(k) + 0.5) * width).map(|r| width * 3.0 * r * r * (smooth(r) - 1.0) * energy(r)).sum();
    2.0 * std::f64::consts::PI / 3.0 * density * density * (-energy(cutoff) * cutoff.powi(3) - inner)
}

/// At the densities that hoomd's barostats come to, a thermostat must find their pressures.
fn hoomd(setting: &Setting) -> Result<Outcome, CaseError> {
    let bath = |temperature: f64| format!("kind = \"langevin\"\ntemperature = {temperature}\nfriction = 0.5");
    let [_, lj] = state(setting, &fluid(6, 0.62691, "cutoff = 4\ntruncation = \"shift\"", &bath(1.5)), 5000, 4000)?;
    let [_, wca] = state(setting, &fluid(6, 0.91937, "truncation = \"wca\"", &bath(1.0)), 5000, 4000)?;
    let checks = vec![
        Check::within("P of Lennard-Jones at kT = 1.5, rho = 0.62691, as if smoothed", 1.0, lj - smoothed_away(0.62691), 0.03),
        Check::within("P of WCA at kT = 1, rho = 0.91937", 11.0, wca, 0.08),
    ];
    Ok(Outcome { checks, ..Outcome::default() })
}
