//! Particles from a file: their box, their ids, and what explicit overrides have to say.

use motes_scene::{Compiled, Options, SceneErrors, compile, preset, xyz};

const FILE: &str = "3\nLattice=\"20 0 0 0 21 0 0 0 22\" Properties=species:S:1:id:I:1:pos:R:3\nX 7 1 2 3\nX 0 4 5 6\nX 4294967295 7 8 9\n";

fn with(scene: &str, file: &str, overrides: &[&str]) -> Result<Compiled, SceneErrors> {
    let init = Some(xyz::read_first(file.as_bytes(), "three.xyz").expect("a good file"));
    compile(scene, &Options { name: "test.toml".into(), overrides: overrides.iter().map(|o| (*o).to_owned()).collect(), init, ..Options::default() })
}

fn given<'a>(compiled: &'a Compiled, name: &str) -> &'a [u8] {
    &compiled.given.iter().find(|(given, _)| *given == name).expect("an array of that name").1
}

#[test]
fn the_box_of_the_file_is_the_domain() {
    let compiled = with(preset("melt").unwrap().text, FILE, &[]).unwrap();
    assert_eq!((compiled.vector("domain.min"), compiled.vector("domain.max")), ([0.0; 3], [20.0, 21.0, 22.0]));
    assert_eq!(compiled.vector("domain.periodic"), [1.0; 3]);
}

#[test]
fn an_explicit_override_wins_over_the_file() {
    let compiled = with(preset("melt").unwrap().text, FILE, &["domain.max.y=50", "domain.periodic=[true, false, true]"]).unwrap();
    assert_eq!(compiled.vector("domain.max"), [20.0, 50.0, 22.0]);
    assert_eq!(compiled.vector("domain.periodic"), [1.0, 0.0, 1.0]);
    let error = with(preset("melt").unwrap().text, FILE, &["domain.max.x=-1"]).unwrap_err().to_string();
    assert!(error.contains("--set:1:") && error.contains("`domain.max.x` = -1 is not above"), "{error}");
}

#[test]
fn a_box_beyond_the_range_is_refused_by_the_name_of_its_file() {
    let error = with(preset("melt").unwrap().text, "1\ncell: 3e6 10 10\nX 1 1 1\n", &[]).unwrap_err().to_string();
    assert!(error.contains("the box of three.xyz:1:") && error.contains("`domain.max` = 3000000 is out of range"), "{error}");
}

#[test]
fn ids_of_the_file_are_kept_and_emitters_get_the_free_ones() {
    let scene = "version = 1\n[[force]]\nkind = \"gravity\"\n[[emitter]]\nrate = 4\nlifetime = 1\n";
    let compiled = with(scene, FILE, &[]).unwrap();
    assert_eq!(compiled.particle_count, 7);
    let ids: Vec<u32> = given(&compiled, "id").chunks(4).map(|b| u32::from_le_bytes(b.try_into().unwrap())).collect();
    assert_eq!(ids, [7, 0, u32::MAX, 1, 2, 3, 4]);
    let unnumbered = with(preset("melt").unwrap().text, "2\ncell: 9 9 9\nX 1 1 1\nX 4 4 4\n", &[]).unwrap();
    assert_eq!(given(&unnumbered, "id"), [0, 0, 0, 0, 1, 0, 0, 0]);
}

#[test]
fn an_id_that_stands_twice_is_refused_at_its_place() {
    let error = xyz::read_first(FILE.replace("X 0 ", "X 7 ").as_bytes(), "twice.xyz").unwrap_err().to_string();
    assert_eq!(error, "error: id 7 stands twice\n  --> twice.xyz:4:3\n  |\n4 | X 7 4 5 6\n  |   ^\n  = help: each particle has an id of its own");
}
