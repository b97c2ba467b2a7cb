//! A compiled scene, printed as a scene file, compiles to the same bytes.

use motes_scene::{Options, PRESETS, compile};

const EVERYTHING: &str = r#"
version = 1
title = "a \"quoted\" title\twith\u007f and \\ and ü"
dt = 1.2345678901234567e-7
seed = 9007199254740991
[domain]
min = [-0.1, -1e6, 1e-300]
periodic = [true, false, true]
[[species]]
name = "Na"
mass = 0.3333333333333333
[[species]]
[neighbors]
skin = 0.25
[integrator]
kind = "velocity-verlet"
[[force]]
kind = "lennard-jones"
species = "all"
with = "Na"
cutoff = 0.4
[[force]]
kind = "gravity"
acceleration = [1e-5, -9.80665, 123456.789]
[[fill]]
kind = "lattice"
arrangement = "bcc"
cells = [2, 3, 4]
species = "Na"
[[fill]]
kind = "random"
count = 17
shape = "ball"
[[collider]]
kind = "sphere"
[[collider]]
kind = "box"
side = "outside"
[[emitter]]
rate = 12.5
lifetime = 2
[view]
color_by = "height"
bounds = false
"#;

#[test]
fn what_is_printed_compiles_to_the_same_bytes() {
    for (name, text) in PRESETS.iter().map(|preset| (preset.name, preset.text)).chain([("everything", EVERYTHING)]) {
        let compiled = compile(text, &Options::default()).unwrap_or_else(|e| panic!("{e}"));
        let printed = compiled.to_toml();
        let again = compile(&printed, &Options::default()).unwrap_or_else(|e| panic!("{name}:\n{e}\n\n{printed}"));
        assert!(again == compiled, "{name} changed:\n{printed}");
    }
}

#[test]
fn overrides_are_in_it_and_every_parameter_says_what_it_means() {
    let options = Options { overrides: vec!["force[0].cutoff=3.25".to_owned()], ..Options::default() };
    let compiled = compile(motes_scene::preset("melt").unwrap().text, &options).unwrap();
    let printed = compiled.to_toml();
    assert!(
        printed.contains("\ncutoff = 3.25 # length: Distance beyond which pairs do not interact; not used with wca, which ends at 2^(1/6) sigma.\n"),
        "{printed}"
    );
    for parameter in &compiled.parameters {
        assert!(printed.lines().any(|line| line.starts_with(parameter.declaration.name) && line.ends_with(parameter.declaration.doc)), "{}", parameter.path);
    }
}
