//! Particles that are read from a file into the block: in every format the same first state, again at every reset, and what is wrong with its place.

mod support;

use motes_host::{HostError, ParticleFile, Simulation, Start};
use motes_scene::{Compiled, InputError, Options, compile, compile_for, xyz};
use std::path::{Path, PathBuf};

const SCENE: &str = "version = 1\ndt = 0.01\n[[species]]\nname = \"A\"\n[[species]]\nname = \"B\"\n[[force]]\nkind = \"gravity\"\n[[force]]\nkind = \"trap\"\n";
const ROWS: usize = 9000;

fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).expect("a test file");
    path
}

fn open(path: &Path) -> Result<ParticleFile, InputError> {
    ParticleFile::open(path, Box::new(|_, _| {}))
}

fn compiled(scene: &str, particles: &ParticleFile) -> Compiled {
    compile_for(scene, &Options::default(), particles.outline()).unwrap_or_else(|e| panic!("{e}"))
}

fn begin(scene: &str, path: &Path) -> Result<Simulation, HostError> {
    let particles = open(path).map_err(HostError::Particles)?;
    let scene = compiled(scene, &particles);
    Simulation::new(Start { scene: &scene, particles: Some(particles), reserve: None }, 2)
}

/// Positions, velocities, species and ids in text that reads back to the same numbers.
fn row(k: usize) -> ([f64; 6], usize, usize) {
    let number = |j: usize| ((k * 7919 + j * 104_729) % 100_003) as f64 / 7.0 - 5000.0;
    (std::array::from_fn(number), k % 2, (k * 31) % ROWS)
}

fn text(separator: &str, line: impl Fn(&str, &str, usize, usize) -> String) -> String {
    let join = |v: &[f64]| v.iter().map(f64::to_string).collect::<Vec<_>>().join(separator);
    (0..ROWS).map(row).map(|(v, species, id)| line(&join(&v[..3]), &join(&v[3..]), species, id)).collect()
}

/// The same particles in the formats that hold species and ids.
fn files() -> Vec<PathBuf> {
    let xyz = text(" ", |p, v, s, id| format!("{} {id} {p} {v}\n", ["A", "B"][s]));
    let csv = text(",", |p, v, s, id| format!("{id},{},{p},{v}\n", ["A", "B"][s]));
    let ascii = text(" ", |p, v, s, id| format!("{p} {v} {s} {id}\n"));
    let binary: Vec<u8> =
        (0..ROWS).map(row).flat_map(|(v, s, id)| [&v.map(f64::to_le_bytes).concat()[..], &[s as u8], &(id as u32).to_le_bytes()].concat()).collect();
    let properties: String = ["x", "y", "z", "vx", "vy", "vz"].map(|name| format!("property double {name}\n")).concat();
    let heading = |format: &str| format!("ply\nformat {format} 1.0\nelement vertex {ROWS}\n{properties}property uchar species\nproperty uint id\nend_header\n");
    vec![
        file("same.xyz", format!("{ROWS}\nProperties=species:S:1:id:I:1:pos:R:3:vel:R:3\n{xyz}").as_bytes()),
        file("same.csv", format!("id,species,x,y,z,vx,vy,vz\n{csv}").as_bytes()),
        file("ascii.ply", format!("{}{ascii}", heading("ascii")).as_bytes()),
        file("binary.ply", &[heading("binary_little_endian").as_bytes(), &binary].concat()),
    ]
}

#[test]
fn every_format_comes_to_the_first_state_of_a_file_read_whole_and_a_reset_to_it_again() {
    let files = files();
    let whole = std::fs::File::open(&files[0]).expect("the file");
    let init = Some(xyz::read_first(std::io::BufReader::new(whole), "same.xyz").unwrap());
    let whole = compile(SCENE, &Options { init, ..Options::default() }).unwrap();
    let want = Simulation::new(&whole, 1).unwrap().hash().unwrap();
    for path in files {
        let mut simulation = begin(SCENE, &path).unwrap();
        assert_eq!(simulation.hash().unwrap(), want, "{}", path.display());
        simulation.step(7).unwrap();
        // A later checkpoint does not keep a reset from the beginning.
        simulation.checkpoint().unwrap();
        let later = simulation.hash().unwrap();
        assert_ne!(later, want);
        simulation.reset().unwrap();
        assert_eq!(simulation.hash().unwrap(), want, "{} after a reset", path.display());
        simulation.step(7).unwrap();
        assert_eq!(simulation.hash().unwrap(), later);
    }
}

#[test]
fn a_reset_that_cannot_read_its_file_says_so_and_the_run_stands_where_it_was_last_kept() {
    let original = "x,y,z\n1,2,3\n4,5,6\n";
    let path = file("changed.csv", original.as_bytes());
    let mut simulation = begin(SCENE, &path).unwrap();
    simulation.step(3).unwrap();
    simulation.checkpoint().unwrap();
    let kept = simulation.hash().unwrap();
    simulation.step(3).unwrap();
    for changed in ["x,y,z\n1,2,3\n4,5,6.5\n", "x,y,z\n1,2,3\n", "x,y,z\n1,2,3\n4,5,6\n7,8,9\n", "x,y,z\n1,2,3\n4,5\n"] {
        std::fs::write(&path, changed).expect("a test file");
        let error = simulation.reset().expect_err("another file").to_string();
        assert!(error.contains("changed.csv") && (error.contains("was changed since it was first read") || error.contains(":3:4")), "{error}");
        assert_eq!(simulation.hash().unwrap(), kept);
    }
    std::fs::write(&path, original).expect("a test file");
    simulation.reset().unwrap();
    assert_eq!(simulation.field::<f32>("position").unwrap(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
}

#[test]
fn ids_that_stand_twice_are_told_with_both_places_and_emitters_get_free_ones() {
    let refused = |name: &str, content: &[u8]| begin(SCENE, &file(name, content)).err().expect("a double id").to_string();
    let csv = refused("twice.csv", b"id,x,y,z\n7,0,0,0\n8,0,0,0\n7,1,1,1\n");
    assert!(csv.contains("id 7 stands twice, first at line 2\n") && csv.contains("twice.csv:4\n"), "{csv}");
    let heading =
        "ply\nformat binary_little_endian 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\nproperty uchar id\nend_header\n";
    let ply = refused("twice.ply", &[heading.as_bytes(), &[0; 26]].concat());
    assert!(ply.contains(&format!("first at byte {}\n", heading.len())) && ply.contains(&format!("twice.ply: byte {}\n", heading.len() + 13)), "{ply}");
    let fountain = "version = 1\n[[force]]\nkind = \"gravity\"\n[[emitter]]\nrate = 4\nlifetime = 1\n";
    let mut simulation = begin(fountain, &file("free.csv", b"id,x,y,z\n7,1,2,3\n0,4,5,6\n4294967295,7,8,9\n")).unwrap();
    assert_eq!(simulation.field::<u32>("id").unwrap(), [7, 0, u32::MAX, 1, 2, 3, 4]);
    let first = simulation.hash().unwrap();
    simulation.step(200).unwrap();
    simulation.reset().unwrap();
    assert_eq!(simulation.hash().unwrap(), first);
    let plain = begin(fountain, &file("plain.csv", b"x,y,z\n7,1,2\n")).unwrap().field::<u32>("id").unwrap();
    assert_eq!(plain, [0, 1, 2, 3, 4]);
}

#[test]
fn species_that_the_scene_has_not_are_refused_with_their_line() {
    let error = begin(SCENE, &file("species.xyz", b"2\n\nA 1 2 3\nArgon 1 2 3\n")).err().expect("no such species").to_string();
    assert!(error.contains("`Argon` is no species of the scene") && error.contains("species.xyz:4:1") && error.contains("it has A, B"), "{error}");
    let one = "version = 1\n[[force]]\nkind = \"gravity\"\n";
    assert!(begin(one, &file("species.xyz", b"2\n\nA 1 2 3\nArgon 1 2 3\n")).is_ok(), "with one species every name is that one");
}

#[test]
fn a_pipe_is_read_once() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pipe");
    let _ = std::fs::remove_file(&path);
    if !std::process::Command::new("mkfifo").arg(&path).status().is_ok_and(|status| status.success()) {
        return println!("skipped: mkfifo makes no pipe here");
    }
    let through = |content: &'static [u8]| {
        let end = path.clone();
        let writer = std::thread::spawn(move || std::fs::write(end, content));
        let simulation = begin(SCENE, &path);
        let _ = writer.join();
        simulation
    };
    let mut simulation = through(b"2\n\nA 1 2 3\nB 4 5 6\n").unwrap();
    assert_eq!(simulation.field::<f32>("position").unwrap(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let error = simulation.reset().expect_err("it is empty now").to_string();
    assert!(error.contains("a pipe can be read once; save it to a file"), "{error}");
    let error = through(b"x,y,z\n1,2,3\n").err().expect("its count needs a first reading").to_string();
    assert!(error.contains("a pipe can be read once; save it to a file"), "{error}");
}
