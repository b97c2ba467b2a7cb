//! Steps natively at full width, natively with SSE2 alone (vectors as wide as Wasm's), and in Node, in turns: rates and ratios. Rates
//! depend on the machine and its mood, so nothing passes or fails by them; hashes must agree.

use super::spread::Spread;
use super::{Arguments, Work, motes};
use crate::command::{capture, program};
use crate::{provision, web};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::process::Command;

/// Prints the table.
pub(super) fn compare(work: &[Work], arguments: &Arguments) -> Result<()> {
    provision::npm()?;
    web::build_engine()?;
    println!("million particle-steps a second: median (least to most) of {} runs that took turns; ratios are those of runs side by side\n", arguments.repeat);
    println!("| workload | threads | native | native SSE2 | Node | Node / native | Node / SSE2 |\n|---|---|---|---|---|---|---|");
    for work in work {
        for &threads in &arguments.threads {
            let mut rates = [const { Vec::new() }; 3];
            for _ in 0..arguments.repeat {
                let runs = [native(work, threads, &[])?, native(work, threads, &["--isa", "sse2"])?, node(work, threads)?];
                ensure!(runs.iter().all(|run| run.1 == runs[0].1), "{}: hashes differ: {runs:?}", work.name);
                runs.iter().zip(&mut rates).for_each(|(run, rates)| rates.push(run.0 * 1e-6));
            }
            let ratio = |k: usize| Spread::show(rates[2].iter().zip(&rates[k]).map(|(node, native)| node / native).collect());
            let ratios = [ratio(0), ratio(1)];
            let [wide, narrow, node] = rates.map(Spread::show);
            println!("| {} | {threads} | {wide} | {narrow} | {node} | {} | {} |", work.name, ratios[0], ratios[1]);
        }
    }
    Ok(())
}

/// One repetition's rate and hash.
fn native(work: &Work, threads: u32, more: &[&str]) -> Result<(f64, String)> {
    let (threads, steps) = (threads.to_string(), work.steps.to_string());
    let out = quiet(motes(&[&[work.name.as_str(), "--json", "--repeat", "1", "--threads", &threads, "--steps", &steps], more].concat()))?;
    let line: Value = serde_json::from_str(&out)?;
    let hash = line["hash"].as_str().context("the run told no hash")?;
    Ok((line["rate"]["median"].as_f64().context("the run told no rate")?, hash.to_owned()))
}

fn node(work: &Work, threads: u32) -> Result<(f64, String)> {
    let mut command = program("node", &["web/bench/steps.mjs"]);
    command.arg(web::folder()).arg(&work.scene).args([work.steps, threads, 1].map(|n| n.to_string()));
    let out = quiet(command)?;
    let seconds: f64 = out.lines().find_map(|line| line.parse().ok()).context("the run told no time")?;
    let hash = out.lines().find_map(|line| line.strip_prefix("hash ")).context("the run told no hash")?;
    Ok((f64::from(work.steps) * work.particles / seconds, hash.to_owned()))
}

fn quiet(command: Command) -> Result<String> {
    let (success, out) = capture(command)?;
    ensure!(success, "the run failed");
    Ok(out)
}
