//! `motes bench`: how fast the physics is, stage by stage, and how right.
//!
//! Figures depend on the machine and its mood; compare only what was measured in one run.

mod workloads;

use super::engine;
use super::failure::{self, Failure};
use clap::builder::PossibleValuesParser;
use motes_physics::simd::Isa;
use motes_scene::Compiled;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use workloads::{Run, WORKLOADS, Workload};

/// Arguments of `motes bench`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Workloads, `all` of them, or presets.
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
    #[command(flatten)]
    engine: engine::Arguments,
    /// Instruction set of the native kernels; the widest that the processor has unless told.
    #[arg(long, value_parser = isa)]
    isa: Option<Isa>,
    /// Time nothing; print name, steps and scene of each workload, one JSON object a line.
    #[arg(long)]
    scenes: bool,
    /// Print JSON, one line for each measurement.
    #[arg(long)]
    json: bool,
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(["all"].into_iter().chain(known().map(|w| w.name)))
}

/// Workloads, then presets that are none.
fn known() -> impl Iterator<Item = Workload> {
    let presets = motes_scene::PRESETS.iter().filter(|preset| WORKLOADS.iter().all(|w| w.name != preset.name));
    WORKLOADS.iter().copied().chain(presets.map(|preset| Workload::of_preset(preset.name)))
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
    /// Engine and instruction set.
    engine: (&'static str, &'static str),
    steps: u32,
    scene: Compiled,
    seconds: Vec<f64>,
    stages: Vec<(&'static str, Duration)>,
    accuracy: Option<f64>,
    hash: u64,
}

/// Times the workloads that were asked for.
pub(crate) fn bench(arguments: &Arguments) -> Result<(), Failure> {
    let asked = |w: &Workload| arguments.workloads.iter().any(|name| name == w.name || name == "all" && WORKLOADS.iter().any(|known| known.name == w.name));
    if arguments.scenes {
        return known().filter(asked).try_for_each(|workload| show(&workload));
    }
    let engine = arguments.engine.ready(false)?;
    for workload in known().filter(asked) {
        let mut alone = None;
        for &threads in &arguments.threads {
            let measurement = measure(&workload, threads, &engine, arguments)?;
            let [median, ..] = measurement.rates();
            let faster = alone.filter(|_| threads > 1).map(|one| format!("  {:.2} times one thread\n", median / one));
            alone = if threads == 1 { Some(median) } else { alone };
            failure::print(&if arguments.json { format!("{}\n", measurement.as_json()) } else { measurement.as_text() + &faster.unwrap_or_default() })?;
        }
    }
    Ok(())
}

/// Prints name, steps and scene.
fn show(workload: &Workload) -> Result<(), Failure> {
    let scene = workload.compile()?;
    let line = json!({"workload": workload.name, "steps": workload.steps, "particles": scene.particle_count, "scene": scene.to_toml()});
    failure::print(&format!("{line}\n"))
}

fn measure<'a>(workload: &'a Workload, threads: u32, engine: &engine::Ready, arguments: &Arguments) -> Result<Measurement<'a>, Failure> {
    let scene = workload.compile()?;
    let isa = arguments.isa.unwrap_or_else(Isa::widest);
    let mut simulation = engine.start(&scene, threads, isa, true)?;
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
    let engine = match arguments.engine.engine {
        engine::Kind::Native => ("native", isa.name()),
        engine::Kind::Wasm => ("wasm", "simd128"),
    };
    Ok(Measurement { workload, threads, engine, steps, scene, seconds, stages, accuracy, hash })
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
            "workload": self.workload.name, "particles": self.scene.particle_count, "threads": self.threads, "engine": self.engine.0, "isa": self.engine.1,
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
            "  {median:.3} million particle-steps/s ({least:.3} to {most:.3}), {:.4} simulated seconds a second; {} threads, {} {}, {} steps x {}\n",
            self.simulated(),
            self.threads,
            self.engine.0,
            self.engine.1,
            self.steps,
            self.seconds.len()
        ));
        let whole: f64 = self.stages.iter().map(|(_, spent)| spent.as_secs_f64()).sum();
        let share = |(name, spent): &(&str, Duration)| format!("{name} {:.0} %", 100.0 * spent.as_secs_f64() / whole.max(1e-12));
        if !self.stages.is_empty() {
            text.push_str(&format!("  {}\n", self.stages.iter().map(share).collect::<Vec<_>>().join(", ")));
        }
        let accuracy = self.accuracy().map_or(String::new(), |(name, value)| format!("{name} {value:.3e}, "));
        text + &format!("  {accuracy}block {:.1} MB, hash {:#018x}\n", self.scene.block_bytes as f64 * 1e-6, self.hash)
    }
}
