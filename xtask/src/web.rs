//! target/web: everything a page or Node needs, built in release and verified.

use crate::command::{root, run, target};
use crate::{app_modules, scene_index, serve, verify, wasm};
use anyhow::{Context, Result, ensure};
use motes_physics::layout::map;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

/// Modules of physics: file, features, and the bytes that it may have. Most scenes need the first alone.
const PHYSICS: [(&str, &[&str], usize); 2] =
    [("physics.wasm", &["--no-default-features", "--features", "module"], 200_000), ("physics-all.wasm", &["--features", "module"], 550_000)];

/// A module that imports its memory and whose stack pointer the host can set.
const MODULE_FLAGS: &str = "-Ctarget-feature=+simd128 -Clink-arg=--import-memory -Clink-arg=--max-memory=4294967296 \
-Clink-arg=--stack-first -Clink-arg=-zstack-size=16384 -Clink-arg=--export=__stack_pointer -Clink-arg=--export=__heap_base -Clink-arg=--export=__data_end \
-Clink-arg=--strip-all";

/// Flags of a module whose statics lie in that place of the memory.
fn flags(statics: u32) -> String {
    format!("{MODULE_FLAGS} -Clink-arg=--global-base={statics}")
}

/// What makes [`other_physics`] another build: cargo's settings, and statics in slot B.
const OTHER: [(&str, &str); 3] = [("CARGO_PROFILE_MODULE_OPT_LEVEL", "2"), ("CARGO_PROFILE_MODULE_LTO", "off"), ("CARGO_PROFILE_MODULE_CODEGEN_UNITS", "4")];
/// A line of web/bench/frame.wat, and what takes its place in a module that owns its memory and grows it by itself.
const GIVEN_MEMORY: &str = r#"(import "env" "memory" (memory 0 65536))"#;
const OWN_MEMORY: &str = r#"(memory (export "memory") 0 65536) (func (export "grow") (param $pages i32) (result i32) (memory.grow (local.get $pages)))"#;
/// Modules beside the physics: package, file, statics, what it may import, and the bytes that it may have.
const MODULES: [(&str, &str, u32, &[&str], usize); 2] =
    [("recorder", "recorder.wasm", map::STATICS_RECORDER, verify::RECORDER, 60_000), ("sound", "sound.wasm", map::STATICS_SOUND, verify::SOUND, 40_000)];

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
    /// Build the physics anew whenever its sources change; the page takes each build into the run that is going on.
    #[arg(long)]
    watch: bool,
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
    let address = format!("http://{bound}/{}", if arguments.watch { "?watch" } else { "" });
    println!("{address}");
    if arguments.open {
        open::that_detached(&address).with_context(|| format!("no browser could be started; open {address} yourself"))?;
    }
    if arguments.watch {
        watch();
    }
    loop {
        std::thread::park();
    }
}

/// Builds the modules of physics whenever a source of theirs is newer; a build that fails is told, and the last good one stays.
fn watch() {
    let newest = || newest(&root().join("physics/src")).unwrap_or(SystemTime::UNIX_EPOCH);
    let mut built = newest();
    loop {
        std::thread::sleep(Duration::from_millis(300));
        let now = newest();
        if now > built {
            built = now;
            match build_physics() {
                Ok(()) => println!("built; open pages take it now"),
                Err(error) => eprintln!("error: {error:#}"),
            }
        }
    }
}

/// When a file of the folder was last written.
fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    entries.filter_map(|entry| if entry.path().is_dir() { newest(&entry.path()) } else { entry.metadata().ok()?.modified().ok() }).max()
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
    build_physics()?;
    MODULES.iter().try_for_each(|(package, file, statics, imports, budget)| beside(&out, package, file, *statics, imports, *budget))?;
    effects(&out)?;
    scene(&out)?;
    fs::write(out.join("sync.wasm"), wat::parse_file(root().join("physics/src/sync.wat"))?)?;
    copy_files(&root().join("web"), &out.join("web"), &["js"])?;
    copy_files(&root().join("web/plug-ins"), &out.join("web/plug-ins"), &["js"])?;
    copy_files(&root().join("scenes"), &out.join("scenes"), &["toml", "json"])?;
    scene_index::write(&out.join("scenes"))
}

fn build_physics() -> Result<()> {
    let out = folder();
    fs::create_dir_all(&out)?;
    PHYSICS.iter().try_for_each(|(file, features, budget)| physics(&out, file, features, *budget))
}

fn build_page() -> Result<()> {
    let out = folder();
    fs::copy(root().join("index.html"), out.join("index.html"))?;
    copy_files(&root().join("web/page"), &out.join("web/page"), &["js", "css", "svg"])?;
    bridge(&out.join("web/bench"))?;
    app_modules::build(&out)
}

/// The page that compares ways of a frame to the page, and its module twice: on memory that it is given, and on memory of its own.
fn bridge(out: &Path) -> Result<()> {
    let from = root().join("web/bench");
    copy_files(&from, out, &["js", "css", "html"])?;
    let imported = fs::read_to_string(from.join("frame.wat"))?;
    ensure!(imported.contains(GIVEN_MEMORY), "web/bench/frame.wat has no line `{GIVEN_MEMORY}`");
    for (file, text) in [("imported.wasm", &imported), ("exported.wasm", &imported.replace(GIVEN_MEMORY, OWN_MEMORY))] {
        fs::write(out.join(file), wat::parse_str(text).with_context(|| format!("web/bench/frame.wat as {file}"))?)?;
    }
    Ok(())
}

/// Builds one crate as a module into a target folder of its own, so that flags of one do not rebuild the other.
fn module(package: &str, features: &[&str], folder: &str, flags: &str) -> Result<PathBuf> {
    let folder = target().join(folder);
    let arguments = ["rustc", "-p", package, "--lib", "--crate-type", "cdylib", "--profile", "module"];
    run(wasm::cargo(&[&arguments, features].concat(), &folder, flags)?)?;
    Ok(wasm::built(&folder, "module", &package.replace('-', "_")))
}

fn physics(out: &Path, file: &str, features: &[&str], budget: usize) -> Result<()> {
    let built = module("motes-physics", features, "wasm-physics", &flags(map::STATICS_A))?;
    let wasm = described(&fs::read(&built).with_context(|| built.display().to_string())?);
    verify::module(&wasm, file, &motes_physics::codegen::IMPORTS, &fs::read_to_string(root().join("physics/exports.txt"))?, budget)?;
    fs::write(out.join(file), wasm)?;
    Ok(())
}

/// With the section that says how it lays out a block, by which hosts tell what keeps another build from going on with a run.
fn described(wasm: &[u8]) -> Vec<u8> {
    with_layout(wasm, &motes_physics::codegen::description())
}

/// With such a section of any text.
pub(crate) fn with_layout(wasm: &[u8], text: &str) -> Vec<u8> {
    motes_scene::plug_in::with_section(wasm, motes_physics::codegen::SECTION, text.as_bytes())
}

/// physics-all.wasm by other flags: the same bits by other code, for tests of exchanging one for the other.
pub(crate) fn other_physics(out: &Path) -> Result<()> {
    let folder = target().join("wasm-physics-other");
    let arguments = ["rustc", "-p", "motes-physics", "--lib", "--crate-type", "cdylib", "--profile", "module", "--features", "module"];
    let mut cargo = wasm::cargo(&arguments, &folder, &flags(map::STATICS_B))?;
    cargo.envs(OTHER);
    run(cargo)?;
    fs::write(out.join("other.wasm"), described(&fs::read(wasm::built(&folder, "module", "motes_physics"))?))?;
    Ok(())
}

fn beside(out: &Path, package: &str, file: &str, statics: u32, imports: &[&str], budget: usize) -> Result<()> {
    let built = module(&format!("motes-{package}"), &["--features", "module"], &format!("wasm-{package}"), &flags(statics))?;
    let wasm = fs::read(&built).with_context(|| built.display().to_string())?;
    let exports = fs::read_to_string(root().join(format!("modules/{package}/exports.txt")))?;
    verify::module(&wasm, file, imports, &exports, budget)?;
    fs::write(out.join(file), wasm)?;
    Ok(())
}

/// Effects of the sound that are written by hand.
fn effects(out: &Path) -> Result<()> {
    let out = out.join("effects");
    fs::create_dir_all(&out)?;
    for entry in fs::read_dir(root().join("plugins/effects"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "wat") {
            let wasm = wat::parse_file(&path)?;
            wasmparser::validate(&wasm).with_context(|| path.display().to_string())?;
            fs::write(out.join(path.with_extension("wasm").file_name().context("a name")?), wasm)?;
        }
    }
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
