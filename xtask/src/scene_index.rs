//! `scenes/index.json` of the web build: what a page lists before it loads a scene. The first is what a page begins with.

use anyhow::{Result, anyhow};
use motes_scene::{Options, PRESETS, compile};
use serde_json::json;
use std::fs;
use std::path::Path;

/// Writes the index of the presets.
pub(crate) fn write(folder: &Path) -> Result<()> {
    let mut index = Vec::new();
    for preset in PRESETS {
        let options = Options { name: preset.name.to_owned(), overrides: Vec::new(), ..Options::default() };
        let scene = compile(preset.text, &options).map_err(|errors| anyhow!("{}: {errors}", preset.name))?;
        index.push(json!({ "name": preset.name, "title": scene.title, "about": scene.about, "particles": scene.particle_count }));
    }
    fs::write(folder.join("index.json"), serde_json::to_string_pretty(&index)?)?;
    Ok(())
}
