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

/// A browser, from Debian's packages; anywhere else the person installs it.
pub(crate) fn browser(name: &str) -> Result<()> {
    let (command, package) = if name == "firefox" { ("firefox-esr", "firefox-esr") } else { ("chromium", "chromium") };
    if exists(command) {
        return Ok(());
    }
    if !exists("apt-get") || !is_root() {
        bail!("{command} is missing; on Debian run: sudo apt-get install --no-install-recommends {package}");
    }
    let install = |arguments: &[&str]| {
        let mut apt = program("apt-get", arguments);
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        run(apt)
    };
    install(&["update", "--quiet"])?;
    install(&["install", "--quiet", "--yes", "--no-install-recommends", package])
}

fn exists(command: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(command).is_file()))
}

fn is_root() -> bool {
    capture(program("id", &["-u"])).is_ok_and(|(_, out)| out.trim() == "0")
}
