//! Fluids: water at rest, a dam that breaks, flows in closed form, and what a drop alone keeps.

use super::state::{energy, slope};
use super::{Case, CaseError, Check, Outcome, Plot, Series, Setting};
use crate::{Simulation, mean_compression};
use std::f64::consts::PI;

const PART: &str = "Fluids";

pub(super) const CASES: fn() -> Vec<Case> = || {
    vec![
        Case { part: PART, name: "Water at rest", source: "p = rho g h, exact", long: false, run: column },
        Case { part: PART, name: "A dam breaks", source: "Martin & Moyce 1952, tables 2 and 6", long: false, run: dam },
        Case { part: PART, name: "A drop becomes an ellipse", source: "Monaghan 1994, J. Comput. Phys. 110, 399", long: false, run: ellipse },
        Case { part: PART, name: "Sliding layers come to rest", source: "v ~ exp(-4 pi^2 nu t), exact", long: false, run: wave },
        Case { part: PART, name: "A drop keeps its momenta", source: "conservation laws", long: false, run: momenta },
    ]
};

/// A fluid in the plane of rest density 1, particles `spacing` apart and smoothed over `support` spacings, with what else the scene says.
fn scene(spacing: f64, support: f64, domain: &str, fluid: &str, rest: &str) -> String {
    format!(
        "version = 1\nseed = 2\n[domain]\ndimensions = 2\n{domain}\n[neighbors]\nskin = {}\n[[force]]\nkind = \"fluid\"\nsupport_radius = {}\nrest_density = 1\n\
         density_error = 1e-4\ndivergence_error = 1e-4\n{fluid}\n[[species]]\nname = \"water\"\nmass = {}\nradius = {}\n{rest}\n",
        0.05 * spacing,
        support * spacing,
        spacing * spacing,
        0.5 * spacing
    )
}

/// A lattice of that many sites from a corner.
fn lattice(spacing: f64, corner: [f64; 2], sites: [u32; 2], more: &str) -> String {
    // The first site stands in the corner.
    let first = corner.map(|c| c + 0.5 * spacing);
    let end: [f64; 2] = std::array::from_fn(|k| first[k] + spacing * f64::from(sites[k]));
    format!(
        "[[fill]]\nkind = \"lattice\"\narrangement = \"simple\"\nmin = [{}, {}, 0]\nmax = [{}, {}, 1e-6]\ncells = [{}, {}, 1]\n{more}\n",
        first[0], first[1], end[0], end[1], sites[0], sites[1]
    )
}

/// x and y of all particles in the order of storage.
fn places(simulation: &mut Simulation) -> Result<Vec<[f64; 2]>, CaseError> {
    Ok(simulation.field::<f32>("position")?.chunks_exact(3).map(|x| [f64::from(x[0]), f64::from(x[1])]).collect())
}

/// Gives every particle the velocity that a flow has where it is.
fn begin_flow(simulation: &mut Simulation, flow: impl Fn([f64; 2]) -> [f64; 2]) -> Result<(), CaseError> {
    let velocity: Vec<f32> = places(simulation)?.into_iter().map(flow).flat_map(|v| [v[0] as f32, v[1] as f32, 0.0]).collect();
    Ok(simulation.set_field("velocity", &velocity)?)
}

/// Sides are periodic: along walls a row of particles is held by its neighbours on one side alone, and would show a greater slope.
fn column(setting: &Setting) -> Result<Outcome, CaseError> {
    let spacing = setting.choose(0.05, 0.025);
    let sites = [(0.5 / spacing) as u32, (1.0 / spacing) as u32];
    let text = scene(
        spacing,
        2.0,
        "min = [0, 0, -0.5]\nmax = [0.5, 2, 0.5]\nperiodic = [true, false, false]",
        "viscosity = 0.02",
        &("[[force]]\nkind = \"gravity\"\nacceleration = [0, -10, 0]\n[[collider]]\nkind = \"plane\"\n".to_owned() + &lattice(spacing, [0.0; 2], sites, "")),
    );
    let mut simulation = setting.begin(&text, &["dt=0.002".into()])?;
    simulation.step(1500)?;
    let mut points = Vec::new();
    for _ in 0..20 {
        simulation.step(10)?;
        let pressure = simulation.field::<f32>("pressure")?;
        points.extend(places(&mut simulation)?.into_iter().zip(pressure).map(|(x, p)| [x[1], f64::from(p)]).filter(|[y, _]| (0.2..0.8).contains(y)));
    }
    let sums = simulation.diagnose()?;
    let checks = vec![
        Check::relative("-dp/dy over rho g", 1.0, -slope(&points)[0] / 10.0, 0.02),
        // Velocities are those of the end of a step, with half a step of gravity that pressure has not met yet.
        Check::at_most("kinetic energy over that of the height", sums.kinetic / (0.5 * 10.0 * 0.5), 1e-3),
        Check::at_most("mean compression", mean_compression(&mut simulation)?, 1e-3),
    ];
    let theory = vec![[0.2, 10.0 * 0.78], [0.8, 10.0 * 0.18]];
    let some = points.iter().step_by(points.len() / 400 + 1).copied().collect();
    let series = vec![Series::points("this run", some), Series::line("rho g h", theory)];
    Ok(Outcome { checks, plots: vec![Plot { title: "Pressure of water at rest".into(), x: "height".into(), y: "pressure".into(), series }] })
}

/// Times t sqrt(2 g / a) at which the front of a column of width a and height 2 a is at these places over a.
const FRONT: [[f64; 2]; 15] = [
    [0.41, 1.11],
    [0.84, 1.22],
    [1.19, 1.44],
    [1.43, 1.67],
    [1.63, 1.89],
    [1.83, 2.11],
    [1.98, 2.33],
    [2.20, 2.56],
    [2.32, 2.78],
    [2.51, 3.00],
    [2.65, 3.22],
    [2.83, 3.44],
    [2.98, 3.67],
    [3.11, 3.89],
    [3.33, 4.11],
];

/// Simulated fronts run ahead of the experiment's, whose gate and floor hold the water back.
fn dam(setting: &Setting) -> Result<Outcome, CaseError> {
    let n = setting.choose(20, 40);
    let spacing = 1.0 / f64::from(n);
    let text = scene(
        spacing,
        2.0,
        "min = [0, 0, -0.5]\nmax = [6, 4, 0.5]",
        "viscosity = 0.001",
        &("[[force]]\nkind = \"gravity\"\nacceleration = [0, -1, 0]\n[[collider]]\nkind = \"box\"\nmin = [0, 0, -10]\nmax = [6, 40, 10]\n".to_owned()
            + &lattice(spacing, [0.0; 2], [n, 2 * n], "")),
    );
    let mut simulation = setting.begin(&text, &["dt=0.01".into()])?;
    let (first, mut highest, mut curve) = (energy(&mut simulation)?, f64::MIN, Vec::new());
    while curve.last().is_none_or(|p: &[f64; 2]| p[0] < 3.4) {
        simulation.step(2)?;
        highest = highest.max(energy(&mut simulation)?);
        let front = places(&mut simulation)?.iter().map(|x| x[0]).fold(0.0, f64::max) + 0.5 * spacing;
        curve.push([2f64.sqrt() * simulation.header()?.time, front]);
    }
    let lead: Vec<f64> = FRONT.iter().filter_map(|[t, z]| curve.iter().find(|p| p[0] >= *t).map(|p| p[1] / z - 1.0)).collect();
    let checks = vec![
        Check::between("mean lead of the front over the experiment's", 0.0, lead.iter().sum::<f64>() / FRONT.len() as f64, [-0.05, 0.12]),
        Check::at_most("greatest rise of the energy, over the first", (highest - first).max(0.0) / first, 1e-3),
        Check::at_most("mean compression at the end", mean_compression(&mut simulation)?, 2e-3),
    ];
    let series = vec![Series::points("Martin & Moyce", FRONT.to_vec()), Series::line("this run", curve)];
    Ok(Outcome { checks, plots: vec![Plot { title: "Front of a broken dam".into(), x: "t (2 g / a)^1/2".into(), y: "front / a".into(), series }] })
}

/// A disc that flows by v = (-A x, A y), A = 100 at first. Second moments of an ellipse are a quarter of its half axes' squares. The long
/// half axis is what was published.
fn ellipse(setting: &Setting) -> Result<Outcome, CaseError> {
    let n = setting.choose(20, 40);
    let spacing = 1.0 / f64::from(n);
    let mut checks = Vec::new();
    for method in ["dfsph", "wcsph"] {
        let disc = lattice(spacing, [-1.0; 2], [2 * n, 2 * n], "radius = 1");
        let fluid = format!("method = \"{method}\"\nsound_speed = 1400");
        let mut simulation = setting.begin(&scene(spacing, 2.6, "min = [-3, -3, -0.5]\nmax = [3, 3, 0.5]", &fluid, &disc), &["dt=1e-4".into()])?;
        begin_flow(&mut simulation, |[x, y]| [-100.0 * x, 100.0 * y])?;
        for (steps, want) in [(8, 1.08310), (30, 1.43922), (38, 1.94452)] {
            simulation.step(steps)?;
            let x = places(&mut simulation)?;
            let axis = 2.0 * (x.iter().map(|x| x[1] * x[1]).sum::<f64>() / x.len() as f64).sqrt();
            checks.push(Check::relative(format!("half axis b at t = {:.4}, {method}", simulation.header()?.time), want, axis, 0.02));
        }
    }
    Ok(Outcome { checks, ..Outcome::default() })
}

/// Layers that slide along each other, v = sin(2 pi y). A lattice's few neighbours within a narrow support miss a tenth of the friction.
fn wave(setting: &Setting) -> Result<Outcome, CaseError> {
    let n = setting.choose(32, 64);
    let (spacing, viscosity) = (1.0 / f64::from(n), 0.05);
    let domain = "min = [0, 0, -0.5]\nmax = [1, 1, 0.5]\nperiodic = [true, true, false]";
    let (mut checks, mut series) = (Vec::new(), Vec::new());
    let rate = 8.0 * PI * PI * viscosity;
    for (method, kernel, support, band) in [("dfsph", "cubic-spline", 2.6, 0.1), ("wcsph", "wendland-c2", 4.0, 0.05)] {
        let fluid = format!("method = \"{method}\"\nkernel = \"{kernel}\"\nviscosity = {viscosity}\nsound_speed = 10\nnegative_pressure = true");
        let mut simulation = setting.begin(&scene(spacing, support, domain, &fluid, &lattice(spacing, [0.0; 2], [n, n], "")), &["dt=0.002".into()])?;
        begin_flow(&mut simulation, |[_, y]| [(2.0 * PI * y).sin(), 0.0])?;
        let mut curve = vec![[0.0, simulation.diagnose()?.kinetic.ln()]];
        for _ in 0..20 {
            simulation.step(5)?;
            curve.push([simulation.header()?.time, simulation.diagnose()?.kinetic.ln()]);
        }
        checks.push(Check::relative(format!("rate of decay of the energy, {method}"), rate, -slope(&curve)[0], band));
        series.push(Series::points(method, curve));
    }
    series.push(Series::line("exact", vec![[0.0, 0.25f64.ln()], [0.2, 0.25f64.ln() - 0.2 * rate]]));
    Ok(Outcome { checks, plots: vec![Plot { title: "Energy of layers that slide, Re = 20".into(), x: "t".into(), y: "ln E".into(), series }] })
}

fn momenta(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut checks = Vec::new();
    for method in ["dfsph", "wcsph"] {
        let disc = lattice(0.05, [-1.0; 2], [40, 40], "radius = 1");
        let text =
            scene(0.05, 2.0, "min = [-3, -3, -0.5]\nmax = [3, 3, 0.5]", &format!("method = \"{method}\"\nviscosity = 0.001\nsurface_tension = 0.1"), &disc);
        let mut simulation = setting.begin(&text, &["dt=0.002".into()])?;
        begin_flow(&mut simulation, |[x, y]| [1.0 - y + 0.5 * (7.0 * y).sin(), 0.3 + x + 0.5 * (5.0 * x).cos()])?;
        let before = simulation.diagnose()?;
        simulation.step(200)?;
        let after = simulation.diagnose()?;
        let lost = (after.momentum_x - before.momentum_x).hypot(after.momentum_y - before.momentum_y);
        checks.push(Check::at_most(format!("change of momentum, {method}"), lost / before.momentum_x.hypot(before.momentum_y), 1e-4));
        let turn = after.angular_momentum_z / before.angular_momentum_z - 1.0;
        checks.push(Check::at_most(format!("relative change of angular momentum, {method}"), turn, 1e-3));
    }
    Ok(Outcome { checks, ..Outcome::default() })
}
