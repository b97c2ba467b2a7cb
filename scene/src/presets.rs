//! The scenes that come with the program.

/// A scene that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// What the command line and share links call it.
    pub name: &'static str,
    /// Its scene file.
    pub text: &'static str,
}

macro_rules! presets {
    ($($name:literal),+ $(,)?) => {
        /// All presets in the order of lists and number keys.
        pub const PRESETS: &[Preset] = &[$(Preset { name: $name, text: include_str!(concat!("../../scenes/", $name, ".toml")) }),+];
    };
}
presets![
    "marbles",
    "ball-pit",
    "million",
    "fountain",
    "net",
    "sand-pile",
    "hourglass",
    "drum",
    "dam-break",
    "droplet",
    "galaxies",
    "figure-eight",
    "plasma",
    "coulomb-crystal",
    "melt",
    "crystal",
    "argon",
    "droplets",
    "oil-and-water",
    "colloids",
    "particle-life",
    "cells",
    "starlings",
    "vicsek",
];

/// The preset of that name.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|p| p.name == name)
}
