//! Plug-ins for tests and to look at: the examples of plugins/ in four languages, and some that are up to no good. They lie in
//! target/web/plug-ins.

use crate::command::{capture, program, root, run, target};
use crate::{debian, provision, wasm, web};
use anyhow::{Context, Result, ensure};
use motes_physics::layout::Header;
use std::fs;
use std::mem::offset_of;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The one line that docs/plug-ins.md gives for a plug-in in C.
const CLANG: &str = "clang --target=wasm32-unknown-emscripten -O3 -msimd128 -fPIC -fvisibility=hidden -nostdlib -Iplugins/api -Wl,-shared,--experimental-pic";
/// Plug-ins in C.
const SOURCES: [&str; 6] =
    ["examples/gravity/gravity.c", "examples/shell/shell.c", "examples/sum/sum.c", "examples/vortex/vortex.c", "effects/lowpass.c", "tests/counts.c"];
/// Flags of a plug-in in Rust.
const RUST: &str = "-Ctarget-feature=+simd128 -Crelocation-model=pic -Clink-arg=-shared -Clink-arg=--experimental-pic -Clink-arg=--import-memory";
/// Arguments of the AssemblyScript compiler: no allocator, no message of its own.
const ASC: [&str; 9] = ["-O3", "--runtime", "stub", "--importMemory", "--noExportMemory", "--use", "abort=", "--enable", "simd"];

/// Where the built files lie.
pub(crate) fn folder() -> PathBuf {
    web::folder().join("plug-ins")
}

/// Builds all of them, once per process.
pub(crate) fn build() -> Result<()> {
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    BUILT.get_or_init(|| build_now().map_err(|error| format!("{error:#}"))).clone().map_err(anyhow::Error::msg)
}

fn build_now() -> Result<()> {
    let out = folder();
    fs::create_dir_all(&out)?;
    debian::provide(&debian::CLANG)?;
    for source in SOURCES {
        c(source, &out)?;
    }
    rust(&out)?;
    assembly_script(&out)?;
    let examples = root().join("plugins/examples");
    fs::write(out.join("measure.wasm"), wat::parse_file(examples.join("measure/measure.wat"))?)?;
    for_tests(&out)
}

fn c(source: &str, out: &Path) -> Result<()> {
    let name = Path::new(source).file_stem().context("a name")?.to_string_lossy();
    let mut words = CLANG.split(' ');
    let mut clang = program(words.next().unwrap_or_default(), &words.collect::<Vec<_>>());
    clang.current_dir(root()).arg("-o").arg(out.join(format!("{name}.wasm"))).arg(format!("plugins/{source}"));
    run(clang)
}

fn rust(out: &Path) -> Result<()> {
    let folder = target().join("wasm-plug-ins");
    let manifest = root().join("plugins/examples/drawn/Cargo.toml").display().to_string();
    run(wasm::cargo(&["build", "--quiet", "--release", "--locked", "--manifest-path", &manifest], &folder, RUST)?)?;
    fs::copy(wasm::built(&folder, "release", "drawn"), out.join("drawn.wasm"))?;
    Ok(())
}

/// Its description is put in afterwards, since the language has no way to.
fn assembly_script(out: &Path) -> Result<()> {
    provision::npm()?;
    let from = root().join("plugins/examples/bottle");
    let bare = target().join("tmp/bottle.wasm");
    fs::create_dir_all(target().join("tmp"))?;
    let mut asc = program("node", &["web/node_modules/assemblyscript/bin/asc.js"]);
    asc.current_dir(root()).arg(from.join("bottle.ts")).args(ASC).arg("-o").arg(&bare);
    run(asc)?;
    let described = motes_scene::plug_in::describe_with("bottle.wasm", &fs::read(&bare)?, &fs::read_to_string(from.join("bottle.json"))?)?;
    fs::write(out.join("bottle.wasm"), described)?;
    Ok(())
}

/// Functions that every bad plug-in may use: where an array is, and whether the run has come to its 20th step.
const COMMON: &str = r#"
  (import "env" "memory" (memory 0))
  (func $array (param $block i32) (param $field i32) (result i32)
    (i32.add (local.get $block)
      (i32.load offset=40 (i32.add (i32.mul (local.get $field) (i32.const 64)) (i32.add (local.get $block) (i32.load offset=FIELD_TABLE (local.get $block)))))))
  (func $due (param $block i32) (result i32) (i64.eq (i64.load offset=STEP (local.get $block)) (i64.const 20)))"#;

/// Name, and what `force` does from the 20th step on.
const BAD: [(&str, &str); 8] = [
    ("trap", "(if (call $due (local.get $block)) (then unreachable))"),
    ("loop", "(if (call $due (local.get $block)) (then (loop $for_ever (br $for_ever))))"),
    ("header", "(if (call $due (local.get $block)) (then (i32.store offset=36 (local.get $block) (i32.const 64))))"),
    // One byte behind the last of 500 positions.
    ("beyond", "(if (call $due (local.get $block)) (then (i32.store offset=6000 (call $array (local.get $block) (i32.const 0)) (i32.const 1))))"),
    // An array that it did not name, from the first step on.
    ("array", "(f32.store (call $array (local.get $block) (i32.const 1)) (f32.const 7))"),
    ("start", "(unreachable)"),
    // Where there are not 500 particles.
    ("crowd", "(if (i32.ne (i32.load offset=COUNT (local.get $block)) (i32.const 500)) (then unreachable))"),
    ("stuck", "(loop $for_ever (br $for_ever))"),
];

/// Modules that are refused before any of their code runs.
const REFUSED: [(&str, &str); 6] = [
    (
        "imports",
        r#"(module (import "env" "memory" (memory 0)) (import "env" "sin" (func (param f64) (result f64))) (func (export "force") (param i32 i32 i32 i32)))"#,
    ),
    ("signature", r#"(module (import "env" "memory" (memory 0)) (func (export "force") (param i32 i32 i32)))"#),
    ("own-memory", r#"(module (memory 1) (func (export "force") (param i32 i32 i32 i32)))"#),
    ("grows", r#"(module (import "env" "memory" (memory 0)) (func (export "force") (param i32 i32 i32 i32) (drop (memory.grow (i32.const 1)))))"#),
    ("data", r#"(module (import "env" "memory" (memory 0)) (data (i32.const 0) "x") (func (export "force") (param i32 i32 i32 i32)))"#),
    ("nothing", r#"(module (import "env" "memory" (memory 0)))"#),
];

/// Effects of the sound that fail: where the function stands, and what it does. Two count their calls, and spoil a frame in the 20th.
const BAD_EFFECTS: [(&str, &str, &str); 3] = [
    ("trap", r#"(export "process") (param $left i32) (param i32 i32 f32)"#, "(if (call $due (local.get $left)) (then unreachable))"),
    ("loop", r#"(export "process") (param $left i32) (param i32 i32 f32)"#, "(if (call $due (local.get $left)) (then (loop $for_ever (br $for_ever))))"),
    ("start", r#"(export "process") (param i32 i32 i32 f32)) (start $begin) (func $begin"#, "(unreachable)"),
];

const COMMON_OF_EFFECTS: &str = r#"(import "env" "memory" (memory 0)) (import "env" "__memory_base" (global $area i32))
(func $due (param $left i32) (result i32)
  (i32.store (global.get $area) (i32.add (i32.load (global.get $area)) (i32.const 1)))
  (if (i32.ge_u (i32.load (global.get $area)) (i32.const 20)) (then (f32.store offset=64 (local.get $left) (f32.const 0.5))))
  (i32.ge_u (i32.load (global.get $area)) (i32.const 20)))"#;

/// Those that are up to no good, and those that are refused.
fn for_tests(out: &Path) -> Result<()> {
    let common = COMMON.replace("FIELD_TABLE", &offset_of!(Header, field_table).to_string()).replace("STEP", &offset_of!(Header, step).to_string());
    let count = offset_of!(Header, particle_count).to_string();
    for (name, body) in BAD {
        let text = format!("(module {common} (func (export \"force\") (param $block i32) (param i32 i32 i32) {body}))").replace("COUNT", &count);
        fs::write(out.join(format!("bad-{name}.wasm")), wat::parse_str(text).with_context(|| format!("the plug-in bad-{name}"))?)?;
    }
    for (name, head, body) in BAD_EFFECTS {
        let text = format!("(module {COMMON_OF_EFFECTS} (func {head} {body}))");
        fs::write(out.join(format!("bad-effect-{name}.wasm")), wat::parse_str(text).with_context(|| format!("the effect {name}"))?)?;
    }
    for (name, text) in REFUSED {
        fs::write(out.join(format!("refused-{name}.wasm")), wat::parse_str(text).with_context(|| format!("the plug-in refused-{name}"))?)?;
    }
    Ok(())
}

/// docs/plug-ins.md must tell the very line that the examples are built with.
pub(crate) fn documented() -> Result<()> {
    let text = fs::read_to_string(root().join("docs/plug-ins.md"))?;
    let flat = text.replace("\\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ");
    ensure!(flat.contains(CLANG), "docs/plug-ins.md does not give the line `{CLANG}`");
    ensure!(flat.contains(RUST), "docs/plug-ins.md does not give the flags `{RUST}`");
    let (_, version) = capture(program("clang", &["--version"])).unwrap_or_default();
    println!("plug-ins in C are built by {}", version.lines().next().unwrap_or("no clang"));
    Ok(())
}
