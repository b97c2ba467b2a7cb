//! Constants that JavaScript, WGSL and the renderer share with the layout.

use crate::command::root;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;

fn files() -> [(PathBuf, String); 6] {
    [
        (root().join("web/layout.js"), motes_physics::codegen::javascript()),
        (root().join("shaders/shared/layout.wgsl"), motes_physics::codegen::wgsl()),
        (root().join("renderer/src/layout.rs"), motes_physics::codegen::rust()),
        (root().join("plugins/api/motes_layout.h"), motes_physics::codegen::c()),
        (root().join("plugins/api/src/layout.rs"), motes_physics::codegen::plug_in()),
        (root().join("web/sound-layout.js"), crate::sound_layout::javascript()),
    ]
}

/// Writes the generated files.
pub(crate) fn write() -> Result<()> {
    for (path, text) in files() {
        fs::create_dir_all(path.parent().context("a folder")?)?;
        fs::write(path, text)?;
    }
    Ok(())
}

/// Fails when a generated file is not what it would be now.
pub(crate) fn compare() -> Result<()> {
    for (path, text) in files() {
        if fs::read_to_string(&path).ok().as_deref() != Some(&text) {
            bail!("{} is not up to date; run `cargo xtask codegen` and commit it", path.display());
        }
    }
    Ok(())
}
