//! `cargo xtask`: every developer command.

mod app_modules;
mod audio;
mod bench;
mod check;
mod codegen;
mod command;
mod debian;
mod display;
mod documents;
mod fixtures;
mod golden;
mod plug_ins;
mod provision;
mod scene_index;
mod serve;
mod sound_layout;
mod suites;
mod tidy;
mod validation;
mod verify;
mod wasm;
mod web;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Every developer command; each fetches what it lacks by itself.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// The fast checks: format, tidy, generated files, lints, docs.
    Check,
    /// Everything: check, and all test suites.
    Test {
        /// Long forms and all combinations.
        #[arg(long)]
        full: bool,
        /// Only these suites.
        suites: Vec<String>,
    },
    /// Build all for the web into target/web, verify it, and serve it.
    Web(web::Arguments),
    /// Time the workloads of `motes bench` natively and in Node, side by side, or count their instructions; time ways of a frame to a page.
    Bench(bench::Arguments),
    /// Write the generated layout constants.
    Codegen,
    /// Compare state hashes of all presets with scenes/golden.json.
    Golden {
        /// Write them instead.
        #[arg(long)]
        bless: bool,
        /// All builds and thread counts.
        #[arg(long)]
        full: bool,
    },
    /// Build the example plug-ins into target/web/plug-ins.
    PlugIns,
    /// Fetch what building and testing needs.
    Provision,
}

fn main() -> ExitCode {
    let result = match Cli::parse().verb {
        Verb::Check => check::check(),
        Verb::Test { full, suites } => suites::test(full, &suites),
        Verb::Web(arguments) => web::web(&arguments),
        Verb::Bench(arguments) => bench::bench(&arguments),
        Verb::Codegen => codegen::write(),
        Verb::Golden { bless: true, .. } => golden::bless(),
        Verb::Golden { full, .. } => golden::compare(full).and_then(|count| golden::all_passed(&count)),
        Verb::PlugIns => plug_ins::build(),
        Verb::Provision => provision(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn provision() -> Result<()> {
    for need in [&debian::GRAPHICS, &debian::DISPLAY, &debian::CHROMIUM, &debian::FIREFOX] {
        debian::provide(need)?;
    }
    wasm::provide()?;
    provision::npm()
}
