//! What a plug-in costs beside the same force built in: uniform gravity on a million particles, natively and in Node, in turns. Beside another
//! force both make their steps by the same stages; alone, gravity that is built in needs no stages at all, and many steps are made while particles
//! are in the cache. The first steps of a run, in which plug-ins are on trial, are left out.

use super::Arguments;
use super::spread::Spread;
use crate::command::{capture, program, root, run, target};
use crate::{plug_ins, provision, web};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use std::path::Path;

const SCENE: &str = "version = 1\ndt = 0.001\n[domain]\nmin = [-100, -100, -100]\nmax = [100, 100, 100]\n\
[[fill]]\nkind = \"random\"\ncount = 1000000\ntemperature = 1\n";
/// What is there besides gravity.
const BESIDE: [(&str, &str); 2] = [("a trap", "[[force]]\nkind = \"trap\"\nstiffness = [1e-6, 1e-6, 1e-6]\n"), ("nothing", "")];
const BUILT_IN: &str = "[[force]]\nkind = \"gravity\"\n";
/// Steps that are left out, and steps that are timed.
const STEPS: [u32; 2] = [50, 200];

/// Prints the table.
pub(super) fn compare(arguments: &Arguments) -> Result<()> {
    provision::npm()?;
    web::build_engine()?;
    plug_ins::build()?;
    run(program("cargo", &["build", "--release", "--quiet", "-p", "motes", "--no-default-features", "--features", "wasm-engine"]))?;
    let folder = target().join("bench");
    fs::create_dir_all(&folder)?;
    let (built, plugged) = (folder.join("built-in.toml"), folder.join("plugged.toml"));
    println!("milliseconds a step of a million particles: median (least to most) of {} runs that took turns\n", arguments.repeat);
    println!("| engine | threads | beside | gravity built in | gravity by a plug-in | ratio |\n|---|---|---|---|---|---|");
    for (beside, other) in BESIDE {
        fs::write(&built, format!("{SCENE}{other}{BUILT_IN}"))?;
        fs::write(&plugged, format!("{SCENE}{other}"))?;
        for (engine, time) in [("native", native as fn(&Path, bool, u32) -> Result<f64>), ("Node", node)] {
            for &threads in &arguments.threads {
                let mut times = [const { Vec::new() }; 2];
                for _ in 0..arguments.repeat {
                    times[0].push(time(&built, false, threads)?);
                    times[1].push(time(&plugged, true, threads)?);
                }
                let ratio = Spread::show(times[1].iter().zip(&times[0]).map(|(plugged, built)| plugged / built).collect());
                let [built, plugged] = times.map(Spread::show);
                println!("| {engine} | {threads} | {beside} | {built} | {plugged} | {ratio} |");
            }
        }
    }
    Ok(())
}

/// Milliseconds of a step natively: what more steps take longer than few.
fn native(scene: &Path, plugged: bool, threads: u32) -> Result<f64> {
    let seconds = |steps: u32| -> Result<f64> {
        let mut motes = program(&target().join("release/motes").to_string_lossy(), &["run"]);
        motes.arg(scene).args(["--json", "--steps", &steps.to_string(), "--threads", &threads.to_string()]);
        if plugged {
            motes.arg("--plug-in").arg(plug_ins::folder().join("gravity.wasm"));
        }
        let (success, out) = capture(motes)?;
        ensure!(success, "the run failed");
        serde_json::from_str::<Value>(&out)?["seconds"].as_f64().context("the run told no time")
    };
    Ok((seconds(STEPS[0] + STEPS[1])? - seconds(STEPS[0])?) * 1e3 / f64::from(STEPS[1]))
}

/// Milliseconds of a step in Node.
fn node(scene: &Path, plugged: bool, threads: u32) -> Result<f64> {
    let mut command = program("node", &["web/bench/steps.mjs"]);
    command.current_dir(root()).arg(web::folder()).arg(scene).args([STEPS[1], threads, 1].map(|n| n.to_string()));
    if plugged {
        command.arg(plug_ins::folder().join("gravity.wasm"));
    }
    let (success, out) = capture(command)?;
    ensure!(success, "the run failed");
    let seconds: f64 = out.lines().find_map(|line| line.parse().ok()).context("the run told no time")?;
    Ok(seconds * 1e3 / f64::from(STEPS[1]))
}
