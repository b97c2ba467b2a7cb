//! Grains against an `f64` oracle over all pairs, conservation laws, and the published cases in their short form.

mod support;

use motes_host::Simulation;
use motes_host::validation::{self, Setting};
use support::{scene, start};

/// Three sizes of grains that overlap a little, in a box and around a sphere.
const CROWD: &str = "version = 1\nseed = 9\ndt = 0.001\n[domain]\nmin = [-3, -3, -3]\nmax = [3, 3, 3]\n\
    [[species]]\nname = \"a\"\nradius = 0.3\nmass = 1\n[[species]]\nname = \"b\"\nradius = 0.2\nmass = 0.5\n[[species]]\nname = \"c\"\nradius = 0.12\nmass = 0.1\n\
    [[force]]\nkind = \"granular\"\nyoung = 2e4\npoisson = 0.3\nstiffness = 3e3\nrestitution = 0.4\nfriction = 0.3\nrolling_friction = 0.1\nspecies = \"a\"\nwith = \"a\"\n\
    [[force]]\nkind = \"granular\"\nyoung = 5e4\npoisson = 0.2\nstiffness = 6e3\nrestitution = 0.8\nfriction = 0.6\nspecies = \"b\"\nwith = \"b\"\n\
    [[force]]\nkind = \"granular\"\nyoung = 1e5\npoisson = 0.2\nstiffness = 9e3\nrestitution = 0.6\nfriction = 0.5\nspecies = \"c\"\nwith = \"c\"\n\
    [[collider]]\nkind = \"box\"\nmin = [-1.5, -1.5, -1.5]\nmax = [1.5, 1.5, 1.5]\nrestitution = 0.5\nfriction = 0.4\n\
    [[collider]]\nkind = \"cylinder\"\nradius = 1.8\nspin = 2.0\nrestitution = 0.7\nfriction = 0.2\n";

fn crowd(law: &str, threads: u32) -> Simulation {
    let fill = |species: &str, count: u32| {
        format!("[[fill]]\nkind = \"random\"\ncount = {count}\nmin = [-1.4, -1.4, -1.4]\nmax = [1.4, 1.4, 1.4]\ntemperature = 1\nspecies = \"{species}\"\n")
    };
    let text = format!("{CROWD}{}{}{}", fill("a", 40), fill("b", 60), fill("c", 120));
    start(&scene(&text.replace("young =", &format!("law = \"{law}\"\nyoung =")), &[]), threads)
}

fn sub(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|k| a[k] - b[k])
}
fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|k| a[k] * b[k]).sum()
}
fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

#[derive(Clone, Copy)]
struct Material {
    young: f64,
    poisson: f64,
    stiffness: f64,
    restitution: f64,
    friction: f64,
}

const MATERIALS: [(Material, f64, f64); 3] = [
    (Material { young: 2e4, poisson: 0.3, stiffness: 3e3, restitution: 0.4, friction: 0.3 }, 0.3, 1.0),
    (Material { young: 5e4, poisson: 0.2, stiffness: 6e3, restitution: 0.8, friction: 0.6 }, 0.2, 0.5),
    (Material { young: 1e5, poisson: 0.2, stiffness: 9e3, restitution: 0.6, friction: 0.5 }, 0.12, 0.1),
];

/// The first force at a contact of grains that do not spin, from the formulas as papers print them; `None` for the other is a wall
/// with its restitution and friction.
fn force(hertz: bool, own: usize, other: Result<usize, [f64; 2]>, n: [f64; 3], depth: f64, u: [f64; 3], dt: f64) -> [f64; 3] {
    let (a, ra, ma) = MATERIALS[own];
    let give = |m: Material| (1.0 - m.poisson * m.poisson) / m.young;
    let slide = |m: Material| (2.0 - m.poisson) * 2.0 * (1.0 + m.poisson) / m.young;
    let (e_star, g_star, r, m, k_linear, e, mu) = match other {
        Ok(other) => {
            let (b, rb, mb) = MATERIALS[other];
            let (e, mu) = ((a.restitution * b.restitution).sqrt(), (a.friction * b.friction).sqrt());
            let k = 2.0 * a.stiffness * b.stiffness / (a.stiffness + b.stiffness);
            (1.0 / (give(a) + give(b)), 1.0 / (slide(a) + slide(b)), ra * rb / (ra + rb), ma * mb / (ma + mb), k, e, mu)
        }
        Err([e, mu]) => (1.0 / give(a), 1.0 / slide(a), ra, ma, a.stiffness, e, mu),
    };
    let beta = -e.ln() / (std::f64::consts::PI.powi(2) + e.ln().powi(2)).sqrt();
    let (elastic, cn, kt, ct) = if hertz {
        let (sn, st) = (2.0 * e_star * (r * depth).sqrt(), 8.0 * g_star * (r * depth).sqrt());
        let c = 2.0 * (5.0f64 / 6.0).sqrt() * beta;
        (4.0 / 3.0 * e_star * r.sqrt() * depth.powf(1.5), c * (sn * m).sqrt(), st, c * (st * m).sqrt())
    } else {
        let kt = 2.0 / 7.0 * k_linear;
        (k_linear * depth, 2.0 * beta * (m * k_linear).sqrt(), kt, 2.0 * beta * (2.0 / 7.0 * m * kt).sqrt())
    };
    let normal = elastic - cn * dot(u, n);
    let slip = sub(u, n.map(|c| c * dot(u, n)));
    let cut = |f: [f64; 3]| {
        let (length, most) = (dot(f, f).sqrt(), mu * normal.max(0.0));
        if length > most { f.map(|c| c * most / length) } else { f }
    };
    let spring = cut(slip.map(|c| -kt * dt * c));
    let friction = cut(std::array::from_fn(|k| spring[k] - ct * slip[k]));
    std::array::from_fn(|k| normal * n[k] + friction[k])
}

/// Normal, depth, velocity of the wall, and its restitution and friction.
type WallTouch = ([f64; 3], f64, [f64; 3], [f64; 2]);

/// Walls of the crowd.
fn walls(x: [f64; 3], r: f64) -> Vec<WallTouch> {
    let mut found = Vec::new();
    for k in 0..3 {
        for sign in [1.0, -1.0] {
            let mut n = [0.0; 3];
            n[k] = sign;
            found.push((n, r - (1.5 + sign * x[k]), [0.0; 3], [0.5, 0.4]));
        }
    }
    let out = x[0].hypot(x[2]);
    let n = [-x[0] / out, 0.0, -x[2] / out];
    found.push((n, r + out - 1.8, cross([0.0, 2.0, 0.0], [x[0] / out * 1.8, 0.0, x[2] / out * 1.8]), [0.7, 0.2]));
    found.into_iter().filter(|w| w.1 > 0.0).collect()
}

#[test]
fn first_forces_are_those_of_the_formulas_over_all_pairs() {
    for law in ["hertz", "linear"] {
        let mut simulation = crowd(law, 1);
        let x: Vec<f32> = simulation.field("position").unwrap();
        let v: Vec<f32> = simulation.field("velocity").unwrap();
        let species: Vec<u32> = simulation.field("species").unwrap();
        let (got_force, got_torque): (Vec<f32>, Vec<f32>) = (simulation.field("force").unwrap(), simulation.field("torque").unwrap());
        let at = |values: &[f32], i: usize| -> [f64; 3] { std::array::from_fn(|k| f64::from(values[3 * i + k])) };
        let (mut worst, mut contacts) = (0.0f64, 0);
        for i in 0..species.len() {
            let (own, radius) = (species[i] as usize, MATERIALS[species[i] as usize].1);
            let (mut sum, mut turn, mut size) = ([0.0; 3], [0.0; 3], 1.0);
            let mut add = |n: [f64; 3], f: [f64; 3], lever: f64| {
                let torque = cross(n.map(|c| -lever * c), f);
                sum = std::array::from_fn(|k| sum[k] + f[k]);
                turn = std::array::from_fn(|k| turn[k] + torque[k]);
                size += dot(f, f).sqrt();
                contacts += 1;
            };
            for j in (0..species.len()).filter(|&j| j != i) {
                let d = sub(at(&x, i), at(&x, j));
                let (r, reach) = (dot(d, d).sqrt(), radius + MATERIALS[species[j] as usize].1);
                if r < reach {
                    let (n, depth) = (d.map(|c| c / r), reach - r);
                    let u = sub(at(&v, i), at(&v, j));
                    add(n, force(law == "hertz", own, Ok(species[j] as usize), n, depth, u, 0.001), radius - 0.5 * depth);
                }
            }
            for (n, depth, velocity, surface) in walls(at(&x, i), radius) {
                add(n, force(law == "hertz", own, Err(surface), n, depth, sub(at(&v, i), velocity), 0.001), radius - depth);
            }
            for k in 0..3 {
                worst = worst.max((f64::from(got_force[3 * i + k]) - sum[k]).abs() / size);
                worst = worst.max((f64::from(got_torque[3 * i + k]) - turn[k]).abs() / size);
            }
        }
        assert!(contacts > 300, "{contacts} contacts");
        // An overlap is known to 3e-8 and stiffness is up to 1e4.
        assert!(worst < 2e-4, "{law}: {worst}");
    }
}

/// Grains that fall into a heap in a periodic box without walls: friction, rolling friction and lists that are built again often.
fn gas(more: &str) -> String {
    format!(
        "version = 1\nseed = 5\ndt = 0.001\n[domain]\nmin = [-2, -2, -2]\nmax = [2, 2, 2]\nperiodic = [true, true, true]\n\
        [[species]]\nname = \"a\"\nradius = 0.2\n[[species]]\nname = \"b\"\nradius = 0.1\nmass = 0.125\n\
        [[force]]\nkind = \"granular\"\nlaw = \"hertz\"\nyoung = 2e5\n{more}\
        [[fill]]\nkind = \"lattice\"\narrangement = \"simple\"\ncells = [8, 8, 8]\nmin = [-2, -2, -2]\nmax = [2, 2, 2]\ntemperature = 3\nspecies = \"a\"\n\
        [[fill]]\nkind = \"lattice\"\narrangement = \"simple\"\ncells = [8, 8, 8]\nmin = [-1.75, -1.75, -1.75]\nmax = [2.25, 2.25, 2.25]\ntemperature = 0.3\nspecies = \"b\"\n"
    )
}

#[test]
fn momentum_is_kept_through_contacts_and_new_lists() {
    let text = gas("restitution = 0.5\nfriction = 0.5\nrolling_friction = 0.2\n");
    let mut simulation = start(&scene(&text, &["neighbors.skin=0.02"]), 2);
    simulation.step(1500).unwrap();
    let sums = simulation.diagnose().unwrap();
    let worst = [sums.momentum_x, sums.momentum_y, sums.momentum_z].map(f64::abs).into_iter().fold(0.0, f64::max);
    // Speeds were about 3 at first, of a total mass of 576.
    assert!(worst < 2e-3, "{worst}");
    let spin = simulation.field::<f32>("angular_velocity").unwrap();
    assert!(spin.iter().any(|w| w.abs() > 0.1));
}

/// Energy of motion, of spin and of contacts.
fn energy(simulation: &mut Simulation, inertia: &[f64]) -> f64 {
    let sums = simulation.diagnose().unwrap();
    let (spin, species): (Vec<f32>, Vec<u32>) = (simulation.field("angular_velocity").unwrap(), simulation.field("species").unwrap());
    let turning = |(w, s): (&[f32], &u32)| 0.5 * inertia[*s as usize] * w.iter().map(|c| f64::from(*c).powi(2)).sum::<f64>();
    sums.kinetic + sums.potential + spin.chunks(3).zip(&species).map(turning).sum::<f64>()
}

#[test]
fn energy_never_grows_on_its_own() {
    let inertia = [0.4 * 0.04, 0.4 * 0.125 * 0.01];
    for (more, law) in [
        ("friction = 0.4\nrolling_friction = 0.1\nrestitution = 0.7\n", "hertz"),
        ("friction = 0.5\nrestitution = 1.0\n", "hertz"),
        ("friction = 0.5\nrestitution = 0.9\nstiffness = 2e4\n", "linear"),
    ] {
        let text = gas(more).replace("\"hertz\"", &format!("\"{law}\""));
        let mut simulation = start(&scene(&text, &["dt=0.0005"]), 1);
        let first = energy(&mut simulation, &inertia);
        let mut last = first;
        for _ in 0..20 {
            simulation.step(50).unwrap();
            let now = energy(&mut simulation, &inertia);
            assert!(now < last + 2e-3 * first, "{law}, {more}: {now} after {last}, first {first}");
            last = now;
        }
        assert!(last < 0.9 * first, "{law}, {more}: {last} of {first}");
    }
    // Without friction and damping it stays.
    let mut simulation = start(&scene(&gas("friction = 0\nrestitution = 1\n"), &["dt=0.00025"]), 1);
    let first = energy(&mut simulation, &inertia);
    simulation.step(1000).unwrap();
    let last = energy(&mut simulation, &inertia);
    assert!((last / first - 1.0).abs() < 2e-3, "{last} of {first}");
}

/// A column that falls apart inside a drum: contacts with walls and grains, in more than two chunks.
const HEAP: &str = "version = 1\nseed = 2\ndt = 0.002\n[domain]\nmin = [-12, -12, -12]\nmax = [12, 12, 12]\n[[species]]\nradius = 0.5\n\
    [[force]]\nkind = \"gravity\"\nacceleration = [0, -10, 0]\n\
    [[force]]\nkind = \"granular\"\nyoung = 1e5\nrolling_friction = 0.05\n\
    [[collider]]\nkind = \"cylinder\"\naxis = [0, 0, 1]\nradius = 11\nlength = 14\nspin = 0.5\nfriction = 0.5\n\
    [[collider]]\nkind = \"sphere\"\ncenter = [0, -9.5, 0]\nradius = 1.5\nfriction = 0.3\n\
    [[fill]]\nkind = \"lattice\"\narrangement = \"simple\"\ncells = [14, 14, 13]\nmin = [-7, -7, -6.4]\nmax = [7.4, 7.4, 7]\ntemperature = 0.2\n";

#[test]
fn heaps_have_one_hash_on_any_number_of_threads_and_after_a_restore() {
    let hash = |threads: u32| {
        let mut simulation = start(&scene(HEAP, &[]), threads);
        simulation.step(60).unwrap();
        simulation.checkpoint().unwrap();
        simulation.step(60).unwrap();
        let hash = simulation.hash().unwrap();
        simulation.restore().unwrap();
        simulation.step(60).unwrap();
        assert_eq!(simulation.hash().unwrap(), hash);
        hash
    };
    let one = hash(1);
    assert!(hash(2) == one && hash(5) == one);
}

/// Whatever is set while it runs, nothing hangs, panics, or ends in a number that is none without a fault that says so.
#[test]
fn parameters_may_be_anything_at_any_time() {
    for set in [
        "force[granular].young=1e-6",
        "force[granular].restitution=0",
        "force[granular].friction=10",
        "species[0].radius=0",
        "species[0].radius=0.01",
        "species[0].mass=1e9",
        "collider[0].radius=0",
        "collider[0].axis=[0,0,0]",
        "collider[0].spin=1e6",
    ] {
        let compiled = scene(HEAP, &[]);
        let mut simulation = start(&compiled, 1);
        let with = scene(HEAP, &[if set == "species[0].radius=0" { "species[0].radius=1e-9" } else { set }]);
        simulation.step(3).unwrap();
        // The same scene with the parameter changed differs in its slots alone.
        for (k, (a, b)) in compiled.prefix.chunks(8).zip(with.prefix.chunks(8)).enumerate() {
            if a != b && b.len() == 8 {
                simulation.set_slot(8 * k as u32, f64::from_le_bytes(b.try_into().unwrap())).unwrap();
            }
        }
        let _ = simulation.step(20);
        let _ = simulation.diagnose();
    }
}

/// A ball that falls into a funnel without a hole comes to rest in its tip.
#[test]
fn shells_hold_grains_that_bounce_without_a_law_of_contact() {
    let text = "version = 1\ndt = 0.002\n[domain]\nmin = [-5, -5, -5]\nmax = [5, 5, 5]\n[[species]]\nradius = 0.1\n[[force]]\nkind = \"gravity\"\nacceleration = [0, -10, 0]\n\
        [[collider]]\nkind = \"cone\"\nbase = [0, 0, 0]\naxis = [0, 1, 0]\nbase_radius = 0\ntop_radius = 1\nrestitution = 0.3\n\
        [[fill]]\nkind = \"particle\"\nposition = [0.3, 1.2, 0.1]\n";
    let mut simulation = start(&scene(text, &[]), 1);
    simulation.step(5000).unwrap();
    let x = simulation.field::<f32>("position").unwrap();
    // The centre of a ball in the tip of a cone of 45 degrees.
    assert!(x[0].hypot(x[2]) < 0.03 && (x[1] - 0.1 * 2f32.sqrt()).abs() < 0.03, "{x:?}");
}

#[test]
fn published_cases_pass_in_their_short_form() {
    let setting = Setting { engine: Box::new(|scene| motes_host::Simulation::new(scene, 1)), full: false, data: None };
    let mut failed = Vec::new();
    for case in validation::cases().into_iter().filter(|c| c.part == "Grains" && !c.long) {
        let clock = std::time::Instant::now();
        let outcome = (case.run)(&setting).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        println!("{}: {:.1} s", case.name, clock.elapsed().as_secs_f64());
        for check in &outcome.checks {
            println!("  {} {} for {} in {:?}", check.quantity, check.obtained, check.published, check.band);
            if !check.passed() {
                failed.push(format!("{}: {} {} for {} in {:?}", case.name, check.quantity, check.obtained, check.published, check.band));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
