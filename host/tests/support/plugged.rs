//! Runs with plug-ins, which `cargo xtask test host` builds: it sets MOTES_DIST to the folder they lie in.

use motes_host::Simulation;
use motes_host::wasm::Modules;
use motes_scene::{Compiled, Options, PlugIn, compile};
use std::path::PathBuf;
use std::sync::OnceLock;

/// Five hundred particles.
pub(crate) const SCENE: &str = "version = 1\ndt = 0.005\n[domain]\nmin = [-2, -2, -2]\nmax = [2, 2, 2]\nwalls = true\n\
[[fill]]\nkind = \"random\"\ncount = 500\nmin = [-1, -1, -1]\nmax = [1, 1, 1]\ntemperature = 1\n";

/// Where the built files lie, or `None` with the reason printed.
pub(crate) fn dist() -> Option<PathBuf> {
    let found = std::env::var_os("MOTES_DIST").map(PathBuf::from);
    if found.is_none() {
        println!("skipped: MOTES_DIST does not name the folder with plug-ins");
    }
    found
}

/// A scene with these plug-ins behind those that it names.
pub(crate) fn scene(text: &str, names: &[&str], overrides: &[&str]) -> Compiled {
    let folder = dist().expect("looked at before").join("plug-ins");
    let read = |name: &&str| {
        let file = format!("{name}.wasm");
        let bytes = std::fs::read(folder.join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        PlugIn::read(&file, &bytes).unwrap_or_else(|error| panic!("{error}"))
    };
    let overrides = overrides.iter().map(|text| (*text).to_owned()).collect();
    let options = Options { plug_ins: names.iter().map(read).collect(), overrides, ..Options::default() };
    compile(text, &options).unwrap_or_else(|errors| panic!("{errors}"))
}

/// physics.wasm beside which plug-ins can be stopped.
pub(crate) fn modules() -> &'static Modules {
    static MODULES: OnceLock<Modules> = OnceLock::new();
    let read = || Modules::read_for_plug_ins(&dist().expect("looked at before").join("physics-all.wasm"));
    MODULES.get_or_init(|| read().unwrap_or_else(|reason| panic!("{reason}")))
}

/// Natively, and with physics.wasm.
pub(crate) fn engines(scene: &Compiled, threads: u32) -> [Simulation; 2] {
    [Simulation::new(scene, threads), Simulation::in_wasm(scene, modules(), threads)].map(|made| made.unwrap_or_else(|error| panic!("{error}")))
}
