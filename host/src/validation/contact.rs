//! Hard balls: bounces, the turn from sliding to rolling, and how densely they come to rest.

use super::{Case, CaseError, Check, Outcome, Setting};
use crate::overlaps;

pub(super) const CASES: fn() -> Vec<Case> = || {
    vec![
        Case { part: "Contact", name: "Two balls meet", source: "speed after = e x speed before; momentum, exact", long: false, run: pair },
        Case { part: "Contact", name: "A sliding ball begins to roll", source: "v = 5/7 v0 after t = 2 v0 / (7 mu g), exact", long: false, run: rolling },
        Case {
            part: "Contact",
            name: "A random packing of spheres",
            source: "Bernal & Mason 1960, Scott 1960: 0.60 loose to 0.64 close",
            long: false,
            run: packing,
        },
    ]
};

const PAIR: &str = "version = 1\ndt = 0.002\n[domain]\nmin = [-9, -9, -9]\nmax = [9, 9, 9]\n[[species]]\nradius = 0.1\n\
    [[constraint]]\nkind = \"contact\"\nrestitution = 0.7\nfriction = 0\n[[fill]]\nkind = \"particle\"\nposition = [-0.5, 0, 0]\nvelocity = [3, 0, 0]\n\
    [[fill]]\nkind = \"particle\"\nposition = [0.5, 0, 0]\nvelocity = [-1, 0, 0]\n";

fn pair(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut checks = Vec::new();
    for restitution in [0.3, 0.7, 1.0] {
        let mut simulation = setting.start(&setting.scene(PAIR, &[format!("constraint[0].restitution={restitution}")])?)?;
        simulation.step(300)?;
        let v = simulation.field::<f32>("velocity")?.into_iter().map(f64::from).collect::<Vec<_>>();
        checks.push(Check::within(format!("speed apart, e = {restitution}"), 4.0 * restitution, (v[0] - v[3]).abs(), 1e-5));
        checks.push(Check::within(format!("momentum, e = {restitution}"), 2.0, v[0] + v[3], 1e-6));
    }
    Ok(Outcome { checks, ..Outcome::default() })
}

const SLIDE: &str = "version = 1\ndt = 0.001\n[domain]\nmin = [-9, 0, -9]\nmax = [90, 9, 9]\n[[force]]\nkind = \"gravity\"\nacceleration = [0, -10, 0]\n\
    [[species]]\nradius = 0.1\n[[constraint]]\nkind = \"contact\"\n[[fill]]\nkind = \"particle\"\nposition = [0, 0.1, 0]\nvelocity = [7, 0, 0]\n\
    [[collider]]\nkind = \"box\"\nmin = [-1e5, 0, -1e5]\nmax = [1e5, 1e5, 1e5]\nrestitution = 0\nfriction = 0.2\n";

fn rolling(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut simulation = setting.start(&setting.scene(SLIDE, &[])?)?;
    let mut rolls = None;
    for step in 1..=2000 {
        simulation.step(1)?;
        let (v, w) = (simulation.field::<f32>("velocity")?[0], simulation.field::<f32>("angular_velocity")?[2]);
        if rolls.is_none() && (v + 0.1 * w).abs() < 1e-3 {
            rolls = Some(f64::from(step) * 1e-3);
        }
    }
    let v = simulation.field::<f32>("velocity")?[0];
    let checks = vec![Check::relative("speed of rolling", 5.0, v.into(), 1e-3), Check::within("time until it rolls", 1.0, rolls.unwrap_or(f64::NAN), 0.005)];
    Ok(Outcome { checks, ..Outcome::default() })
}

/// Poured from a thin crowd without order: a lattice would leave crystals in the pile.
const PACKING: &str = "version = 1\nseed = 3\ndt = 0.001\n[domain]\nmin = [-1, 0, -1]\nmax = [1, 20, 1]\n[neighbors]\nskin = 0.08\n\
    [[force]]\nkind = \"gravity\"\nacceleration = [0, -9.81, 0]\n[[species]]\nradius = 0.1\n[[constraint]]\nkind = \"contact\"\nrestitution = 0.2\nfriction = 0.2\n\
    [[fill]]\nkind = \"random\"\ncount = 1800\nmin = [-0.9, 0.1, -0.9]\nmax = [0.9, 18, 0.9]\n\
    [[collider]]\nkind = \"box\"\nmin = [-1, 0, -1]\nmax = [1, 90, 1]\nrestitution = 0.2\nfriction = 0.2\n";

/// Density of the middle of the pile, away from floor, walls and surface.
fn packing(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut simulation = setting.start(&setting.scene(PACKING, &[])?)?;
    simulation.step(setting.choose(5000, 20_000))?;
    let sums = simulation.diagnose()?;
    let position = simulation.field::<f32>("position")?;
    let (low, high) = ([-0.6, 0.6, -0.6], [0.6, 2.4, 0.6]);
    let balls = position.as_chunks::<3>().0;
    let cells = 60;
    let mut full = 0;
    for at in 0..cells * cells * cells {
        let part = [at % cells, at / cells % cells, at / cells / cells];
        let x: [f64; 3] = std::array::from_fn(|k| low[k] + (high[k] - low[k]) * (part[k] as f64 + 0.5) / cells as f64);
        let within = |b: &[f32; 3]| (0..3).map(|k| (f64::from(b[k]) - x[k]).powi(2)).sum::<f64>() < 0.01;
        full += usize::from(balls.iter().any(within));
    }
    let found = overlaps(&position, 0.1);
    let checks = vec![
        Check { quantity: "part of space that balls fill".into(), published: 0.62, obtained: full as f64 / (cells * cells * cells) as f64, band: [0.59, 0.66] },
        Check::at_most("mean overlap in radii", found.mean, 0.02),
        Check::at_most("kinetic energy over m g R, a ball", sums.kinetic / sums.alive / 0.981, 5e-3),
    ];
    Ok(Outcome { checks, ..Outcome::default() })
}
