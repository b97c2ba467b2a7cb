//! The cases of `motes validate-physics` with nothing but physics and host linked.
//!
//! `cargo run -p motes-host --example validate -- kepler` prints each check of the cases of that name, and ends with exit code 8 if one
//! failed; `--full` takes the long forms, `--out=FILE` writes the report.

use motes_host::Simulation;
use motes_host::validation::{Setting, lines, summary, wanted, write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let full = arguments.iter().any(|a| a == "--full");
    let filters: Vec<&str> = arguments.iter().map(String::as_str).filter(|a| !a.starts_with("--")).collect();
    let setting = Setting { engine: Box::new(|scene| Simulation::new(scene, 1)), full, data: std::env::var_os("MOTES_DATA").map(Into::into) };
    let mut finished = Vec::new();
    for case in filters.iter().flat_map(|filter| wanted(Some(filter), full)) {
        let clock = Instant::now();
        let result = (case.run)(&setting);
        print!("{}", lines(&case, &result, clock.elapsed().as_secs_f64()));
        finished.push((case, result));
    }
    if let Some(Err((file, error))) = arguments.iter().find_map(|a| a.strip_prefix("--out=")).map(|path| write(Path::new(path), &finished, full)) {
        eprintln!("{}: {error}", file.display());
        return ExitCode::FAILURE;
    }
    let (line, failed) = summary(&finished);
    println!("{line}");
    if failed == 0 && !finished.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(8) }
}
