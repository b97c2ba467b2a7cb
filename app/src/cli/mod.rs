//! Arguments and verbs.

mod bench;
#[cfg(test)]
mod documentation;
mod energy;
mod engine;
mod events;
pub(crate) mod failure;
pub(crate) mod load;
mod plug_in;
mod progress;
mod record;
mod run;
mod sound;
mod trajectory;
mod validate_physics;
#[cfg(feature = "window")]
mod view;

use clap::{Args, Parser, Subcommand};
use failure::Failure;
use std::path::PathBuf;
use std::process::ExitCode;

const EXIT_CODES: &str = "Exit codes: 0 done · 1 internal error · 2 wrong arguments or scene · 3 unreadable or invalid input file · \
4 numerical failure · 5 output could not be written · 6 no usable graphics · 7 more memory or particles than there is room for · 8 a published number was missed · 9 a module was not taken, or a plug-in or effect switched off · 130 interrupted";

/// Particles simulated in one block of memory.
#[derive(Parser)]
#[command(name = "motes", version, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Show a scene in a window.
    #[cfg(feature = "window")]
    View(view::Arguments),
    /// Run a scene without a window.
    Run(run::Arguments),
    /// Write a recording as extended XYZ.
    Convert(record::Arguments),
    /// Energies of a scene's first state; no step is taken.
    Energy(energy::Arguments),
    /// Time the physics on standard workloads, and say how right it was.
    Bench(bench::Arguments),
    /// Hold the physics to published numbers and report.
    ValidatePhysics(validate_physics::Arguments),
    /// Say what a plug-in is, or what is wrong with it; nothing of it is run.
    PlugIn(plug_in::Arguments),
    /// List the scenes that come with the program.
    Scenes,
    /// Check a scene file and say what is wrong with it.
    Validate {
        #[command(flatten)]
        scene: SceneArguments,
        /// Print the scene with every parameter, as a scene file that compiles to the same bytes.
        #[arg(long)]
        show_resolved: bool,
    },
}

/// What names a scene and its first state.
#[derive(Args)]
pub(crate) struct SceneArguments {
    /// Name of a preset (see `motes scenes`), path of a scene file, or - for standard input.
    scene: String,
    /// Particles from an XYZ, CSV, PLY or NPY file take the place of the scene's fills; their box that of the domain, unless --set says otherwise.
    #[arg(long, value_name = "FILE")]
    init: Option<PathBuf>,
    /// Load a plug-in; may be given several times. Those that the scene names are looked for beside it. docs/plug-ins.md tells how to write one.
    #[arg(long = "plug-in", value_name = "FILE")]
    plug_ins: Vec<PathBuf>,
    /// Change a parameter, for example force[0].acceleration.y=-3; may be given several times.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    overrides: Vec<String>,
}

/// Runs the command and prints what went wrong.
pub(crate) fn main() -> ExitCode {
    ExitCode::from(failure::guarded(command))
}

fn command() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { failure::USAGE } else { 0 };
        }
    };
    let result = match cli.verb {
        #[cfg(feature = "window")]
        Verb::View(arguments) => view::view(arguments),
        Verb::Run(arguments) => run::run(&arguments),
        Verb::Convert(arguments) => record::convert(&arguments),
        Verb::Energy(arguments) => energy::energy(&arguments),
        Verb::Bench(arguments) => bench::bench(&arguments),
        Verb::ValidatePhysics(arguments) => validate_physics::validate(&arguments),
        Verb::PlugIn(arguments) => plug_in::describe(&arguments),
        Verb::Scenes => scenes(),
        Verb::Validate { scene, show_resolved } => validate(&scene, show_resolved),
    };
    result.map_or_else(|failure| failure.report(), |()| 0)
}

fn scenes() -> Result<(), Failure> {
    for preset in motes_scene::PRESETS {
        let compiled = load::compile_text(preset.text, preset.name, &[])?;
        failure::print(&format!("{:<10} {:>9} particles  {}\n{:>11}{}\n", preset.name, compiled.particle_count, compiled.title, "", compiled.about))?;
    }
    Ok(())
}

fn validate(arguments: &SceneArguments, show_resolved: bool) -> Result<(), Failure> {
    let load::Loaded { scene: compiled, particles, .. } = load::scene(arguments)?;
    if let Some(mut file) = particles {
        file.check(&compiled.species_names).map_err(Failure::Particles)?;
    }
    let summary = format!("valid: {} particles, {} bytes\n", compiled.particle_count, compiled.block_bytes);
    failure::print(&if show_resolved { format!("# {summary}{}", compiled.to_toml()) } else { summary })
}
