//! Free flight, drag and bounces against closed forms.

use super::state::{between, length, positions, velocities};
use super::{Case, CaseError, Check, Outcome, Setting};
use std::f64::consts::PI;

pub(super) const CASES: fn() -> Vec<Case> = || {
    vec![
        Case { part: "Flight", name: "A throw is a parabola", source: "x = v t + g t^2 / 2, exact", long: false, run: parabola },
        Case { part: "Flight", name: "Terminal speed in air", source: "v = sqrt(g / b), exact", long: false, run: terminal_speed },
        Case { part: "Flight", name: "A ball bounces", source: "height e^(2n) h, exact", long: false, run: bounces },
        Case {
            part: "Flight",
            name: "A throw in wind and drag",
            source: "its differential equation by Runge-Kutta 4 in f64; Strang 1968: order 2",
            long: false,
            run: throw,
        },
        Case { part: "Flight", name: "A droplet sinks in air", source: "Stokes 1851: v = m g / (6 pi mu r)", long: false, run: stokes },
        Case { part: "Flight", name: "Emitters keep their budget", source: "rate times time, lifetime times rate; exact", long: false, run: budget },
    ]
};

const BALL: &str = "version = 1\ndt = 0.001\n[[force]]\nkind = \"gravity\"\nacceleration = [0, -10, 0]\n[[force]]\nkind = \"drag\"\n\
    [[species]]\nradius = 0\n[[fill]]\nkind = \"random\"\ncount = 1\nmin = [0, 5, 0]\nmax = [0, 5, 0]\nvelocity = [3, 4, 0]\n\
    [[collider]]\nkind = \"box\"\nmin = [-1e5, -1e5, -1e5]\nmax = [1e5, 1e5, 1e5]\n";

fn parabola(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut simulation = setting.start(&setting.scene(BALL, &[])?)?;
    simulation.step(1500)?;
    let x = simulation.field::<f32>("position")?;
    let checks = vec![Check::within("x after 1.5", 4.5, x[0].into(), 3e-4), Check::within("y after 1.5", 5.0 + 4.0 * 1.5 - 5.0 * 2.25, x[1].into(), 3e-4)];
    Ok(Outcome { checks, ..Outcome::default() })
}

fn terminal_speed(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut simulation = setting.start(&setting.scene(BALL, &["force[drag].quadratic=0.4".into(), "dt=0.01".into()])?)?;
    simulation.step(2000)?;
    let speed = -simulation.field::<f32>("velocity")?[1];
    Ok(Outcome { checks: vec![Check::relative("speed", 5.0, speed.into(), 2e-4)], ..Outcome::default() })
}

fn bounces(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut checks = Vec::new();
    for (restitution, number) in [(0.8, 5u32), (1.0, 50)] {
        let overrides =
            ["collider[0].min.y=0".into(), format!("collider[0].restitution={restitution}"), "fill[0].velocity=[0, 0, 0]".into(), "dt=0.002".into()];
        let mut simulation = setting.start(&setting.scene(BALL, &overrides)?)?;
        let (mut seen, mut last, mut rising) = (0, 5.0f32, false);
        while seen < number {
            simulation.step(1)?;
            let y = simulation.field::<f32>("position")?[1];
            if rising && y < last {
                seen += 1;
            }
            rising = y > last;
            last = if y > last || seen < number { y } else { last };
        }
        let exact = 5.0 * f64::powi(restitution * restitution, number as i32);
        checks.push(Check::relative(format!("height after bounce {number}, e = {restitution}"), exact, last.into(), 2e-3));
    }
    Ok(Outcome { checks, ..Outcome::default() })
}

/// Linear and quadratic drag and wind of the throw.
const AIR: (f64, f64, [f64; 3]) = (0.4, 0.3, [1.0, 0.0, -0.5]);

/// Place of the throw at time 1, by Runge-Kutta 4.
fn thrown() -> [f64; 3] {
    let (a, b, wind) = AIR;
    let slope = |v: [f64; 3]| -> [f64; 3] {
        let u: [f64; 3] = std::array::from_fn(|k| v[k] - wind[k]);
        std::array::from_fn(|k| -(a + b * length(u)) * u[k] + [0.0, -10.0, 0.0][k])
    };
    let add = |v: [f64; 3], s: [f64; 3], h: f64| -> [f64; 3] { std::array::from_fn(|k| v[k] + h * s[k]) };
    let (mut x, mut v, dt) = ([0.0, 5.0, 0.0], [3.0, 4.0, 0.0], 1e-3);
    for _ in 0..1000 {
        let (k1, v1) = (slope(v), v);
        let (k2, v2) = (slope(add(v, k1, dt / 2.0)), add(v, k1, dt / 2.0));
        let (k3, v3) = (slope(add(v, k2, dt / 2.0)), add(v, k2, dt / 2.0));
        let (k4, v4) = (slope(add(v, k3, dt)), add(v, k3, dt));
        x = std::array::from_fn(|k| x[k] + dt / 6.0 * (v1[k] + 2.0 * v2[k] + 2.0 * v3[k] + v4[k]));
        v = std::array::from_fn(|k| v[k] + dt / 6.0 * (k1[k] + 2.0 * k2[k] + 2.0 * k3[k] + k4[k]));
    }
    x
}

fn throw(setting: &Setting) -> Result<Outcome, CaseError> {
    let (exact, (a, b, wind)) = (thrown(), AIR);
    let error = |steps: u32| -> Result<f64, CaseError> {
        let air = [format!("force[drag].linear={a}"), format!("force[drag].quadratic={b}"), format!("force[drag].wind={wind:?}")];
        let mut simulation = setting.begin(BALL, &[vec![format!("dt={}", 1.0 / f64::from(steps))], air.to_vec()].concat())?;
        simulation.step(steps)?;
        Ok(length(between(positions(&mut simulation)?[0], exact)))
    };
    let (coarse, fine) = (error(20)?, error(40)?);
    let checks = vec![
        Check::at_most("distance from the solution at time 1, dt = 0.002", error(500)?, 3e-5),
        Check::within("order of convergence, dt = 0.05 and 0.025", 2.0, (coarse / fine).log2(), 0.25),
    ];
    Ok(Outcome { checks, ..Outcome::default() })
}

/// A droplet of water of 10 micrometres in air, in millimetres, milligrams and seconds: m = 4.19e-6, mu = 1.81e-2, g = 9810.
fn stokes(setting: &Setting) -> Result<Outcome, CaseError> {
    let (radius, viscosity, gravity) = (0.01, 1.81e-2, 9810.0);
    let mass = 4.0 / 3.0 * PI * f64::powi(radius, 3);
    let rate = 6.0 * PI * viscosity * radius / mass;
    let mut checks = Vec::new();
    // A quarter of the error for half of the step: the kick of gravity stands between two halves of drag.
    for (dt, band) in [(1e-4, 5e-4), (5e-5, 1.25e-4)] {
        let overrides =
            [format!("force[0].acceleration.y={}", -gravity), format!("force[drag].linear={rate}"), format!("dt={dt}"), "fill[0].velocity=[0, 0, 0]".into()];
        let mut simulation = setting.begin(BALL, &overrides)?;
        simulation.step((0.02 / dt) as u32)?;
        let speed = length(velocities(&mut simulation)?[0]);
        checks.push(Check::relative(format!("speed in mm/s, dt = {dt} s"), mass * gravity / (6.0 * PI * viscosity * radius), speed, band));
    }
    Ok(Outcome { checks, ..Outcome::default() })
}

fn budget(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut simulation = setting.begin("version = 1\ndt = 0.01\n[[force]]\nkind = \"gravity\"\n[[emitter]]\nrate = 1000\nlifetime = 0.5\n", &[])?;
    let mut checks = vec![Check::within("alive at first", 0.0, simulation.diagnose()?.alive, 0.0)];
    simulation.step(20)?;
    checks.push(Check::within("alive after 0.2", 200.0, simulation.diagnose()?.alive, 1.0));
    simulation.step(500)?;
    checks.push(Check::between("alive after more than a lifetime", 500.0, simulation.diagnose()?.alive, [490.0, 500.0]));
    checks.push(Check::within("emitted after 5.2", 5200.0, simulation.header()?.emitted[0] as f64, 1.0));
    Ok(Outcome { checks, ..Outcome::default() })
}
