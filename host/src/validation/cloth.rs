//! Chains of XPBD edges: Hooke's law, the catenary, and the period of a spring.

use super::state::{Rows, between, length, positions};
use super::{Case, CaseError, Check, Outcome, Plot, Series, Setting};
use std::f64::consts::TAU;

const PART: &str = "Cloth and chains";

pub(super) const CASES: fn() -> Vec<Case> = || {
    vec![
        Case {
            part: PART,
            name: "A hanging mass",
            source: "Hooke: m g / k, whatever step and iterations (Macklin et al. 2016)",
            long: false,
            run: hanging_mass,
        },
        Case { part: PART, name: "A hanging chain of springs", source: "edge k from below carries k masses: k m g / stiffness", long: false, run: chain },
        Case { part: PART, name: "A chain between two posts", source: "the catenary y = a cosh(x / a), 2 a sinh(s / 2a) = L", long: false, run: catenary },
        Case { part: PART, name: "A mass on a spring", source: "2 pi sqrt(m / k)", long: false, run: spring },
    ]
};

/// Sites a tenth apart from the origin on, joined along the axes.
fn scene(cells: [u32; 3], constraint: &str) -> String {
    let max = cells.map(|n| f64::from(n) * 0.1);
    format!(
        "version = 1\nseed = 5\n[domain]\nmin = [-10, -10, -10]\nmax = [10, 10, 10]\n[[force]]\nkind = \"gravity\"\nacceleration = [0, -10, 0]\n\
         [[fill]]\nkind = \"lattice\"\narrangement = \"simple\"\nmin = [0, 0, 0]\nmax = {max:?}\ncells = {cells:?}\n\
         [[constraint]]\nkind = \"distance\"\n{constraint}"
    )
}

fn settled(setting: &Setting, text: &str, dt: f64, time: f64) -> Result<Rows, CaseError> {
    let mut simulation = setting.begin(text, &[format!("dt={dt}")])?;
    simulation.step((time / dt).round() as u32)?;
    positions(&mut simulation)
}

fn hanging_mass(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut checks = Vec::new();
    for (dt, iterations) in [(0.01, 1), (0.01, 40), (0.004, 3), (0.001, 1), (0.001, 10)] {
        let text = scene([1, 2, 1], &format!("compliance = 0.002\ndamping = 20\npin = \"top\"\niterations = {iterations}\n"));
        let x = settled(setting, &text, dt, 5.0)?;
        checks.push(Check::relative(format!("stretch, dt = {dt}, {iterations} iterations"), 0.02, length(between(x[0], x[1])) - 0.1, 1e-3));
    }
    Ok(Outcome { checks, ..Outcome::default() })
}

fn chain(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut checks = Vec::new();
    for (dt, iterations) in [(0.01, 100), (0.01, 300), (0.0025, 100)] {
        let text = scene([1, 6, 1], &format!("compliance = 0.001\ndamping = 40\npin = \"top\"\niterations = {iterations}\n"));
        let x = settled(setting, &text, dt, 6.0)?;
        let worst =
            (1..=5).map(|k| (length(between(x[k - 1], x[k])) - 0.1) / (0.01 * k as f64) - 1.0).fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
        checks.push(Check::within(format!("stretch over that, worst of five edges, dt = {dt}, {iterations} iterations"), 1.0, 1.0 + worst, 0.01));
    }
    Ok(Outcome { checks, ..Outcome::default() })
}

fn catenary(setting: &Setting) -> Result<Outcome, CaseError> {
    let (sites, span, total) = (setting.choose(21, 41), setting.choose(2.0, 4.0), setting.choose(2.5, 5.0));
    let text = scene([sites, 1, 1], "compliance = 0\npin = \"corners\"\niterations = 300\nrest = 1.25\n[[force]]\nkind = \"drag\"\nlinear = 4\n");
    let x = settled(setting, &text, 0.005, 5.0)?;
    let (mut low, mut high) = (0.1, 100.0);
    for _ in 0..100 {
        let a: f64 = 0.5 * (low + high);
        if 2.0 * a * (0.5 * span / a).sinh() > total { low = a } else { high = a }
    }
    let a = low;
    let exact = |x: f64| a * ((x - 0.5 * span) / a).cosh() - a * (0.5 * span / a).cosh();
    let worst = x.iter().map(|x| (x[1] - exact(x[0])).abs()).fold(0.0, f64::max);
    let sag = x.iter().map(|x| -x[1]).fold(0.0, f64::max);
    let long: f64 = x.windows(2).map(|pair| length(between(pair[0], pair[1]))).sum();
    let checks = vec![
        Check::relative("length", total, long, 2e-3),
        Check::relative("sag", -exact(0.5 * span), sag, 0.01),
        Check::at_most("greatest distance from the curve over the span", worst / span, 0.004),
    ];
    let curve = (0..=60).map(|k| span * f64::from(k) / 60.0).map(|x| [x, exact(x)]).collect();
    let series = vec![Series::line("catenary", curve), Series::points("chain", x.iter().map(|x| [x[0], x[1]]).collect())];
    let plot = Plot { title: "A hanging chain".into(), x: "x".into(), y: "y".into(), series };
    Ok(Outcome { checks, plots: vec![plot] })
}

fn spring(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut checks = Vec::new();
    // m = 1 and k = 100; let go from 0.1 at a length at rest of 0.12.
    for &dt in setting.choose(&[0.001f64][..], &[0.002, 0.001, 0.0005]) {
        let text = scene([1, 2, 1], "compliance = 0.01\npin = \"first\"\niterations = 1\nrest = 1.2\n");
        let mut simulation = setting.begin(&text, &[format!("dt={dt}"), "force[0].acceleration=[0, 0, 0]".into()])?;
        let (mut crossings, mut last) = (Vec::new(), -1.0);
        for step in 1..=(2.0 / dt) as u32 {
            simulation.step(1)?;
            let beyond = positions(&mut simulation)?[1][1] - 0.12;
            if last < 0.0 && beyond >= 0.0 {
                crossings.push((f64::from(step) - beyond / (beyond - last)) * dt);
            }
            last = beyond;
        }
        let period = (crossings[crossings.len() - 1] - crossings[0]) / (crossings.len() - 1) as f64;
        checks.push(Check::relative(format!("period, dt = {dt}"), TAU / 10.0, period, 2e-3));
    }
    Ok(Outcome { checks, ..Outcome::default() })
}
