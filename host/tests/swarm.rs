//! Collective motion: particle life, Vicsek's flock, the Primordial Particle System and boids, held to the laws that define them.

mod support;

use motes_host::Simulation;
use support::{scene, start};

/// A periodic square or cube of that side with random particles; `rest` adds forces, constraints and species.
fn swarm(side: f64, count: u32, dimensions: u32, temperature: f64, rest: &str) -> String {
    let z = if dimensions == 3 { side } else { 1.0 };
    format!(
        "version = 1\nseed = 5\ndt = 0.01\n[domain]\nmin = [0, 0, 0]\nmax = [{side}, {side}, {z}]\nperiodic = [true, true, {}]\ndimensions = {dimensions}\n\
         [[fill]]\nkind = \"random\"\ncount = {count}\nmin = [0, 0, 0]\nmax = [{side}, {side}, {z}]\ntemperature = {temperature}\n{rest}",
        dimensions == 3
    )
}

fn simulation(text: &str, overrides: &[&str]) -> Simulation {
    start(&scene(text, overrides), 2)
}

/// Rows of a field in the order of identities.
fn by_id<const W: usize>(simulation: &mut Simulation, name: &str) -> Vec<[f32; W]> {
    let (id, values) = (simulation.field::<u32>("id").unwrap(), simulation.field::<f32>(name).unwrap());
    let mut rows = vec![[0.0; W]; id.len()];
    for (row, id) in values.chunks(W).zip(id) {
        rows[id as usize].copy_from_slice(row);
    }
    rows
}

/// Positions in full, velocities and species, in storage order.
struct State {
    x: Vec<[f64; 3]>,
    v: Vec<[f64; 3]>,
    species: Vec<u32>,
}

fn state(simulation: &mut Simulation) -> State {
    let high = simulation.field::<f32>("position").unwrap();
    let low = simulation.field::<f32>("position_low").unwrap();
    let rows = |values: &[f64]| values.chunks(3).map(|c| [c[0], c[1], c[2]]).collect::<Vec<_>>();
    let whole: Vec<f64> = high.iter().zip(&low).map(|(h, l)| *h as f64 + *l as f64).collect();
    let v: Vec<f64> = simulation.field::<f32>("velocity").unwrap().iter().map(|v| *v as f64).collect();
    State { x: rows(&whole), v: rows(&v), species: simulation.field("species").unwrap() }
}

fn nearest(a: [f64; 3], b: [f64; 3], side: f64, dimensions: usize) -> [f64; 3] {
    std::array::from_fn(|k| if k < dimensions { (b[k] - a[k]) - side * ((b[k] - a[k]) / side).round() } else { 0.0 })
}

fn length(d: [f64; 3]) -> f64 {
    d.iter().map(|c| c * c).sum::<f64>().sqrt()
}

/// |sum of directions| / N: 1 when all move alike.
fn order(simulation: &mut Simulation) -> f64 {
    let v = state(simulation).v;
    let sum = v.iter().fold([0.0; 3], |s, v| std::array::from_fn(|k| s[k] + v[k] / length(*v)));
    length(sum) / v.len() as f64
}

/// Puts half of the particles of a scene into species 1.
fn two_species(simulation: &mut Simulation) {
    let species: Vec<u32> = simulation.field::<u32>("id").unwrap().iter().map(|id| id % 2).collect();
    simulation.set_field("species", &species).unwrap();
}

const LIFE: &str = "[[species]]\nname = \"a\"\n[[species]]\nname = \"b\"\n";

fn life(a: [[f64; 2]; 2]) -> String {
    let record = |s: usize, w: usize| {
        format!("[[force]]\nkind = \"particle-life\"\nr_min = 0.3\nr_max = 1\nstrength = 20\nattraction = {}\nspecies = {s}\nwith = {w}\n", a[s][w])
    };
    [LIFE.to_owned(), record(0, 0), record(0, 1), record(1, 0), record(1, 1)].concat()
}

/// The two species of a scene, where b is the name that the first half has if `swapped`.
fn life_run(matrix: [[f64; 2]; 2], swapped: bool, steps: u32) -> Simulation {
    let fills = |first: usize, second: usize| {
        let fill = |species: usize| format!("[[fill]]\nkind = \"random\"\ncount = 1500\nmin = [0, 0, 0]\nmax = [12, 12, 1]\nspecies = {species}\n");
        fill(first) + &fill(second)
    };
    let fills = if swapped { fills(1, 0) } else { fills(0, 1) };
    let text = swarm(12.0, 0, 2, 0.0, &(life(matrix) + &fills));
    let mut simulation = simulation(&text, &[]);
    simulation.step(steps).unwrap();
    simulation
}

#[test]
fn particle_life_with_a_symmetric_matrix_keeps_momentum_and_without_does_not() {
    let momentum = |matrix: [[f64; 2]; 2]| {
        let sums = life_run(matrix, false, 300).diagnose().unwrap();
        (length([sums.momentum_x, sums.momentum_y, sums.momentum_z]), sums.kinetic)
    };
    let (kept, kinetic) = momentum([[0.4, -0.6], [-0.6, 0.8]]);
    // Per particle against its typical momentum.
    let typical = (2.0 * kinetic / 3000.0).sqrt();
    assert!(kept / 3000.0 < 1e-5 * typical, "{kept} against {typical}");
    let (lost, kinetic) = momentum([[0.4, -0.6], [0.6, 0.8]]);
    assert!(lost / 3000.0 > 1e-3 * (2.0 * kinetic / 3000.0).sqrt(), "{lost}");
}

#[test]
fn particle_life_does_not_know_the_names_of_species() {
    let (mut plain, mut renamed) = (life_run([[0.4, -0.6], [0.5, 0.8]], false, 200), life_run([[0.8, 0.5], [-0.6, 0.4]], true, 200));
    assert_eq!(by_id::<3>(&mut plain, "position"), by_id::<3>(&mut renamed, "position"));
    let mut other = life_run([[0.8, 0.5], [-0.6, 0.4]], false, 200);
    assert_ne!(by_id::<3>(&mut plain, "position"), by_id::<3>(&mut other, "position"));
}

/// Mohr's kernel in f64 over all pairs.
fn life_force(r: f64, attraction: f64) -> f64 {
    let (r_min, r_max, strength) = (0.3, 1.0, 20.0);
    if r < r_min {
        strength * (r / r_min - 1.0)
    } else if r < r_max {
        strength * attraction * (1.0 - (2.0 * r - r_max - r_min).abs() / (r_max - r_min))
    } else {
        0.0
    }
}

#[test]
fn particle_life_forces_match_the_sum_over_all_pairs() {
    let matrix = [[0.4, -0.6], [0.5, 0.8]];
    for (dimensions, count) in [(2, 800), (3, 1200)] {
        let mut simulation = simulation(&swarm(6.0, count, dimensions, 1.0, &life(matrix)), &[]);
        two_species(&mut simulation);
        simulation.step(40).unwrap();
        let (state, force) = (state(&mut simulation), simulation.field::<f32>("force").unwrap());
        for i in 0..state.x.len() {
            let (mut want, mut scale) = ([0.0; 3], 1.0);
            for j in (0..state.x.len()).filter(|&j| j != i) {
                let d = nearest(state.x[i], state.x[j], 6.0, dimensions as usize);
                let r = length(d);
                let pull = life_force(r, matrix[state.species[i] as usize][state.species[j] as usize]);
                scale += pull.abs();
                (0..3).for_each(|k| want[k] += pull * d[k] / r);
            }
            for k in 0..3 {
                assert!((want[k] - force[3 * i + k] as f64).abs() < 1e-5 * scale, "{dimensions}-D, {i}: {want:?} {:?}", &force[3 * i..3 * i + 3]);
            }
        }
    }
}

/// With no one near, friction of a given half-life halves velocities, in however many steps.
#[test]
fn friction_does_not_depend_on_the_time_step() {
    let rest = format!("{}[[force]]\nkind = \"drag\"\nlinear = 1.3862943611198906\n", life([[0.0; 2]; 2]));
    for (dt, steps) in [("dt=0.05", 20), ("dt=0.01", 100), ("dt=0.002", 500)] {
        let mut simulation = simulation(&swarm(50.0, 1, 2, 0.0, &rest), &[dt, "fill[0].velocity=[4, 2, 0]"]);
        simulation.step(steps).unwrap();
        let v = by_id::<3>(&mut simulation, "velocity")[0];
        // Two half-lives of 0.5 in a time of 1.
        assert!((v[0] - 1.0).abs() < 1e-5 && (v[1] - 0.5).abs() < 1e-5, "{dt}: {v:?}");
    }
}

#[test]
fn a_matrix_seed_makes_one_world_and_another_seed_another() {
    let world = |seed: u32| {
        let force = format!("{LIFE}[[force]]\nkind = \"particle-life\"\nstrength = 20\nmatrix_seed = {seed}\n");
        let mut simulation = simulation(&swarm(8.0, 1000, 2, 0.0, &force), &[]);
        two_species(&mut simulation);
        simulation.step(50).unwrap();
        simulation.hash().unwrap()
    };
    assert_eq!(world(3), world(3));
    assert_ne!(world(3), world(4));
}

fn vicsek(side: f64, count: u32, dimensions: u32, noise: f64, steps: u32) -> Simulation {
    let rest = format!("[[constraint]]\nkind = \"vicsek\"\nspeed = 0.3\nradius = 1\nnoise = {noise}\nspacing = {}\n", if dimensions == 2 { 0.07 } else { 0.2 });
    let mut simulation = simulation(&swarm(side, count, dimensions, 1.0, &rest), &["dt=1"]);
    simulation.step(steps).unwrap();
    simulation
}

/// The mean of the order parameter over some steps after the first ones.
fn mean_order(side: f64, count: u32, dimensions: u32, noise: f64) -> f64 {
    let mut simulation = vicsek(side, count, dimensions, noise, 300);
    let mut sum = 0.0;
    for _ in 0..20 {
        simulation.step(10).unwrap();
        sum += order(&mut simulation);
    }
    sum / 20.0
}

#[test]
fn vicsek_order_is_one_without_noise_and_falls_with_it() {
    let orders = [0.1, 1.0, 2.0, 3.0, 4.5, 5.5].map(|noise| mean_order(10.0, 400, 2, noise));
    assert!(orders[0] > 0.99, "{orders:?}");
    assert!(orders.is_sorted_by(|a, b| a > b), "{orders:?}");
}

/// Of N independent directions the sum is sqrt(N) long: in the plane its mean is sqrt(pi N) / 2, in space sqrt(8 N / 3 pi).
#[test]
fn vicsek_order_at_full_noise_is_that_of_chance() {
    for (dimensions, side, factor) in [(2, 20.0, 0.886), (3, 9.0, 0.921)] {
        for count in [300, 4800] {
            let order = mean_order(side, count, dimensions, std::f64::consts::TAU);
            let want = factor / (count as f64).sqrt();
            assert!((order / want - 1.0).abs() < 0.4, "{dimensions}-D, {count}: {order}, not {want}");
        }
    }
}

/// Without noise the new velocity is the mean direction of the old ones within the radius, times the speed.
#[test]
fn vicsek_directions_match_the_sum_over_all_pairs() {
    for (dimensions, count) in [(2, 700), (3, 900)] {
        let mut simulation = vicsek(7.0, count, dimensions, 3.0, 5);
        let before = by_id::<3>(&mut simulation, "velocity");
        let noise = scene(&swarm(7.0, 1, 2, 0.0, "[[constraint]]\nkind = \"vicsek\"\n"), &[]).parameter("constraint[0].noise").map(|p| p.offset).unwrap();
        simulation.set_slot(noise, 0.0).unwrap();
        simulation.step(1).unwrap();
        let id = simulation.field::<u32>("id").unwrap();
        let state = state(&mut simulation);
        for i in 0..state.x.len() {
            let mut sum = [0.0; 3];
            for j in 0..state.x.len() {
                if length(nearest(state.x[i], state.x[j], 7.0, dimensions as usize)) < 1.0 {
                    (0..3).for_each(|k| sum[k] += before[id[j] as usize][k] as f64);
                }
            }
            let scale = 0.3 / length(sum);
            for k in 0..3 {
                assert!((state.v[i][k] - scale * sum[k]).abs() < 1e-5, "{i}: {:?} {sum:?}", state.v[i]);
            }
        }
    }
}

const PRIMORDIAL: &str = "[[constraint]]\nkind = \"primordial\"\nradius = 1.5\nspeed = 0.2\nalpha = 100\nbeta = 9\n";

#[test]
fn primordial_turns_match_the_count_over_all_pairs() {
    let mut simulation = simulation(&swarm(12.0, 600, 2, 1.0, PRIMORDIAL), &["dt=1"]);
    simulation.step(7).unwrap();
    let before = by_id::<3>(&mut simulation, "velocity");
    simulation.step(1).unwrap();
    let id = simulation.field::<u32>("id").unwrap();
    let state = state(&mut simulation);
    for i in 0..state.x.len() {
        let v = before[id[i] as usize].map(f64::from);
        let (mut left, mut right) = (0.0f64, 0.0f64);
        for j in (0..state.x.len()).filter(|&j| j != i) {
            let d = nearest(state.x[i], state.x[j], 12.0, 2);
            if length(d) < 1.5 {
                *if v[0] * d[1] - v[1] * d[0] > 0.0 { &mut left } else { &mut right } += 1.0;
            }
        }
        let side = if right > left {
            1.0
        } else if right < left {
            -1.0
        } else {
            0.0
        };
        // To the right is clockwise.
        let angle = v[1].atan2(v[0]) - (100.0 + 9.0 * (left + right) * side).to_radians();
        for (got, want) in [(state.v[i][0], 0.2 * angle.cos()), (state.v[i][1], 0.2 * angle.sin())] {
            assert!((got - want).abs() < 1e-5, "{i}: {left} {right} {got} {want}");
        }
    }
}

const BOIDS: &str = "[[force]]\nkind = \"boids\"\nradius = 1\nseparation_radius = 0.5\nseparation = 8\nalignment = 1.5\ncohesion = 2\nmin_speed = 0.5\nmax_speed = 2\n\
                     roost = [3, 3, 3]\nroost_radius = 2\nroost_pull = 0.7\n";

/// The acceleration of boid i by the formulas, over all others, with velocities `v`; the second number is the sum of all parts' sizes.
fn boid(state: &State, v: &[[f64; 3]], i: usize, dimensions: usize, cosine: f64) -> ([f64; 3], f64) {
    let (mut apart, mut velocity, mut place, mut seen, mut scale) = ([0.0; 3], [0.0; 3], [0.0; 3], 0.0, 1.0);
    for j in (0..state.x.len()).filter(|&j| j != i) {
        let d = nearest(state.x[i], state.x[j], 6.0, dimensions);
        let r = length(d);
        if r >= 1.0 || (0..3).map(|k| d[k] * v[i][k]).sum::<f64>() < cosine * r * length(v[i]) {
            continue;
        }
        seen += 1.0;
        let push = 8.0 * (1.0 - r / 0.5).max(0.0);
        scale += push;
        for k in 0..3 {
            apart[k] -= push * d[k] / r;
            velocity[k] += v[j][k];
            place[k] += d[k];
        }
    }
    let mut home: [f64; 3] = std::array::from_fn(|k| if k < dimensions { 3.0 - state.x[i][k] } else { 0.0 });
    let far = length(home);
    home = home.map(|c| 0.7 * (far - 2.0).max(0.0) * c / far);
    let mean = |sum: f64| if seen > 0.0 { sum / seen } else { 0.0 };
    let own = |k: usize| if seen > 0.0 { v[i][k] } else { 0.0 };
    (std::array::from_fn(|k| apart[k] + 1.5 * (mean(velocity[k]) - own(k)) + 2.0 * mean(place[k]) + home[k]), scale)
}

/// Right after the start forces are those of the first velocities.
#[test]
fn boids_accelerate_as_the_formulas_say_over_all_pairs() {
    for (dimensions, count) in [(2, 500), (3, 900)] {
        for view in [360.0f64, 240.0] {
            let species = "[[species]]\nname = \"bird\"\nmass = 2.5\n";
            let mut simulation = simulation(&swarm(6.0, count, dimensions, 1.0, &format!("{BOIDS}{species}")), &[&format!("force[0].view={view}")]);
            let (state, force) = (state(&mut simulation), simulation.field::<f32>("force").unwrap());
            let cosine = if view == 360.0 { -2.0 } else { (0.5 * view).to_radians().cos() };
            for i in 0..state.x.len() {
                let (want, scale) = boid(&state, &state.v, i, dimensions as usize, cosine);
                for k in 0..dimensions as usize {
                    let got = force[3 * i + k] as f64 / 2.5;
                    assert!((want[k] - got).abs() < 2e-5 * scale, "{dimensions}-D, {view}, {i}: {want:?} {:?}", &force[3 * i..3 * i + 3]);
                }
            }
        }
    }
}

#[test]
fn boids_keep_to_their_speeds_and_fly_alike() {
    let mut simulation = simulation(&swarm(6.0, 1000, 3, 1.0, BOIDS), &["force[0].roost_pull=0"]);
    let first = order(&mut simulation);
    simulation.step(1500).unwrap();
    let speeds: Vec<f64> = state(&mut simulation).v.into_iter().map(length).collect();
    assert!(speeds.iter().all(|s| (0.5 - 1e-6..=2.0 + 1e-6).contains(s)), "{speeds:?}");
    let last = order(&mut simulation);
    assert!(first < 0.1 && last > 0.9, "{first} {last}");
}

/// All kinds of swarm, small: same hash on any number of threads, and after a restore.
#[test]
fn swarms_have_one_hash() {
    let life = life([[0.4, -0.6], [0.5, 0.8]]) + "[[force]]\nkind = \"drag\"\nlinear = 2\n";
    let vicsek = "[[constraint]]\nkind = \"vicsek\"\nspeed = 1\nradius = 0.5\nnoise = 1\n";
    for (dimensions, rest) in [(2, life.as_str()), (3, life.as_str()), (2, vicsek), (3, vicsek), (2, PRIMORDIAL), (2, BOIDS), (3, BOIDS)] {
        one_hash(&swarm(if dimensions == 2 { 22.0 } else { 11.0 }, 5000, dimensions, 1.0, rest));
    }
}

fn one_hash(text: &str) {
    let compiled = scene(text, &[]);
    let hashes = [1, 2, 4].map(|threads| {
        let mut simulation = start(&compiled, threads);
        simulation.step(60).unwrap();
        simulation.checkpoint().unwrap();
        simulation.step(50).unwrap();
        let hash = simulation.hash().unwrap();
        simulation.restore().unwrap();
        simulation.step(50).unwrap();
        assert_eq!(hash, simulation.hash().unwrap(), "restored: {text}");
        hash
    });
    assert!(hashes.iter().all(|h| *h == hashes[0]), "{hashes:x?}: {text}");
}
