//! `motes run`: steps without a window.

use super::failure::{self, Failure};
use super::progress::Progress;
use super::record::{self, Recording};
use super::sound::{self, SoundFile};
use super::trajectory::Trajectory;
use super::{SceneArguments, engine, events, load};
use motes_host::{Simulation, Start};
use motes_physics::layout::Diagnostics;
use motes_physics::simd::Isa;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Arguments of `motes run`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    scene: SceneArguments,
    /// Time steps to run.
    #[arg(long, value_name = "N")]
    steps: u64,
    /// Threads; all that the machine has unless told. The result does not depend on it.
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=256))]
    threads: Option<u32>,
    #[command(flatten)]
    engine: engine::Arguments,
    /// Print the hash of the last state as the last line.
    #[arg(long)]
    hash: bool,
    /// Write the trajectory to an extended XYZ file.
    #[arg(long, value_name = "FILE", requires = "every")]
    out: Option<PathBuf>,
    /// Steps between two frames of the trajectory.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u64).range(1..))]
    every: Option<u64>,
    #[command(flatten)]
    events: events::Arguments,
    /// Write a compressed recording.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Steps between two frames of the recording.
    #[arg(long, value_name = "K", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    record_every: u64,
    /// How far a recorded coordinate may be from the run's, in the scene's unit of length.
    #[arg(long, value_name = "E", default_value_t = 1e-3, value_parser = record::positive)]
    record_error: f64,
    /// Write the sound of the run to a WAV file.
    #[arg(long, value_name = "FILE")]
    sound: Option<PathBuf>,
    /// Seconds of sound for a unit of simulated time.
    #[arg(long, value_name = "S", default_value_t = 1.0, value_parser = record::positive)]
    sound_factor: f64,
    /// Have a module change the sound, after those named before it; may be given several times. docs/sound.md tells how to write one.
    #[arg(long = "effect", value_name = "FILE", requires = "sound")]
    effects: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long, conflicts_with = "hash")]
    json: bool,
}

/// Longest stretch of steps between two looks at the clock and at Ctrl-C.
const MOST_STEPS: u64 = 1000;
/// Aim for the time of such a stretch.
const STRETCH: Duration = Duration::from_millis(100);

/// Runs a scene.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let later = arguments.events.plug_ins();
    let load::Loaded { scene: compiled, particles, sources } = load::scene_before(&arguments.scene, &later)?;
    let effects = sound::effects(&arguments.effects)?;
    let most = if arguments.engine.engine == engine::Kind::Wasm { motes_physics::layout::map::MAX_THREADS } else { u32::MAX };
    let threads = arguments.threads.unwrap_or_else(|| load::processors().min(most));
    let engine = arguments.engine.ready(!compiled.plug_ins.is_empty() || !later.is_empty())?;
    let start = Start { scene: &compiled, particles, reserve: arguments.events.reserve() };
    let mut simulation = engine.start(start, threads, Isa::widest(), false)?;
    let mut events = events::Events::new(&arguments.events, &arguments.engine, sources, &compiled.species_names, arguments.steps);
    let trajectory = arguments.out.as_deref().map(|path| Trajectory::create(path, &compiled)).transpose()?;
    let recording = arguments.record.as_deref().map(|path| Recording::create(path, &compiled, arguments.record_error)).transpose()?;
    let sound = arguments.sound.as_deref().map(|path| SoundFile::create(path, &mut simulation, arguments.sound_factor, &effects)).transpose()?;
    let mut output = Output { trajectory, recording, sound, every: [arguments.every.unwrap_or(u64::MAX), arguments.record_every] };
    let first = simulation.diagnose()?;
    let started = Instant::now();
    advance(arguments, &mut simulation, &mut events, &mut output)?;
    let seconds = started.elapsed().as_secs_f64();
    let effects = output.sound.map_or(Ok(Vec::new()), SoundFile::finish)?;
    let last = simulation.diagnose()?;
    let hash = simulation.hash()?;
    if arguments.json {
        let report = json!({
            "scene": compiled.title, "particles": last.alive, "steps": arguments.steps, "threads": threads, "seconds": seconds,
            "hash": format!("{hash:#018x}"), "first": sums(&first), "last": sums(&last), "energy_drift": drift(&first, &last),
        });
        failure::print(&format!("{report}\n"))?;
    } else {
        report(arguments, &first, &last, seconds)?;
    }
    if arguments.hash {
        failure::print(&format!("hash {hash:#018x}\n"))?;
    }
    let mut bypassed = events.refused;
    bypassed.extend(simulation.stopped_plug_ins().iter().cloned().map(Failure::Stopped));
    bypassed.extend(effects.into_iter().map(Failure::Silenced));
    if bypassed.is_empty() { Ok(()) } else { Err(Failure::Bypassed(bypassed)) }
}

/// Files that frames go to, and the steps between two of each.
struct Output {
    trajectory: Option<Trajectory>,
    recording: Option<Recording>,
    /// Listens after every step.
    sound: Option<SoundFile>,
    every: [u64; 2],
}

impl Output {
    /// Steps to the next frame of any.
    fn due(&self, done: u64) -> u64 {
        let until = |wanted: bool, every: u64| if wanted { every - done % every } else { u64::MAX };
        until(self.trajectory.is_some(), self.every[0]).min(until(self.recording.is_some(), self.every[1])).min(until(self.sound.is_some(), 1))
    }

    /// Writes the frames that are due.
    fn write(&mut self, simulation: &mut Simulation, done: u64) -> Result<(), Failure> {
        if let Some(trajectory) = self.trajectory.as_mut().filter(|_| done.is_multiple_of(self.every[0])) {
            trajectory.write(simulation)?;
        }
        if let Some(recording) = self.recording.as_mut().filter(|_| done.is_multiple_of(self.every[1])) {
            recording.write(simulation)?;
        }
        if let Some(sound) = &mut self.sound {
            sound.write(simulation)?;
        }
        Ok(())
    }
}

/// Runs all steps.
fn advance(arguments: &Arguments, simulation: &mut Simulation, events: &mut events::Events, output: &mut Output) -> Result<(), Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    // Without a handler Ctrl-C still ends the program, only less tidily.
    let _ = ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed));
    let mut progress = Progress::new(arguments.steps);
    output.write(simulation, 0)?;
    events.happen(simulation, 0)?;
    let (mut done, mut stretch) = (0, 1);
    while done < arguments.steps {
        let count = stretch.min(arguments.steps - done).min(output.due(done)).min(events.until(done));
        let clock = Instant::now();
        simulation.step(count as u32)?;
        done += count;
        stretch = if clock.elapsed() < STRETCH { (stretch * 2).min(MOST_STEPS) } else { (stretch / 2).max(1) };
        progress.show(done);
        output.write(simulation, done)?;
        if stop.load(Ordering::Relaxed) {
            return Err(Failure::Interrupted { step: done });
        }
        events.happen(simulation, done)?;
    }
    progress.finish();
    Ok(())
}

fn drift(first: &Diagnostics, last: &Diagnostics) -> f64 {
    let (before, after) = (first.kinetic + first.potential, last.kinetic + last.potential);
    if before == 0.0 { 0.0 } else { (after - before) / before.abs() }
}

fn sums(s: &Diagnostics) -> serde_json::Value {
    json!({"kinetic": s.kinetic, "potential": s.potential, "total": s.kinetic + s.potential, "virial": s.virial, "tail_energy": s.tail_energy,
        "tail_virial": s.tail_virial, "temperature": s.temperature, "pressure": s.pressure, "momentum": [s.momentum_x, s.momentum_y, s.momentum_z]})
}

fn report(arguments: &Arguments, first: &Diagnostics, last: &Diagnostics, seconds: f64) -> Result<(), Failure> {
    let rate = arguments.steps as f64 / seconds.max(1e-9);
    let mut text = format!(
        "{} steps of {} particles in {seconds:.3} s: {rate:.1} steps/s, {:.3} million particle-steps/s\n",
        arguments.steps,
        last.alive,
        rate * last.alive * 1e-6
    );
    for (name, sums) in [("first", first), ("last", last)] {
        text.push_str(&format!(
            "{name:<5} kinetic {:.9} potential {:.9} total {:.9} virial {:.9} temperature {:.9} pressure {:.9} tail energy {:.9}\n",
            sums.kinetic,
            sums.potential,
            sums.kinetic + sums.potential,
            sums.virial,
            sums.temperature,
            sums.pressure,
            sums.tail_energy
        ));
    }
    text.push_str(&format!("energy drift {:.3e}\n", drift(first, last)));
    failure::print(&text)
}
