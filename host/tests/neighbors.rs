//! The neighbour list against all pairs, in boxes of every kind.

mod support;

use support::{scene, start};

/// A box of random particles that repel weakly up to a cut-off, after some steps.
struct Case {
    size: [f64; 3],
    periodic: [bool; 3],
    count: u32,
    cutoff: f64,
    dimensions: usize,
}

/// Every pair within reach stands in the list at both particles, none stands there twice, and nobody is its own neighbour.
fn check(case: &Case) {
    let Case { size: [x, y, z], periodic, count, cutoff, dimensions } = *case;
    let text = format!(
        "version = 1\nseed = 3\ndt = 0.01\n[domain]\nmin = [0, 0, 0]\nmax = [{x}, {y}, {z}]\nperiodic = {periodic:?}\ndimensions = {dimensions}\n\
         [[force]]\nkind = \"lennard-jones\"\ncutoff = {cutoff}\nsigma = 0.4\nepsilon = 0\n[[force]]\nkind = \"particle-life\"\nr_min = 0.1\nr_max = {cutoff}\nspacing = 0.35\nrepulsion = 0.01\n\
         [[fill]]\nkind = \"random\"\ncount = {count}\nmin = [0, 0, 0]\nmax = [{x}, {y}, {z}]\ntemperature = 1\n"
    );
    let mut simulation = start(&scene(&text, &[]), 2);
    for steps in [0, 1, 30] {
        simulation.step(steps).unwrap();
        let at: Vec<f64> = simulation.field::<f32>("position").unwrap().into_iter().map(f64::from).collect();
        let [first, many, entries] = ["neighbor_start", "neighbor_count", "neighbors"].map(|name| simulation.field::<u32>(name).unwrap());
        let side = case.size;
        let near = |i: usize, j: usize| {
            let d = |k: usize| at[3 * i + k] - at[3 * j + k];
            let image = |k: usize| if periodic[k] && k < dimensions { d(k) - side[k] * (d(k) / side[k]).round() } else { d(k) };
            (0..3).map(|k| image(k) * image(k)).sum::<f64>() < cutoff * cutoff * (1.0 - 1e-5)
        };
        let mut pairs = 0;
        for i in 0..count as usize {
            let row = &entries[first[i] as usize..][..many[i] as usize];
            let mut listed: Vec<usize> = row.iter().map(|offset| *offset as usize / 16).collect();
            listed.sort_unstable();
            assert!(listed.windows(2).all(|w| w[0] < w[1]) && !listed.contains(&i), "row {i}: {listed:?}");
            for j in (0..count as usize).filter(|&j| j != i && near(i, j)) {
                assert!(listed.binary_search(&j).is_ok(), "{j} is near {i} and not in its list after {steps} steps");
                pairs += 1;
            }
        }
        assert!(pairs > count as usize, "a test of something: {pairs} pairs");
    }
}

#[test]
fn the_list_has_every_pair_within_reach() {
    let all = [true; 3];
    let case = |size, periodic, count, cutoff, dimensions| Case { size, periodic, count, cutoff, dimensions };
    for case in [
        case([9.0, 9.0, 9.0], all, 1500, 1.0, 3),
        case([9.0, 8.0, 7.0], [false; 3], 1500, 1.0, 3),
        // Two cells along a side, and hardly room for the nearest image.
        case([2.1, 5.0, 2.3], all, 900, 1.0, 3),
        case([40.0, 2.4, 2.4], [true, false, true], 1200, 1.0, 3),
        case([30.0, 30.0, 1.0], [true, true, false], 1800, 1.0, 2),
        // More candidates than the pool has room for.
        case([7.0, 7.0, 7.0], all, 2300, 2.0, 3),
        // Almost empty.
        case([60.0, 60.0, 60.0], all, 1400, 4.0, 3),
    ] {
        check(&case);
    }
}
