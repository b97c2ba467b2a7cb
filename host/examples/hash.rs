//! State hash of a scene after some steps, with nothing but physics and host linked.
//!
//! `cargo run -p motes-host --example hash -- scenes/crystal.toml 1000 2` prints `hash 0x…`.

use motes_host::Simulation;
use motes_scene::{Options, compile};
use std::process::ExitCode;

fn run(arguments: &[String]) -> Result<u64, Box<dyn std::error::Error>> {
    let [path, steps, threads] = arguments else { return Err("usage: hash SCENE.toml STEPS THREADS".into()) };
    let text = std::fs::read_to_string(path)?;
    let scene = compile(&text, &Options { name: path.clone(), ..Options::default() })?;
    let mut simulation = Simulation::new(&scene, threads.parse()?)?;
    simulation.step(steps.parse()?)?;
    Ok(simulation.hash()?)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(hash) => {
            println!("hash {hash:#018x}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
