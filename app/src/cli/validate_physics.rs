//! `motes validate-physics`: every published number that the physics is held to, and what came out.

use super::failure::{self, Failure};
use super::load;
use motes_host::Simulation;
use motes_host::validation::{self, Finished, Setting};
use std::fs;
use std::path::{Path, PathBuf};
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
        write(path, &finished, arguments.full)?;
    }
    let (line, failed) = validation::summary(&finished);
    failure::print(&format!("{line}\n"))?;
    if validation::all_passed(&finished) { Ok(()) } else { Err(Failure::Validation { failed }) }
}

fn write(path: &Path, finished: &[Finished], full: bool) -> Result<(), Failure> {
    let failed = |file: &Path| {
        let file = file.display().to_string();
        move |error| Failure::Output { file, error }
    };
    let folder = path.parent().unwrap_or(Path::new("")).join("validation");
    fs::create_dir_all(&folder).map_err(failed(&folder))?;
    for plot in finished.iter().filter_map(|(_, result)| result.as_ref().ok()).flat_map(|outcome| &outcome.plots) {
        let file = folder.join(plot.file_name());
        fs::write(&file, plot.svg()).map_err(failed(&file))?;
    }
    let form = if full { "motes validate-physics --full" } else { "motes validate-physics" };
    let head = format!("# Validation\n\nWritten by `{form} --out docs/validation.md`. A check passes when the obtained value lies in the band.\n");
    fs::write(path, head + &validation::markdown(finished)).map_err(failed(path))
}
