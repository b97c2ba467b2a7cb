//! Flight, drag, bounces and emitters against closed forms.

mod support;

use support::{preset, scene, start};

const DRAG: &str = "[[force]]\nkind = \"drag\"\n";

fn single(extra: &str, overrides: &[&str]) -> motes_scene::Compiled {
    let text = format!(
        "version = 1\ndt = 0.001\n[[force]]\nkind = \"gravity\"\nacceleration = [0, -10, 0]\n[[species]]\nradius = 0\n[[fill]]\nkind = \"random\"\ncount = 1\nmin = [0, 5, 0]\nmax = [0, 5, 0]\nvelocity = [3, 4, 0]\n{extra}"
    );
    scene(&text, overrides)
}

#[test]
fn a_throw_is_a_parabola() {
    let mut simulation = start(&single("", &[]), 1);
    simulation.step(1000).unwrap();
    let x = simulation.field::<f32>("position").unwrap();
    assert!((x[0] - 3.0).abs() < 2e-4 && (x[1] - (5.0 + 4.0 - 5.0)).abs() < 2e-4 && x[2] == 0.0, "{x:?}");
}

/// Drag against the ordinary differential equation, solved by Runge-Kutta 4 in f64; and second order: half the step, a quarter of the error.
#[test]
fn drag_follows_its_equation_to_second_order() {
    let (a, b, wind) = (0.4, 0.3, [1.0, 0.0, -0.5]);
    let slope = |v: [f64; 3]| -> [f64; 3] {
        let u: [f64; 3] = std::array::from_fn(|k| v[k] - wind[k]);
        let speed = u.iter().map(|c| c * c).sum::<f64>().sqrt();
        std::array::from_fn(|k| -(a + b * speed) * u[k] + [0.0, -10.0, 0.0][k])
    };
    let mut v = [3.0, 4.0, 0.0];
    let mut x = [0.0, 5.0, 0.0];
    let (steps, dt) = (20_000, 5e-5);
    for _ in 0..steps {
        let add = |v: [f64; 3], k: [f64; 3], h: f64| -> [f64; 3] { std::array::from_fn(|i| v[i] + h * k[i]) };
        let k1 = slope(v);
        let k2 = slope(add(v, k1, dt / 2.0));
        let k3 = slope(add(v, k2, dt / 2.0));
        let k4 = slope(add(v, k3, dt));
        let next: [f64; 3] = std::array::from_fn(|i| v[i] + dt / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]));
        x = std::array::from_fn(|i| x[i] + dt * 0.5 * (v[i] + next[i]));
        v = next;
    }
    let error = |dt: f64| {
        let set = [format!("dt={dt}"), "force[drag].linear=0.4".into(), "force[drag].quadratic=0.3".into(), "force[drag].wind=[1, 0, -0.5]".into()];
        let mut simulation = start(&single(DRAG, &set.each_ref().map(|s: &String| s.as_str())), 1);
        simulation.step((1.0 / dt).round() as u32).unwrap();
        let got = simulation.field::<f32>("position").unwrap();
        (0..3).map(|k| (got[k] as f64 - x[k]).abs()).fold(0.0, f64::max)
    };
    let (coarse, fine) = (error(0.05), error(0.025));
    assert!(coarse / fine > 3.4 && coarse / fine < 4.6, "{coarse} {fine}");
    assert!(error(0.002) < 2e-5, "{}", error(0.002));
}

#[test]
fn a_fall_ends_at_terminal_speed() {
    let mut simulation = start(&single(DRAG, &["force[drag].quadratic=0.4", "dt=0.01"]), 1);
    simulation.step(2000).unwrap();
    let v = simulation.field::<f32>("velocity").unwrap();
    assert!((v[1] + 5.0).abs() < 1e-3, "sqrt(g / b) = 5, not {}", -v[1]);
}

/// Heights of a ball that bounces with restitution e fall by e^2 each time; with e = 1 it keeps its energy for a hundred bounces.
#[test]
fn bounces_have_the_right_heights() {
    let floor = "[[collider]]\nkind = \"box\"\nmin = [-1e5, 0, -1e5]\nmax = [1e5, 100, 1e5]\n";
    for (restitution, bounces) in [(0.8, 5), (1.0, 100)] {
        let set = format!("collider[0].restitution={restitution}");
        let mut simulation = start(&single(floor, &[&set, "fill[0].velocity=[0, 0, 0]", "dt=0.002"]), 1);
        let (mut heights, mut last, mut rising) = (Vec::new(), 5.0f32, false);
        while heights.len() < bounces {
            simulation.step(1).unwrap();
            let y = simulation.field::<f32>("position").unwrap()[1];
            if rising && y < last {
                heights.push(last as f64);
            }
            rising = y > last;
            last = y;
        }
        for (n, height) in heights.iter().enumerate() {
            let want = 5.0 * f64::powi(restitution, 2 * (n as i32 + 1));
            assert!((height - want).abs() < 2e-3 * want, "bounce {n} at restitution {restitution}: {height}, not {want}");
        }
    }
}

#[test]
fn friction_slows_by_its_coefficient() {
    let floor = "[[collider]]\nkind = \"box\"\nmin = [-1e4, 5, -1e4]\nmax = [1e4, 100, 1e4]\nrestitution = 0\nfriction = 0.2\n";
    let mut simulation = start(&single(floor, &["fill[0].velocity=[8, 0, 0]", "dt=0.002"]), 1);
    simulation.step(1000).unwrap();
    let v = simulation.field::<f32>("velocity").unwrap();
    assert!((v[0] - (8.0 - 0.2 * 10.0 * 2.0)).abs() < 0.02, "after 2 time units at mu g = 2: {}", v[0]);
    simulation.step(2000).unwrap();
    assert_eq!(simulation.field::<f32>("velocity").unwrap()[0], 0.0, "it has come to rest");
}

#[test]
fn nothing_gets_through_a_sphere_or_out_of_a_box() {
    let mut simulation = start(&preset("marbles", &["fill[0].count=5000"]), 2);
    for _ in 0..20 {
        simulation.step(50).unwrap();
        for x in simulation.field::<f32>("position").unwrap().chunks(3) {
            assert!(x[0].abs() <= 2.9701 && x[1] >= 0.0299 && x[2].abs() <= 2.9701, "outside the box: {x:?}");
            let from_centre = (x[0] * x[0] + (x[1] - 1.2) * (x[1] - 1.2) + x[2] * x[2]).sqrt();
            assert!(from_centre >= 1.03 - 1e-3, "inside the sphere: {x:?}");
        }
    }
}

#[test]
fn emitters_keep_their_budget() {
    let compiled = scene("version = 1\ndt = 0.01\n[[force]]\nkind = \"gravity\"\n[[emitter]]\nrate = 1000\nlifetime = 0.5\n", &[]);
    let mut simulation = start(&compiled, 1);
    assert_eq!(compiled.particle_count, 500);
    assert_eq!(simulation.diagnose().unwrap().alive, 0.0);
    simulation.step(20).unwrap();
    assert!((simulation.diagnose().unwrap().alive - 200.0).abs() <= 1.0);
    simulation.step(500).unwrap();
    let alive = simulation.diagnose().unwrap().alive;
    assert!((490.0..=500.0).contains(&alive), "{alive}");
    assert!((simulation.header().unwrap().emitted[0] as f64 - 5200.0).abs() <= 1.0);
}

#[test]
fn an_empty_scene_runs() {
    let compiled = scene("version = 1\n[[force]]\nkind = \"gravity\"\n", &[]);
    let mut simulation = start(&compiled, 2);
    simulation.step(10).unwrap();
    simulation.publish().unwrap();
    assert_eq!(simulation.diagnose().unwrap().kinetic, 0.0);
    assert_eq!(simulation.header().unwrap().step, 10);
}

#[test]
fn a_number_that_is_not_finite_stops_the_run_with_its_particle() {
    let mut simulation = start(&preset("marbles", &["fill[0].count=3000"]), 2);
    simulation.step(10).unwrap();
    simulation.checkpoint().unwrap();
    let hash = simulation.hash().unwrap();
    let mut velocity = simulation.field::<f32>("velocity").unwrap();
    velocity[3 * 2500] = f32::NAN;
    simulation.set_field("velocity", &velocity).unwrap();
    let error = simulation.step(5).unwrap_err().to_string();
    assert!(error.contains("particle 2500") && error.contains("dt"), "{error}");
    simulation.restore().unwrap();
    assert_eq!(hash, simulation.hash().unwrap(), "the checkpoint is unharmed");
}
