//! The cases of `motes validate-physics` with nothing but physics and host linked.
//!
//! `cargo run -p motes-host --example validate -- kepler` prints each check of the cases of that name, and ends with exit code 8 if one
//! failed; `--full` takes the long forms, `--out=FILE` writes the report.

use motes_host::Simulation;
use motes_host::validation::{Setting, lines, run_all, summary, wanted, write};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let full = arguments.iter().any(|a| a == "--full");
    let filters: Vec<&str> = arguments.iter().map(String::as_str).filter(|a| !a.starts_with("--")).collect();
    let setting = Setting { engine: Box::new(|scene| Simulation::new(scene, 1)), full, data: std::env::var_os("MOTES_DATA").map(Into::into) };
    let cases = filters.iter().flat_map(|filter| wanted(Some(filter), full)).collect();
    let told = |case: &_, result: &_, seconds| {
        print!("{}", lines(case, result, seconds));
        Ok(())
    };
    let Ok(finished) = run_all::<std::convert::Infallible>(cases, &setting, 1, told);
    if let Some(Err((file, error))) = arguments.iter().find_map(|a| a.strip_prefix("--out=")).map(|path| write(Path::new(path), &finished, full)) {
        eprintln!("{}: {error}", file.display());
        return ExitCode::FAILURE;
    }
    let (line, failed) = summary(&finished);
    println!("{line}");
    if failed == 0 && !finished.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(8) }
}
