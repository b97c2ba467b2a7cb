//! How many particles there may be: refused before anything is allotted, by the field that asks for them and in bytes.

use motes_physics::plan::MAX_PARTICLES;
use motes_scene::{Compiled, ErrorClass, Options, SceneErrors, compile};
use std::time::{Duration, Instant};

fn ballistic(fill: &str) -> Result<Compiled, SceneErrors> {
    let text = format!("version = 1\n[[force]]\nkind = \"gravity\"\n{fill}");
    compile(&text, &Options { name: "test.toml".into(), ..Options::default() })
}

fn random(count: &str) -> Result<Compiled, SceneErrors> {
    ballistic(&format!("[[fill]]\nkind = \"random\"\ncount = {count}\n"))
}

#[test]
fn the_most_particles_fit_and_one_more_does_not() {
    assert_eq!(MAX_PARTICLES, 32_000_000);
    assert_eq!(random("32000000").unwrap().particle_count, 32_000_000);
    let error = random("32000001").unwrap_err();
    assert_eq!(error.class(), ErrorClass::Limit);
    assert_eq!(
        error.to_string(),
        "error: `fill[0].count` = 32000001: the scene has 32000001 particles and needs 3592010672 bytes\n  --> test.toml:6:9\n  |\n6 | count = 32000001\n  |         ^^^^^^^^\n  \
         = help: 4291756032 bytes are available and at most 32000000 particles; there is room for 32000000 of these"
    );
}

#[test]
fn absurd_numbers_are_refused_at_once_with_field_and_bytes() {
    let clock = Instant::now();
    for (count, bytes) in
        [("1e9", "needs 112"), ("1_000_000_000", "needs 112"), ("9223372036854775807", "needs 1033"), ("9.223372036854775808e18", "needs 1033")]
    {
        let error = random(count).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Limit, "{error}");
        let message = error.to_string();
        assert!(message.contains("`fill[0].count` = ") && message.contains(bytes) && message.contains("bytes are available"), "{message}");
    }
    assert!(clock.elapsed() < Duration::from_millis(50 * 4), "{:?}", clock.elapsed());
}

#[test]
fn numbers_that_are_no_count_are_refused_and_none_is_a_count() {
    for count in ["-1", "-9223372036854775808", "1e30", "1e400", "nan", "0.5", "\"many\""] {
        let error = random(count).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Scene, "{error}");
        assert!(error.to_string().contains("`fill[0].count`"), "{error}");
    }
    assert_eq!(random("0").unwrap().particle_count, 0);
    assert_eq!(random("1e3").unwrap().particle_count, 1000);
}

#[test]
fn lattices_emitters_and_long_lists_are_counted_too() {
    let lattice = ballistic("[[fill]]\nkind = \"lattice\"\ncells = [100000, 100000, 100000]\n").unwrap_err().to_string();
    assert!(lattice.contains("`fill[0].cells` = [100000, 100000, 100000]: the scene has 4000000000000000 particles"), "{lattice}");
    let emitter = ballistic("[[emitter]]\nrate = 1e12\nlifetime = 1e6\n").unwrap_err().to_string();
    assert!(
        emitter.contains("`emitter[0].rate` = 1e12: the scene has 1000000000000000000 particles") || emitter.contains("`emitter[0].rate` = 1000000000000"),
        "{emitter}"
    );
    let text = "version = 1\n[domain]\nmin = [0, 0, 0]\nmax = [200, 200, 200]\n[[force]]\nkind = \"lennard-jones\"\ncutoff = 6\n[[fill]]\nkind = \"random\"\ncount = 3000000\n";
    let error = compile(text, &Options::default()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Limit);
    assert!(error.to_string().contains("`fill[0].count` = 3000000: the scene has 3000000 particles and needs"), "{error}");
}

#[test]
fn numbers_beyond_their_range_are_not_bent_into_it() {
    for fill in ["kind = \"lattice\"\ncells = [200000, 1, 1]", "kind = \"random\"\nspecies = 99"] {
        let error = ballistic(&format!("[[fill]]\n{fill}\n")).unwrap_err().to_string();
        assert!(error.contains("is out of range"), "{error}");
    }
}
