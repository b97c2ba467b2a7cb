//! The Lennard-Jones force against published numbers, conservation laws and a naive oracle.

#[path = "support/lammps.rs"]
mod lammps;
mod support;

use motes_scene::{Compiled, Options, compile};
use support::{from_file, preset, reference, scene, start};

const FLUID: &str = "version = 1\n[domain]\nperiodic = [true, true, true]\n[[force]]\nkind = \"lennard-jones\"\ncutoff = 3\n";

/// NIST Lennard-Jones reference calculations, cuboid cell: file, cut-off, truncation, then U, W and tail energy as printed, and half a
/// unit of their last digit.
type Row = (&'static str, f64, &'static str, [f64; 3], [f64; 3]);
const NIST: &[Row] = &[
    ("lj-1.xyz", 3.0, "cut-off", [-4351.5, -568.67, -198.49], [0.05, 0.005, 0.005]),
    ("lj-1.xyz", 4.0, "cut-off", [-4467.5, -1263.9, -83.769], [0.05, 0.05, 0.0005]),
    ("lj-1.xyz", 3.0, "linear-force-shift", [-3870.9, 317.54, 0.0], [0.05, 0.005, 0.0]),
    ("lj-4.xyz", 3.0, "cut-off", [-16.790, -46.249, -0.54517], [0.0005, 0.0005, 0.000005]),
    ("lj-4.xyz", 4.0, "cut-off", [-17.060, -47.869, -0.23008], [0.0005, 0.0005, 0.000005]),
    ("lj-4.xyz", 3.0, "linear-force-shift", [-15.001, -43.096, 0.0], [0.0005, 0.0005, 0.0]),
];

#[test]
fn nist_configurations_at_all_printed_digits() {
    for (file, cutoff, truncation, published, half_digit) in NIST {
        let Some(path) = reference(&format!("nist-lj/{file}")) else { return };
        let overrides = [format!("force[0].cutoff={cutoff}"), format!("force[0].truncation={truncation}")];
        let compiled = from_file(FLUID, &path, &[&overrides[0], &overrides[1]]);
        let sums = start(&compiled, 1).diagnose().unwrap();
        for (got, (want, half)) in [sums.potential, sums.virial, sums.tail_energy].into_iter().zip(published.iter().zip(half_digit)) {
            assert!((got - want).abs() <= half + 1e-9, "{file} rc {cutoff} {truncation}: {got} is not {want}");
        }
    }
}

/// Sixteen digits from FEASST for two of them; its tail energy of the first is good to five.
#[test]
fn nist_energies_to_nine_digits() {
    for (file, energy, tail, digits) in [("lj-1.xyz", -4351.540194543863, -198.488258, 1e-5), ("lj-4.xyz", -16.790321304625856, -0.5451660014945704, 1e-9)] {
        let Some(path) = reference(&format!("nist-lj/{file}")) else { return };
        let sums = start(&from_file(FLUID, &path, &[]), 1).diagnose().unwrap();
        assert!(((sums.potential - energy) / energy).abs() < 1e-9, "{file}: {}", sums.potential);
        assert!(((sums.tail_energy - tail) / tail).abs() < digits, "{file}: {}", sums.tail_energy);
    }
}

#[test]
fn melt_begins_at_the_lammps_energy() {
    let sums = start(&preset("melt", &[]), 2).diagnose().unwrap();
    assert!((sums.potential / 32_000.0 - -6.773368).abs() < 5e-7, "{}", sums.potential / 32_000.0);
    assert!((sums.temperature - 1.44).abs() < 1e-6, "{}", sums.temperature);
    assert!((sums.pressure - -5.019707).abs() < 2e-6, "{}", sums.pressure);
}

fn total_energy(compiled: &Compiled, steps: u32) -> (f64, f64, f64) {
    let mut simulation = start(compiled, 2);
    let energy = |s: motes_physics::layout::Diagnostics| s.kinetic + s.potential;
    let first = energy(simulation.diagnose().unwrap());
    let mut worst = 0.0f64;
    for _ in 0..10 {
        simulation.step(steps / 10).unwrap();
        worst = worst.max((energy(simulation.diagnose().unwrap()) - first).abs());
    }
    let sums = simulation.diagnose().unwrap();
    let momentum = [sums.momentum_x, sums.momentum_y, sums.momentum_z].map(f64::abs).into_iter().fold(0.0, f64::max);
    (worst / first.abs(), momentum / sums.alive, first)
}

#[test]
fn linear_force_shift_conserves_energy_and_momentum() {
    let compiled = preset(
        "melt",
        &[
            "force[0].truncation=linear-force-shift",
            "fill[0].cells=[10, 10, 10]",
            "fill[0].max=[16.795961913825074, 16.795961913825074, 16.795961913825074]",
            "domain.max=[16.795961913825074, 16.795961913825074, 16.795961913825074]",
        ],
    );
    let (drift, momentum, _) = total_energy(&compiled, 1000);
    assert!(drift < 1e-4, "relative drift {drift}");
    assert!(momentum < 1e-5, "momentum per atom {momentum}");
}

/// The check above can fail: an integrator with a time step six times too large breaks it.
#[test]
fn a_coarse_step_breaks_the_energy_bound() {
    let compiled = preset("crystal", &["dt=0.012"]);
    let (drift, _, _) = total_energy(&compiled, 500);
    assert!(drift > 1e-4, "relative drift {drift}");
}

/// Forces of the kernel against the sum over all pairs in f64, for random liquids in boxes of several shapes and both boundaries.
#[test]
fn forces_match_the_sum_over_all_pairs() {
    for (seed, size, periodic) in [(1, [7.0, 7.0, 7.0], true), (2, [6.0, 9.0, 14.0], true), (3, [9.0, 9.0, 9.0], false), (4, [5.2, 5.2, 20.0], true)] {
        for truncation in ["cut-off", "linear-force-shift"] {
            check_forces(seed, size, periodic, truncation);
        }
    }
}

fn check_forces(seed: u64, size: [f64; 3], periodic: bool, truncation: &str) {
    let [x, y, z] = size;
    let cells = size.map(|l| (l / 1.65) as u32);
    let text = format!(
        "version = 1\nseed = {seed}\n[domain]\nmin = [0, 0, 0]\nmax = [{x}, {y}, {z}]\nperiodic = [{periodic}, {periodic}, {periodic}]\n[[force]]\nkind = \"lennard-jones\"\ntruncation = \"{truncation}\"\n\
         [[fill]]\nkind = \"lattice\"\nmin = [0, 0, 0]\nmax = [{x}, {y}, {z}]\ncells = [{}, {}, {}]\ntemperature = 1.5\n",
        cells[0], cells[1], cells[2]
    );
    let mut simulation = start(&scene(&text, &[]), 2);
    simulation.step(150).unwrap();
    let (position, low, force) =
        (simulation.field::<f32>("position").unwrap(), simulation.field::<f32>("position_low").unwrap(), simulation.field::<f32>("force").unwrap());
    let at = |i: usize, k: usize| position[3 * i + k] as f64 + low[3 * i + k] as f64;
    let count = position.len() / 3;
    let slope = if truncation == "cut-off" { 0.0 } else { -24.0 / 2.5 * (2.0 * 2.5f64.powi(-12) - 2.5f64.powi(-6)) };
    for i in 0..count {
        let mut want = [0.0; 3];
        let mut scale = 1.0f64;
        for j in (0..count).filter(|&j| j != i) {
            let d: [f64; 3] = std::array::from_fn(|k| {
                let d = at(i, k) - at(j, k);
                if periodic { d - size[k] * (d / size[k]).round() } else { d }
            });
            let r2 = d.iter().map(|c| c * c).sum::<f64>();
            if r2 < 6.25 {
                let s6 = r2.powi(-3);
                let over_r = 24.0 * s6 * (2.0 * s6 - 1.0) / r2 + slope / r2.sqrt();
                scale += over_r.abs() * r2.sqrt();
                (0..3).for_each(|k| want[k] += over_r * d[k]);
            }
        }
        for k in 0..3 {
            assert!((want[k] - force[3 * i + k] as f64).abs() < 3e-5 * scale, "atom {i}: {want:?} against {:?}", &force[3 * i..3 * i + 3]);
        }
    }
}

#[test]
fn a_cut_off_beyond_half_the_box_is_refused() {
    let text = "version = 1\n[domain]\nmin = [0, 0, 0]\nmax = [4, 4, 4]\nperiodic = [true, true, true]\n[[force]]\nkind = \"lennard-jones\"\n";
    let error = compile(text, &Options::default()).unwrap_err().to_string();
    assert!(error.contains("cut-off is larger than half of a periodic side"), "{error}");
}

#[test]
fn overlapping_atoms_are_reported_not_lost() {
    let text = "version = 1\n[domain]\nmin = [0, 0, 0]\nmax = [9, 9, 9]\nperiodic = [true, true, true]\n[[force]]\nkind = \"lennard-jones\"\n\
                [[fill]]\nkind = \"random\"\ncount = 2000\nmin = [1, 1, 1]\nmax = [2, 2, 2]\n";
    let error = match motes_host::Simulation::new(&scene(text, &[]), 1) {
        Ok(mut simulation) => simulation.step(10).unwrap_err().to_string(),
        Err(error) => error.to_string(),
    };
    assert!(error.contains("neighbours") || error.contains("not a finite number"), "{error}");
}

/// LAMMPS' own melt, from its own first velocities: -4.622345 per atom after 100 steps, when no pair is missed.
#[test]
fn the_melt_agrees_with_lammps_after_a_hundred_steps() {
    let mut simulation = start(&preset("melt", &[]), 2);
    let (high, low) = (simulation.field::<f32>("position").unwrap(), simulation.field::<f32>("position_low").unwrap());
    let whole: Vec<f64> = high.iter().zip(&low).map(|(h, l)| *h as f64 + *l as f64).collect();
    let sites: Vec<[f64; 3]> = whole.chunks(3).map(|x| [x[0], x[1], x[2]]).collect();
    let velocities: Vec<f32> = lammps::velocities(&sites, 87287, 1.44).iter().flatten().map(|v| *v as f32).collect();
    simulation.set_field("velocity", &velocities).unwrap();
    let per_atom = |s: motes_physics::layout::Diagnostics| (s.kinetic + s.potential) / 32_000.0;
    let first = per_atom(simulation.diagnose().unwrap());
    assert!((first - -4.613435553).abs() < 1e-6, "{first}");
    simulation.step(100).unwrap();
    let last = per_atom(simulation.diagnose().unwrap());
    assert!((last - -4.622345).abs() < 1e-4, "{last}");
}
