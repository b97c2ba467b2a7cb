//! `motes run --effect`: sounds through effects, files that are none, and effects that fail on the way.
//!
//! `cargo xtask test "command line"` builds the effects and sets MOTES_DIST to the folder they lie in.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where the built files lie, or `None` with the reason printed.
fn dist() -> Option<PathBuf> {
    let found = std::env::var_os("MOTES_DIST").map(PathBuf::from);
    if found.is_none() {
        println!("skipped: MOTES_DIST does not name the folder with effects");
    }
    found
}

/// A file that is not there yet.
fn wav(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("motes-effects-{}-{name}.wav", std::process::id()));
    _ = std::fs::remove_file(&path);
    path
}

/// The marbles' sound through effects, to a file.
fn motes(out: &Path, effects: &[&Path], more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_motes"));
    command.args(["run", "marbles", "--set", "fill[0].count=300", "--steps", "100", "--sound-factor", "2", "--sound"]).arg(out).args(more);
    effects.iter().for_each(|effect| _ = command.arg("--effect").arg(effect));
    command.output().expect("motes runs")
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).replace("\n  │", "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The bytes of a WAV file whose head tells its length.
fn whole(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    let told = u32::from_le_bytes(bytes[4..8].try_into().unwrap());
    assert_eq!(told as usize + 8, bytes.len(), "the file is whole");
    std::fs::remove_file(path).unwrap();
    bytes
}

#[test]
fn effects_change_the_file_in_their_order_on_both_engines() {
    let Some(dist) = dist() else { return };
    let (echo, lowpass) = (dist.join("effects/echo.wasm"), dist.join("plug-ins/lowpass.wasm"));
    let module = dist.join("physics-all.wasm");
    let module = module.to_str().expect("a name");
    let render = |name: &str, effects: &[&Path], more: &[&str]| {
        let out = wav(name);
        let output = motes(&out, effects, more);
        assert!(output.status.success(), "{name}: {}", errors(&output));
        whole(&out)
    };
    let (dry, wet) = (render("dry", &[], &[]), render("wet", &[&lowpass, &echo], &[]));
    assert!(dry.len() == wet.len() && dry != wet);
    assert!(render("wasm", &[&lowpass, &echo], &["--engine", "wasm", "--module", module]) == wet, "the same with physics.wasm");
    assert!(render("once", &[&lowpass], &[]) != wet, "both of them act");
}

#[test]
fn an_effect_that_fails_is_told_at_the_end_and_the_file_is_whole() {
    let Some(dist) = dist() else { return };
    let lowpass = dist.join("plug-ins/lowpass.wasm");
    let without = wav("without");
    assert!(motes(&without, &[&lowpass], &[]).status.success());
    let (without, out) = (whole(&without), wav("trap"));
    let output = motes(&out, &[&dist.join("plug-ins/bad-effect-trap.wasm"), &lowpass], &["--hash"]);
    assert_eq!(output.status.code(), Some(9));
    let told = errors(&output);
    assert!(told.contains("bad-effect-trap.wasm was switched off after 0.051 s of sound: it trapped"), "{told}");
    assert!(String::from_utf8_lossy(&output.stdout).lines().last().is_some_and(|line| line.starts_with("hash ")), "the run is whole too");
    assert!(whole(&out) == without, "as if it had not been there");
}

#[test]
fn what_is_no_effect_is_refused_before_the_run_begins() {
    let Some(dist) = dist() else { return };
    let out = wav("refused");
    let refused = |file: &Path| {
        let output = motes(&out, &[file], &[]);
        assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
        assert!(output.stdout.is_empty() && !out.exists(), "nothing was begun");
        errors(&output)
    };
    let plug_in = refused(&dist.join("plug-ins/vortex.wasm"));
    assert!(plug_in.contains("vortex.wasm is no effect of the sound that can be loaded: it exports no process(i32, i32, i32, f32)"), "{plug_in}");
    assert!(plug_in.contains("docs/sound.md"), "{plug_in}");
    assert!(refused(&dist.join("plug-ins/bad-effect-start.wasm")).contains("cannot be loaded: it trapped"));
    assert!(refused(Path::new("/nowhere/x.wasm")).contains("/nowhere/x.wasm cannot be read"));
    let alone = Command::new(env!("CARGO_BIN_EXE_motes")).args(["run", "marbles", "--steps", "1", "--effect", "x.wasm"]).output().expect("motes runs");
    assert_eq!(alone.status.code(), Some(2), "an effect needs a sound");
}
