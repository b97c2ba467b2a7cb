//! target/web: everything a page or Node needs, built in release and verified.

use crate::command::{root, run, target};
use crate::{app_modules, scene_index, serve, verify, wasm};
use anyhow::{Context, Result};
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Modules of physics: file, features, and the bytes that it may have. Most scenes need the first alone.
const PHYSICS: [(&str, &[&str], usize); 2] =
    [("physics.wasm", &["--no-default-features", "--features", "module"], 200_000), ("physics-all.wasm", &["--features", "module"], 550_000)];

/// Imports its memory, statics in slot A, stack pointer settable by the host.
const PHYSICS_FLAGS: &str = "-Ctarget-feature=+simd128 -Clink-arg=--import-memory -Clink-arg=--max-memory=4294967296 -Clink-arg=--global-base=65536 \
-Clink-arg=--stack-first -Clink-arg=-zstack-size=16384 -Clink-arg=--export=__stack_pointer -Clink-arg=--export=__heap_base -Clink-arg=--export=__data_end \
-Clink-arg=--strip-all";

/// As physics, with statics of its own.
const RECORDER_FLAGS: &str = "-Ctarget-feature=+simd128 -Clink-arg=--import-memory -Clink-arg=--max-memory=4294967296 -Clink-arg=--global-base=327680 \
-Clink-arg=--stack-first -Clink-arg=-zstack-size=16384 -Clink-arg=--export=__stack_pointer -Clink-arg=--export=__heap_base -Clink-arg=--export=__data_end \
-Clink-arg=--strip-all";

/// Bytes that recorder.wasm may have.
const RECORDER_BYTES: usize = 60_000;

/// Arguments of `cargo xtask web`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Leave out the headers that allow shared memory: physics then runs on one thread.
    #[arg(long)]
    no_isolation: bool,
    /// Open the page in the default browser.
    #[arg(long)]
    open: bool,
    /// Build and verify only.
    #[arg(long)]
    build_only: bool,
}

/// Builds, then serves until the program is stopped.
pub(crate) fn web(arguments: &Arguments) -> Result<()> {
    build()?;
    if arguments.build_only {
        return Ok(());
    }
    let bound = serve::start(&folder(), SocketAddr::new(arguments.host, arguments.port), !arguments.no_isolation)?;
    let address = format!("http://{bound}/");
    println!("{address}");
    if arguments.open {
        open::that_detached(&address).with_context(|| format!("no browser could be started; open {address} yourself"))?;
    }
    loop {
        std::thread::park();
    }
}

/// Where the built files lie.
pub(crate) fn folder() -> PathBuf {
    target().join("web")
}

/// Builds and verifies everything, once per process: several suites of a test run need it.
pub(crate) fn build() -> Result<()> {
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    build_engine()?;
    BUILT.get_or_init(|| build_page().map_err(|error| format!("{error:#}"))).clone().map_err(anyhow::Error::msg)
}

/// Builds what runs without a page: physics, scenes and the JavaScript host.
pub(crate) fn build_engine() -> Result<()> {
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    BUILT.get_or_init(|| build_engine_now().map_err(|error| format!("{error:#}"))).clone().map_err(anyhow::Error::msg)
}

fn build_engine_now() -> Result<()> {
    let out = folder();
    fs::create_dir_all(&out)?;
    for (file, features, budget) in PHYSICS {
        physics(&out, file, features, budget)?;
    }
    recorder(&out)?;
    scene(&out)?;
    fs::write(out.join("sync.wasm"), wat::parse_file(root().join("physics/src/sync.wat"))?)?;
    copy_files(&root().join("web"), &out.join("web"), &["js"])?;
    copy_files(&root().join("scenes"), &out.join("scenes"), &["toml", "json"])?;
    scene_index::write(&out.join("scenes"))
}

fn build_page() -> Result<()> {
    let out = folder();
    fs::copy(root().join("index.html"), out.join("index.html"))?;
    copy_files(&root().join("web/page"), &out.join("web/page"), &["js", "css", "svg"])?;
    app_modules::build(&out)
}

/// Builds one crate as a module into a target folder of its own, so that flags of one do not rebuild the other.
fn module(package: &str, features: &[&str], folder: &str, flags: &str) -> Result<PathBuf> {
    let folder = target().join(folder);
    let arguments = ["rustc", "-p", package, "--lib", "--crate-type", "cdylib", "--profile", "module"];
    run(wasm::cargo(&[&arguments, features].concat(), &folder, flags)?)?;
    Ok(wasm::built(&folder, "module", &package.replace('-', "_")))
}

fn physics(out: &Path, file: &str, features: &[&str], budget: usize) -> Result<()> {
    let built = module("motes-physics", features, "wasm-physics", PHYSICS_FLAGS)?;
    let wasm = fs::read(&built).with_context(|| built.display().to_string())?;
    verify::module(&wasm, file, verify::PHYSICS, &fs::read_to_string(root().join("physics/exports.txt"))?, budget)?;
    fs::write(out.join(file), wasm)?;
    Ok(())
}

fn recorder(out: &Path) -> Result<()> {
    let built = module("motes-recorder", &["--features", "module"], "wasm-recorder", RECORDER_FLAGS)?;
    let wasm = fs::read(&built).with_context(|| built.display().to_string())?;
    let exports = fs::read_to_string(root().join("modules/recorder/exports.txt"))?;
    verify::module(&wasm, "recorder.wasm", verify::RECORDER, &exports, RECORDER_BYTES)?;
    fs::write(out.join("recorder.wasm"), wasm)?;
    Ok(())
}

fn scene(out: &Path) -> Result<()> {
    let built = module("motes-scene", &["--features", "web"], "wasm-scene", "")?;
    let mut bindings = wasm_bindgen_cli_support::Bindgen::new();
    bindings.input_path(&built).out_name("scene").typescript(false).web(true)?;
    bindings.generate(out.join("scene")).context("bindings of scene.wasm")?;
    Ok(())
}

fn copy_files(from: &Path, to: &Path, endings: &[&str]) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let known = path.extension().is_some_and(|e| endings.iter().any(|known| e == *known));
        if let (true, Some(name)) = (known, path.file_name()) {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
