//! npm packages. What else a fresh machine lacks: `debian` for packages of the system, `wasm` for the standard library.

use crate::command::{program, root, run};
use anyhow::{Context, Result};
use std::fs;

/// npm packages of web/ as the lock file names them; a second run fetches nothing.
pub(crate) fn npm() -> Result<()> {
    let web = root().join("web");
    let lock = fs::read(web.join("package-lock.json")).context("web/package-lock.json")?;
    let stamp = web.join("node_modules/.motes-lock");
    if fs::read(&stamp).is_ok_and(|seen| seen == lock) {
        return Ok(());
    }
    let mut install = program("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    install.current_dir(&web);
    run(install).context("Node.js with npm is needed: https://nodejs.org or your system's package `npm`")?;
    fs::write(stamp, lock)?;
    Ok(())
}
