//! All test suites, and how many tests each of them ran.

use crate::audio::Audio;
use crate::command::{capture, program, root, run, target};
use crate::display::Display;
use crate::{check, debian, documents, fixtures, golden, plug_ins, provision, serve, validation, web};
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

/// A test that hangs must not hang everything; for one file. The long form of the faults alone takes more than ten minutes.
fn patience(full: bool) -> &'static str {
    if full { "--test-timeout=7200000" } else { "--test-timeout=600000" }
}

type Suite = (&'static str, fn(bool) -> Result<Count>);

/// The suites in the order in which they run.
const SUITES: &[Suite] = &[
    ("check", |_| check::check().map(|()| Count { passed: 1, ..Count::default() })),
    ("physics", |full| cargo(&["-p", "motes-physics"], full)),
    ("scene", |full| cargo(&["-p", "motes-scene"], full)),
    ("host", host),
    ("command line", command_line),
    ("validation", validation::test),
    ("validation in wasm", |_| validation::test_in_wasm()),
    ("broken physics", |_| validation::broken()),
    ("window", window),
    ("renderer", renderer),
    ("xtask", |full| cargo(&["-p", "xtask"], full)),
    ("one hash", golden::compare),
    ("node", |full| node(|file| file != SWAP && !needs_plug_ins(file), full)),
    ("swap node", swap_in_node),
    ("plug-ins node", plug_ins_in_node),
    ("memcheck", memcheck),
    ("miri", miri),
    ("races", races),
    ("one hash chromium", |full| browser("hash", "chromium", None, full)),
    ("one hash firefox", |full| browser("hash", "firefox", None, full)),
    ("documents", documents::test),
    ("embedding", |full| browser("embedding", "chromium", None, full)),
    ("bridge chromium", |full| browser("bridge", "chromium", None, full)),
    ("bridge firefox", |full| browser("bridge", "firefox", None, full)),
    ("page chromium", |full| browser("page", "chromium", None, full)),
    ("page firefox", |full| browser("page", "firefox", None, full)),
    ("chromium webgpu", |full| browser("graphics", "chromium", Some("webgpu"), full)),
    ("chromium webgl2", |full| browser("graphics", "chromium", Some("webgl2"), full)),
    ("firefox webgpu", |full| browser("graphics", "firefox", Some("webgpu"), full)),
    ("firefox webgl2", |full| browser("graphics", "firefox", Some("webgl2"), full)),
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

fn cargo(arguments: &[&str], full: bool) -> Result<Count> {
    cargo_test(program("cargo", &[&["test", "--no-fail-fast"], arguments, &["--", "--nocapture"]].concat()), full)
}

/// The native host, and physics.wasm in wasmtime on it.
fn host(full: bool) -> Result<Count> {
    web::build_engine()?;
    fixtures::build()?;
    plug_ins::build()?;
    let mut command = program("cargo", &["test", "--no-fail-fast", "-p", "motes-host", "--", "--nocapture"]);
    command.env("MOTES_DIST", web::folder());
    cargo_test(command, full)
}

/// The program, with plug-ins too.
fn command_line(full: bool) -> Result<Count> {
    web::build_engine()?;
    plug_ins::build()?;
    let tests = ["--test", "command_line", "--test", "data_in", "--test", "effects", "--test", "faults", "--test", "plug_ins", "--test", "published"];
    let mut command = program("cargo", &[&["test", "--no-fail-fast", "-p", "motes", "--bins"], &tests[..], &["--", "--nocapture"]].concat());
    command.env("MOTES_DIST", web::folder());
    cargo_test(command, full)
}

/// Pictures on a real adapter, by software where there is no GPU.
fn renderer(full: bool) -> Result<Count> {
    debian::provide(&debian::GRAPHICS)?;
    cargo(&["-p", "motes-renderer", "--features", "native"], full)
}

/// The desktop window on a display without a screen.
fn window(full: bool) -> Result<Count> {
    debian::provide(&debian::GRAPHICS)?;
    let display = Display::start()?;
    let mut command = program("cargo", &["test", "--no-fail-fast", "-p", "motes", "--test", "window", "--", "--nocapture"]);
    command.env("DISPLAY", &display.name).env_remove("WAYLAND_DISPLAY");
    cargo_test(command, full)
}

fn cargo_test(command: Command, full: bool) -> Result<Count> {
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
    } else {
        // The short form meets the same random input each time, so that it says what a change did; the long form draws anew.
        command.env("PROPTEST_RNG_SEED", "20261128");
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

/// Files of tests that need modules of their own.
const SWAP: &str = "swap.test.mjs";
/// How the names of those begin that need plug-ins or effects.
const PLUG_INS: [&str; 2] = ["plug", "effects"];

fn needs_plug_ins(file: &str) -> bool {
    PLUG_INS.iter().any(|begin| file.starts_with(begin))
}

fn plug_ins_in_node(full: bool) -> Result<Count> {
    web::build_engine()?;
    fixtures::build()?;
    plug_ins::build()?;
    plug_ins::documented()?;
    node(needs_plug_ins, full)
}

fn swap_in_node(full: bool) -> Result<Count> {
    web::build_engine()?;
    fixtures::build()?;
    node(|file| file == SWAP, full)
}

/// The test files that `takes` takes.
fn node(takes: fn(&str) -> bool, full: bool) -> Result<Count> {
    provision::npm()?;
    web::build_engine()?;
    // Its recordings are what those of the module are held to.
    run(program("cargo", &["build", "--quiet", "-p", "motes"]))?;
    // A test that failed may leave workers behind, which must not keep the run from ending.
    let mut command = program("node", &["--test", "--test-reporter=tap", "--test-force-exit", patience(full)]);
    command.env("MOTES_PROGRAM", target().join("debug/motes"));
    for entry in std::fs::read_dir(root().join("web/tests/node"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".test.mjs") && takes(&name) {
            command.arg(&path);
        }
    }
    node_test(command, full)
}

/// Every law of force and the arrays they read, under valgrind's eyes; only in the long form.
fn memcheck(full: bool) -> Result<Count> {
    if !full {
        println!("skipped: memcheck is part of the long form");
        return Ok(Count { skipped: 1, ..Count::default() });
    }
    debian::provide(&debian::VALGRIND)?;
    let mut command = program("cargo", &["test", "-p", "motes-host", "--test", "oracle", "--test", "given", "--test", "zero", "--", "--nocapture"]);
    command.env("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER", "valgrind --quiet --error-exitcode=9");
    cargo_test(command, false)
}

/// All calls on a block, and the crew of threads, under the interpreter that knows what Rust allows; only in the long form.
fn miri(full: bool) -> Result<Count> {
    if !full {
        println!("skipped: miri, which needs a nightly compiler, is part of the long form");
        return Ok(Count { skipped: 1, ..Count::default() });
    }
    // On x86 libm is written in assembly, which no interpreter takes.
    let test = ["miri", "test", "--target", "riscv64gc-unknown-linux-gnu", "-p", "motes-host", "--no-default-features", "--lib", "--test", "accessors"];
    let mut command = nightly(&test)?;
    command.env("MIRIFLAGS", "-Zmiri-disable-isolation").env("CARGO_TARGET_DIR", target().join("miri"));
    cargo_test(command, false)
}

/// The crew, the frames and whole runs on several threads, watched for races while they run; only in the long form.
fn races(full: bool) -> Result<Count> {
    if !full {
        println!("skipped: the race detector, which needs a nightly compiler, is part of the long form");
        return Ok(Count { skipped: 1, ..Count::default() });
    }
    let tests = ["-p", "motes-host", "--no-default-features", "--lib", "--test", "frames", "--test", "one_hash"];
    let mut command = nightly(&[&["test", "-Zbuild-std", "--target", "x86_64-unknown-linux-gnu"], &tests[..]].concat())?;
    command.env("RUSTFLAGS", "-Zsanitizer=thread").env("CARGO_TARGET_DIR", target().join("races"));
    cargo_test(command, false)
}

/// Cargo of the nightly toolchain, which is installed first if there is none.
fn nightly(arguments: &[&str]) -> Result<Command> {
    run(program("rustup", &["toolchain", "install", "nightly", "--profile", "minimal", "--component", "miri", "--component", "rust-src"]))?;
    let mut command = program("rustup", &[&["run", "nightly", "cargo"], arguments].concat());
    command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").env_remove("RUSTC");
    Ok(command)
}

/// A real browser against two servers: one with the headers for shared memory, one without. A file after the other, so that no two browsers
/// share the processors.
fn browser(file: &str, name: &str, graphics: Option<&str>, full: bool) -> Result<Count> {
    let display = provide_browser(name)?;
    fixtures::build()?;
    plug_ins::build()?;
    let mut count = Count::default();
    for path in browser_tests(file)? {
        let mut command = program("node", &["--test", "--test-reporter=tap", patience(full), &path]);
        in_browser(&mut command, name, &display)?;
        command.env("MOTES_GRAPHICS", graphics.unwrap_or_default());
        // Chromium plays without a device, Firefox does not.
        let _audio = if (name, file) == ("firefox", "page") { listening(&mut command) } else { None };
        count += node_test(command, full)?;
    }
    Ok(count)
}

/// Files of tests of that name, and those that go on from it: page.test.mjs, page-sound.test.mjs.
fn browser_tests(file: &str) -> Result<Vec<String>> {
    let of_name = |name: &str| name.strip_prefix(file).is_some_and(|rest| rest == ".test.mjs" || rest.starts_with('-') && rest.ends_with(".test.mjs"));
    let folder = std::fs::read_dir("web/tests/browser")?;
    let names: Result<Vec<_>, _> = folder.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned())).collect();
    let mut found: Vec<String> = names?.into_iter().filter(|name| of_name(name)).map(|name| format!("web/tests/browser/{name}")).collect();
    found.sort();
    Ok(found)
}

/// Gives a browser something to play to; where there can be nothing its tests are told why.
fn listening(command: &mut Command) -> Option<Audio> {
    match Audio::start() {
        Ok(audio) => {
            command.env("PULSE_SERVER", &audio.address);
            Some(audio)
        }
        Err(error) => {
            command.env("MOTES_SILENT", format!("Firefox plays nothing on a machine without an audio device, and there can be none here: {error:#}"));
            None
        }
    }
}

/// All that a run in a browser needs; Firefox draws WebGL2 through the display, without one it has none.
pub(crate) fn provide_browser(name: &str) -> Result<Display> {
    provision::npm()?;
    debian::provide(if name == "firefox" { &debian::FIREFOX } else { &debian::CHROMIUM })?;
    debian::provide(&debian::GRAPHICS)?;
    web::build()?;
    Display::start()
}

/// Tells a program of Node which browser to start, on which display, and where it finds the page.
pub(crate) fn in_browser(command: &mut Command, name: &str, display: &Display) -> Result<()> {
    let serve = |isolated| serve::start(&web::folder(), ([127, 0, 0, 1], 0).into(), isolated);
    command.env("MOTES_BROWSER", name).env("MOTES_ISOLATED", format!("http://{}", serve(true)?)).env("MOTES_PLAIN", format!("http://{}", serve(false)?));
    command.env("DISPLAY", &display.name);
    Ok(())
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
