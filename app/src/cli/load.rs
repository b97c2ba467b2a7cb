//! From the arguments to a compiled scene, and the file of its particles.

use super::SceneArguments;
use super::failure::Failure;
use super::progress::Progress;
use motes_host::{ParticleFile, Start};
use motes_scene::{Compiled, Options, compile, compile_for, preset};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes of a scene file that are read at most; one more than is accepted, so that the refusal names the size.
const MOST_BYTES: u64 = (8 << 20) + 1;

/// Threads unless told.
pub(crate) fn processors() -> u32 {
    std::thread::available_parallelism().map_or(1, |n| n.get() as u32)
}

/// What the arguments name.
pub(crate) struct Loaded {
    pub(crate) scene: Compiled,
    pub(crate) particles: Option<ParticleFile>,
}

impl Loaded {
    /// What a simulation begins with; the file goes with the first.
    pub(crate) fn start(&mut self) -> Start<'_> {
        Start { scene: &self.scene, particles: self.particles.take() }
    }
}

/// Reads, overrides and compiles the scene that the arguments name.
pub(crate) fn scene(arguments: &SceneArguments) -> Result<Loaded, Failure> {
    let particles = arguments.init.as_deref().map(particles).transpose()?;
    let scene = match preset(&arguments.scene) {
        Some(preset) => compile_text(preset.text, preset.name, &arguments.overrides, particles.as_ref())?,
        None => compile_text(&read(&arguments.scene)?, &arguments.scene, &arguments.overrides, particles.as_ref())?,
    };
    Ok(Loaded { scene, particles })
}

/// Compiles a scene's text.
pub(crate) fn compile_text(text: &str, name: &str, overrides: &[String], particles: Option<&ParticleFile>) -> Result<Compiled, Failure> {
    let options = Options { name: name.to_owned(), overrides: overrides.to_vec(), init: None };
    let compiled = match particles {
        Some(file) => compile_for(text, &options, file.outline()),
        None => compile(text, &options),
    };
    compiled.map_err(Failure::Scene)
}

fn read(path: &str) -> Result<String, Failure> {
    let mut text = String::new();
    let result = if path == "-" {
        std::io::stdin().lock().take(MOST_BYTES).read_to_string(&mut text)
    } else {
        File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text))
    };
    result.map_err(|error| Failure::Unreadable { file: path.to_owned(), error })?;
    Ok(text)
}

/// Opens a file of particles; how far each reading of it is shows on a terminal.
fn particles(path: &Path) -> Result<ParticleFile, Failure> {
    let mut bar: Option<Progress> = None;
    let show = move |done: u64, total: u64| {
        bar.get_or_insert_with(|| Progress::of_bytes(total)).show(done);
        if done == total
            && let Some(bar) = bar.take()
        {
            bar.finish();
        }
    };
    ParticleFile::open(path, Box::new(show)).map_err(Failure::Particles)
}
