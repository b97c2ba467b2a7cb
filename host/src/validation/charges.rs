//! Charges in fields and among each other against closed forms.

use super::{Case, CaseError, Check, Outcome, Plot, Series, Setting};
use crate::Simulation;

const PART: &str = "Charges";

pub(super) const CASES: fn() -> Vec<Case> = || {
    vec![
        Case { part: PART, name: "Gyration", source: "r = m v / q B; energy is kept", long: false, run: gyration },
        Case { part: PART, name: "Drift in crossed fields", source: "E x B / B^2, for every charge and mass", long: false, run: drift },
        Case { part: PART, name: "A magnetic bottle", source: "adiabatic invariance of v_perp^2 / B", long: false, run: bottle },
        Case {
            part: PART,
            name: "Madelung's constant of rock salt",
            source: "1.747564594633, by Fennell & Gezelter's damped force",
            long: false,
            run: madelung,
        },
        Case { part: PART, name: "Two opposite charges", source: "Kepler: period 2 pi sqrt(mu r^3 / k q^2)", long: false, run: orbit },
    ]
};

const PLASMA: &str = "version = 1\ndt = 0.1\n[[species]]\nmass = 2\ncharge = 3\n[[species]]\nmass = 0.5\ncharge = -1\n[[force]]\nkind = \"magnetic-field\"\nfield = [0, 0, 0.5]\n";

fn particle(position: [f64; 3], velocity: [f64; 3], species: u32) -> String {
    format!("[[fill]]\nkind = \"particle\"\nposition = {position:?}\nvelocity = {velocity:?}\nspecies = {species}\n")
}

fn position(simulation: &mut Simulation) -> Result<[f64; 3], CaseError> {
    let (high, low) = (simulation.field::<f32>("position")?, simulation.field::<f32>("position_low")?);
    Ok(std::array::from_fn(|k| f64::from(high[k]) + f64::from(low[k])))
}

fn gyration(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut checks = Vec::new();
    for dt in [0.05, 0.5] {
        let text = PLASMA.to_owned() + &particle([0.0, 4.0 / 3.0, 0.0], [1.0, 0.0, 0.0], 0);
        let mut simulation = setting.start(&setting.scene(&text, &[format!("dt={dt}")])?)?;
        let mut worst = 0.0f64;
        for _ in 0..1000 {
            simulation.step(2)?;
            let x = position(&mut simulation)?;
            worst = worst.max((x[0].hypot(x[1]) * 0.75 - 1.0).abs());
        }
        checks.push(Check::at_most(format!("gyroradius off by, dt = {dt}, 2000 steps"), worst, 2e-5));
        checks.push(Check::at_most(format!("energy off by, dt = {dt}"), simulation.diagnose()?.kinetic - 1.0, 2e-5));
    }
    Ok(Outcome { checks, ..Outcome::default() })
}

fn drift(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut checks = Vec::new();
    for (species, velocity) in [(0, [1.0, 0.0, 0.0]), (1, [0.0, 0.3, 0.0])] {
        let text = PLASMA.to_owned() + "[[force]]\nkind = \"electric-field\"\nfield = [0, 0.2, 0]\n" + &particle([0.0; 3], velocity, species);
        let mut simulation = setting.start(&setting.scene(&text, &[])?)?;
        simulation.step(60_000)?;
        // The orbit, about 1 wide, over a way of 2400.
        checks.push(Check::relative(format!("drift of species {species}"), 0.4, position(&mut simulation)?[0] / 6000.0, 1e-3));
    }
    Ok(Outcome { checks, ..Outcome::default() })
}

fn bottle(setting: &Setting) -> Result<Outcome, CaseError> {
    let text = PLASMA.replace("field = [0, 0, 0.5]", "field = [0, 0, 40]\nbottle = 3") + &particle([0.0, 1.0 / 60.0, 0.0], [1.0, 0.0, 0.6], 0);
    let mut simulation = setting.start(&setting.scene(&text, &["dt=0.005".into()])?)?;
    let (mut farthest, mut crossings, mut last, mut curve) = (0.0f64, Vec::new(), 1.0, Vec::new());
    for step in 1..=8000 {
        simulation.step(1)?;
        let (z, time) = (position(&mut simulation)?[2], f64::from(step) * 0.005);
        farthest = farthest.max(z.abs());
        if last < 0.0 && z >= 0.0 {
            crossings.push(time);
        }
        last = z;
        if step % 40 == 0 {
            curve.push([time, z]);
        }
    }
    let period = crossings.windows(2).map(|c| c[1] - c[0]).next().unwrap_or(f64::NAN);
    // The gyroradius, 1/60 against 3, makes the invariant good to half a per cent.
    let checks = vec![
        Check::relative("turning point L v_par / v_perp", 1.8, farthest, 0.01),
        Check::relative("period 2 pi L / v_perp", std::f64::consts::TAU * 3.0, period, 0.01),
        Check::relative("energy", 1.36, simulation.diagnose()?.kinetic, 1e-5),
    ];
    let exact = (0..400).map(|k| f64::from(k) * 0.1).map(|t| [t, 1.8 * (t / 3.0).sin()]).collect();
    let series = vec![Series::points("this run", curve), Series::line("guiding centre", exact)];
    let plot = Plot { title: "A charge in a magnetic bottle".into(), x: "t".into(), y: "along the field".into(), series };
    Ok(Outcome { checks, plots: vec![plot] })
}

fn madelung(setting: &Setting) -> Result<Outcome, CaseError> {
    let mut checks = Vec::new();
    for (cells, damping, cutoff, error) in [(4u32, 0.6, 3.6, 1e-2), (6, 0.65, 5.9, 1e-6)] {
        let side = 2 * cells;
        let fill = |offset: [u32; 3], species: u32| {
            let max = offset.map(|o| o + side);
            format!("[[fill]]\nkind = \"lattice\"\nmin = {offset:?}\nmax = {max:?}\ncells = [{cells}, {cells}, {cells}]\nspecies = {species}\n")
        };
        let text = format!(
            "version = 1\n[domain]\nmin = [0, 0, 0]\nmax = [{side}, {side}, {side}]\nperiodic = [true, true, true]\n[[species]]\ncharge = 1\n[[species]]\ncharge = -1\n\
             [[force]]\nkind = \"coulomb\"\ndamping = {damping}\ncutoff = {cutoff}\nspacing = 1\n{}{}",
            fill([0, 0, 0], 0),
            fill([1, 0, 0], 1)
        );
        let sums = setting.start(&setting.scene(&text, &[])?)?.diagnose()?;
        checks.push(Check::within(format!("-U / pair, rc = {cutoff}, damping {damping}"), 1.747_564_594_633, -2.0 * sums.potential / sums.alive, error));
    }
    Ok(Outcome { checks, ..Outcome::default() })
}

fn orbit(setting: &Setting) -> Result<Outcome, CaseError> {
    let speed = 0.5f64.sqrt();
    let text = "version = 1\n[[species]]\ncharge = 2\n[[species]]\ncharge = -2\n[[force]]\nkind = \"coulomb\"\nmethod = \"direct\"\nstrength = 0.25\n"
        .to_owned()
        + &particle([0.5, 0.0, 0.0], [0.0, speed, 0.0], 0)
        + &particle([-0.5, 0.0, 0.0], [0.0, -speed, 0.0], 1);
    let period = std::f64::consts::TAU / 2.0f64.sqrt();
    let mut simulation = setting.start(&setting.scene(&text, &[format!("dt={}", period / 2000.0)])?)?;
    let first = simulation.diagnose()?;
    simulation.step(20_000)?;
    let last = simulation.diagnose()?;
    let x = position(&mut simulation)?;
    // Leapfrog keeps a circle's energy; what is left is the rounding of 20,000 forces in single precision.
    let checks = vec![
        Check::within("energy", -0.5, first.kinetic + first.potential, 1e-6),
        Check::at_most("energy off by, 10 periods", last.kinetic + last.potential - first.kinetic - first.potential, 3e-5),
        Check::at_most("angle after 10 periods", x[1].atan2(x[0]), 5e-3),
        Check::relative("distance after 10 periods", 0.5, x[0].hypot(x[1]), 1e-4),
    ];
    Ok(Outcome { checks, ..Outcome::default() })
}
