//! Steps of a scene on one thread, for `cargo xtask bench --callgrind`: tells when each stage begins, by a function that the profiler watches.
//!
//! `count SCENE.toml STEPS ISA`

use motes_host::{Simulation, Threads};
use motes_physics::simd::Isa;
use motes_scene::{Options, compile};
use std::process::ExitCode;

/// The profiler writes down its counts when this is entered.
#[inline(never)]
fn stage_begins(name: &'static str) {
    println!("stage {name}");
}

fn run(arguments: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let [path, steps, isa] = arguments else { return Err("usage: count SCENE.toml STEPS ISA".into()) };
    let text = std::fs::read_to_string(path)?;
    let scene = compile(&text, &Options { name: path.clone(), ..Options::default() })?;
    let isa = Isa::available().into_iter().find(|known| known.name() == isa).ok_or("this processor has no such instruction set")?;
    let mut simulation = Simulation::with_threads(&scene, Threads::new(1)?.with_isa(isa).telling(stage_begins))?;
    stage_begins("begin");
    simulation.step(steps.parse()?)?;
    stage_begins("end");
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
