//! The physics held against published numbers as a suite, and the proof that it notices physics that is wrong.

use crate::command::{capture, program};
use crate::suites::Count;
use crate::web;
use anyhow::{Context, Result};

/// `motes validate-physics`, in its long form if asked; a check counts as a test.
pub(crate) fn test(full: bool) -> Result<Count> {
    cases(if full { &["--full"] } else { &[] })
}

/// The same in the module that pages run.
pub(crate) fn test_in_wasm() -> Result<Count> {
    web::build_engine()?;
    cases(&["--engine", "wasm", "--module", &web::folder().join("physics-all.wasm").to_string_lossy()])
}

fn cases(arguments: &[&str]) -> Result<Count> {
    let command = program("cargo", &[&["run", "--quiet", "-p", "motes", "--", "validate-physics"], arguments].concat());
    let (success, out) = capture(command)?;
    print!("{out}");
    let mut count = out.lines().last().and_then(from_summary).context("the program printed no summary")?;
    count.failed += u32::from(!success && count.failed == 0);
    Ok(count)
}

/// `26 cases, 101 checks, 0 failed, 0 cases broken, 0 skipped`
fn from_summary(line: &str) -> Option<Count> {
    let number = |word: &str| line.split(", ").find_map(|part| part.strip_suffix(word)?.trim().parse::<u32>().ok());
    let (checks, failed, broken) = (number(" checks")?, number(" failed")?, number(" cases broken")?);
    Some(Count { passed: checks - failed, failed: failed + broken, skipped: number(" skipped")? })
}

/// A fault made on purpose (see `physics/src/broken.rs`), a case, and the check of it that must fail.
const FAULTS: [(&str, &str, &str); 3] =
    [("integrator", "kepler", "order of leapfrog"), ("force", "conserved", "relative energy drift"), ("kernel", "conserved", "momentum per atom")];

/// Builds the runner of the cases so that it can have faults; it must find each of them and say so.
pub(crate) fn broken() -> Result<Count> {
    let mut count = Count::default();
    for (fault, case, check) in FAULTS {
        let built = ["run", "--quiet", "-p", "motes-host", "--example", "validate", "--features", "motes-physics/broken"];
        let mut command = program("cargo", &[&built[..], &["--", case]].concat());
        command.env("MOTES_BROKEN_PHYSICS", "1").env("MOTES_FLAW", fault);
        let (success, out) = capture(command)?;
        let found = out.lines().any(|line| line.trim_start().starts_with(&format!("FAIL {check}")));
        // A case that could not run is no proof.
        let ran = out.lines().last().is_some_and(|line| line.contains(", 0 cases broken, 0 skipped"));
        let good = !success && found && ran;
        println!("{fault}: {} by {case}: {check}", if good { "found" } else { "NOT FOUND" });
        if good {
            count.passed += 1;
        } else {
            print!("{out}");
            count.failed += 1;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_are_counted() {
        let line = "26 cases, 101 checks, 2 failed, 1 cases broken, 3 skipped";
        assert_eq!(from_summary(line), Some(Count { passed: 99, failed: 3, skipped: 3 }));
        assert_eq!(from_summary("cases"), None);
    }
}
