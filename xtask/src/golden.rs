//! One hash per preset after 1,000 steps, whatever build, engine and number of threads.

use crate::command::{capture, program, root, target};
use crate::suites::Count;
use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};
use std::fs;
use std::process::Command;

const STEPS: &str = "1000";

/// A way to build the runner: name, cargo arguments, flags, target folder of its own.
struct Build {
    name: &'static str,
    arguments: &'static [&'static str],
    flags: Option<&'static str>,
    folder: Option<&'static str>,
}

const DEBUG: Build = Build { name: "debug", arguments: &[], flags: None, folder: None };
const RELEASE: Build = Build { name: "release", arguments: &["--release", "--no-default-features"], flags: None, folder: None };
const WIDE: Build =
    Build { name: "x86-64-v3", arguments: &["--release", "--no-default-features"], flags: Some("-Ctarget-cpu=x86-64-v3"), folder: Some("wide") };

impl Build {
    fn hash(&self, preset: &str, threads: &str) -> Result<String> {
        let mut cargo = program("cargo", &["run", "--quiet", "-p", "motes-host", "--example", "hash"]);
        cargo.args(self.arguments).args(["--", &format!("scenes/{preset}.toml"), STEPS, threads]);
        self.prepare(&mut cargo);
        let (_, out) = capture(cargo)?;
        let hash = out.lines().last().and_then(|line| line.strip_prefix("hash ")).context("the runner printed no hash")?;
        Ok(hash.to_owned())
    }

    fn prepare(&self, cargo: &mut Command) {
        if let Some(flags) = self.flags {
            cargo.env("RUSTFLAGS", flags);
        }
        if let Some(folder) = self.folder {
            cargo.env("CARGO_TARGET_DIR", target().join(folder));
        }
    }
}

fn file() -> std::path::PathBuf {
    root().join("scenes/golden.json")
}

/// The committed hashes.
fn golden() -> Result<Map<String, Value>> {
    let text = fs::read_to_string(file()).context("scenes/golden.json")?;
    Ok(serde_json::from_str(&text)?)
}

/// Compares the builds with the golden file; the long form takes all builds and 1, 2 and 4 threads.
pub(crate) fn compare(full: bool) -> Result<Count> {
    let (builds, threads): (&[Build], &[&str]) = if full { (&[DEBUG, RELEASE, WIDE], &["1", "2", "4"]) } else { (&[DEBUG], &["2"]) };
    let mut count = Count::default();
    for (preset, want) in golden()? {
        for build in builds {
            for threads in threads {
                let hash = build.hash(&preset, threads)?;
                let same = want.as_str() == Some(&hash);
                println!("golden {preset} {} {threads} threads: {hash} {}", build.name, if same { "ok" } else { "FAILED" });
                if same { count.passed += 1 } else { count.failed += 1 }
            }
        }
    }
    Ok(count)
}

/// An error unless all are the same.
pub(crate) fn all_passed(count: &Count) -> Result<()> {
    ensure!(
        count.failed == 0,
        "{} of {} hashes differ from scenes/golden.json; if the physics was meant to change: cargo xtask golden --bless",
        count.failed,
        count.failed + count.passed
    );
    Ok(())
}

/// Writes the hashes of the release build.
pub(crate) fn bless() -> Result<()> {
    let mut hashes = Map::new();
    for entry in fs::read_dir(root().join("scenes"))? {
        let path = entry?.path();
        if let (Some("toml"), Some(name)) = (path.extension().and_then(|e| e.to_str()), path.file_stem().and_then(|n| n.to_str())) {
            hashes.insert(name.to_owned(), RELEASE.hash(name, "1")?.into());
        }
    }
    fs::write(file(), format!("{}\n", serde_json::to_string_pretty(&hashes)?))?;
    Ok(())
}
