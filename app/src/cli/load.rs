//! From the arguments to a compiled scene, and the file of its particles.

use super::SceneArguments;
use super::failure::Failure;
use super::plug_in;
use super::progress::Progress;
use motes_host::{ParticleFile, Start};
use motes_scene::{Compiled, Options, PlugIn, compile, compile_for, preset};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

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
    let (text, name) = match preset(&arguments.scene) {
        Some(preset) => (preset.text.to_owned(), preset.name),
        None => (read(&arguments.scene)?, arguments.scene.as_str()),
    };
    let plug_ins = plug_ins(&text, Path::new(name).parent(), &arguments.plug_ins)?;
    let scene = compile_text(&text, name, &arguments.overrides, plug_ins, particles.as_ref())?;
    Ok(Loaded { scene, particles })
}

/// The plug-ins that a scene names, from its folder, and those of the command line, which come first where names agree.
fn plug_ins(text: &str, folder: Option<&Path>, given: &[PathBuf]) -> Result<Vec<PlugIn>, Failure> {
    let name = |path: &Path| path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut found = given.iter().map(|path| plug_in::load(path, &name(path))).collect::<Result<Vec<_>, _>>()?;
    for file in motes_scene::plug_in::files(text) {
        if found.iter().all(|plug_in| plug_in.file != file) {
            found.push(plug_in::load(&folder.unwrap_or(Path::new("")).join(&file), &file)?);
        }
    }
    Ok(found)
}

/// Compiles a scene's text.
pub(crate) fn compile_text(text: &str, name: &str, overrides: &[String], plug_ins: Vec<PlugIn>, particles: Option<&ParticleFile>) -> Result<Compiled, Failure> {
    let options = Options { name: name.to_owned(), overrides: overrides.to_vec(), plug_ins, ..Options::default() };
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
