//! Compiling for wasm32. Its standard library comes through rustup; where that cannot fetch it, Debian's compiler builds one
//! from Debian's sources, once, into the user's cache. `MOTES_WASM_STD=debian` takes the second way at once.

use crate::command::{capture, program, run};
use crate::debian;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const TARGET: &str = "wasm32-unknown-unknown";

/// Who compiles.
enum Toolchain {
    /// The toolchain that compiles everything else.
    Own,
    /// Debian's, with a library built here and the linker of the own one.
    Debian { sysroot: PathBuf, linker: PathBuf },
}

/// A cargo command for wasm32 with these flags for rustc. Flags need a target folder of their own, or they rebuild each other.
pub(crate) fn cargo(arguments: &[&str], folder: &Path, flags: &str) -> Result<Command> {
    let (mut cargo, flags) = match toolchain()? {
        Toolchain::Own => (program("cargo", arguments), flags.to_owned()),
        Toolchain::Debian { sysroot, linker } => {
            let mut cargo = debian_cargo(arguments);
            cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            (cargo, format!("--sysroot {} {flags}", sysroot.display()))
        }
    };
    cargo.args(["--target", TARGET]).env("CARGO_TARGET_DIR", folder).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
    Ok(cargo)
}

/// Fetches or builds the standard library if there is none.
pub(crate) fn provide() -> Result<()> {
    toolchain().map(|_| ())
}

/// Where cargo puts a module of this profile.
pub(crate) fn built(folder: &Path, profile: &str, module: &str) -> PathBuf {
    folder.join(TARGET).join(profile).join(format!("{module}.wasm"))
}

fn toolchain() -> Result<&'static Toolchain> {
    static FOUND: OnceLock<Result<Toolchain, String>> = OnceLock::new();
    FOUND.get_or_init(|| find().map_err(|error| format!("{error:#}"))).as_ref().map_err(|error| anyhow::Error::msg(error.clone()))
}

fn find() -> Result<Toolchain> {
    let by_choice = std::env::var("MOTES_WASM_STD").is_ok_and(|choice| choice == "debian");
    if !by_choice && (library(&sysroot("rustc")?).is_dir() || run(program("rustup", &["target", "add", TARGET])).is_ok()) {
        return Ok(Toolchain::Own);
    }
    println!("building a wasm32 standard library with Debian's compiler");
    debian::provide(&debian::RUST_SOURCES).context("rustup could not fetch the wasm32 standard library; try: rustup target add wasm32-unknown-unknown")?;
    from_sources()
}

fn sysroot(compiler: &str) -> Result<PathBuf> {
    let (success, out) = capture(program(compiler, &["--print", "sysroot"]))?;
    ensure!(success, "{compiler} does not tell its sysroot");
    Ok(PathBuf::from(out.trim()))
}

fn library(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

fn debian_cargo(arguments: &[&str]) -> Command {
    let mut cargo = program("/usr/bin/cargo", arguments);
    // Otherwise the toolchain of the cargo that runs this chore would be asked.
    cargo.env("RUSTC", "/usr/bin/rustc").env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").env_remove("RUSTFLAGS");
    cargo
}

/// Builds std as a dependency of an empty crate and keeps the libraries.
fn from_sources() -> Result<Toolchain> {
    let (_, version) = capture(program("/usr/bin/rustc", &["--version"]))?;
    let cache = cache()?.join(version.trim().replace([' ', '(', ')'], "-"));
    let (_, host) = capture(program("rustc", &["--print", "host-tuple"]))?;
    let linker = sysroot("rustc")?.join("lib/rustlib").join(host.trim()).join("bin/rust-lld");
    let toolchain = Toolchain::Debian { sysroot: cache.join("sysroot"), linker: linker.clone() };
    let libraries = library(&cache.join("sysroot"));
    if libraries.is_dir() {
        return Ok(toolchain);
    }
    let empty = cache.join("empty");
    fs::create_dir_all(empty.join("src"))?;
    fs::write(empty.join("Cargo.toml"), "[package]\nname = \"empty\"\nedition = \"2021\"\n[profile.release]\npanic = \"abort\"\n[workspace]\n")?;
    fs::write(empty.join("src/lib.rs"), "")?;
    let mut cargo = debian_cargo(&["build", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort,panic_unwind"]);
    cargo.current_dir(&empty).env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", empty.join("target"));
    cargo.env("RUSTFLAGS", "-Cembed-bitcode=yes").env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", &linker);
    run(cargo)?;
    keep(&empty.join("target").join(TARGET).join("release/deps"), &libraries)?;
    Ok(toolchain)
}

/// Whole or not at all: a folder that exists is taken for complete.
fn keep(from: &Path, to: &Path) -> Result<()> {
    let half = to.with_extension("half");
    fs::create_dir_all(&half)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libempty") {
            fs::copy(&path, half.join(name))?;
        }
    }
    fs::rename(half, to)?;
    Ok(())
}

fn cache() -> Result<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let folder = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    Ok(folder.context("neither XDG_CACHE_HOME nor HOME is set")?.join("motes"))
}
