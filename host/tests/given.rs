//! Particles of a file in a running simulation: their ids stay theirs, through resets and in the files that a run writes.

mod support;

use motes_scene::{Options, compile, xyz};
use support::start;

const FILE: &str = "3\nProperties=species:S:1:id:I:1:pos:R:3:vel:R:3\nX 7 1 2 3 1 0 0\nX 0 2 3 4 0 1 0\nX 3 4 5 6 0 0 1\n";

fn hash_of(file: &str) -> u64 {
    let init = Some(xyz::read_first(file.as_bytes(), "three.xyz").unwrap());
    let compiled = compile("version = 1\n[[force]]\nkind = \"gravity\"\n", &Options { init, ..Options::default() }).unwrap();
    let mut simulation = start(&compiled, 1);
    let first = simulation.hash().unwrap();
    let ids = simulation.field::<u32>("id").unwrap();
    simulation.step(10).unwrap();
    simulation.reset().unwrap();
    assert_eq!((ids, first), (simulation.field::<u32>("id").unwrap(), simulation.hash().unwrap()), "a reset brings them back");
    simulation.step(10).unwrap();
    simulation.hash().unwrap()
}

#[test]
fn a_particle_is_its_id_wherever_it_stands_in_the_file() {
    let lines: Vec<&str> = FILE.lines().collect();
    let reordered = [lines[0], lines[1], lines[4], lines[2], lines[3], ""].join("\n");
    assert_eq!(hash_of(FILE), hash_of(&reordered));
    assert_ne!(hash_of(FILE), hash_of(&FILE.replace("X 7", "X 8")));
}
