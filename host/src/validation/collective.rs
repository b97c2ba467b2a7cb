//! Collective motion: Vicsek's order parameter, boids, and the turns of the Primordial Particle System.

use super::state::{between, length, order, positions, velocities};
use super::{Case, CaseError, Check, Outcome, Plot, Series, Setting};
use crate::Simulation;
use std::f64::consts::{PI, TAU};

const PART: &str = "Collective motion";

pub(super) const CASES: fn() -> Vec<Case> = || {
    vec![
        Case {
            part: PART,
            name: "Vicsek's order against noise",
            source: "Vicsek et al. 1995: order is lost with noise, the sharper the larger the flock",
            long: false,
            run: vicsek,
        },
        Case {
            part: PART,
            name: "Vicsek's flock at full noise",
            source: "mean length of a sum of N unit vectors: sqrt(pi N) / 2, in space sqrt(8 N / 3 pi)",
            long: false,
            run: chance,
        },
        Case { part: PART, name: "Boids align", source: "Reynolds 1987; speeds stay between their limits", long: false, run: boids },
        Case {
            part: PART,
            name: "Primordial particles turn",
            source: "Schmickl et al. 2016: d phi = alpha + beta N sign(R - L), exact",
            long: false,
            run: primordial,
        },
    ]
};

/// A periodic square or cube of that side with random particles.
fn box_of(side: f64, count: u32, dimensions: u32, rest: &str) -> String {
    let z = if dimensions == 3 { side } else { 1.0 };
    format!(
        "version = 1\nseed = 5\ndt = 1\n[domain]\nmin = [0, 0, 0]\nmax = [{side}, {side}, {z}]\nperiodic = [true, true, {}]\ndimensions = {dimensions}\n\
         [[fill]]\nkind = \"random\"\ncount = {count}\nmin = [0, 0, 0]\nmax = [{side}, {side}, {z}]\ntemperature = 1\n{rest}",
        dimensions == 3
    )
}

/// Mean of the order parameter of Vicsek's flock over some steps after the first ones; density 4 in the plane.
fn mean_order(setting: &Setting, count: u32, dimensions: u32, noise: f64, [settle, samples]: [u32; 2]) -> Result<f64, CaseError> {
    let side = if dimensions == 2 { (f64::from(count) / 4.0).sqrt() } else { (f64::from(count) / 6.0).cbrt() };
    let spacing = if dimensions == 2 { 0.07 } else { 0.2 };
    let rest = format!("[[constraint]]\nkind = \"vicsek\"\nspeed = 0.3\nradius = 1\nnoise = {noise}\nspacing = {spacing}\n");
    // All begin alike: from disorder large flocks come to order slowly.
    let alike = ["fill[0].temperature=0".to_owned(), "fill[0].velocity=[1, 0, 0]".to_owned()];
    let mut simulation = setting.begin(&box_of(side, count, dimensions, &rest), &alike)?;
    simulation.step(settle)?;
    let mut sum = 0.0;
    for _ in 0..samples {
        simulation.step(5)?;
        sum += order(&mut simulation)?;
    }
    Ok(sum / f64::from(samples))
}

fn vicsek(setting: &Setting) -> Result<Outcome, CaseError> {
    let (mut checks, mut series) = (Vec::new(), Vec::new());
    let noises: &[f64] = setting.choose(&[0.1, 1.5, 3.0, 4.5, 6.0], &[0.1, 1.0, 2.0, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0]);
    let sizes: &[u32] = setting.choose(&[100, 1600], &[40, 100, 400, 2500]);
    for &count in sizes {
        let mut curve = Vec::new();
        for &noise in noises {
            curve.push([noise, mean_order(setting, count, 2, noise, setting.choose([150, 30], [300, 80]))?]);
        }
        checks.push(Check::within(format!("order at noise 0.1, N = {count}"), 1.0, curve[0][1], 0.01));
        checks.push(Check::holds(format!("order falls with every step of noise, N = {count}"), curve.windows(2).all(|pair| pair[1][1] < pair[0][1])));
        series.push(Series::line(&format!("N = {count}"), curve));
    }
    // Where order is lost, what is left of it is an effect of the finite number.
    let tails: Vec<f64> = series.iter().map(|s| s.points[s.points.len() - 1][1]).collect();
    checks.push(Check::holds("order at noise 6 falls with N", tails.windows(2).all(|pair| pair[1] < pair[0])));
    let plot = Plot { title: "Order of Vicsek's flock".into(), x: "noise".into(), y: "|<v>| / v".into(), series };
    Ok(Outcome { checks, plots: vec![plot] })
}

fn chance(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut checks = Vec::new();
    for (dimensions, factor) in [(2, 0.5 * PI.sqrt()), (3, (8.0 / (3.0 * PI)).sqrt())] {
        for count in setting.choose([400, 1600], [400, 6400]) {
            let samples = setting.choose(60, 400);
            let order = mean_order(setting, count, dimensions, TAU, [20, samples])?;
            // One sample spreads by about half of its mean (Rayleigh, Maxwell): three standard errors.
            let band = 3.0 * 0.523 / f64::from(samples).sqrt();
            checks.push(Check::relative(format!("order times sqrt(N), {dimensions}-D, N = {count}"), factor, order * f64::from(count).sqrt(), band));
        }
    }
    Ok(Outcome { checks, ..Outcome::default() })
}

fn boids(setting: &Setting) -> Result<Outcome, CaseError> {
    let force =
        "[[force]]\nkind = \"boids\"\nradius = 1\nseparation_radius = 0.5\nseparation = 8\nalignment = 1.5\ncohesion = 2\nmin_speed = 0.5\nmax_speed = 2\n";
    let mut simulation = setting.begin(&box_of(6.0, 1000, 3, force), &["dt=0.01".into()])?;
    let first = order(&mut simulation)?;
    simulation.step(1500)?;
    let speeds: Vec<f64> = velocities(&mut simulation)?.into_iter().map(length).collect();
    let (least, most) = (speeds.iter().copied().fold(f64::MAX, f64::min), speeds.iter().copied().fold(0.0, f64::max));
    let checks = vec![
        Check::at_most("order at first", first, 0.1),
        Check::between("order after a time of 15", 1.0, order(&mut simulation)?, [0.9, 1.0]),
        Check::between("least speed", 0.5, least, [0.5 - 1e-6, 2.0]),
        Check::between("greatest speed", 2.0, most, [0.5, 2.0 + 1e-6]),
    ];
    Ok(Outcome { checks, ..Outcome::default() })
}

const SIDE: f64 = 24.0;

fn primordial(setting: &Setting) -> Result<Outcome, CaseError> {
    let constraint = "[[constraint]]\nkind = \"primordial\"\nradius = 5\nspeed = 0.67\nalpha = 180\nbeta = 17\nspacing = 0.3\n";
    let mut simulation = setting.begin(&box_of(SIDE, 600, 2, constraint), &[])?;
    simulation.step(7)?;
    let before = velocities(&mut simulation)?;
    simulation.step(1)?;
    let (worst, neighbors) = turns(&mut simulation, &before)?;
    // A lone particle turns about and about: after two steps it is back.
    let mut lone = setting.begin(&box_of(SIDE, 1, 2, constraint), &["fill[0].temperature=0".into()])?;
    let start = positions(&mut lone)?[0];
    lone.step(20)?;
    let back = length(between(positions(&mut lone)?[0], start));
    let checks = vec![
        Check::at_most("greatest difference of a direction from the rule, by counting all pairs", worst, 2e-5),
        Check::at_most("distance of a lone particle from its start after 20 steps", back, 1e-4),
        Check::between("mean number of neighbours, random at first: rho pi r^2", 600.0 / (SIDE * SIDE) * PI * 25.0, neighbors, [60.0, 160.0]),
    ];
    Ok(Outcome { checks, ..Outcome::default() })
}

/// Greatest difference of a new direction from the rule, and the mean number of neighbours.
fn turns(simulation: &mut Simulation, before: &[[f64; 3]]) -> Result<(f64, f64), CaseError> {
    let (x, after) = (positions(simulation)?, velocities(simulation)?);
    let (mut worst, mut all) = (0.0f64, 0.0);
    for (i, v) in before.iter().enumerate() {
        let (mut left, mut right) = (0.0f64, 0.0f64);
        for (j, other) in x.iter().enumerate() {
            let d = between(*other, x[i]).map(|c| c - SIDE * (c / SIDE).round());
            if j != i && length(d) < 5.0 {
                *if v[0] * d[1] - v[1] * d[0] > 0.0 { &mut left } else { &mut right } += 1.0;
            }
        }
        all += left + right;
        let side = if left == right { 0.0 } else { (right - left).signum() };
        let angle = v[1].atan2(v[0]) - (180.0 + 17.0 * (left + right) * side).to_radians();
        let direction = after[i].map(|c| c / 0.67);
        worst = worst.max((direction[0] - angle.cos()).abs()).max((direction[1] - angle.sin()).abs());
    }
    Ok((worst, all / x.len() as f64))
}
