//! Times steps of a scene natively, as `web/bench/steps.mjs` does in Node.
//!
//! `cargo run --release -p motes-host --example bench -- scenes/melt.toml 200 2 5` prints seconds of each of 5 repetitions, then the hash.

use motes_host::Simulation;
use motes_scene::{Options, compile};
use std::process::ExitCode;
use std::time::Instant;

fn run(arguments: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let [path, steps, threads, repeat] = arguments else { return Err("usage: bench SCENE.toml STEPS THREADS REPEAT".into()) };
    let text = std::fs::read_to_string(path)?;
    let scene = compile(&text, &Options { name: path.clone(), ..Options::default() })?;
    let steps = steps.parse()?;
    let mut simulation = Simulation::new(&scene, threads.parse()?)?;
    simulation.step(steps)?;
    for _ in 0..repeat.parse::<u32>()? {
        simulation.reset()?;
        let clock = Instant::now();
        simulation.step(steps)?;
        simulation.publish()?;
        println!("{}", clock.elapsed().as_secs_f64());
    }
    println!("hash {:#018x}", simulation.hash()?);
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
