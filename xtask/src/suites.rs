//! All test suites, and how many tests each of them ran.

use crate::command::{capture, program, root};
use crate::{check, golden, provision, serve, web};
use anyhow::{Result, bail};
use std::process::Command;
use std::time::Instant;

/// Tests of a suite.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Count {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) skipped: u32,
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

type Suite = (&'static str, fn(bool) -> Result<Count>);

/// The suites in the order in which they run.
const SUITES: [Suite; 10] = [
    ("check", |_| check::check().map(|()| Count { passed: 1, ..Count::default() })),
    ("physics", |full| cargo("motes-physics", full)),
    ("scene", |full| cargo("motes-scene", full)),
    ("host", |full| cargo("motes-host", full)),
    ("command line", |full| cargo("motes", full)),
    ("xtask", |full| cargo("xtask", full)),
    ("one hash", golden::compare),
    ("node", node),
    ("one hash chromium", |full| browser("chromium", full)),
    ("one hash firefox", |full| browser("firefox", full)),
];

/// Runs the suites and prints what they ran; fails when a test failed or a suite ran none.
pub(crate) fn test(full: bool, only: &[String]) -> Result<()> {
    let (mut total, mut lines, mut empty) = (Count::default(), Vec::new(), Vec::new());
    for (name, suite) in SUITES.iter().filter(|(name, _)| only.is_empty() || only.iter().any(|o| o == name)) {
        let clock = Instant::now();
        let count = suite(full).unwrap_or_else(|error| {
            eprintln!("suite {name}: {error:#}");
            Count { failed: 1, ..Count::default() }
        });
        lines.push(format!(
            "suite {name}: {} passed, {} failed, {} skipped ({:.0} s)",
            count.passed,
            count.failed,
            count.skipped,
            clock.elapsed().as_secs_f64()
        ));
        println!("{}", lines[lines.len() - 1]);
        total += count;
        if count == Count::default() {
            empty.push(*name);
        }
    }
    println!("\n{}\n\n{} passed, {} failed, {} skipped", lines.join("\n"), total.passed, total.failed, total.skipped);
    match (total.failed, empty.as_slice()) {
        (0, []) if total.passed > 0 => Ok(()),
        (0, _) => bail!("suites that ran no test: {empty:?}"),
        (failed, _) => bail!("{failed} tests failed"),
    }
}

fn cargo(package: &str, full: bool) -> Result<Count> {
    let command = program("cargo", &["test", "--no-fail-fast", "-p", package, "--", "--nocapture"]);
    let (success, out) = finish(command, full)?;
    let mut count = Count::default();
    out.lines().filter_map(from_cargo).for_each(|binary| count += binary);
    // A test that cannot run here says `skipped: why` and is not a pass; libtest may have put the test's name before it on the line.
    let skipped = out.lines().filter(|line| line.contains("skipped: ")).count() as u32;
    count.passed -= skipped.min(count.passed);
    count.skipped += skipped;
    count.failed += u32::from(!success && count.failed == 0);
    Ok(count)
}

/// Runs a test program, in its long form if asked, and shows what it printed.
fn finish(mut command: Command, full: bool) -> Result<(bool, String)> {
    if full {
        command.env("MOTES_FULL", "1");
    }
    let (success, out) = capture(command)?;
    print!("{out}");
    Ok((success, out))
}

/// `test result: ok. 9 passed; 0 failed; 0 ignored; …`
fn from_cargo(line: &str) -> Option<Count> {
    let (_, numbers) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let number = |word: &str| numbers.split("; ").find_map(|part| part.strip_suffix(word)?.trim().parse().ok()).unwrap_or(0);
    Some(Count { passed: number("passed"), failed: number("failed"), skipped: number("ignored") })
}

fn node(full: bool) -> Result<Count> {
    provision::npm()?;
    web::build()?;
    let mut command = program("node", &["--test", "--test-reporter=tap"]);
    for entry in std::fs::read_dir(root().join("web/tests/node"))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            command.arg(path);
        }
    }
    node_test(command, full)
}

/// A real browser against two servers: one with the headers for shared memory, one without.
fn browser(name: &str, full: bool) -> Result<Count> {
    provision::npm()?;
    provision::browser(name)?;
    web::build()?;
    let serve = |isolated| serve::start(&web::folder(), ([127, 0, 0, 1], 0).into(), isolated);
    let mut command = program("node", &["--test", "--test-reporter=tap", "web/tests/browser/hash.test.mjs"]);
    command.env("MOTES_BROWSER", name).env("MOTES_ISOLATED", format!("http://{}", serve(true)?)).env("MOTES_PLAIN", format!("http://{}", serve(false)?));
    node_test(command, full)
}

fn node_test(mut command: Command, full: bool) -> Result<Count> {
    command.env("MOTES_DIST", web::folder());
    let (success, out) = finish(command, full)?;
    let number = |word: &str| out.lines().rev().find_map(|line| line.strip_prefix(word)?.trim().parse().ok()).unwrap_or(0);
    let mut count = Count { passed: number("# pass"), failed: number("# fail"), skipped: number("# skipped") };
    count.failed += u32::from(!success && count.failed == 0);
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_lines_are_counted() {
        let line = "test result: FAILED. 9 passed; 2 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.64s";
        assert_eq!(from_cargo(line), Some(Count { passed: 9, failed: 2, skipped: 1 }));
        assert_eq!(from_cargo("running 3 tests"), None);
    }
}
