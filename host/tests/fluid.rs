//! Fluids held to sums over all pairs in `f64`, to conservation laws, and to rest.

mod support;

use motes_host::Simulation;
use support::{scene, start};

/// A periodic box of side 1 with random particles and the weakly compressible method.
fn box_of(dimensions: u32, count: u32, kernel: &str) -> String {
    let z = if dimensions == 3 { 1.0 } else { 0.5 };
    let mass = if dimensions == 3 { 1.0 } else { 2.0 } / f64::from(count);
    format!(
        "version = 1\nseed = 9\ndt = 1e-5\n[domain]\nmin = [0, 0, 0]\nmax = [1, 1, {z}]\nperiodic = [true, true, {}]\ndimensions = {dimensions}\n\
         [[force]]\nkind = \"fluid\"\nmethod = \"wcsph\"\nkernel = \"{kernel}\"\nsupport_radius = 0.25\nrest_density = 1\nsound_speed = 3\n\
         viscosity = 0.2\nartificial_viscosity = 0.3\n[[species]]\nmass = {mass}\nradius = 0\n\
         [[fill]]\nkind = \"random\"\ncount = {count}\nmin = [0, 0, 0]\nmax = [1, 1, {z}]\ntemperature = 1\n",
        dimensions == 3
    )
}

fn f64s(simulation: &mut Simulation, name: &str) -> Vec<f64> {
    simulation.field::<f32>(name).unwrap().iter().map(|x| f64::from(*x)).collect()
}

/// W and W' / r.
fn kernel(name: &str, dimensions: u32, h: f64, r: f64) -> [f64; 2] {
    let (pi, q) = (std::f64::consts::PI, r / h);
    if q >= 1.0 {
        return [0.0; 2];
    }
    let area = if dimensions == 2 { h * h } else { h * h * h };
    if name == "wendland-c2" {
        let norm = if dimensions == 2 { 7.0 / pi } else { 10.5 / pi } / area;
        return [norm * (1.0 - q).powi(4) * (4.0 * q + 1.0), -20.0 * norm * (1.0 - q).powi(3) / (h * h)];
    }
    let norm = if dimensions == 2 { 40.0 / (7.0 * pi) } else { 8.0 / pi } / area;
    let (w, slope) = if q < 0.5 { (1.0 - 6.0 * q * q + 6.0 * q.powi(3), 18.0 * q * q - 12.0 * q) } else { (2.0 * (1.0 - q).powi(3), -6.0 * (1.0 - q).powi(2)) };
    [norm * w, norm * slope / (q * h * h)]
}

#[test]
fn densities_and_forces_match_the_sum_over_all_pairs() {
    for (dimensions, count, name) in [(2, 400, "cubic-spline"), (2, 400, "wendland-c2"), (3, 700, "cubic-spline"), (3, 700, "wendland-c2")] {
        let mut simulation = start(&scene(&box_of(dimensions, count, name), &["force[fluid].negative_pressure=true"]), 2);
        let (x, v) = (f64s(&mut simulation, "position"), f64s(&mut simulation, "velocity"));
        let (density, force) = (f64s(&mut simulation, "density"), f64s(&mut simulation, "force"));
        let (n, h) = (count as usize, 0.25);
        let mass = if dimensions == 3 { 1.0 } else { 2.0 } / f64::from(count);
        let between = |i: usize, j: usize| -> [f64; 3] {
            std::array::from_fn(|k| {
                let d = x[3 * i + k] - x[3 * j + k];
                if k < dimensions as usize { d - d.round() } else { 0.0 }
            })
        };
        let length = |d: [f64; 3]| d.iter().map(|c| c * c).sum::<f64>().sqrt();
        let c: Vec<f64> = (0..n).map(|i| (0..n).map(|j| mass * kernel(name, dimensions, h, length(between(i, j)).max(1e-12))[0]).sum()).collect();
        let push: Vec<f64> = c.iter().map(|c| 9.0 / 7.0 * (c.powi(7) - 1.0) / (c * c)).collect();
        for i in 0..n {
            assert!((c[i] - density[i]).abs() < 1e-5 * c[i], "{dimensions}-D {name}, {i}: {} {}", c[i], density[i]);
            let (mut want, mut scale) = ([0.0; 3], 0.0);
            for j in (0..n).filter(|&j| j != i) {
                let d = between(i, j);
                let r = length(d);
                let nearing: f64 = (0..3).map(|k| (v[3 * i + k] - v[3 * j + k]) * d[k]).sum();
                let strength = 0.2 * 2.0 * (f64::from(dimensions) + 2.0) + if nearing < 0.0 { 0.3 * 3.0 * 0.5 * h } else { 0.0 };
                let along = mass * mass * kernel(name, dimensions, h, r)[1] * (strength * nearing / (r * r + 0.0025 * h * h) - push[i] - push[j]);
                scale += (along * r).abs();
                (0..3).for_each(|k| want[k] += along * d[k]);
            }
            for k in 0..3 {
                assert!((want[k] - force[3 * i + k]).abs() < 1e-4 * scale, "{dimensions}-D {name}, {i}: {want:?} {:?}", &force[3 * i..3 * i + 3]);
            }
        }
    }
}

#[test]
fn momentum_is_kept_by_weak_compressibility() {
    let lattice = box_of(2, 400, "cubic-spline").split("[[fill]]").next().unwrap().to_string()
        + "[[fill]]\nkind = \"lattice\"\narrangement = \"simple\"\nmin = [0.025, 0.025, 0]\nmax = [1.025, 1.025, 1]\ncells = [20, 20, 1]\ntemperature = 1e-4\n";
    let mut simulation = start(&scene(&lattice, &["dt=0.001", "force[fluid].support_radius=0.1", "force[fluid].surface_tension=0.05"]), 2);
    let before = simulation.diagnose().unwrap();
    simulation.step(20).unwrap();
    let sums = simulation.diagnose().unwrap();
    // Mass is 2.
    let typical = (2.0 * before.kinetic * 2.0).sqrt();
    let lost = (sums.momentum_x - before.momentum_x).hypot(sums.momentum_y - before.momentum_y);
    println!("momentum changes by {lost} of {typical}");
    assert!(typical > 0.0 && lost < 2e-5 * typical, "{lost} of {typical}");
}

/// Water, 0.5 wide and 1 high, in a basin in the plane.
const BASIN: &str = "version = 1\ndt = 0.004\n[domain]\nmin = [0, 0, -0.5]\nmax = [0.5, 2, 0.5]\ndimensions = 2\n[neighbors]\nskin = 0.002\n\
    [[force]]\nkind = \"gravity\"\nacceleration = [0, -10, 0]\n[[force]]\nkind = \"fluid\"\nsupport_radius = 0.1\nrest_density = 1000\nviscosity = 0.02\n\
    density_error = 1e-4\ndivergence_error = 1e-4\n[[species]]\nmass = 2.5\nradius = 0.025\n\
    [[fill]]\nkind = \"lattice\"\narrangement = \"simple\"\nmin = [0.025, 0.025, 0]\nmax = [0.525, 1.025, 1]\ncells = [10, 20, 1]\n\
    [[collider]]\nkind = \"box\"\nmin = [0, 0, -10]\nmax = [0.5, 10, 10]\n";

#[test]
fn water_in_a_basin_comes_to_rest_and_stays_full() {
    let mut simulation = start(&scene(BASIN, &[]), 2);
    simulation.step(600).unwrap();
    let kinetic = simulation.diagnose().unwrap().kinetic;
    // The end of a step has half a step of gravity that pressure has not met yet: 500 / 2 (10 dt / 2)^2 = 0.1.
    println!("kinetic energy {kinetic}");
    assert!(kinetic < 0.25, "{kinetic}");
    let compression = motes_host::mean_compression(&mut simulation).unwrap();
    assert!(compression < 1e-3, "{compression}");
    let top = f64s(&mut simulation, "position").chunks(3).map(|x| x[1]).fold(0.0, f64::max);
    assert!((0.9..1.0).contains(&top), "{top}");
}

#[test]
fn threads_and_restores_do_not_change_the_bits() {
    let hash = |threads: u32, restore: bool| {
        let mut simulation = start(&scene(BASIN, &["fill[0].cells=[10, 20, 1]"]), threads);
        simulation.step(4).unwrap();
        simulation.checkpoint().unwrap();
        if restore {
            simulation.step(7).unwrap();
            simulation.restore().unwrap();
        }
        simulation.step(6).unwrap();
        simulation.hash().unwrap()
    };
    assert_eq!(hash(1, false), hash(3, true));
}
