//! Hard contact against the sums of the method, conservation laws, closed forms, and itself on other threads.

mod support;

use motes_host::{Simulation, overlaps};
use support::{scene, start};

type Three = [f64; 3];

fn rows(simulation: &mut Simulation, name: &str) -> Vec<Three> {
    let values = simulation.field::<f32>(name).unwrap();
    values.as_chunks::<3>().0.iter().map(|row| row.map(f64::from)).collect()
}

fn dot(a: Three, b: Three) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: Three, b: Three) -> Three {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn plus(a: Three, s: f64, b: Three) -> Three {
    std::array::from_fn(|k| a[k] + s * b[k])
}

/// Balls of two kinds that rush about in a room.
const ROOM: &str = "version = 1\nseed = 4\ndt = 0.004\n[domain]\nmin = [0, 0, 0]\nmax = [1, 1, 1]\n[[force]]\nkind = \"gravity\"\nacceleration = [0, -10, 0]\n\
    [[species]]\nname = \"large\"\nmass = 2\nradius = 0.1\n[[species]]\nname = \"small\"\nmass = 0.5\nradius = 0.06\n\
    [[constraint]]\nkind = \"contact\"\nrestitution = 0.5\nfriction = 0.4\n[[constraint]]\nkind = \"contact\"\nspecies = \"small\"\nwith = \"small\"\nrestitution = 0.8\nfriction = 0.1\n\
    [[fill]]\nkind = \"random\"\ncount = 60\nmin = [0.1, 0.1, 0.1]\nmax = [0.9, 0.9, 0.9]\ntemperature = 2\nspecies = \"large\"\n\
    [[fill]]\nkind = \"random\"\ncount = 90\nmin = [0.1, 0.1, 0.1]\nmax = [0.9, 0.9, 0.9]\ntemperature = 2\nspecies = \"small\"\n\
    [[collider]]\nkind = \"box\"\nmin = [0, 0, 0]\nmax = [1, 1, 1]\nrestitution = 0.6\nfriction = 0.3\n";

/// A contact of ball i: normal, overlap, the other ball or none, restitution, friction.
type Meeting = (Three, f64, Option<usize>, f64, f64);

struct Oracle {
    x: Vec<Three>,
    v: Vec<Three>,
    spin: Vec<Three>,
    species: Vec<u32>,
    dt: f64,
}

impl Oracle {
    fn mass(&self, i: usize) -> f64 {
        [2.0, 0.5][self.species[i] as usize]
    }

    fn radius(&self, i: usize) -> f64 {
        [0.1, 0.06][self.species[i] as usize]
    }

    fn meetings(&self, i: usize) -> Vec<Meeting> {
        let mut found = Vec::new();
        for j in (0..self.x.len()).filter(|j| *j != i) {
            let d = plus(self.x[i], -1.0, self.x[j]);
            let (r, reach) = (dot(d, d).sqrt(), self.radius(i) + self.radius(j));
            let (e, mu) = if self.species[i] + self.species[j] == 2 { (0.8, 0.1) } else { (0.5, 0.4) };
            found.extend((r < reach).then(|| (d.map(|c| c / r), reach - r, Some(j), e, mu)));
        }
        for k in 0..3 {
            for (sign, depth) in [(1.0, self.radius(i) - self.x[i][k]), (-1.0, self.x[i][k] + self.radius(i) - 1.0)] {
                let n = std::array::from_fn(|c| if c == k { sign } else { 0.0 });
                found.extend((depth > 0.0).then_some((n, depth, None, 0.6, 0.3)));
            }
        }
        found
    }

    /// Parts for normal impulses and for friction.
    fn parts(&self, meetings: &[Meeting]) -> (f64, f64) {
        let count = meetings.len() as f64;
        let mut square = 0.0;
        for (a, b) in (0..9).map(|at| (at / 3, at % 3)) {
            let sum: f64 = meetings.iter().map(|m| m.0[a] * m.0[b]).sum();
            square += (sum - if a == b { count / 3.0 } else { 0.0 }).powi(2);
        }
        let most = count / 3.0 + (2.0 / 3.0 * square).sqrt();
        (most + (count - most) / 3.5, count)
    }

    /// Changes of velocity and spin of ball i.
    fn changes(&self, i: usize, parts: &[(f64, f64)]) -> (Three, Three) {
        let (mut push, mut twist) = ([0.0; 3], [0.0; 3]);
        for (n, depth, other, e, mu) in self.meetings(i) {
            let (mut u, mut turning) = (self.v[i], self.spin[i].map(|c| c * self.radius(i)));
            let (mut part, mut count) = (parts[i].0 / self.mass(i), parts[i].1 / self.mass(i));
            if let Some(j) = other {
                u = plus(u, -1.0, self.v[j]);
                turning = plus(turning, self.radius(j), self.spin[j]);
                part += parts[j].0 / self.mass(j);
                count += parts[j].1 / self.mass(j);
            }
            let along = dot(u, n);
            let bounce = if -along > 2.0 * 10.0 * self.dt { -(1.0 + e) * along } else { 0.0 };
            let normal = (depth / self.dt).max(bounce) / part;
            let slip = plus(plus(u, -along, n), -1.0, cross(turning, n));
            let sliding = dot(slip, slip).sqrt();
            let rub = (1.0 / (3.5 * count)).min(mu * normal / sliding);
            push = plus(plus(push, normal, n), -rub, slip);
            twist = plus(twist, -rub, cross(n, slip));
        }
        (push.map(|c| c / self.mass(i)), twist.map(|c| -2.5 * c / self.mass(i) / self.radius(i)))
    }
}

#[test]
fn one_step_is_the_sum_over_all_pairs() {
    let mut simulation = start(&scene(ROOM, &[]), 2);
    simulation.step(40).unwrap();
    let (x, v, w) = (rows(&mut simulation, "position"), rows(&mut simulation, "velocity"), rows(&mut simulation, "angular_velocity"));
    let id = simulation.field::<u32>("id").unwrap();
    let dt = 0.004;
    let v: Vec<Three> = v.iter().map(|v| plus(*v, 0.5 * dt, [0.0, -10.0, 0.0])).collect();
    let x = x.iter().zip(&v).map(|(x, v)| plus(*x, dt, *v)).collect();
    let oracle = Oracle { x, v, spin: w, species: simulation.field("species").unwrap(), dt };
    let parts: Vec<_> = (0..id.len()).map(|i| oracle.parts(&oracle.meetings(i))).collect();
    simulation.step(1).unwrap();
    let (x, v, w) = (rows(&mut simulation, "position"), rows(&mut simulation, "velocity"), rows(&mut simulation, "angular_velocity"));
    let after = simulation.field::<u32>("id").unwrap();
    let mut met = 0;
    for i in 0..id.len() {
        let row = after.iter().position(|a| *a == id[i]).unwrap();
        let (push, twist) = oracle.changes(i, &parts);
        met += usize::from(push != [0.0; 3]);
        let kick = plus(oracle.v[i], 0.5 * dt, [0.0, -10.0, 0.0]);
        for k in 0..3 {
            assert!((v[row][k] - kick[k] - push[k]).abs() < 2e-3, "{i}: {:?} {push:?}", v[row]);
            assert!((x[row][k] - oracle.x[i][k] - dt * push[k]).abs() < 1e-5, "{i}: {:?}", x[row]);
            assert!((w[row][k] - oracle.spin[i][k] - twist[k]).abs() < 2e-2, "{i}: {:?} {:?} {twist:?}", w[row], oracle.spin[i]);
        }
    }
    assert!(met > 60, "{met} of 150 have contacts");
}

const FREE: &[&str] = &["force[0].acceleration=[0, 0, 0]", "collider[0].min=[-50, -50, -50]", "collider[0].max=[50, 50, 50]"];

#[test]
fn momentum_is_kept_to_rounding() {
    let mut simulation = start(&scene(ROOM, FREE), 1);
    let before = simulation.diagnose().unwrap();
    simulation.step(200).unwrap();
    let after = simulation.diagnose().unwrap();
    let moved = (before.kinetic - after.kinetic).abs();
    for (a, b) in [(before.momentum_x, after.momentum_x), (before.momentum_y, after.momentum_y), (before.momentum_z, after.momentum_z)] {
        assert!((a - b).abs() < 1e-4, "{a} {b}, energy changed by {moved}");
    }
    assert!(moved > 1.0);
}

/// Balls that do not overlap at first: motion and spin together never gain energy.
#[test]
fn energy_never_grows() {
    for (restitution, friction) in [(1.0, 0.0), (1.0, 0.5), (0.5, 0.5)] {
        let text = "version = 1\nseed = 4\ndt = 0.002\n[domain]\nmin = [0, 0, 0]\nmax = [2, 2, 2]\n[[species]]\nradius = 0.1\n[[constraint]]\nkind = \"contact\"\n\
            [[fill]]\nkind = \"lattice\"\narrangement = \"simple\"\nmin = [0.15, 0.15, 0.15]\nmax = [1.95, 1.95, 1.95]\ncells = [8, 8, 8]\ntemperature = 1\n\
            [[collider]]\nkind = \"box\"\nmin = [0, 0, 0]\nmax = [2, 2, 2]\n";
        let set = ["constraint[0]", "collider[0]"].map(|of| [format!("{of}.restitution={restitution}"), format!("{of}.friction={friction}")]).concat();
        let mut simulation = start(&scene(text, &set.iter().map(String::as_str).collect::<Vec<_>>()), 1);
        let energy = |simulation: &mut Simulation| {
            let (v, w) = (rows(simulation, "velocity"), rows(simulation, "angular_velocity"));
            v.iter().map(|v| 0.5 * dot(*v, *v)).sum::<f64>() + w.iter().map(|w| 0.5 * 0.4 * 0.01 * dot(*w, *w)).sum::<f64>()
        };
        let first = energy(&mut simulation);
        let mut last = first;
        for _ in 0..60 {
            simulation.step(5).unwrap();
            let now = energy(&mut simulation);
            assert!(now < last * (1.0 + 1e-4), "e {restitution}, mu {friction}: {now} after {last}");
            last = now;
        }
        if restitution < 1.0 {
            assert!(last < 0.5 * first, "{last} {first}");
        }
    }
}

const PAIR: &str = "version = 1\ndt = 0.002\n[domain]\nmin = [-9, -9, -9]\nmax = [9, 9, 9]\n[[species]]\nname = \"a\"\nradius = 0.1\n[[species]]\nname = \"b\"\nmass = 3\n\
    radius = 0.2\n[[constraint]]\nkind = \"contact\"\nfriction = 0\n[[fill]]\nkind = \"particle\"\nposition = [-1, 0, 0]\nvelocity = [3, 0, 0]\nspecies = \"a\"\n\
    [[fill]]\nkind = \"particle\"\nposition = [0.5, 0, 0]\nvelocity = [-1, 0, 0]\nspecies = \"b\"\n";

#[test]
fn two_balls_part_with_their_share_of_speed() {
    for restitution in [0.0, 0.4, 1.0] {
        let mut simulation = start(&scene(PAIR, &[&format!("constraint[0].restitution={restitution}")]), 1);
        simulation.step(400).unwrap();
        let v = rows(&mut simulation, "velocity");
        let species = simulation.field::<u32>("species").unwrap();
        let (a, b) = if species[0] == 0 { (v[0][0], v[1][0]) } else { (v[1][0], v[0][0]) };
        assert!((b - a - 4.0 * restitution).abs() < 1e-5 && (a + 3.0 * b).abs() < 1e-5, "e {restitution}: {a} {b}");
    }
}

/// Friction mu g slows the slide and turns the ball until it rolls: 5/7 of the speed for a sphere, 2/3 for a disk.
#[test]
fn a_sliding_ball_ends_up_rolling() {
    for (dimensions, share) in [(3, 5.0 / 7.0), (2, 2.0 / 3.0)] {
        let text = format!(
            "version = 1\ndt = 0.002\n[domain]\nmin = [-9, 0, -9]\nmax = [90, 9, 9]\ndimensions = {dimensions}\n[[force]]\nkind = \"gravity\"\n\
            acceleration = [0, -10, 0]\n[[species]]\nradius = 0.1\n[[constraint]]\nkind = \"contact\"\n[[fill]]\nkind = \"particle\"\nposition = [0, 0.1, 0]\n\
            velocity = [6, 0, 0]\n[[collider]]\nkind = \"box\"\nmin = [-100, 0, -100]\nmax = [100, 100, 100]\nrestitution = 0\nfriction = 0.2\n"
        );
        let mut simulation = start(&scene(&text, &[]), 1);
        let rolls = (1.0 - share) * 6.0 / 2.0;
        simulation.step((0.5 * rolls / 0.002) as u32).unwrap();
        let v = rows(&mut simulation, "velocity")[0][0];
        assert!((v - (6.0 - rolls)).abs() < 0.02, "{dimensions}: slows by mu g, {v}");
        simulation.step((rolls / 0.002) as u32).unwrap();
        let (v, w) = (rows(&mut simulation, "velocity")[0][0], rows(&mut simulation, "angular_velocity")[0][2]);
        assert!((v - share * 6.0).abs() < 1e-3 && (v + 0.1 * w).abs() < 1e-3, "{dimensions}: {v} {w}");
    }
}

/// A ball on a slope: it stays where friction holds it, rolls with 5/7 g sin a where it must not slip.
#[test]
fn a_ball_rolls_down_a_slope() {
    let text = "version = 1\ndt = 0.002\n[domain]\nmin = [-99, 0, -9]\nmax = [99, 9, 9]\n[[force]]\nkind = \"gravity\"\nacceleration = [3, -10, 0]\n[[species]]\n\
        radius = 0.1\n[[constraint]]\nkind = \"contact\"\n[[fill]]\nkind = \"particle\"\nposition = [0, 0.1, 0]\n[[collider]]\nkind = \"box\"\nmin = [-100, 0, -100]\n\
        max = [100, 100, 100]\nrestitution = 0\nfriction = 0.2\n";
    let mut simulation = start(&scene(text, &[]), 1);
    simulation.step(1000).unwrap();
    let v = rows(&mut simulation, "velocity")[0];
    assert!((v[0] - 5.0 / 7.0 * 3.0 * 2.0).abs() < 0.02, "{v:?}");
}

const PILE: &str = "version = 1\nseed = 2\ndt = 0.004166666666666667\n[domain]\nmin = [-0.8, 0, -0.8]\nmax = [0.8, 4, 0.8]\n[neighbors]\nskin = 0.08\n[[force]]\n\
    kind = \"gravity\"\nacceleration = [0, -9.81, 0]\n[[species]]\nradius = 0.1\n[[constraint]]\nkind = \"contact\"\nrestitution = 0.2\nfriction = 0.4\n\
    [[fill]]\nkind = \"lattice\"\narrangement = \"simple\"\nmin = [-0.65, 0.15, -0.65]\nmax = [0.79, 3.15, 0.79]\ncells = [6, 13, 6]\ntemperature = 0.1\n\
    [[collider]]\nkind = \"box\"\nmin = [-0.8, 0, -0.8]\nmax = [0.8, 40, 0.8]\nrestitution = 0.2\nfriction = 0.4\n";

/// Dropped in a box, balls come to rest, with overlaps that fall with the square of the time step.
#[test]
fn a_pile_comes_to_rest() {
    let mut means = Vec::new();
    for per_second in [240.0, 480.0] {
        let mut simulation = start(&scene(PILE, &[&format!("dt={}", 1.0 / per_second)]), 1);
        simulation.step(8 * per_second as u32).unwrap();
        let sums = simulation.diagnose().unwrap();
        let found = overlaps(&simulation.field::<f32>("position").unwrap(), 0.1);
        let calm = 0.5 * f64::powi(9.81 / per_second * 0.5, 2);
        assert!(sums.kinetic / sums.alive < 2.0 * calm + 1e-4, "{per_second}: {} a ball, calm {calm}", sums.kinetic / sums.alive);
        assert!(found.pairs > 700, "{found:?}");
        means.push(found);
    }
    assert!(means[0].mean < 0.06 && means[0].most_of_all < 0.2 && means[1].mean < 0.4 * means[0].mean, "{means:?}");
}

/// A column of five stands: no ball moves once it has come to rest.
#[test]
fn a_column_stands_still() {
    let text = "version = 1\ndt = 0.002\n[domain]\nmin = [-1, 0, -1]\nmax = [1, 4, 1]\n[[force]]\nkind = \"gravity\"\nacceleration = [0, -10, 0]\n[[species]]\nradius = 0.1\n\
        [[constraint]]\nkind = \"contact\"\n[[fill]]\nkind = \"lattice\"\narrangement = \"simple\"\nmin = [0, 0.12, 0]\nmax = [0.1, 1.22, 0.1]\ncells = [1, 5, 1]\n\
        [[collider]]\nkind = \"box\"\nmin = [-1, 0, -1]\nmax = [1, 40, 1]\nrestitution = 0.2\nfriction = 0.4\n";
    let mut simulation = start(&scene(text, &[]), 1);
    simulation.step(4000).unwrap();
    let before = rows(&mut simulation, "position");
    simulation.step(500).unwrap();
    for (a, b) in before.iter().zip(rows(&mut simulation, "position")) {
        assert!((0..3).all(|k| (a[k] - b[k]).abs() < 1e-6), "{a:?} {b:?}");
    }
    let top = before.iter().map(|x| x[1]).fold(0.0, f64::max);
    assert!((top - 0.9).abs() < 0.01, "{top}");
}

#[test]
fn contact_has_one_hash() {
    for (text, set) in [(ROOM, &["fill[0].count=3000", "fill[1].count=3000"] as &[&str]), (PILE, &[])] {
        let set: Vec<&str> =
            set.iter().copied().chain((text == ROOM).then_some(["domain.max=[4, 4, 4]", "collider[0].max=[4, 4, 4]"]).into_iter().flatten()).collect();
        let big = ["fill[0].max=[3.9, 3.9, 3.9]", "fill[1].max=[3.9, 3.9, 3.9]"];
        let set: Vec<&str> = if text == ROOM { set.into_iter().chain(big).collect() } else { set };
        let compiled = scene(text, &set);
        let hashes = [1, 2, 4].map(|threads| {
            let mut simulation = start(&compiled, threads);
            simulation.step(30).unwrap();
            simulation.checkpoint().unwrap();
            simulation.step(30).unwrap();
            let hash = simulation.hash().unwrap();
            simulation.restore().unwrap();
            simulation.step(30).unwrap();
            assert_eq!(hash, simulation.hash().unwrap());
            hash
        });
        assert!(hashes.iter().all(|h| *h == hashes[0]), "{hashes:x?}");
    }
}

/// Radii may change while balls are in motion, to anything in their range.
#[test]
fn radii_may_change_at_any_time() {
    let mut simulation = start(&scene(ROOM, &[]), 1);
    let compiled = scene(ROOM, &[]);
    let radius_at = compiled.parameter("species[0].radius").unwrap().offset;
    for radius in [0.0, 1e-6, 0.11, 0.02] {
        simulation.set_slot(radius_at, radius).unwrap();
        simulation.step(20).unwrap();
    }
}
