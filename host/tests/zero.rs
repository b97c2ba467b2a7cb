//! Scenes without particles run like any other, with and without neighbours and for any number of threads.

mod support;

use motes_scene::{Options, compile, xyz};
use support::start;

#[test]
fn no_particles_is_a_scene_like_any_other() {
    // Edges join the sites of a fill, which a file replaces: such a scene refuses files.
    let takes_files = |text: &str| text.contains("[[fill]]") && !text.contains("kind = \"distance\"");
    for preset in motes_scene::PRESETS.iter().filter(|preset| takes_files(preset.text)) {
        let nothing = xyz::read_first(&b"0\n\n"[..], "zero.xyz").expect("a file of no particles");
        let compiled = compile(preset.text, &Options { init: Some(nothing), ..Options::default() }).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(compiled.particle_count, 0);
        let hashes = [1, 2].map(|threads| {
            let mut simulation = start(&compiled, threads);
            simulation.step(20).unwrap_or_else(|e| panic!("{}: {e}", preset.name));
            simulation.publish().unwrap();
            let sums = simulation.diagnose().unwrap();
            assert_eq!((sums.alive, sums.kinetic, sums.potential, sums.tail_energy), (0.0, 0.0, 0.0, 0.0), "{}", preset.name);
            simulation.checkpoint().unwrap();
            simulation.restore().unwrap();
            simulation.step(1).unwrap();
            simulation.hash().unwrap()
        });
        assert_eq!(hashes[0], hashes[1], "{}", preset.name);
    }
}
