//! Scenes and states for the tests.
#![allow(dead_code, reason = "each test binary uses its own part of this")]

#[cfg(feature = "wasm-engine")]
pub(crate) mod plugged;

use motes_host::Simulation;
use motes_scene::{Compiled, Options, compile, xyz};
use std::path::PathBuf;

/// Compiles a scene that is known to be good.
pub(crate) fn scene(text: &str, overrides: &[&str]) -> Compiled {
    let overrides = overrides.iter().map(|o| (*o).to_owned()).collect();
    compile(text, &Options { overrides, ..Options::default() }).unwrap_or_else(|e| panic!("{e}"))
}

/// A preset with overrides.
pub(crate) fn preset(name: &str, overrides: &[&str]) -> Compiled {
    scene(motes_scene::preset(name).expect("a preset of that name").text, overrides)
}

/// A simulation of a scene that is known to be good.
pub(crate) fn start(scene: &Compiled, threads: u32) -> Simulation {
    Simulation::new(scene, threads).unwrap_or_else(|e| panic!("{e}"))
}

/// A file of the reference data, or `None` with the reason printed.
pub(crate) fn reference(file: &str) -> Option<PathBuf> {
    match std::env::var_os("MOTES_DATA") {
        Some(folder) => Some(PathBuf::from(folder).join(file)),
        None => {
            println!("skipped: MOTES_DATA does not name the folder with {file}");
            None
        }
    }
}

/// A scene with its particles from a file.
pub(crate) fn from_file(text: &str, path: &std::path::Path, overrides: &[&str]) -> Compiled {
    let file = std::fs::File::open(path).expect("the reference file");
    let init = xyz::read_first(std::io::BufReader::new(file), &path.display().to_string()).unwrap_or_else(|e| panic!("{e}"));
    let overrides = overrides.iter().map(|o| (*o).to_owned()).collect();
    compile(text, &Options { overrides, init: Some(init), ..Options::default() }).unwrap_or_else(|e| panic!("{e}"))
}
