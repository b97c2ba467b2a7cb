//! `motes run` and `motes energy` against published numbers, as a user would type them.

#[path = "../../host/tests/support/lammps.rs"]
mod lammps;
mod support;

use motes_scene::xyz;
use std::path::PathBuf;
use support::{number, scratch, stdout, text};

/// NIST Lennard-Jones reference calculations, cuboid cell: file, `--set`s, and U, W, tail energy as printed there.
type Row = (&'static str, &'static [&'static str], [&'static str; 3]);
const NIST: &[Row] = &[
    ("lj-1.xyz", &["force[0].cutoff=3"], ["-4351.5", "-568.67", "-198.49"]),
    ("lj-1.xyz", &["force[0].cutoff=4"], ["-4467.5", "-1263.9", "-83.769"]),
    ("lj-1.xyz", &["force[0].cutoff=3", "force[0].truncation=linear-force-shift"], ["-3870.9", "317.54", "0"]),
    ("lj-4.xyz", &["force[0].cutoff=3"], ["-16.790", "-46.249", "-0.54517"]),
    ("lj-4.xyz", &["force[0].cutoff=4"], ["-17.060", "-47.869", "-0.23008"]),
    ("lj-4.xyz", &["force[0].cutoff=3", "force[0].truncation=linear-force-shift"], ["-15.001", "-43.096", "0"]),
];

/// The folder of reference data, or `None` with the reason printed.
fn reference() -> Option<PathBuf> {
    let folder = std::env::var_os("MOTES_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: MOTES_DATA is not set");
    }
    folder
}

/// The number, rounded to as many decimals as the published one has, is the published one.
fn same_digits(got: f64, published: &str) -> bool {
    let decimals = published.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    format!("{got:.decimals$}").trim_start_matches('-') == published.trim_start_matches('-') && (got < 0.0) == published.starts_with('-')
}

#[test]
fn nist_configurations_at_all_printed_digits() {
    let Some(folder) = reference() else { return };
    for (file, sets, published) in NIST {
        let path = folder.join("nist-lj").join(file);
        let mut arguments = vec!["melt", "--init", text(&path)];
        arguments.extend(sets.iter().flat_map(|set| ["--set", set]));
        let ran = stdout(&[&["run"], arguments.as_slice(), &["--steps", "0"]].concat());
        let line = ran.lines().find(|line| line.starts_with("first")).expect("the sums before the first step");
        let json: serde_json::Value = serde_json::from_str(&stdout(&[&["energy", "--json"], arguments.as_slice()].concat())).expect("JSON");
        for (name, want) in ["potential", "virial", "tail energy"].iter().zip(published) {
            let (by_run, by_energy) = (number(line, name), json["total"][name.replace(' ', "_")].as_f64().expect("a number"));
            assert!(same_digits(by_run, want) && same_digits(by_energy, want), "{file} {sets:?} {name}: {by_run} and {by_energy} are not {want}");
        }
    }
}

#[test]
fn the_digits_are_compared() {
    assert!(same_digits(-16.7903, "-16.790") && same_digits(0.0, "0") && same_digits(317.5449, "317.54"));
    assert!(!same_digits(-16.7906, "-16.790") && !same_digits(16.790, "-16.790") && !same_digits(-4351.56, "-4351.5"));
}

/// LAMMPS' melt from its own first state: total energy per atom before the first step, and after a hundred.
#[test]
fn the_melt_from_lammps_own_first_state() {
    let scene = motes_scene::compile(motes_scene::preset("melt").expect("a preset").text, &motes_scene::Options::default()).expect("a scene");
    let side = scene.vector("domain.max")[0];
    let offsets = [[0.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.0, 0.5, 0.5]];
    let site = |cell: usize, o: [f64; 3]| std::array::from_fn(|k| side * ([cell % 20, cell / 20 % 20, cell / 400][k] as f64 + o[k]) / 20.0);
    let sites: Vec<[f64; 3]> = (0..8000).flat_map(|cell| offsets.map(|o| site(cell, o))).collect();
    let velocities = lammps::velocities(&sites, 87287, 1.44);
    let mut file = format!("32000\nLattice=\"{side:?} 0 0 0 {side:?} 0 0 0 {side:?}\" Properties=species:S:1:pos:R:3:vel:R:3 pbc=\"T T T\"\n");
    for ([x, y, z], [u, v, w]) in sites.iter().zip(&velocities) {
        file.push_str(&format!("Ar {x:?} {y:?} {z:?} {u:?} {v:?} {w:?}\n"));
    }
    let path = scratch("lammps.xyz");
    std::fs::write(&path, file).expect("a test file");
    let ran = stdout(&["run", "melt", "--init", text(&path), "--steps", "100"]);
    let total = |which: &str| number(ran.lines().find(|line| line.starts_with(which)).expect("a line of sums"), "total") / 32_000.0;
    assert!((total("first") - -4.613435553).abs() < 1e-6, "{}", total("first"));
    assert!((total("last") - -4.622345).abs() < 1e-4, "{}", total("last"));
}

#[test]
fn linear_force_shift_conserves_energy_for_a_thousand_steps() {
    let side = "[16.795961913825074, 16.795961913825074, 16.795961913825074]";
    let (corner, box_) = (format!("domain.max={side}"), format!("fill[0].max={side}"));
    let small = ["--set", "fill[0].cells=[10, 10, 10]", "--set", &corner, "--set", &box_];
    let small = if std::env::var_os("MOTES_FULL").is_some() { &[][..] } else { &small };
    let run = |truncation: &str| {
        let ran = stdout(&[&["run", "melt", "--steps", "1000", "--set", truncation], small].concat());
        number(&ran, "energy drift").abs()
    };
    let shifted = run("force[0].truncation=linear-force-shift");
    assert!(shifted < 1e-4, "relative drift {shifted}");
}

#[test]
fn a_trajectory_of_the_melt_keeps_its_atoms() {
    let path = scratch("melt.xyz");
    stdout(&["run", "melt", "--steps", "20", "--out", text(&path), "--every", "10"]);
    let file = std::io::BufReader::new(std::fs::File::open(&path).expect("the trajectory"));
    let steps: Vec<Option<u64>> =
        xyz::Frames::new(file, "melt.xyz").map(|frame| frame.expect("a whole frame")).map(|f| f.step.filter(|_| f.particle_count() == 32_000)).collect();
    assert_eq!(steps, [Some(0), Some(10), Some(20)]);
}
