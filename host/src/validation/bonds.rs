//! Springs against the harmonic oscillator and the modes of a chain.

use super::{Case, CaseError, Check, Outcome, Setting};
use crate::Simulation;

const PART: &str = "Springs";

pub(super) const CASES: fn() -> Vec<Case> = || {
    vec![
        Case { part: PART, name: "Period of a spring", source: "2 pi sqrt(m / k), exact", long: false, run: period },
        Case { part: PART, name: "Slowest mode of a chain", source: "omega = 2 sqrt(k / m) sin(pi / 2N), exact", long: false, run: mode },
    ]
};

fn chain(sites: u32, stiffness: f64, rest: f64) -> String {
    format!(
        "version = 1\ndt = 0.001\n[domain]\nmin = [-9, -9, -9]\nmax = [40, 40, 40]\n[[fill]]\nkind = \"lattice\"\narrangement = \"simple\"\nmin = [0, 0, 0]\nmax = [{sites}, 1, 1]\n\
         cells = [{sites}, 1, 1]\n[[force]]\nkind = \"bond\"\nstiffness = {stiffness}\nrest = {rest}\n"
    )
}

/// Time between two passages of what `value` gives through zero from below, over all of them.
fn swing(simulation: &mut Simulation, steps: u32, value: impl Fn(&[f64]) -> f64) -> Result<f64, CaseError> {
    let (mut crossings, mut last) = (Vec::new(), 1.0);
    for step in 1..=steps {
        simulation.step(1)?;
        let (high, low) = (simulation.field::<f32>("position")?, simulation.field::<f32>("position_low")?);
        let x: Vec<f64> = high.iter().zip(&low).step_by(3).map(|(h, l)| f64::from(*h) + f64::from(*l)).collect();
        let now = value(&x);
        if last < 0.0 && now >= 0.0 {
            crossings.push((f64::from(step) - now / (now - last)) * 0.001);
        }
        last = now;
    }
    let count = crossings.len().saturating_sub(1);
    Ok(if count > 0 { (crossings[count] - crossings[0]) / count as f64 } else { f64::NAN })
}

fn period(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut simulation = setting.start(&setting.scene(&(chain(2, 80.0, 0.9) + "[[species]]\nmass = 2\n"), &[])?)?;
    let first = simulation.diagnose()?.potential;
    let found = swing(&mut simulation, 4000, |x| x[1] - x[0] - 0.9)?;
    let sums = simulation.diagnose()?;
    let checks = vec![
        Check::relative("period, reduced mass 1, k = 80", std::f64::consts::TAU / 80f64.sqrt(), found, 2e-4),
        Check::within("energy k x^2 / 2", 0.4, first, 1e-6),
        Check::relative("energy after 6 periods", 0.4, sums.kinetic + sums.potential, 1e-3),
    ];
    Ok(Outcome { checks, ..Outcome::default() })
}

fn mode(setting: &Setting) -> Result<Outcome, CaseError> {
    let n = 12;
    let mut simulation = setting.start(&setting.scene(&chain(12, 50.0, 1.0), &[])?)?;
    let shape = |j: usize| (std::f64::consts::PI * (j as f64 + 0.5) / n as f64).cos();
    let velocity: Vec<f32> = (0..n).flat_map(|j| [(0.2 * shape(j)) as f32, 0.0, 0.0]).collect();
    simulation.set_field("velocity", &velocity)?;
    let found = swing(&mut simulation, 8000, |x| x[0])?;
    let exact = std::f64::consts::PI / (50f64.sqrt() * (std::f64::consts::PI / (2 * n) as f64).sin());
    Ok(Outcome { checks: vec![Check::relative("period, N = 12, k = 50", exact, found, 3e-4)], ..Outcome::default() })
}
