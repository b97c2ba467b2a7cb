//! `motes view`: arguments of the window.

use super::failure::Failure;
use super::{SceneArguments, load};
use crate::desktop::{self, Options};
use std::path::PathBuf;

/// Shown when no scene is named.
const DEFAULT_SCENE: &str = motes_scene::PRESETS[0].name;

/// Arguments of `motes view`.
#[derive(clap::Args)]
#[command(mut_arg("scene", |scene| scene.required(false).default_value(DEFAULT_SCENE)))]
pub(crate) struct Arguments {
    #[command(flatten)]
    scene: SceneArguments,
    /// Threads for physics; all that the machine has unless told.
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=256))]
    threads: Option<u32>,
    /// Width and height of the window, in logical pixels.
    #[arg(long, value_name = "WxH", default_value = "1200x800", value_parser = size)]
    size: (u32, u32),
    /// Begin paused.
    #[arg(long)]
    pause: bool,
    /// Pause after N steps; the window stays.
    #[arg(long, value_name = "N")]
    steps: Option<u64>,
    /// Write the picture after those steps to a PNG file, and close.
    #[arg(long, value_name = "FILE", requires = "steps")]
    screenshot: Option<PathBuf>,
    /// Close after N pictures.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    frames: Option<u64>,
}

/// `1200x800`.
fn size(text: &str) -> Result<(u32, u32), String> {
    let sides = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    sides.filter(|(w, h)| (1..=16384).contains(w) && (1..=16384).contains(h)).ok_or_else(|| "a size is width x height, for example 1200x800".to_owned())
}

/// Shows a scene.
pub(crate) fn view(arguments: Arguments) -> Result<(), Failure> {
    let loaded = load::scene(&arguments.scene)?;
    let threads = arguments.threads.unwrap_or_else(load::processors);
    let Arguments { size, steps, frames, screenshot, pause, .. } = arguments;
    desktop::view(loaded, Options { threads, size, steps, frames, screenshot, paused: pause })
}
