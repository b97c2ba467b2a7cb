//! `motes bench`: how fast the physics is, stage by stage, and how right.
//!
//! Figures depend on the machine and its mood; compare only what was measured in one run.

mod workloads;

use super::failure::{self, Failure};
use super::load;
use clap::builder::PossibleValuesParser;
use motes_host::{Simulation, Threads};
use motes_physics::simd::Isa;
use motes_scene::Compiled;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use workloads::{Run, Scene, WORKLOADS, Workload};

/// Arguments of `motes bench`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Workloads, or `all`.
    #[arg(default_value = "all", value_parser = names())]
    workloads: Vec<String>,
    /// Numbers of threads.
    #[arg(long, value_delimiter = ',', default_value = "1", value_parser = clap::value_parser!(u32).range(1..=256))]
    threads: Vec<u32>,
    /// Steps of a repetition, in place of the workload's own.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,
    /// Repetitions.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeat: u32,
    /// Instruction set of the kernels; the widest that the processor has unless told.
    #[arg(long, value_parser = isa)]
    isa: Option<Isa>,
    /// Print JSON, one line for each measurement.
    #[arg(long)]
    json: bool,
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(["all"].into_iter().chain(WORKLOADS.iter().map(|w| w.name)))
}

fn isa(name: &str) -> Result<Isa, String> {
    let all = Isa::available();
    let names: Vec<&str> = all.iter().map(|isa| isa.name()).collect();
    all.iter().find(|isa| isa.name() == name).copied().ok_or_else(|| format!("this processor has {}", names.join(", ")))
}

/// What one workload gave.
struct Measurement<'a> {
    workload: &'a Workload,
    threads: u32,
    isa: Isa,
    steps: u32,
    scene: Compiled,
    seconds: Vec<f64>,
    stages: Vec<(&'static str, Duration)>,
    accuracy: Option<f64>,
    hash: u64,
}

/// Times the workloads that were asked for.
pub(crate) fn bench(arguments: &Arguments) -> Result<(), Failure> {
    let asked = |w: &&Workload| arguments.workloads.iter().any(|name| name == "all" || name == w.name);
    for workload in WORKLOADS.iter().filter(asked) {
        for &threads in &arguments.threads {
            let measurement = measure(workload, threads, arguments)?;
            failure::print(&if arguments.json { format!("{}\n", measurement.as_json()) } else { measurement.as_text() })?;
        }
    }
    Ok(())
}

fn measure<'a>(workload: &'a Workload, threads: u32, arguments: &Arguments) -> Result<Measurement<'a>, Failure> {
    let text = match workload.scene {
        Scene::Preset(name) => motes_scene::preset(name).map_or("", |preset| preset.text),
        Scene::Text(text) => text,
    };
    let set: Vec<String> = workload.set.iter().map(|s| (*s).to_owned()).collect();
    let scene = load::compile_text(text, workload.name, &set, None)?;
    let isa = arguments.isa.unwrap_or_else(Isa::widest);
    let team = Threads::new(threads).map_err(|source| motes_host::HostError::Threads { threads, source })?.with_isa(isa).profiled();
    let mut simulation = Simulation::with_threads(&scene, team)?;
    let steps = arguments.steps.unwrap_or(workload.steps);
    let sums = simulation.diagnose()?;
    let energy = sums.kinetic + sums.potential;
    simulation.step(steps.min(20))?;
    let (mut seconds, mut stages) = (Vec::new(), Vec::new());
    for _ in 0..arguments.repeat {
        simulation.reset()?;
        simulation.take_profile();
        let clock = Instant::now();
        simulation.step(steps)?;
        seconds.push(clock.elapsed().as_secs_f64());
        stages = simulation.take_profile();
    }
    let run = &mut Run { simulation: &mut simulation, scene: &scene, energy };
    let accuracy = workload.accuracy.as_ref().map(|accuracy| (accuracy.of)(run)).transpose()?;
    let hash = simulation.hash()?;
    seconds.sort_by(f64::total_cmp);
    Ok(Measurement { workload, threads, isa, steps, scene, seconds, stages, accuracy, hash })
}

impl Measurement<'_> {
    /// Particle-steps a second: median, least, most.
    fn rates(&self) -> [f64; 3] {
        let work = f64::from(self.steps) * f64::from(self.scene.particle_count);
        let last = self.seconds.len() - 1;
        [last / 2, last, 0].map(|k| work / self.seconds[k])
    }

    fn accuracy(&self) -> Option<(&'static str, f64)> {
        self.workload.accuracy.as_ref().map(|a| a.name).zip(self.accuracy)
    }

    fn as_json(&self) -> Value {
        let [median, least, most] = self.rates();
        let stages: serde_json::Map<String, Value> = self.stages.iter().map(|(name, spent)| ((*name).to_owned(), json!(spent.as_secs_f64()))).collect();
        json!({
            "workload": self.workload.name, "particles": self.scene.particle_count, "threads": self.threads, "engine": "native", "isa": self.isa.name(),
            "steps": self.steps, "repeat": self.seconds.len(), "rate": {"median": median, "least": least, "most": most},
            "simulated_seconds_per_second": self.simulated(), "stages": stages, "block_bytes": self.scene.block_bytes,
            "accuracy": self.accuracy().map(|(name, value)| json!({"name": name, "value": value})), "hash": format!("{:#018x}", self.hash),
        })
    }

    /// Simulated time over wall time, median.
    fn simulated(&self) -> f64 {
        let dt = self.scene.parameter("dt").map_or(0.0, |p| p.values[0]);
        dt * f64::from(self.steps) / self.seconds[(self.seconds.len() - 1) / 2]
    }

    fn as_text(&self) -> String {
        let [median, least, most] = self.rates().map(|rate| rate * 1e-6);
        let mut text = format!("{}: {}\n", self.workload.name, self.workload.about);
        text.push_str(&format!(
            "  {median:.3} million particle-steps/s ({least:.3} to {most:.3}), {:.4} simulated seconds a second; {} threads, {}, {} steps x {}\n",
            self.simulated(),
            self.threads,
            self.isa.name(),
            self.steps,
            self.seconds.len()
        ));
        let whole: f64 = self.stages.iter().map(|(_, spent)| spent.as_secs_f64()).sum();
        let share = |(name, spent): &(&str, Duration)| format!("{name} {:.0} %", 100.0 * spent.as_secs_f64() / whole.max(1e-12));
        text.push_str(&format!("  {}\n", self.stages.iter().map(share).collect::<Vec<_>>().join(", ")));
        let accuracy = self.accuracy().map_or(String::new(), |(name, value)| format!("{name} {value:.3e}, "));
        text + &format!("  {accuracy}block {:.1} MB, hash {:#018x}\n", self.scene.block_bytes as f64 * 1e-6, self.hash)
    }
}
