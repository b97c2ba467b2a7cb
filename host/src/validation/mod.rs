//! The physics held against published numbers: cases, each with its source, what came out, and a verdict.
//!
//! A case runs scenes of its own and makes [`Check`]s: a quantity, the published or exact value, the band in which the obtained one
//! must lie, and why the band is as wide as it is. Cases that need minutes run in the full form only.

mod bonds;
mod brownian;
mod charges;
mod flight;
mod lennard_jones;
mod report;
mod thermostats;

pub use report::{Finished, Plot, Series, all_passed, markdown, number};

use crate::{HostError, Simulation, Threads};
use motes_scene::{Compiled, Options, compile, xyz};
use std::path::PathBuf;

/// What cases are run with.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Threads of every run.
    pub threads: u32,
    /// Long forms, and the cases that have no short one.
    pub full: bool,
    /// Folder of reference data.
    pub data: Option<PathBuf>,
}

/// Why a case came to no verdict.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// A run failed.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The case's own scene or data is not good.
    #[error("{0}")]
    Input(String),
    /// Reference data that is not here; the case is not counted as passed.
    #[error("skipped: {0}")]
    Missing(String),
}

/// Something that published numbers are known of.
pub struct Case {
    /// Part of physics, for headings.
    pub part: &'static str,
    /// What is done.
    pub name: &'static str,
    /// Where the numbers are from.
    pub source: &'static str,
    /// True where there is no short form.
    pub long: bool,
    /// Runs it.
    pub run: fn(&Setting) -> Result<Outcome, CaseError>,
}

/// What came out of a case.
#[derive(Default)]
pub struct Outcome {
    /// One for each number.
    pub checks: Vec<Check>,
    /// Curves worth seeing.
    pub plots: Vec<Plot>,
}

/// One number.
#[derive(Clone, Debug)]
pub struct Check {
    /// What it is.
    pub quantity: String,
    /// Published or exact value.
    pub published: f64,
    /// What was obtained.
    pub obtained: f64,
    /// Lowest and highest value that pass.
    pub band: [f64; 2],
}

impl Check {
    /// Passes within `half` of the published value.
    pub fn within(quantity: impl Into<String>, published: f64, obtained: f64, half: f64) -> Self {
        Check { quantity: quantity.into(), published, obtained, band: [published - half, published + half] }
    }

    /// Passes within that fraction of the published value.
    pub fn relative(quantity: impl Into<String>, published: f64, obtained: f64, fraction: f64) -> Self {
        Self::within(quantity, published, obtained, fraction * published.abs())
    }

    /// Passes up to `most`; what is wanted is zero.
    pub fn at_most(quantity: impl Into<String>, obtained: f64, most: f64) -> Self {
        Check { quantity: quantity.into(), published: 0.0, obtained, band: [-most, most] }
    }

    /// The verdict; what is no number fails.
    pub fn passed(&self) -> bool {
        self.band[0] <= self.obtained && self.obtained <= self.band[1]
    }
}

/// All cases, in the order of the report.
pub fn cases() -> Vec<Case> {
    [flight::CASES, lennard_jones::CASES, thermostats::CASES, brownian::CASES, charges::CASES, bonds::CASES].into_iter().flat_map(|cases| cases()).collect()
}

impl Setting {
    /// Compiles a scene of a case.
    fn scene(&self, text: &str, overrides: &[String]) -> Result<Compiled, CaseError> {
        compile(text, &Options { overrides: overrides.to_vec(), ..Options::default() }).map_err(|e| CaseError::Input(e.to_string()))
    }

    /// Compiles a preset.
    fn preset(&self, name: &str, overrides: &[String]) -> Result<Compiled, CaseError> {
        let preset = motes_scene::preset(name).ok_or_else(|| CaseError::Input(format!("there is no preset {name}")))?;
        self.scene(preset.text, overrides)
    }

    /// Starts a scene.
    fn start(&self, scene: &Compiled) -> Result<Simulation, CaseError> {
        let threads = Threads::new(self.threads).map_err(|source| HostError::Threads { threads: self.threads, source })?;
        Ok(Simulation::with_threads(scene, threads)?)
    }

    /// Particles of a file of the reference data.
    fn configuration(&self, file: &str) -> Result<xyz::Configuration, CaseError> {
        let Some(folder) = &self.data else {
            return Err(CaseError::Missing(format!("MOTES_DATA does not name the folder with {file}")));
        };
        let path = folder.join(file);
        let opened = std::fs::File::open(&path).map_err(|e| CaseError::Missing(format!("{}: {e}", path.display())))?;
        xyz::read_first(std::io::BufReader::new(opened), file).map_err(|e| CaseError::Input(e.to_string()))
    }

    /// Picks the number for the short or the full form.
    fn choose<T>(&self, short: T, full: T) -> T {
        if self.full { full } else { short }
    }
}
