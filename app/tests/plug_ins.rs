//! `motes` and plug-ins: what a file is, runs with it, and exit codes where something is wrong.
//!
//! `cargo xtask test "command line"` builds the plug-ins and sets MOTES_DIST to the folder they lie in.

use std::path::PathBuf;
use std::process::{Command, Output};

/// The plug-in of that name, or `None` with the reason printed.
fn plug_in(name: &str) -> Option<String> {
    let Some(dist) = std::env::var_os("MOTES_DIST") else {
        println!("skipped: MOTES_DIST does not name the folder with plug-ins");
        return None;
    };
    Some(PathBuf::from(dist).join("plug-ins").join(format!("{name}.wasm")).display().to_string())
}

fn motes(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_motes")).args(arguments).output().expect("motes runs")
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).replace("\n  │", "").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_file_is_described_or_refused_with_all_that_is_wrong() {
    let (Some(good), Some(bad)) = (plug_in("vortex"), plug_in("refused-imports")) else { return };
    let described = motes(&["plug-in", &good]);
    let text = String::from_utf8_lossy(&described.stdout).into_owned();
    assert!(described.status.success() && text.contains("\"strength\"") && text.contains("\"sha256\""), "{text}");
    let refused = motes(&["plug-in", &bad]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(errors(&refused).contains("imports env.sin"), "{}", errors(&refused));
    assert_eq!(motes(&["plug-in", "/nowhere/x.wasm"]).status.code(), Some(3));
}

#[test]
fn a_run_without_one_that_failed_ends_with_a_word_and_a_code() {
    let (Some(trap), Some(start)) = (plug_in("bad-trap"), plug_in("bad-start")) else { return };
    let stopped = motes(&["run", "crystal", "--steps", "40", "--hash", "--plug-in", &trap]);
    assert_eq!(stopped.status.code(), Some(9));
    assert!(errors(&stopped).contains("bad-trap.wasm was switched off after step 20"), "{}", errors(&stopped));
    let without = motes(&["run", "crystal", "--steps", "40", "--hash"]);
    let hash = |output: &Output| String::from_utf8_lossy(&output.stdout).lines().last().map(str::to_owned);
    assert_eq!(hash(&stopped), hash(&without), "as if it had never been there");
    let refused = motes(&["run", "crystal", "--steps", "40", "--plug-in", &start]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(errors(&refused).contains("bad-start.wasm"), "{}", errors(&refused));
}
