//! Every law between pairs against the sum over all pairs in `f64`, on random parameters and random particles.
//!
//! The bound is a few roundings of `f32` against the sum of the parts' sizes, which no wrong law, image, species or lost pair meets.

#[path = "support/oracle.rs"]
mod oracle;
mod support;

use oracle::{Force, Random, State, domain, length, particles, with_particles, worst};
use proptest::prelude::*;
use std::fmt::Write;
use support::start;

/// Differences that rounding may make; laws with a steep core lose more than others.
const STEEP: f64 = 2e-5;
const SMOOTH: f64 = 4e-6;

fn cases() -> ProptestConfig {
    let cases = if std::env::var_os("MOTES_FULL").is_some() { 400 } else { 24 };
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

fn species(count: usize) -> String {
    (0..count).fold(String::new(), |text, s| text + &format!("[[species]]\nname = \"s{s}\"\nmass = {}\n", 1 + s))
}

/// A random box: sides, and whether it is periodic.
fn a_box(random: &mut Random, least: f64, most: f64) -> ([f64; 3], bool) {
    ([(); 3].map(|()| random.between(least, most)), random.below(2) == 1)
}

fn sides(side: [f64; 3], periodic: bool, dimensions: usize) -> [f64; 3] {
    std::array::from_fn(|k| if periodic && k < dimensions { side[k] } else { 0.0 })
}

/// Depth, diameter, cut-off of the pairs of species.
type Table = Vec<Vec<[f64; 3]>>;

/// Records for each species with itself, one for a pair of unlike ones, and the whole table with the others mixed.
fn lennard_jones_table(random: &mut Random, count: usize, wca: bool) -> (String, Table, &'static str) {
    let truncation = if wca { "wca" } else { ["cut-off", "linear-force-shift", "shift"][random.below(3)] };
    let mut draw = || [random.between(0.2, 2.0), random.between(0.8, 1.1), random.between(1.5, 3.0)];
    let own: Vec<[f64; 3]> = (0..count).map(|_| draw()).collect();
    let pair = draw();
    let end = |[epsilon, sigma, cutoff]: [f64; 3]| [epsilon, sigma, if wca { sigma * 2f64.powf(1.0 / 6.0) } else { cutoff }];
    let mixed = |a: usize, b: usize| end([(own[a][0] * own[b][0]).sqrt(), 0.5 * (own[a][1] + own[b][1]), 0.5 * (own[a][2] + own[b][2])]);
    let given = |a: usize, b: usize| {
        if a == b {
            end(own[a])
        } else if count == 3 && a + b == 1 {
            end(pair)
        } else {
            mixed(a, b)
        }
    };
    let table: Table = (0..count).map(|a| (0..count).map(|b| given(a, b)).collect()).collect();
    let mut text = String::new();
    let mut record = |a: usize, b: usize, [epsilon, sigma, cutoff]: [f64; 3]| {
        write!(text, "[[force]]\nkind = \"lennard-jones\"\nepsilon = {epsilon}\nsigma = {sigma}\ncutoff = {cutoff}\ntruncation = \"{truncation}\"\nspecies = {a}\nwith = {b}\n").unwrap();
    };
    (0..count).for_each(|s| record(s, s, own[s]));
    if count == 3 {
        record(1, 0, pair);
    }
    (text, table, truncation)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn lennard_jones(seed: u64, count in 1usize..=3, wca: bool, dimensions in 2u32..=3) {
        let random = &mut Random(seed);
        let (mut side, periodic) = a_box(random, 6.8, 9.5);
        side[2] = if dimensions == 2 { 1.0 } else { side[2] };
        let (records, table, truncation) = lennard_jones_table(random, count, wca);
        let text = domain(side, periodic, dimensions) + &species(count) + &records;
        let mut simulation = start(&with_particles(&text, particles(random, side, 1.1, 0.15, 0.9, count)), 1);
        let state = State::of(&mut simulation, sides(side, periodic, dimensions as usize));
        let want = state.central(|r, a, b| {
            let [epsilon, sigma, cutoff] = table[a][b];
            let terms = |r: f64| [48.0 * epsilon / r * (sigma / r).powi(12), 24.0 * epsilon / r * (sigma / r).powi(6)];
            let ([push, pull], [last_push, last_pull]) = (terms(r), terms(cutoff));
            let shift = if truncation == "linear-force-shift" { last_push - last_pull } else { 0.0 };
            if r < cutoff { [pull - push + shift, pull + push] } else { [0.0; 2] }
        });
        let error = worst(&mut simulation, &want);
        prop_assert!(error < STEEP, "{error}\n{text}");
    }

    #[test]
    fn particle_life(seed: u64, count in 1usize..=4, dimensions in 2u32..=3) {
        let random = &mut Random(seed);
        let (mut side, periodic) = a_box(random, 3.1, 7.0);
        side[2] = if dimensions == 2 { 1.0 } else { side[2] };
        let (mut text, mut table) = (domain(side, periodic, dimensions) + &species(count), Vec::new());
        for (a, b) in (0..count).flat_map(|a| (0..count).map(move |b| (a, b))) {
            let row = [random.between(-1.0, 1.0), random.between(0.1, 0.5), random.between(0.8, 1.5), random.between(0.0, 30.0), random.between(0.0, 5.0)];
            let [attraction, r_min, r_max, strength, repulsion] = row;
            write!(text, "[[force]]\nkind = \"particle-life\"\nattraction = {attraction}\nr_min = {r_min}\nr_max = {r_max}\nstrength = {strength}\n").unwrap();
            write!(text, "repulsion = {repulsion}\nspecies = {a}\nwith = {b}\nspacing = 0.2\n").unwrap();
            table.push(row);
        }
        let spacing = if dimensions == 2 { 0.25 } else { 0.6 };
        let mut simulation = start(&with_particles(&text, particles(random, side, spacing, 0.5, 0.8, count)), 1);
        let state = State::of(&mut simulation, sides(side, periodic, dimensions as usize));
        let want = state.central(|r, a, b| {
            let [attraction, r_min, r_max, strength, repulsion] = table[a * count + b];
            let tent = 1.0 - (2.0 * r - r_max - r_min).abs() / (r_max - r_min);
            let pull = if r < r_min { repulsion * strength * (r / r_min - 1.0) } else { strength * attraction * tent.max(0.0) };
            [pull, if r < r_max { strength * (repulsion + attraction.abs()) } else { 0.0 }]
        });
        let error = worst(&mut simulation, &want);
        prop_assert!(error < SMOOTH, "{error}\n{text}");
    }

    #[test]
    fn boids(seed: u64, dimensions in 2u32..=3, everywhere: bool) {
        let random = &mut Random(seed);
        let (mut side, periodic) = a_box(random, 4.1, 8.0);
        side[2] = if dimensions == 2 { 1.0 } else { side[2] };
        let view = if everywhere { 360.0 } else { random.between(30.0, 350.0) };
        let rules = [random.between(0.6, 2.0), random.between(0.2, 1.5), random.between(0.0, 20.0), random.between(0.0, 5.0), random.between(0.0, 5.0)];
        let [radius, apart, separation, alignment, cohesion] = rules;
        let text = format!(
            "{}{}[[force]]\nkind = \"boids\"\nradius = {radius}\nseparation_radius = {apart}\nseparation = {separation}\nalignment = {alignment}\n\
             cohesion = {cohesion}\nview = {view}\nspacing = 0.2\n",
            domain(side, periodic, dimensions), species(2)
        );
        let spacing = if dimensions == 2 { 0.3 } else { 0.8 };
        let mut simulation = start(&with_particles(&text, particles(random, side, spacing, 0.4, 0.8, 2)), 1);
        let state = State::of(&mut simulation, sides(side, periodic, dimensions as usize));
        let (force, mut tried) = (simulation.field::<f32>("force").unwrap(), 0);
        for i in 0..state.x.len() {
            let Some(want) = boid(&state, i, rules, view) else { continue };
            tried += 1;
            for k in 0..3 {
                let error = (f64::from(force[3 * i + k]) - want.sum[k]).abs() / want.scale.max(1e-3);
                prop_assert!(error < STEEP, "{i}: {error}\n{text}");
            }
        }
        prop_assert!(2 * tried > state.x.len());
    }

    #[test]
    fn self_gravity_over_all_pairs(seed: u64, softening in 0.0f64..0.5, strength in 0.1f64..10.0, count in 1usize..=3) {
        let random = &mut Random(seed);
        let (side, _) = a_box(random, 3.0, 6.0);
        let text = format!(
            "{}{}[[force]]\nkind = \"self-gravity\"\nmethod = \"direct\"\nsoftening = {softening}\nstrength = {strength}\n",
            domain(side, false, 3), species(count)
        );
        let mut simulation = start(&with_particles(&text, particles(random, side, 0.7, 0.4, 0.7, count)), 1);
        let state = State::of(&mut simulation, [0.0; 3]);
        let want = state.central(|r, a, b| [strength * ((1 + a) * (1 + b)) as f64 * r / (r * r + softening * softening).powf(1.5); 2]);
        let error = worst(&mut simulation, &want);
        prop_assert!(error < SMOOTH, "{error}\n{text}");
    }

    /// At any step all pairs within reach are in the list, once at each of the two.
    #[test]
    fn lists_miss_no_pair(seed: u64, dimensions in 2u32..=3, reach in 0.7f64..1.9, skin in 0.02f64..0.5, steps in 0u32..60) {
        let random = &mut Random(seed);
        let (mut side, periodic) = a_box(random, 5.0, 9.0);
        side[2] = if dimensions == 2 { 1.0 } else { side[2] };
        let text = format!(
            "{}[neighbors]\nskin = {skin}\n{}[[force]]\nkind = \"particle-life\"\nr_min = 0.3\nr_max = {reach}\nspacing = 0.12\nstrength = 30\nattraction = 0.1\n",
            domain(side, periodic, dimensions).replace("dt = 0.001", "dt = 0.01"), species(1)
        );
        let spacing = if dimensions == 2 { 0.3 } else { 0.8 };
        let mut simulation = start(&with_particles(&text, particles(random, side, spacing, 0.5, 0.8, 1)), 2);
        simulation.step(steps).unwrap();
        let state = State::of(&mut simulation, sides(side, periodic, dimensions as usize));
        let [begin, count, entries] = ["neighbor_start", "neighbor_count", "neighbors"].map(|name| simulation.field::<u32>(name).unwrap());
        for i in 0..state.x.len() {
            let mut listed: Vec<u32> = entries[begin[i] as usize..][..count[i] as usize].iter().map(|offset| offset / 16).collect();
            listed.sort_unstable();
            prop_assert!(listed.windows(2).all(|pair| pair[0] < pair[1]) && !listed.contains(&(i as u32)), "{i}: {listed:?}\n{text}");
            for j in (0..state.x.len()).filter(|&j| j != i && length(state.to(i, j)) < reach) {
                prop_assert!(listed.binary_search(&(j as u32)).is_ok(), "{i} misses {j} after {steps} steps\n{text}");
            }
        }
    }
}

/// The acceleration times mass of one boid; none where rounding may decide who is seen.
fn boid(state: &State, i: usize, [radius, apart, separation, alignment, cohesion]: [f64; 5], view: f64) -> Option<Force> {
    let (own, speed) = (state.v[i], length(state.v[i]));
    let edge = (0.5 * view.to_radians()).cos();
    let (mut force, mut seen, mut velocity, mut place, mut scale) = (Force::default(), 0.0, [0.0; 3], [0.0; 3], 0.0);
    let mass = (1 + state.species[i]) as f64;
    for j in (0..state.x.len()).filter(|&j| j != i) {
        let d = state.to(i, j);
        let r = length(d);
        let ahead = (0..3).map(|k| d[k] * own[k]).sum::<f64>() / (r * speed);
        if view < 360.0 && r < radius.max(apart) && (ahead - edge).abs() < 1e-5 || (r - radius).abs() < 1e-5 {
            return None;
        }
        if view < 360.0 && ahead < edge {
            continue;
        }
        if r < apart {
            force.add(d.map(|c| -mass * separation * (1.0 - r / apart) * c / r));
            // The difference from 1 rounds as what is taken off does.
            force.scale += mass * separation * r / apart;
        }
        if r < radius {
            seen += 1.0;
            (0..3).for_each(|k| velocity[k] += state.v[j][k]);
            (0..3).for_each(|k| place[k] += d[k]);
            scale += alignment * length(state.v[j]) + cohesion * r;
        }
    }
    if seen > 0.0 {
        force.add(std::array::from_fn(|k| mass * (alignment * (velocity[k] / seen - own[k]) + cohesion * place[k] / seen)));
        force.scale += mass * (scale / seen + alignment * speed);
    }
    Some(force)
}
