//! Free flight, drag and bounces against closed forms.

use super::{Case, CaseError, Check, Outcome, Setting};

pub(super) const CASES: fn() -> Vec<Case> = || {
    vec![
        Case { part: "Flight", name: "A throw is a parabola", source: "x = v t + g t^2 / 2, exact", long: false, run: parabola },
        Case { part: "Flight", name: "Terminal speed in air", source: "v = sqrt(g / b), exact", long: false, run: terminal_speed },
        Case { part: "Flight", name: "A ball bounces", source: "height e^(2n) h, exact", long: false, run: bounces },
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
