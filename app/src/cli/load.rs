//! From the arguments to a compiled scene.

use super::SceneArguments;
use super::failure::Failure;
use motes_scene::{Compiled, Options, compile, preset, xyz};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// Bytes of a scene file that are read at most; one more than is accepted, so that the refusal names the size.
const MOST_BYTES: u64 = (8 << 20) + 1;

/// Threads unless told.
pub(crate) fn processors() -> u32 {
    std::thread::available_parallelism().map_or(1, |n| n.get() as u32)
}

/// Reads, overrides and compiles the scene that the arguments name.
pub(crate) fn scene(arguments: &SceneArguments) -> Result<Compiled, Failure> {
    let init = arguments.init.as_deref().map(configuration).transpose()?;
    match preset(&arguments.scene) {
        Some(preset) => compile_text(preset.text, preset.name, &arguments.overrides, init),
        None => compile_text(&read(&arguments.scene)?, &arguments.scene, &arguments.overrides, init),
    }
}

/// Compiles a scene's text.
pub(crate) fn compile_text(text: &str, name: &str, overrides: &[String], init: Option<xyz::Configuration>) -> Result<Compiled, Failure> {
    compile(text, &Options { name: name.to_owned(), overrides: overrides.to_vec(), init }).map_err(Failure::Scene)
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

fn configuration(path: &Path) -> Result<xyz::Configuration, Failure> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| Failure::Unreadable { file: name.clone(), error })?;
    xyz::read_first(BufReader::new(file), &name).map_err(Failure::Configuration)
}
