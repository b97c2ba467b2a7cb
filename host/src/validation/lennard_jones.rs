//! Lennard-Jones: reference energies, the melt of another program, and the fluid's equation of state.

use super::state::{Rows, between, energy, length, rescale, slope};
use super::{Case, CaseError, Check, Outcome, Plot, Series, Setting};
use crate::Simulation;
use motes_physics::distributions::{BINS, Distribution};
use motes_scene::{Options, compile};

const PART: &str = "Lennard-Jones";
const NIST: &str = "NIST SRSW, Lennard-Jones fluid reference calculations, cuboid cell";

pub(super) const CASES: fn() -> Vec<Case> = || {
    vec![
        Case { part: PART, name: "Static configurations", source: NIST, long: false, run: configurations },
        Case { part: PART, name: "The melt begins as LAMMPS' does", source: "LAMMPS bench/in.lj, 32,000 atoms, step 0", long: false, run: melt },
        Case { part: PART, name: "Energy and momentum are conserved", source: "conservation laws; linear force shift", long: false, run: conservation },
        Case { part: PART, name: "Structure of liquid argon", source: "Rahman 1964: g(r) features at 3.7, 7.0, 10.4 A", long: false, run: argon },
        Case {
            part: PART,
            name: "Diffusion in liquid argon",
            source: "Rahman 1964: D = 2.43e-5 cm^2/s; Einstein 1905: <d^2> = 6 D t",
            long: true,
            run: diffusion,
        },
        Case { part: PART, name: "Repulsion alone", source: "HOOMD-blue's validation: WCA, kT = 1, P = 11.0 at rho = 0.91937", long: false, run: repulsion },
        Case { part: PART, name: "No drift of energy in many steps", source: "a symplectic method in exact arithmetic", long: true, run: drift },
    ]
};

const FLUID: &str = "version = 1\n[domain]\nperiodic = [true, true, true]\n[[force]]\nkind = \"lennard-jones\"\n";

/// File, cut-off, truncation; U, W and tail energy as printed; half a unit of their last digit.
type Row = (&'static str, f64, &'static str, [f64; 3], [f64; 3]);
const ROWS: &[Row] = &[
    ("lj-1.xyz", 3.0, "cut-off", [-4351.5, -568.67, -198.49], [0.05, 0.005, 0.005]),
    ("lj-1.xyz", 4.0, "cut-off", [-4467.5, -1263.9, -83.769], [0.05, 0.05, 0.0005]),
    ("lj-1.xyz", 3.0, "linear-force-shift", [-3870.9, 317.54, 0.0], [0.05, 0.005, 0.0]),
    ("lj-4.xyz", 3.0, "cut-off", [-16.790, -46.249, -0.54517], [0.0005, 0.0005, 0.000005]),
    ("lj-4.xyz", 4.0, "cut-off", [-17.060, -47.869, -0.23008], [0.0005, 0.0005, 0.000005]),
    ("lj-4.xyz", 3.0, "linear-force-shift", [-15.001, -43.096, 0.0], [0.0005, 0.0005, 0.0]),
];

fn configurations(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut checks = Vec::new();
    for (file, cutoff, truncation, published, half) in ROWS {
        let init = setting.configuration(&format!("nist-lj/{file}"))?;
        let overrides = vec![format!("force[0].cutoff={cutoff}"), format!("force[0].truncation={truncation}")];
        let scene = compile(FLUID, &Options { overrides, init: Some(init), ..Options::default() }).map_err(|e| CaseError::Input(e.to_string()))?;
        let sums = setting.start(&scene)?.diagnose()?;
        for (k, (name, value)) in [("U", sums.potential), ("W", sums.virial), ("U tail", sums.tail_energy)].into_iter().enumerate() {
            let quantity = format!("{name}, {}, rc = {cutoff}, {truncation}", file.trim_end_matches(".xyz"));
            checks.push(Check::within(quantity, published[k], value, half[k] + 1e-9));
        }
    }
    Ok(Outcome { checks, ..Outcome::default() })
}

fn melt(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut simulation = setting.start(&setting.preset("melt", &[])?)?;
    let first = simulation.diagnose()?;
    let n = first.alive;
    let mut checks = vec![Check::within("U / N, step 0", -6.773368, first.potential / n, 5e-7), Check::within("P, step 0", -5.019707, first.pressure, 2e-6)];
    simulation.step(100)?;
    let last = simulation.diagnose()?;
    // Velocities are other ones than LAMMPS draws, so these agree as two samples of 32,000 atoms do.
    checks.push(Check::within("T, step 100", 0.757453, last.temperature, 0.01));
    checks.push(Check::within("U / N, step 100", -5.758505, last.potential / n, 0.015));
    checks.push(Check::within("E / N, step 100", -4.622361, (last.kinetic + last.potential) / n, 1e-3));
    Ok(Outcome { checks, ..Outcome::default() })
}

fn conservation(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut simulation = setting.start(&setting.preset("crystal", &["fill[0].temperature=1.44".into()])?)?;
    let first = energy(&mut simulation)?;
    let (mut curve, mut worst) = (Vec::new(), 0.0f64);
    let blocks = setting.choose(20, 100);
    for k in 1..=blocks {
        simulation.step(50)?;
        let drift = (energy(&mut simulation)? - first) / first.abs();
        worst = worst.max(drift.abs());
        curve.push([f64::from(50 * k), drift]);
    }
    let sums = simulation.diagnose()?;
    let momentum = [sums.momentum_x, sums.momentum_y, sums.momentum_z].map(f64::abs).into_iter().fold(0.0, f64::max) / sums.alive;
    let checks =
        vec![Check::at_most(format!("relative energy drift in {} steps", 50 * blocks), worst, 1e-4), Check::at_most("momentum per atom", momentum, 1e-5)];
    let plot =
        Plot { title: "Energy of a Lennard-Jones liquid".into(), x: "step".into(), y: "(E - E0) / |E0|".into(), series: vec![Series::line("drift", curve)] };
    Ok(Outcome { checks, plots: vec![plot] })
}

/// Liquid argon at 94.4 K and 1.374 g/cm^3 in reduced units (sigma = 3.4 A), started hot and brought to its temperature by scaling.
const ARGON: &str = "version = 1\nseed = 2\ndt = 0.004\n[domain]\nmin = [0, 0, 0]\nmax = [10.229, 10.229, 10.229]\nperiodic = [true, true, true]\n\
    [[force]]\nkind = \"lennard-jones\"\ncutoff = 2.5\ntruncation = \"linear-force-shift\"\n\
    [[fill]]\nkind = \"lattice\"\ncells = [6, 6, 6]\nmin = [0, 0, 0]\nmax = [10.229, 10.229, 10.229]\ntemperature = 1.6\n";

/// A crystal that has molten and was then brought to that temperature by scaling, time and again.
fn liquid(setting: &Setting, scene: &str, temperature: f64, blocks: u32) -> Result<Simulation, CaseError> {
    let mut simulation = setting.begin(scene, &[])?;
    for _ in 0..blocks {
        simulation.step(50)?;
        rescale(&mut simulation, temperature)?;
    }
    Ok(simulation)
}

fn argon(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut simulation = liquid(setting, ARGON, 0.788, setting.choose(20, 60))?;
    let (range, samples) = (5.0, setting.choose(30, 200));
    let mut g = vec![0.0; BINS];
    for _ in 0..samples {
        simulation.step(20)?;
        for (sum, value) in g.iter_mut().zip(simulation.distribution(Distribution::Radial, range)?) {
            *sum += value / f64::from(samples);
        }
    }
    let at = |k: usize| (k as f64 + 0.5) * range / BINS as f64;
    let peak = |from: f64, to: f64| {
        let bins = (0..BINS).filter(|&k| (from..to).contains(&at(k)));
        bins.max_by(|&a, &b| g[a].total_cmp(&g[b])).map_or(0.0, at)
    };
    // Rahman's features in units of sigma = 3.4 A; half a bin and the breadth of the outer shells make the bands.
    let checks = vec![
        Check::within("first peak of g(r)", 3.7 / 3.4, peak(0.8, 1.5), 0.04),
        Check::within("second peak of g(r)", 7.0 / 3.4, peak(1.6, 2.6), 0.1),
        Check::within("third peak of g(r)", 10.4 / 3.4, peak(2.7, 3.5), 0.15),
        Check { quantity: "height of the first peak".into(), published: 3.0, obtained: g[..64].iter().copied().fold(0.0, f64::max), band: [2.7, 3.3] },
    ];
    let curve = (0..BINS).map(|k| [at(k), g[k]]).collect();
    let rahman = [3.7, 7.0, 10.4].map(|r| [r / 3.4, 0.0]).to_vec();
    let series = vec![Series::line("this run", curve), Series::points("Rahman 1964, positions", rahman)];
    let plot = Plot { title: "Radial distribution of liquid argon".into(), x: "r / sigma".into(), y: "g".into(), series };
    Ok(Outcome { checks, plots: vec![plot] })
}

/// sigma^2 / tau of Rahman's argon (sigma = 3.4 A, epsilon / k = 120 K, m = 39.95 u) in 1e-5 cm^2/s.
const DIFFUSION_UNIT: f64 = 53.73;

fn diffusion(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut simulation = liquid(setting, &format!("{ARGON}[[measure]]\nkind = \"displacement\"\n"), 0.788, 80)?;
    let (samples, every, lags) = (1500, 20, 60);
    let (mut taken, mut temperature) = (Vec::new(), 0.0);
    for _ in 0..samples {
        simulation.step(every)?;
        taken.push(displacements(&mut simulation)?);
        temperature += simulation.diagnose()?.temperature / f64::from(samples);
    }
    // Every sample is a beginning for those after it.
    let mean_square = |lag: usize| {
        let pairs = taken.iter().zip(&taken[lag..]);
        let of = |(from, to): (&Rows, &Rows)| from.iter().zip(to).map(|(a, b)| length(between(*b, *a)).powi(2)).sum::<f64>() / from.len() as f64;
        pairs.map(of).sum::<f64>() / (taken.len() - lag) as f64
    };
    let curve: Vec<[f64; 2]> = (0..=lags).map(|lag| [lag as f64 * 0.004 * f64::from(every), mean_square(lag)]).collect();
    let [steepness, _] = slope(&curve[20..]);
    let published: f64 = 2.43;
    let checks = vec![
        Check::within("temperature of the run", 0.788, temperature, 0.02),
        // The temperature of the run, the cut-off and 864 atoms in a box leave some per cent.
        Check::relative("D in 1e-5 cm^2/s", published, steepness / 6.0 * DIFFUSION_UNIT, 0.1),
    ];
    let end = curve[curve.len() - 1];
    let rahman = vec![[curve[20][0], curve[20][1]], [end[0], curve[20][1] + 6.0 * published / DIFFUSION_UNIT * (end[0] - curve[20][0])]];
    let series = vec![Series::line("this run", curve), Series::line("slope by Rahman 1964", rahman)];
    let plot = Plot { title: "Mean-square displacement in liquid argon".into(), x: "t".into(), y: "<d^2> / sigma^2".into(), series };
    Ok(Outcome { checks, plots: vec![plot] })
}

/// How far each atom has come since the start, by identity.
fn displacements(simulation: &mut Simulation) -> Result<Rows, CaseError> {
    let (id, displacement) = (simulation.field::<u32>("id")?, simulation.field::<f64>("displacement")?);
    let mut rows = vec![[0.0; 3]; id.len()];
    for (row, id) in displacement.chunks_exact(3).zip(id) {
        rows[id as usize].copy_from_slice(row);
    }
    Ok(rows)
}

const REPULSIVE: &str = "version = 1\nseed = 4\ndt = 0.004\n[domain]\nmin = [0, 0, 0]\nmax = [9.795037, 9.795037, 9.795037]\nperiodic = [true, true, true]\n\
    [[force]]\nkind = \"lennard-jones\"\ntruncation = \"wca\"\n\
    [[fill]]\nkind = \"lattice\"\ncells = [6, 6, 6]\nmin = [0, 0, 0]\nmax = [9.795037, 9.795037, 9.795037]\ntemperature = 4\n";

fn repulsion(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut simulation = setting.begin(REPULSIVE, &[])?;
    // Hot until it has molten.
    simulation.step(1000)?;
    for _ in 0..40 {
        simulation.step(50)?;
        rescale(&mut simulation, 1.0)?;
    }
    let samples = setting.choose(150, 800);
    let (mut temperature, mut pressure) = (0.0, 0.0);
    for _ in 0..samples {
        simulation.step(20)?;
        let sums = simulation.diagnose()?;
        temperature += sums.temperature / f64::from(samples);
        pressure += sums.pressure / f64::from(samples);
        rescale(&mut simulation, 1.0)?;
    }
    let checks =
        vec![Check::within("temperature of the run", 1.0, temperature, 0.005), Check::relative("pressure", 11.0, pressure, setting.choose(0.015, 0.007))];
    Ok(Outcome { checks, ..Outcome::default() })
}

fn drift(setting: &Setting) -> Result<Outcome, CaseError> {
    let small = ["fill[0].temperature=1.44", "fill[0].cells=[4, 4, 4]", "fill[0].max=[6.72, 6.72, 6.72]", "domain.max=[6.72, 6.72, 6.72]"];
    let mut simulation = setting.start(&setting.preset("crystal", &small.map(String::from))?)?;
    simulation.step(2000)?;
    let (first, samples, every) = (energy(&mut simulation)?, 400, 500);
    let mut curve = vec![[0.0, 0.0]];
    for k in 1..=samples {
        simulation.step(every)?;
        curve.push([f64::from(k * every), (energy(&mut simulation)? - first) / first.abs()]);
    }
    let [steepness, error] = slope(&curve);
    let checks = vec![
        Check::at_most("relative drift of the fitted line over all steps", steepness * f64::from(samples * every), 2e-4),
        Check::at_most("standard error of that", error * f64::from(samples * every), 1e-4),
    ];
    let plot = Plot { title: "Energy of 256 atoms".into(), x: "step".into(), y: "(E - E0) / |E0|".into(), series: vec![Series::line("drift", curve)] };
    Ok(Outcome { checks, plots: vec![plot] })
}
