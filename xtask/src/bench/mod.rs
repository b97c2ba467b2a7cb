//! Measurements: the workloads of `motes bench` natively and in Node, side by side, or counted in instructions; and ways of a frame to a page.

mod bridge;
mod callgrind;
mod node;
mod plug_in;
mod spread;

use crate::command::{capture, program, run, target};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// Arguments of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Workloads of `motes bench`, or presets; all workloads that fit into a page's memory unless told.
    names: Vec<String>,
    /// Time steps natively and in Node, side by side; what is done unless told otherwise.
    #[arg(long, conflicts_with = "callgrind")]
    node: bool,
    /// Count instructions, which does not depend on what else the machine does, and compare with docs/instructions.md.
    #[arg(long, group = "written")]
    callgrind: bool,
    /// Time ways of a frame from a Wasm module to the page, in Chromium and Firefox.
    #[arg(long, group = "written", conflicts_with_all = ["names", "node", "steps", "threads"])]
    bridge: bool,
    /// Size and speed of recordings beside zstd and XTC, as docs/recording.md has them.
    #[arg(long, conflicts_with_all = ["node", "callgrind", "bridge", "names"])]
    recorder: bool,
    /// Time gravity by a plug-in beside gravity that is built in, at a million particles.
    #[arg(long, conflicts_with_all = ["node", "callgrind", "bridge", "recorder", "names"])]
    plug_in: bool,
    /// Write docs/instructions.md, or docs/bridge.md.
    #[arg(long, requires = "written", conflicts_with = "names")]
    bless: bool,
    /// Steps of one repetition, in place of the workload's own.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,
    /// Repetitions of each.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Numbers of threads.
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    threads: Vec<u32>,
}

/// What is measured.
struct Work {
    name: String,
    steps: u32,
    particles: f64,
    /// A file in target/bench.
    scene: PathBuf,
}

/// Workloads with more particles are left out unless named.
const MOST_PARTICLES: f64 = 2e6;

/// Runs what was asked for.
pub(crate) fn bench(arguments: &Arguments) -> Result<()> {
    if arguments.bridge {
        return bridge::compare(arguments);
    }
    if arguments.plug_in {
        return plug_in::compare(arguments);
    }
    if arguments.recorder {
        return run(program("cargo", &["run", "--release", "--quiet", "-p", "motes-host", "--no-default-features", "--example", "recording"]));
    }
    run(program("cargo", &["build", "--release", "--quiet", "-p", "motes", "--no-default-features"]))?;
    let work = work(arguments)?;
    if arguments.callgrind { callgrind::count(&work, arguments) } else { node::compare(&work, arguments) }
}

/// The program that has the workloads.
fn motes(arguments: &[&str]) -> std::process::Command {
    program(&target().join("release/motes").to_string_lossy(), &[&["bench"], arguments].concat())
}

/// Writes the scenes of what was asked for into a folder.
fn work(arguments: &Arguments) -> Result<Vec<Work>> {
    let folder = target().join("bench");
    fs::create_dir_all(&folder)?;
    let names: Vec<&str> = arguments.names.iter().map(String::as_str).collect();
    let (success, lines) = capture(motes(&[if names.is_empty() { &["all"][..] } else { &names[..] }, &["--scenes"]].concat()))?;
    ensure!(success, "motes has no such workload");
    let mut work = Vec::new();
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line)?;
        let name = line["workload"].as_str().context("a workload without a name")?.to_owned();
        let scene = folder.join(format!("{name}.toml"));
        fs::write(&scene, line["scene"].as_str().context("a workload without a scene")?)?;
        let steps = arguments.steps.unwrap_or(line["steps"].as_u64().context("a workload without steps")? as u32);
        work.push(Work { name, steps, particles: line["particles"].as_f64().context("a workload without particles")?, scene });
    }
    work.retain(|w| !names.is_empty() || w.particles <= MOST_PARTICLES);
    Ok(work)
}
