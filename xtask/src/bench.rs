//! Steps of the presets, natively and in Node, side by side in one run: rates and their ratio. Rates alone depend on the machine and
//! its mood, so nothing passes or fails by them.

use crate::command::{capture, program, root, run, target};
use crate::{provision, web};
use anyhow::{Context, Result, ensure};
use motes_scene::{Options, PRESETS, compile, preset};

/// Arguments of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Presets; all unless told.
    presets: Vec<String>,
    /// Steps of one repetition.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    steps: u32,
    /// Repetitions of each.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Numbers of threads.
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    threads: Vec<u32>,
}

/// Median, least and most.
#[derive(Debug, PartialEq)]
struct Rates {
    median: f64,
    least: f64,
    most: f64,
}

impl Rates {
    fn of(work: f64, seconds: &[f64]) -> Option<Self> {
        let mut rates: Vec<f64> = seconds.iter().map(|s| work / s).collect();
        rates.sort_by(f64::total_cmp);
        Some(Self { median: *rates.get(rates.len() / 2)?, least: *rates.first()?, most: *rates.last()? })
    }

    fn show(&self) -> String {
        format!("{:7.2} ({:.2} to {:.2})", self.median / 1e6, self.least / 1e6, self.most / 1e6)
    }
}

/// Runs the table.
pub(crate) fn bench(arguments: &Arguments) -> Result<()> {
    provision::npm()?;
    web::build()?;
    run(program("cargo", &["build", "--release", "--quiet", "-p", "motes-host", "--example", "bench"]))?;
    println!("million particle-steps a second: median (least to most) of {} repetitions of {} steps\n", arguments.repeat, arguments.steps);
    println!("| scene | threads | native | Wasm in Node | Wasm / native |\n|---|---|---|---|---|");
    let all: Vec<String> = PRESETS.iter().map(|preset| preset.name.to_owned()).collect();
    for name in if arguments.presets.is_empty() { &all } else { &arguments.presets } {
        let text = preset(name).with_context(|| format!("there is no preset {name}; there are {}", all.join(", ")))?.text;
        let scene = compile(text, &Options { name: name.clone(), overrides: Vec::new(), init: None }).map_err(|e| anyhow::anyhow!("{e}"))?;
        for threads in &arguments.threads {
            let work = f64::from(arguments.steps) * f64::from(scene.particle_count);
            let (native, native_hash) = measure(native(name, *threads, arguments), work)?;
            let (node, node_hash) = measure(node(name, *threads, arguments), work)?;
            ensure!(native_hash == node_hash, "{name}: native ends at {native_hash}, Node at {node_hash}");
            println!("| {name} | {threads} | {} | {} | {:.2} |", native.show(), node.show(), node.median / native.median);
        }
    }
    Ok(())
}

fn native(name: &str, threads: u32, arguments: &Arguments) -> std::process::Command {
    let path = target().join("release/examples/bench");
    let mut command = program(&path.to_string_lossy(), &[]);
    let numbers = [arguments.steps, threads, arguments.repeat].map(|n| n.to_string());
    command.arg(root().join(format!("scenes/{name}.toml"))).args(numbers);
    command
}

fn node(name: &str, threads: u32, arguments: &Arguments) -> std::process::Command {
    let mut command = program("node", &["web/bench/steps.mjs"]);
    let numbers = [arguments.steps, threads, arguments.repeat].map(|n| n.to_string());
    command.arg(web::folder()).arg(format!("scenes/{name}.toml")).args(numbers);
    command
}

/// Rates, and the hash that the last repetition ended with.
fn measure(command: std::process::Command, work: f64) -> Result<(Rates, String)> {
    let (success, out) = capture(command)?;
    ensure!(success, "the run failed");
    let seconds: Vec<f64> = out.lines().filter_map(|line| line.parse().ok()).collect();
    let hash = out.lines().find_map(|line| line.strip_prefix("hash ")).context("the run told no hash")?.to_owned();
    Ok((Rates::of(work, &seconds).context("the run told no time")?, hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_work_over_time() {
        assert_eq!(Rates::of(6.0, &[3.0, 1.0, 2.0]), Some(Rates { median: 3.0, least: 2.0, most: 6.0 }));
        assert_eq!(Rates::of(6.0, &[]), None);
    }
}
