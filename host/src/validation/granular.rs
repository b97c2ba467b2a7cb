//! Grains against closed forms: single contacts (Hertz, Mindlin, Coulomb), rolling, slopes, the cooling of a gas, and flow out of a silo.

use super::{Case, CaseError, Check, Outcome, Plot, Series, Setting};
use crate::Simulation;
use std::f64::consts::PI;
use std::fmt::Write;

const PART: &str = "Grains";

pub(super) const CASES: fn() -> Vec<Case> = || {
    let case = |name, source, long, run| Case { part: PART, name, source, long, run };
    vec![
        case("Two spheres meet, a sphere meets a plane", "Chung & Ooi 2011, tests 1 and 2; Hertz in closed form", false, elastic),
        case("Restitution is what was asked for", "Chung & Ooi 2011, test 3", false, restitution),
        case("Oblique impact", "Chung & Ooi 2011, test 4; rigid sphere that slides throughout", false, oblique),
        case("Sliding turns into rolling", "v = 5/7 v0 after 2 v0 / 7 mu g, exact", false, rolling),
        case("Slopes", "a block slips at tan theta = mu, a sphere at 7/2 mu, exact", false, slopes),
        case("A gas of grains cools", "Haff 1983; rate of van Noije & Ernst 1998 with Carnahan & Starling's chi", false, haff),
        case("Flow out of a silo", "Beverloo, Leniger & van de Velde 1961: W ~ (D - 1.4 d)^5/2", true, beverloo),
        case("The slope of a heap grows with friction", "no single value is published; the order is", true, repose),
    ]
};

/// A scene of single grains without gravity.
struct Bench {
    radius: f64,
    mass: f64,
    dt: f64,
    law: String,
    gravity: [f64; 3],
    /// Restitution and friction of the plane y = 0.
    plane: Option<[f64; 2]>,
}

impl Bench {
    fn hertz(radius: f64, density: f64, young: f64, poisson: f64, dt: f64) -> Self {
        let mass = density * 4.0 / 3.0 * PI * radius.powi(3);
        let law = format!("law = \"hertz\"\nyoung = {young:e}\npoisson = {poisson}\nfriction = 0.35\nrestitution = 1.0\n");
        Bench { radius, mass, dt, law, gravity: [0.0; 3], plane: None }
    }

    /// Grains at places with velocities.
    fn start(&self, setting: &Setting, grains: &[([f64; 3], [f64; 3])]) -> Result<Simulation, CaseError> {
        let mut text = format!(
            "version = 1\ndt = {:e}\n[domain]\nmin = [-50, -50, -50]\nmax = [50, 50, 50]\n[[species]]\nmass = {:e}\nradius = {:e}\n[[force]]\nkind = \"granular\"\n{}",
            self.dt, self.mass, self.radius, self.law
        );
        let _ = write!(text, "[[force]]\nkind = \"gravity\"\nacceleration = {:?}\n", self.gravity);
        if let Some([restitution, friction]) = self.plane {
            let _ = write!(text, "[[collider]]\nkind = \"plane\"\nrestitution = {restitution}\nfriction = {friction}\n");
        }
        for (position, velocity) in grains {
            let _ = write!(text, "[[fill]]\nkind = \"particle\"\nposition = {position:?}\nvelocity = {velocity:?}\n");
        }
        setting.start(&setting.scene(&text, &[])?)
    }
}

/// Positions in full.
fn positions(simulation: &mut Simulation) -> Result<Vec<f64>, CaseError> {
    let (high, low) = (simulation.field::<f32>("position")?, simulation.field::<f32>("position_low")?);
    Ok(high.iter().zip(&low).map(|(h, l)| f64::from(*h) + f64::from(*l)).collect())
}

fn vector(simulation: &mut Simulation, name: &str) -> Result<[f64; 3], CaseError> {
    let values = simulation.field::<f32>(name)?;
    Ok([0, 1, 2].map(|k| f64::from(values[k])))
}

/// Greatest overlap and force, and the time of contact.
fn collision(simulation: &mut Simulation, dt: f64, axis: usize, overlap: impl Fn(&[f64]) -> f64) -> Result<[f64; 3], CaseError> {
    let (mut deepest, mut strongest, mut touching) = (0.0f64, 0.0f64, 0);
    for _ in 0..20_000 {
        simulation.step(1)?;
        let depth = overlap(&positions(simulation)?);
        if depth > 0.0 {
            touching += 1;
            deepest = deepest.max(depth);
            strongest = strongest.max(f64::from(simulation.field::<f32>("force")?[axis]).abs());
        } else if touching > 0 {
            break;
        }
    }
    Ok([deepest, strongest, f64::from(touching) * dt])
}

fn elastic(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut checks = Vec::new();
    let mut add = |what: &str, [depth, force, time]: [f64; 3], published: [f64; 3]| {
        checks.push(Check::relative(format!("{what}: overlap / um"), published[0], depth * 1e6, 0.01));
        checks.push(Check::relative(format!("{what}: force / kN"), published[1], force * 1e-3, 0.01));
        checks.push(Check::relative(format!("{what}: contact / us"), published[2], time * 1e6, 0.01));
    };
    let glass = Bench::hertz(0.01, 2800.0, 48e9, 0.2, 4e-8);
    let at = 0.010001;
    let mut simulation = glass.start(setting, &[([-at, 0.0, 0.0], [10.0, 0.0, 0.0]), ([at, 0.0, 0.0], [-10.0, 0.0, 0.0])])?;
    add("glass on glass", collision(&mut simulation, glass.dt, 0, |x| 0.02 - (x[3] - x[0]).abs())?, [274.11, 10.697, 40.34]);

    let mut alloy = Bench::hertz(0.1, 2699.0, 70e9, 0.3, 1e-6);
    alloy.plane = Some([1.0, 0.35]);
    let mut simulation = alloy.start(setting, &[([0.0, 0.100001, 0.0], [0.0, -0.2, 0.0])])?;
    add("alloy on a rigid plane", collision(&mut simulation, alloy.dt, 1, |x| 0.1 - x[1])?, [49.72, 11.370, 731.7]);
    Ok(Outcome { checks, ..Outcome::default() })
}

/// Aluminium oxide.
fn oxide(dt: f64, restitution: f64, friction: f64) -> Bench {
    let bench = Bench::hertz(0.0025, 4000.0, 380e9, 0.23, dt);
    Bench { plane: Some([restitution, friction]), ..bench }
}

/// Lets one grain meet the plane and leave it; its velocity and spin then.
fn impact(setting: &Setting, bench: &Bench, velocity: [f64; 3]) -> Result<[[f64; 3]; 2], CaseError> {
    let mut simulation = bench.start(setting, &[([0.0, 1.001 * bench.radius, 0.0], velocity)])?;
    for _ in 0..10_000 {
        simulation.step(10)?;
        if vector(&mut simulation, "velocity")?[1] > 0.0 && positions(&mut simulation)?[1] > 1.001 * bench.radius {
            break;
        }
    }
    Ok([vector(&mut simulation, "velocity")?, vector(&mut simulation, "angular_velocity")?])
}

fn restitution(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut checks = Vec::new();
    for e in [0.2, 0.4, 0.6, 0.8, 1.0] {
        let [v, _] = impact(setting, &oxide(1e-8, e, 0.0), [0.0, -3.9, 0.0])?;
        checks.push(Check::within(format!("hertz, e = {e}"), e, v[1] / 3.9, 0.01));
        let linear = Bench { law: "law = \"linear\"\nstiffness = 1e7\n".into(), ..oxide(5e-8, e, 0.0) };
        let [v, _] = impact(setting, &linear, [0.0, -3.9, 0.0])?;
        checks.push(Check::within(format!("linear, e = {e}"), e, v[1] / 3.9, 0.01));
    }
    Ok(Outcome { checks, ..Outcome::default() })
}

fn oblique(setting: &Setting) -> Result<Outcome, CaseError> {
    let (e, mu, speed) = (0.98, 0.092, 3.9);
    let bench = oxide(1e-8, e, mu);
    let mut checks = Vec::new();
    for degrees in [40.0f64, 50.0, 60.0, 70.0] {
        let (along, across) = (speed * degrees.to_radians().sin(), speed * degrees.to_radians().cos());
        let [v, w] = impact(setting, &bench, [along, -across, 0.0])?;
        let lost = mu * (1.0 + e) * across;
        checks.push(Check::relative(format!("{degrees} degrees: tangential speed"), along - lost, v[0], 0.005));
        checks.push(Check::relative(format!("{degrees} degrees: spin"), -2.5 * lost / bench.radius, w[2], 0.01));
        checks.push(Check::relative(format!("{degrees} degrees: normal speed"), e * across, v[1], 0.005));
    }
    Ok(Outcome { checks, ..Outcome::default() })
}

/// A ball of radius 1 cm that lies on a plane under gravity of 10 in the direction that the angle to the plane's normal says.
fn ball(friction: f64, more: &str, tangent: f64) -> Bench {
    let g = 10.0 / (1.0 + tangent * tangent).sqrt();
    let law = format!("law = \"linear\"\nstiffness = 1e4\nrestitution = 0.5\n{more}");
    Bench { radius: 0.01, mass: 0.01, dt: 1e-4, law, gravity: [g * tangent, -g, 0.0], plane: Some([0.5, friction]) }
}

/// Where it rests: the spring carries its weight.
fn resting(bench: &Bench) -> [f64; 3] {
    [0.0, bench.radius + bench.mass * bench.gravity[1] / 1e4, 0.0]
}

fn rolling(setting: &Setting) -> Result<Outcome, CaseError> {
    let bench = ball(0.3, "", 0.0);
    let mut simulation = bench.start(setting, &[(resting(&bench), [1.0, 0.0, 0.0])])?;
    let exact = 2.0 / (7.0 * 0.3 * 10.0);
    simulation.step((0.5 * exact / bench.dt) as u32)?;
    let early = vector(&mut simulation, "velocity")?[0];
    simulation.step((1.0 / bench.dt) as u32)?;
    let (v, w) = (vector(&mut simulation, "velocity")?, vector(&mut simulation, "angular_velocity")?);
    let checks = vec![
        Check::relative("speed at half the time of sliding", 1.0 - 0.3 * 10.0 * 0.5 * exact, early, 2e-3),
        Check::relative("speed when it rolls", 5.0 / 7.0, v[0], 2e-3),
        Check::relative("surface speed of its spin", 5.0 / 7.0, -w[2] * bench.radius, 2e-3),
    ];
    Ok(Outcome { checks, ..Outcome::default() })
}

fn slopes(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut checks = Vec::new();
    let mut add = |what: &str, bench: &Bench, acceleration: f64, half: f64| -> Result<(), CaseError> {
        let mut simulation = bench.start(setting, &[(resting(bench), [0.0; 3])])?;
        // Springs settle first.
        simulation.step(2000)?;
        let before = vector(&mut simulation, "velocity")?[0];
        simulation.step(5000)?;
        let a = (vector(&mut simulation, "velocity")?[0] - before) / (5000.0 * bench.dt);
        checks.push(Check::within(what, acceleration, a, half));
        Ok(())
    };
    // Great rolling friction makes a block of a ball.
    let mu = 0.4;
    let (block, g) = ("rolling_friction = 5.0\n", |t: f64| 10.0 / (1.0 + t * t).sqrt());
    add("a block at tan = 0.98 mu rests", &ball(mu, block, 0.98 * mu), 0.0, 1e-3)?;
    add("a block at tan = 1.05 mu slides", &ball(mu, block, 1.05 * mu), g(1.05 * mu) * 0.05 * mu, 2e-3)?;
    let edge = 3.5 * mu;
    add("a ball at tan = 0.97 * 7/2 mu rolls", &ball(mu, "", 0.97 * edge), g(0.97 * edge) * 0.97 * edge * 5.0 / 7.0, 0.01)?;
    add("a ball at tan = 1.2 * 7/2 mu slips", &ball(mu, "", 1.2 * edge), g(1.2 * edge) * (1.2 * edge - mu), 0.01)?;
    add("rolling friction 0.1 holds at tan = 0.09", &ball(mu, "rolling_friction = 0.1\n", 0.09), 0.0, 1e-3)?;
    let rolls = g(0.2) * (0.2 - 0.1) * 5.0 / 7.0;
    add("and lets roll at tan = 0.2", &ball(mu, "rolling_friction = 0.1\n", 0.2), rolls, 0.01)?;
    Ok(Outcome { checks, ..Outcome::default() })
}

/// 512 grains of diameter 1 fill a tenth of a periodic box.
const GAS: &str = "version = 1\nseed = 4\ndt = 0.001\n[domain]\nmin = [0, 0, 0]\nmax = [13.89, 13.89, 13.89]\nperiodic = [true, true, true]\n\
    [[force]]\nkind = \"granular\"\nlaw = \"linear\"\nstiffness = 30000\nrestitution = 0.7\nfriction = 0\n[[species]]\nradius = 0.5\n\
    [[fill]]\nkind = \"lattice\"\narrangement = \"simple\"\ncells = [8, 8, 8]\nmin = [0, 0, 0]\nmax = [13.89, 13.89, 13.89]\ntemperature = 1\n";

fn haff(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut simulation = setting.start(&setting.scene(GAS, &[])?)?;
    let (e, packing) = (0.7f64, 512.0 * PI / 6.0 / 13.89f64.powi(3));
    // It forgets its lattice first.
    simulation.step(1500)?;
    let first = simulation.diagnose()?.temperature;
    let chi = (1.0 - 0.5 * packing) / (1.0 - packing).powi(3);
    let frequency = 4.0 * chi * 512.0 / 13.89f64.powi(3) * (PI * first).sqrt();
    let rate = (1.0 - e * e) * frequency / 6.0;
    let (mut curve, mut theory) = (Vec::new(), Vec::new());
    let blocks = setting.choose(12, 20);
    for k in 1..=blocks {
        simulation.step(1000)?;
        let t = f64::from(k);
        curve.push([t, (first / simulation.diagnose()?.temperature).sqrt() - 1.0]);
        theory.push([t, rate * t]);
    }
    let last = curve[curve.len() - 1];
    let half = curve[curve.len() / 2 - 1];
    let exponent = 2.0 * (last[1] / half[1]).ln() / (last[0] / half[0]).ln();
    let checks = vec![
        Check::within("exponent of 1/T (T0/T)^1/2 - 1 ~ t: twice that of the root", 2.0, exponent, 0.2),
        // Soft grains collide less often, collisions line velocities up, and 512 grains are few.
        Check::relative("rate of cooling", rate, last[1] / last[0], 0.15),
    ];
    let series = vec![Series::line("this run", curve), Series::line("Haff's law", theory)];
    let plot = Plot { title: "Cooling of a granular gas".into(), x: "t".into(), y: "(T0 / T)^1/2 - 1".into(), series };
    Ok(Outcome { checks, plots: vec![plot] })
}

/// A silo of diameter 16 grains with a hole of that diameter in its floor; the grains have radius 0.5 and gravity is 1.
fn silo(hole: f64) -> String {
    format!(
        "version = 1\ndt = 0.01\n[domain]\nmin = [-10, -40, -10]\nmax = [10, 60, 10]\n[[species]]\nradius = 0.5\n\
        [[force]]\nkind = \"gravity\"\nacceleration = [0, -1, 0]\n\
        [[force]]\nkind = \"granular\"\nlaw = \"linear\"\nstiffness = 2000\nrestitution = 0.6\nfriction = 0.5\n\
        [[collider]]\nkind = \"cylinder\"\nradius = 8\nfriction = 0.3\nrestitution = 0.5\n\
        [[collider]]\nkind = \"cone\"\naxis = [0, 1e-5, 0]\nbase_radius = {}\ntop_radius = 9\nfriction = 0.5\nrestitution = 0.5\n\
        [[fill]]\nkind = \"lattice\"\narrangement = \"simple\"\ncells = [10, 40, 10]\nmin = [-5.2, 0.6, -5.2]\nmax = [5.2, 42, 5.2]\ntemperature = 0.01\n",
        0.5 * hole
    )
}

fn beverloo(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut points = Vec::new();
    for hole in [5.0, 6.0, 7.0, 8.5] {
        let mut simulation = setting.start(&setting.scene(&silo(hole), &[])?)?;
        let mut curve = Vec::new();
        let out = |x: &[f32]| x.chunks(3).filter(|x| x[1] < -0.5).count() as f64;
        // From a tenth to three fifths the flow does not know how full the silo is.
        for _ in 0..4000 {
            simulation.step(50)?;
            let gone = out(&simulation.field::<f32>("position")?) / 4000.0;
            if gone > 0.1 {
                curve.push([simulation.header()?.time, gone]);
            }
            if gone > 0.6 {
                break;
            }
        }
        let (Some(first), Some(last)) = (curve.first(), curve.last()) else { return Err(CaseError::Input("the silo is blocked".into())) };
        points.push([hole, 4000.0 * (last[1] - first[1]) / (last[0] - first[0])]);
    }
    let log: Vec<[f64; 2]> = points.iter().map(|[hole, w]| [(hole - 1.4f64).ln(), w.ln()]).collect();
    let mean = [0, 1].map(|k| log.iter().map(|p| p[k]).sum::<f64>() / log.len() as f64);
    let slope = log.iter().map(|p| (p[0] - mean[0]) * (p[1] - mean[1])).sum::<f64>() / log.iter().map(|p| (p[0] - mean[0]).powi(2)).sum::<f64>();
    // C from W = C rho sqrt(g) (D - k d)^5/2, with 0.6 of the space filled.
    let density = 0.6 / (PI / 6.0);
    let c = points.iter().map(|[hole, w]| w / (density * (hole - 1.4).powf(2.5))).sum::<f64>() / points.len() as f64;
    let checks = vec![Check::within("exponent of the flow", 2.5, slope, 0.3), Check { quantity: "C".into(), published: 0.58, obtained: c, band: [0.45, 0.75] }];
    let law = (0..40).map(|k| 4.5 + 0.11 * f64::from(k)).map(|d| [d, 0.58 * density * (d - 1.4f64).powf(2.5)]).collect();
    let series = vec![Series::points("this run", points), Series::line("Beverloo, C = 0.58, k = 1.4", law)];
    let plot = Plot { title: "Flow out of a silo".into(), x: "hole / grain".into(), y: "grains / time".into(), series };
    Ok(Outcome { checks, plots: vec![plot] })
}

/// Radius of the disc that heaps stand on.
const DISC: f64 = 7.0;

/// A column of 2000 grains that falls apart on a rough disc; what does not stay on it falls beside it.
fn heap(friction: f64) -> String {
    format!(
        "version = 1\ndt = 0.01\n[domain]\nmin = [-30, 0, -30]\nmax = [30, 30, 30]\n[[species]]\nradius = 0.5\n\
        [[force]]\nkind = \"gravity\"\nacceleration = [0, -1, 0]\n[[force]]\nkind = \"drag\"\nlinear = 0.02\n\
        [[force]]\nkind = \"granular\"\nlaw = \"linear\"\nstiffness = 2000\nrestitution = 0.4\nfriction = {friction}\nrolling_friction = {}\n\
        [[collider]]\nkind = \"plane\"\nradius = {DISC}\nfriction = {friction}\nrestitution = 0.3\n\
        [[fill]]\nkind = \"lattice\"\narrangement = \"simple\"\ncells = [10, 20, 10]\nmin = [-5.2, 0.5, -5.2]\nmax = [5.2, 21.3, 5.2]\ntemperature = 0.01\n",
        0.3 * friction
    )
}

fn repose(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut angles = Vec::new();
    for friction in [0.1, 0.3, 0.6] {
        let mut simulation = setting.start(&setting.scene(&heap(friction), &[])?)?;
        simulation.step(12_000)?;
        let x = simulation.field::<f32>("position")?;
        // The mean height in a cone is a quarter of its height.
        let heights: Vec<f64> = x.chunks(3).map(|x| f64::from(x[1])).filter(|y| *y > 0.0).collect();
        let mean = heights.iter().sum::<f64>() / heights.len() as f64 - 0.5;
        angles.push([friction, (4.0 * mean / DISC).atan().to_degrees()]);
    }
    let mut checks: Vec<Check> = angles
        .windows(2)
        .map(|w| Check {
            quantity: format!("growth of the angle from mu {} to {}", w[0][0], w[1][0]),
            published: 0.0,
            obtained: w[1][1] - w[0][1],
            band: [1.0, 30.0],
        })
        .collect();
    checks.push(Check { quantity: "angle at mu 0.6 / degrees".into(), published: 25.0, obtained: angles[2][1], band: [15.0, 35.0] });
    let plot = Plot { title: "Slope of a heap".into(), x: "friction".into(), y: "degrees".into(), series: vec![Series::line("this run", angles)] };
    Ok(Outcome { checks, plots: vec![plot] })
}
