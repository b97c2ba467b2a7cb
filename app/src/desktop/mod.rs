//! `motes view`: a window. Physics runs on threads of its own, the window shows the newest complete frame.

mod gestures;
mod keys;
mod look;
mod moments;
mod runner;
mod screenshot;
mod stage;
mod window;

use crate::cli::failure::Failure;
use crate::cli::load::Loaded;
use std::path::PathBuf;
use winit::event_loop::EventLoop;

/// What to do besides showing.
pub(crate) struct Options {
    pub(crate) threads: u32,
    /// Width and height of the window, in logical pixels.
    pub(crate) size: (u32, u32),
    /// Stop after so many steps.
    pub(crate) steps: Option<u64>,
    /// Close after so many pictures.
    pub(crate) frames: Option<u64>,
    /// Close after the steps, with the picture in this file.
    pub(crate) screenshot: Option<PathBuf>,
    pub(crate) paused: bool,
}

/// Shows a scene until its window is closed.
pub(crate) fn view(mut loaded: Loaded, options: Options) -> Result<(), Failure> {
    let event_loop = EventLoop::new().map_err(|error| Failure::Graphics(format!("no window can be opened: {error}")))?;
    let runner = runner::Runner::start(loaded.start(), options.threads, options.steps, !options.paused)?;
    let mut window = window::Window::new(&loaded.scene, options, runner);
    event_loop.run_app(&mut window).map_err(|error| Failure::Graphics(error.to_string()))?;
    window.finish()
}
