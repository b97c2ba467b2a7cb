//! `motes plug-in`: what a plug-in says of itself, and descriptions for languages that cannot write them.

use super::failure::{self, Failure};
use motes_scene::plug_in::{self, PlugIn};
use std::path::{Path, PathBuf};

/// Arguments of `motes plug-in`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The module.
    file: PathBuf,
    /// Put this description (JSON: name, about, writes, parameters, outputs) into the module; with --out.
    #[arg(long, value_name = "JSON", requires = "out")]
    description: Option<PathBuf>,
    /// Where the described module goes.
    #[arg(long, value_name = "FILE", requires = "description")]
    out: Option<PathBuf>,
}

/// Reads a module and prints what it is.
pub(crate) fn describe(arguments: &Arguments) -> Result<(), Failure> {
    let mut bytes = read(&arguments.file).map_err(Failure::PlugIn)?;
    let name = arguments.file.display().to_string();
    if let (Some(description), Some(out)) = (&arguments.description, &arguments.out) {
        let text = String::from_utf8_lossy(&read(description).map_err(Failure::PlugIn)?).into_owned();
        bytes = plug_in::describe_with(&name, &bytes, text.trim()).map_err(|error| Failure::PlugIn(error.to_string()))?;
        std::fs::write(out, &bytes).map_err(|error| Failure::Output { file: out.display().to_string(), error })?;
    }
    let found = PlugIn::read(&name, &bytes).map_err(|error| Failure::PlugIn(error.to_string()))?;
    failure::print(&format!("{:#}\n", found.describe()))
}

/// A plug-in's file, which scenes and messages call by its name alone.
pub(crate) fn load(path: &Path, name: &str) -> Result<PlugIn, Failure> {
    read_named(path, name).map_err(Failure::PlugIn)
}

/// As [`load`], with what is wrong as a text.
pub(crate) fn read_named(path: &Path, name: &str) -> Result<PlugIn, String> {
    PlugIn::read(name, &read(path)?).map_err(|error| error.to_string())
}

/// No more of a module's file than is taken, and a byte, so that the refusal names the size.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(plug_in::MAX_BYTES as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    Ok(bytes)
}
