//! From the arguments to a compiled scene, and the file of its particles.

use super::SceneArguments;
use super::failure::Failure;
use super::plug_in;
use super::progress::Progress;
use motes_host::{ParticleFile, Start};
use motes_scene::stream::Outline;
use motes_scene::{Compiled, Options, PlugIn, SceneErrors, compile, compile_for, preset};
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
    pub(crate) sources: Sources,
}

impl Loaded {
    /// What a simulation begins with; the file goes with the first.
    pub(crate) fn start(&mut self) -> Start<'_> {
        Start { scene: &self.scene, particles: self.particles.take(), reserve: None }
    }
}

/// What a scene is compiled of, for another that has more plug-ins.
#[derive(Clone)]
pub(crate) struct Sources {
    text: String,
    name: String,
    overrides: Vec<String>,
    /// Overrides of plug-ins that come later, with their names.
    later: Vec<(String, String)>,
    plug_ins: Vec<PlugIn>,
    outline: Option<Outline>,
}

impl Sources {
    fn compile(&self) -> Result<Compiled, SceneErrors> {
        let options = Options { name: self.name.clone(), overrides: self.overrides.clone(), plug_ins: self.plug_ins.clone(), ..Options::default() };
        match &self.outline {
            Some(outline) => compile_for(&self.text, &options, outline),
            None => compile(&self.text, &options),
        }
    }

    /// Keeps back overrides of plug-ins in these files, which are not there yet.
    fn put_off(&mut self, files: &[&Path]) {
        let names = files.iter().map(|file| stem(file)).filter(|name| self.plug_ins.iter().all(|plug_in| plug_in.record_type.name != name));
        for name in names {
            let (later, now) = std::mem::take(&mut self.overrides).into_iter().partition(|text| text.trim_start().starts_with(&format!("plug-in[{name}]")));
            self.overrides = now;
            self.later.extend(Vec::into_iter(later).map(|text| (name.clone(), text)));
        }
    }

    /// With the plug-in in that file behind the others, and the overrides that waited for it.
    pub(crate) fn with(&self, path: &Path) -> Result<(Self, Compiled), String> {
        let (mut more, file) = (self.clone(), file_name(path));
        if self.plug_ins.iter().any(|plug_in| plug_in.file == file) {
            return Err("the run has it already".to_owned());
        }
        more.plug_ins.push(plug_in::read_named(path, &file)?);
        let mine = self.later.iter().filter(|(name, _)| *name == stem(path));
        more.overrides.extend(mine.map(|(_, text)| text.clone()));
        let scene = more.compile().map_err(|errors| errors.errors.iter().map(|error| error.message.clone()).collect::<Vec<_>>().join("; "))?;
        Ok((more, scene))
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Reads, overrides and compiles the scene that the arguments name.
pub(crate) fn scene(arguments: &SceneArguments) -> Result<Loaded, Failure> {
    scene_before(arguments, &[])
}

/// As [`scene`], for a run that takes the plug-ins in these files later.
pub(crate) fn scene_before(arguments: &SceneArguments, later: &[&Path]) -> Result<Loaded, Failure> {
    let particles = arguments.init.as_deref().map(particles).transpose()?;
    let (text, name) = match preset(&arguments.scene) {
        Some(preset) => (preset.text.to_owned(), preset.name.to_owned()),
        None => (read(&arguments.scene)?, arguments.scene.clone()),
    };
    let plug_ins = plug_ins(&text, Path::new(&name).parent(), &arguments.plug_ins)?;
    let outline = particles.as_ref().map(|file| file.outline().clone());
    let mut sources = Sources { text, name, overrides: arguments.overrides.clone(), later: Vec::new(), plug_ins, outline };
    sources.put_off(later);
    let scene = sources.compile().map_err(Failure::Scene)?;
    Ok(Loaded { scene, particles, sources })
}

/// The plug-ins that a scene names, from its folder, and those of the command line, which come first where names agree.
fn plug_ins(text: &str, folder: Option<&Path>, given: &[PathBuf]) -> Result<Vec<PlugIn>, Failure> {
    let mut found = given.iter().map(|path| plug_in::load(path, &file_name(path))).collect::<Result<Vec<_>, _>>()?;
    for file in motes_scene::plug_in::files(text) {
        if found.iter().all(|plug_in| plug_in.file != file) {
            found.push(plug_in::load(&folder.unwrap_or(Path::new("")).join(&file), &file)?);
        }
    }
    Ok(found)
}

/// Compiles a scene's text.
pub(crate) fn compile_text(text: &str, name: &str, overrides: &[String]) -> Result<Compiled, Failure> {
    let options = Options { name: name.to_owned(), overrides: overrides.to_vec(), ..Options::default() };
    compile(text, &options).map_err(Failure::Scene)
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
