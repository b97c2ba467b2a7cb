//! `motes validate-physics`: every published number that the physics is held to, and what came out.

use super::failure::{self, Failure};
use super::load;
use motes_host::Simulation;
use motes_host::validation::{self, Finished, Setting};
use std::path::PathBuf;
use std::time::Instant;

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
    /// Threads; all that the machine has unless told. The result does not depend on it.
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=256))]
    threads: Option<u32>,
}

/// Runs the cases, prints each as it ends, and writes the report.
pub(crate) fn validate(arguments: &Arguments) -> Result<(), Failure> {
    let data = arguments.data.clone().or_else(|| std::env::var_os("MOTES_DATA").map(PathBuf::from));
    let threads = arguments.threads.unwrap_or_else(load::processors);
    let setting = Setting { engine: Box::new(move |scene| Simulation::new(scene, threads)), full: arguments.full, data };
    let mut finished: Vec<Finished> = Vec::new();
    for case in validation::wanted(arguments.filter.as_deref(), arguments.full) {
        let clock = Instant::now();
        let result = (case.run)(&setting);
        failure::print(&validation::lines(&case, &result, clock.elapsed().as_secs_f64()))?;
        finished.push((case, result));
    }
    if let Some(path) = &arguments.out {
        validation::write(path, &finished, arguments.full).map_err(|(file, error)| Failure::Output { file: file.display().to_string(), error })?;
    }
    let (line, failed) = validation::summary(&finished);
    failure::print(&format!("{line}\n"))?;
    if validation::all_passed(&finished) { Ok(()) } else { Err(Failure::Validation { failed }) }
}
