//! `motes validate-physics`: every published number that the physics is held to, and what came out.

use super::engine;
use super::failure::{self, Failure};
use super::load;
use motes_host::validation::{self, Setting};
use motes_physics::simd::Isa;
use std::path::PathBuf;

/// Arguments of `motes validate-physics`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only cases whose part or name contains this.
    filter: Option<String>,
    /// Long forms, and the cases that have no short one; many minutes.
    #[arg(long)]
    full: bool,
    /// Write the report to this Markdown file, and its diagrams to a folder `validation` beside it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Folder of reference data; MOTES_DATA unless told. Without it cases that need it are skipped.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Cases that run at a time, each on one thread; as many as the machine has processors unless told. The result does not depend on it.
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=256))]
    threads: Option<u32>,
    #[command(flatten)]
    engine: engine::Arguments,
}

/// Runs the cases, prints each as it ends, and writes the report.
pub(crate) fn validate(arguments: &Arguments) -> Result<(), Failure> {
    let data = arguments.data.clone().or_else(|| std::env::var_os("MOTES_DATA").map(PathBuf::from));
    let engine = arguments.engine.ready(false)?;
    let setting = Setting { engine: Box::new(move |scene| engine.start(scene, 1, Isa::widest(), false)), full: arguments.full, data };
    let cases = validation::wanted(arguments.filter.as_deref(), arguments.full).collect();
    let at_once = arguments.threads.unwrap_or_else(load::processors);
    let finished = validation::run_all(cases, &setting, at_once, |case, result, seconds| failure::print(&validation::lines(case, result, seconds)))?;
    if let Some(path) = &arguments.out {
        validation::write(path, &finished, arguments.full).map_err(|(file, error)| Failure::Output { file: file.display().to_string(), error })?;
    }
    let (line, failed) = validation::summary(&finished);
    failure::print(&format!("{line}\n"))?;
    if validation::all_passed(&finished) { Ok(()) } else { Err(Failure::Validation { failed }) }
}
