//! The `motes` program from outside: output, files and exit codes.

use std::path::PathBuf;
use std::process::{Command, Output};

fn motes(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_motes")).args(arguments).output().expect("the program starts")
}

fn code(arguments: &[&str]) -> i32 {
    motes(arguments).status.code().expect("an exit code")
}

fn stdout(arguments: &[&str]) -> String {
    let output = motes(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(&folder).expect("a folder for test files");
    folder.join(name)
}

#[test]
fn the_last_line_is_the_hash_whatever_the_threads() {
    let hash = |threads: &str| {
        let out = stdout(&["run", "marbles", "--steps", "50", "--threads", threads, "--hash"]);
        out.lines().last().expect("a line").to_owned()
    };
    let one = hash("1");
    assert!(one.starts_with("hash 0x") && one.len() == 23, "{one}");
    assert_eq!(one, hash("2"));
}

#[test]
fn exit_codes_are_as_documented() {
    assert_eq!(code(&["scenes"]), 0);
    assert_eq!(code(&["validate", "melt"]), 0);
    assert_eq!(code(&["run", "melt"]), 2, "no --steps");
    assert_eq!(code(&["run", "melt", "--steps", "1", "--set", "dt=nan"]), 2);
    assert_eq!(code(&["run", "melt", "--steps", "1", "--set", "model.cutof=2"]), 2);
    assert_eq!(code(&["run", "no-such-scene.toml", "--steps", "1"]), 3);
    assert_eq!(code(&["run", "million", "--steps", "1", "--set", "fill[0].count=1e9"]), 7);
    assert_eq!(code(&["run", "million", "--steps", "1", "--set", "fill[0].count=9223372036854775808"]), 7);
    assert_eq!(code(&["run", "marbles", "--steps", "1", "--set", "fill[0].count=0"]), 0);
    assert_eq!(code(&["run", "crystal", "--steps", "300", "--set", "dt=0.4"]), 4, "numerical failure");
    assert_eq!(code(&["run", "marbles", "--steps", "1", "--out", "/no/such/folder/x.xyz", "--every", "1"]), 5);
}

#[test]
fn a_trajectory_can_be_started_from() {
    let file = scratch("trajectory.xyz");
    let path = file.to_str().expect("a plain path");
    let first = stdout(&["run", "crystal", "--steps", "20", "--out", path, "--every", "10", "--hash"]);
    assert!(first.contains("hash 0x"));
    let text = std::fs::read_to_string(&file).expect("the trajectory");
    assert_eq!(text.lines().filter(|line| *line == "4000").count(), 3, "frames at steps 0, 10 and 20");
    // The first frame is the scene's own first state: its energies are the same to the last digit.
    assert_eq!(stdout(&["energy", "crystal"]), stdout(&["energy", "crystal", "--init", path]));
}

#[test]
fn a_cut_file_is_refused_with_its_line() {
    let file = scratch("cut.xyz");
    std::fs::write(&file, "2\ncell: 9 9 9\nAr 1 2 3\nAr 1 2").expect("a test file");
    let output = motes(&["run", "melt", "--steps", "1", "--init", file.to_str().expect("a plain path")]);
    assert_eq!(output.status.code(), Some(3));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("cut.xyz:4"), "{message}");
}

#[test]
fn json_is_json() {
    for arguments in [&["energy", "crystal", "--json"][..], &["run", "marbles", "--steps", "5", "--json"]] {
        serde_json::from_str::<serde_json::Value>(&stdout(arguments)).expect("JSON");
    }
}
