//! The `motes` program, run from outside.
#![allow(dead_code, reason = "each test binary uses its own part of this")]

#[cfg(all(target_os = "linux", feature = "window"))]
pub(crate) mod window;

use std::path::PathBuf;
use std::process::{Command, Output};

/// Runs it to its end.
pub(crate) fn motes(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_motes")).args(arguments).output().expect("the program starts")
}

/// Its exit code.
pub(crate) fn code(arguments: &[&str]) -> i32 {
    motes(arguments).status.code().expect("an exit code")
}

/// What it prints when all is well.
pub(crate) fn stdout(arguments: &[&str]) -> String {
    let output = motes(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Exit code, and what it complains about, with words that were broken over lines put together again.
pub(crate) fn refusal(arguments: &[&str]) -> (i32, String) {
    let output = motes(arguments);
    let message: String = String::from_utf8_lossy(&output.stderr).replace('│', " ");
    (output.status.code().expect("an exit code"), message.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A path for a test's own file.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(&folder).expect("a folder for test files");
    folder.join(name)
}

/// The path as an argument.
pub(crate) fn text(path: &std::path::Path) -> &str {
    path.to_str().expect("a plain path")
}

/// The number behind `name` in a line of words and numbers.
pub(crate) fn number(line: &str, name: &str) -> f64 {
    let (_, rest) = line.split_once(&format!("{name} ")).unwrap_or_else(|| panic!("no {name} in: {line}"));
    rest.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("no number behind {name} in: {line}"))
}
