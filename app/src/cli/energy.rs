//! `motes energy`: what the first state of a scene amounts to.

use super::failure::{self, Failure};
use super::{SceneArguments, load};
use motes_host::Simulation;
use motes_physics::layout::Diagnostics;
use serde_json::{Map, Value, json};

/// Arguments of `motes energy`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    scene: SceneArguments,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Prints the energies.
pub(crate) fn energy(arguments: &Arguments) -> Result<(), Failure> {
    let mut loaded = load::scene(&arguments.scene)?;
    let sums = Simulation::new(loaded.start(), 1)?.diagnose()?;
    let compiled = loaded.scene;
    let [min, max] = ["domain.min", "domain.max"].map(|path| compiled.vector(path));
    let volume: f64 = (0..3).map(|k| max[k] - min[k]).product();
    if arguments.json {
        return failure::print(&format!("{}\n", as_json(&sums, volume)));
    }
    let mut text = format!("particles            {}\n", sums.alive);
    for (name, value, extensive) in quantities(&sums, volume) {
        let each = if extensive && sums.alive > 0.0 { format!("  {:>22.12} per particle", value / sums.alive) } else { String::new() };
        text.push_str(&format!("{name:<20} {value:>22.12}{each}\n"));
    }
    failure::print(&text)
}

/// Name, value, and whether it grows with the number of particles.
fn quantities(sums: &Diagnostics, volume: f64) -> [(&'static str, f64, bool); 15] {
    let tail_pressure = if volume > 0.0 { sums.tail_virial / (3.0 * volume) } else { 0.0 };
    [
        ("potential", sums.potential, true),
        ("tail_energy", sums.tail_energy, true),
        ("kinetic", sums.kinetic, true),
        ("total", sums.kinetic + sums.potential, true),
        ("virial", sums.virial, true),
        ("tail_virial", sums.tail_virial, true),
        ("temperature", sums.temperature, false),
        ("pressure", sums.pressure, false),
        ("tail_pressure", tail_pressure, false),
        ("momentum_x", sums.momentum_x, false),
        ("momentum_y", sums.momentum_y, false),
        ("momentum_z", sums.momentum_z, false),
        ("angular_momentum_x", sums.angular_momentum_x, false),
        ("angular_momentum_y", sums.angular_momentum_y, false),
        ("angular_momentum_z", sums.angular_momentum_z, false),
    ]
}

fn as_json(sums: &Diagnostics, volume: f64) -> Value {
    let all = quantities(sums, volume);
    let totals: Map<String, Value> = all.iter().map(|(name, value, _)| ((*name).to_owned(), json!(value))).collect();
    let each: Map<String, Value> =
        all.iter().filter(|q| q.2 && sums.alive > 0.0).map(|(name, value, _)| ((*name).to_owned(), json!(value / sums.alive))).collect();
    json!({"particles": sums.alive, "volume": volume, "total": totals, "per_particle": each})
}
