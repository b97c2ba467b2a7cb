//! Particle life: what its law keeps, and that names of species and steps of time do not matter.

use super::state::{between, length, positions, velocities};
use super::{Case, CaseError, Check, Outcome, Setting};
use crate::Simulation;

const PART: &str = "Particle life";

pub(super) const CASES: fn() -> Vec<Case> = || {
    vec![
        Case { part: PART, name: "A symmetric matrix conserves momentum", source: "Newton's third law", long: false, run: momentum },
        Case { part: PART, name: "Names of species do not matter", source: "symmetry of the law, exact", long: false, run: names },
        Case { part: PART, name: "The time step does not matter", source: "exact decay; convergence to the limit of small steps", long: false, run: steps },
    ]
};

fn scene(matrix: [[f64; 2]; 2], swapped: bool, count: u32, drag: f64) -> String {
    let mut text = "version = 1\nseed = 5\ndt = 0.01\n[domain]\nmin = [0, 0, 0]\nmax = [12, 12, 1]\nperiodic = [true, true, false]\ndimensions = 2\n\
        [[species]]\nname = \"a\"\n[[species]]\nname = \"b\"\n"
        .to_owned();
    for (a, b) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let pull = matrix[a][b];
        text.push_str(&format!(
            "[[force]]\nkind = \"particle-life\"\nr_min = 0.3\nr_max = 1\nstrength = 20\nspacing = 0.08\nattraction = {pull}\nspecies = {a}\nwith = {b}\n"
        ));
    }
    text.push_str(&format!("[[force]]\nkind = \"drag\"\nlinear = {drag}\n"));
    for species in if swapped { [1, 0] } else { [0, 1] } {
        text.push_str(&format!("[[fill]]\nkind = \"random\"\ncount = {count}\nmin = [0, 0, 0]\nmax = [12, 12, 1]\nspecies = {species}\n"));
    }
    text
}

fn momentum(setting: &Setting) -> Result<Outcome, CaseError> {
    let per_particle = |matrix| -> Result<f64, CaseError> {
        let mut simulation = setting.begin(&scene(matrix, false, 1500, 0.0), &[])?;
        simulation.step(setting.choose(200, 1000))?;
        let sums = simulation.diagnose()?;
        // Against the typical momentum of one.
        Ok(length([sums.momentum_x, sums.momentum_y, sums.momentum_z]) / 3000.0 / (2.0 * sums.kinetic / 3000.0).sqrt())
    };
    let kept = per_particle([[0.4, -0.6], [-0.6, 0.8]])?;
    let lost = per_particle([[0.4, -0.6], [0.6, 0.8]])?;
    let checks = vec![
        Check::at_most("momentum of a particle, symmetric matrix, over its size", kept, 1e-5),
        Check::holds("with a matrix that is not symmetric it is not kept", lost > 100.0 * kept),
    ];
    Ok(Outcome { checks, ..Outcome::default() })
}

fn names(setting: &Setting) -> Result<Outcome, CaseError> {
    let run = |matrix, swapped| -> Result<_, CaseError> {
        let mut simulation = setting.begin(&scene(matrix, swapped, 1500, 1.0), &[])?;
        simulation.step(setting.choose(150, 1000))?;
        Ok((positions(&mut simulation)?, velocities(&mut simulation)?))
    };
    let (plain, renamed) = (run([[0.4, -0.6], [0.5, 0.8]], false)?, run([[0.8, 0.5], [-0.6, 0.4]], true)?);
    let other = run([[0.8, 0.5], [-0.6, 0.4]], false)?;
    let checks = vec![
        Check::holds("with names and matrix exchanged every position and velocity is the same to the bit", plain == renamed),
        Check::holds("with the matrix alone exchanged they are not", plain != other),
    ];
    Ok(Outcome { checks, ..Outcome::default() })
}

fn steps(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut checks = Vec::new();
    // Two half-lives of 0.5 in a time of 1.
    for dt in [0.05f64, 0.01, 0.002] {
        let alone = scene([[0.0; 2]; 2], false, 1, 4f64.ln()).replace("strength = 20", "strength = 0");
        let mut simulation = setting.begin(&alone, &[format!("dt={dt}"), "fill[0].velocity=[4, 2, 0]".into()])?;
        simulation.step((1.0 / dt).round() as u32)?;
        checks.push(Check::within(format!("speed after two half-lives, dt = {dt}"), 1.25f64.sqrt(), length(velocities(&mut simulation)?[0]), 1e-5));
    }
    let run = |dt: f64| -> Result<Simulation, CaseError> {
        let mut simulation = setting.begin(&scene([[0.4, -0.6], [0.5, 0.8]], false, 400, 7.0), &[format!("dt={dt}")])?;
        simulation.step((0.5 / dt).round() as u32)?;
        Ok(simulation)
    };
    let limit = positions(&mut run(0.5 / 1024.0)?)?;
    // The median: where two are almost in one place, the direction of their push turns within a step.
    let error = |dt: f64| -> Result<f64, CaseError> {
        let x = positions(&mut run(dt)?)?;
        let mut apart: Vec<f64> = x.iter().zip(&limit).map(|(a, b)| length(between(*a, *b).map(|c| c - 12.0 * (c / 12.0).round()))).collect();
        apart.sort_by(f64::total_cmp);
        Ok(apart[apart.len() / 2])
    };
    let (coarse, fine) = (error(0.5 / 32.0)?, error(0.5 / 64.0)?);
    checks.push(Check::at_most("median difference of places at dt = 0.016 from the limit after a time of 0.5", coarse, 0.01));
    checks.push(Check::within("order of convergence to it", 2.0, (coarse / fine).log2(), 0.4));
    Ok(Outcome { checks, ..Outcome::default() })
}
