//! The physics held against published numbers: cases, each with its source, what came out, and a verdict.
//!
//! A case runs scenes of its own and makes [`Check`]s: a quantity, the published or exact value, the band in which the obtained one
//! must lie, and why the band is as wide as it is. Cases that need minutes run in the full form only.

mod bonds;
mod brownian;
mod charges;
mod cloth;
mod collective;
mod contact;
mod flight;
mod fluid;
mod granular;
mod gravity;
mod lennard_jones;
mod particle_life;
mod report;
mod runner;
mod state;
mod thermostats;

pub use report::{Finished, Plot, Series, all_passed, lines, number, summary, write};
pub use runner::run_all;

use crate::{HostError, Simulation};
use motes_scene::{Compiled, Options, compile, xyz};
use std::path::PathBuf;

/// Starts a scene on the engine that is held to the numbers.
pub type Engine = Box<dyn Fn(&Compiled) -> Result<Simulation, HostError> + Send + Sync>;

/// What cases are run with.
pub struct Setting {
    /// Who runs the physics.
    pub engine: Engine,
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

    /// Passes from `low` to `high`.
    pub fn between(quantity: impl Into<String>, published: f64, obtained: f64, [low, high]: [f64; 2]) -> Self {
        Check { quantity: quantity.into(), published, obtained, band: [low, high] }
    }

    /// Passes if the statement is true: 1 for 1.
    pub fn holds(statement: impl Into<String>, truth: bool) -> Self {
        Self::within(statement, 1.0, f64::from(u8::from(truth)), 0.0)
    }

    /// The verdict; what is no number fails.
    pub fn passed(&self) -> bool {
        self.band[0] <= self.obtained && self.obtained <= self.band[1]
    }
}

/// All cases, in the order of the report.
pub fn cases() -> Vec<Case> {
    let parts = [
        flight::CASES,
        fluid::CASES,
        lennard_jones::CASES,
        contact::CASES,
        gravity::CASES,
        collective::CASES,
        particle_life::CASES,
        granular::CASES,
        thermostats::CASES,
        brownian::CASES,
        charges::CASES,
        bonds::CASES,
        cloth::CASES,
    ];
    parts.into_iter().flat_map(|cases| cases()).collect()
}

/// The cases whose part or name contains the filter, as far as they have the form that is wanted.
pub fn wanted(filter: Option<&str>, full: bool) -> impl Iterator<Item = Case> {
    let filter = filter.map(str::to_lowercase);
    let named = move |case: &Case| filter.as_ref().is_none_or(|f| format!("{} {}", case.part, case.name).to_lowercase().contains(f.as_str()));
    cases().into_iter().filter(move |case| named(case) && (full || !case.long))
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
        Ok((self.engine)(scene)?)
    }

    /// Compiles and starts a scene of a case.
    fn begin(&self, text: &str, overrides: &[String]) -> Result<Simulation, CaseError> {
        self.start(&self.scene(text, overrides)?)
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
