//! What building and testing needs and a fresh machine lacks. A second run fetches nothing.

use crate::command::{capture, program, root, run};
use anyhow::{Context, Result, bail};
use std::fs;

/// The standard library for wasm32, through rustup.
pub(crate) fn wasm_target() -> Result<()> {
    let (_, sysroot) = capture(program("rustc", &["--print", "sysroot"]))?;
    let library = std::path::Path::new(sysroot.trim()).join("lib/rustlib/wasm32-unknown-unknown/lib");
    if library.is_dir() {
        return Ok(());
    }
    let added = run(program("rustup", &["target", "add", "wasm32-unknown-unknown"]));
    match added {
        Ok(()) => Ok(()),
        Err(error) => bail!("the wasm32 standard library is missing and rustup could not fetch it ({error}); run: rustup target add wasm32-unknown-unknown"),
    }
}

/// npm packages of web/ as the lock file names them.
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
