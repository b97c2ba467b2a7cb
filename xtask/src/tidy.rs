//! House rules that no compiler knows: heads, lengths, where `unsafe` may stand, who may depend on whom.

use crate::command::{capture, program, root};
use anyhow::{Result, ensure};
use std::fs;

/// The files with `unsafe` in them; every other file denies it.
const UNSAFE_FILES: [&str; 21] = [
    "host/src/crew.rs",
    "host/src/memory.rs",
    "host/tests/allocations.rs",
    "modules/recorder/src/module.rs",
    "modules/sound/src/module.rs",
    "physics/src/block.rs",
    "physics/src/module.rs",
    "physics/src/neighbors/pairs.rs",
    "physics/src/simd/avx2.rs",
    "physics/src/simd/avx512.rs",
    "physics/src/simd/isa.rs",
    "physics/src/simd/mod.rs",
    "physics/src/simd/portable.rs",
    "physics/src/simd/sse2.rs",
    "physics/src/simd/wasm.rs",
    "physics/src/team.rs",
    "physics/src/workers.rs",
    "physics/tests/workers.rs",
    "plugins/api/src/lib.rs",
    "plugins/examples/drawn/src/lib.rs",
    "renderer/src/upload.rs",
];
/// Lines of a file at most.
const MOST_LINES: usize = 600;
/// Bytes of a tracked file at most.
const MOST_BYTES: u64 = 600_000;
/// Which crates of the workspace each may use, tests aside.
const EDGES: [(&str, &[&str]); 9] = [
    ("motes-physics", &[]),
    ("motes-plug-in", &[]),
    ("motes-recorder", &["motes-physics"]),
    ("motes-sound", &["motes-physics"]),
    ("motes-scene", &["motes-physics"]),
    ("motes-host", &["motes-physics", "motes-recorder", "motes-scene", "motes-sound"]),
    ("motes-renderer", &[]),
    ("motes", &["motes-physics", "motes-recorder", "motes-scene", "motes-sound", "motes-host", "motes-renderer"]),
    ("xtask", &["motes-physics", "motes-scene", "motes-sound"]),
];

/// Checks all tracked files.
pub(crate) fn tidy() -> Result<()> {
    let (_, list) = capture(program("git", &["ls-files"]))?;
    let mut complaints = Vec::new();
    for file in list.lines() {
        let path = root().join(file);
        let Ok(data) = fs::metadata(&path) else { continue };
        if data.len() > MOST_BYTES {
            complaints.push(format!("{file}: {} bytes; build outputs and data stay out of git", data.len()));
        }
        if let (true, Ok(text)) = (is_source(file), fs::read_to_string(&path)) {
            complaints.extend(source(file, &text));
        }
    }
    complaints.extend(edges()?);
    ensure!(complaints.is_empty(), "tidy:\n{}", complaints.join("\n"));
    Ok(())
}

fn is_source(file: &str) -> bool {
    [".rs", ".js", ".mjs", ".wgsl"].iter().any(|ending| file.ends_with(ending))
}

fn source(file: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    if file.ends_with(".rs") && !text.starts_with("//!") {
        complaints.push(format!("{file}: begins without `//!` and what it is for"));
    }
    if text.lines().count() > MOST_LINES {
        complaints.push(format!("{file}: more than {MOST_LINES} lines"));
    }
    let unsafe_word = concat!("uns", "afe ");
    let uses = |line: &str| {
        !line.trim_start().starts_with("//")
            && (line.contains(&format!("{unsafe_word}{{")) || line.contains(&format!("{unsafe_word}impl")) || line.contains(&format!("{unsafe_word}fn")))
    };
    if file.ends_with(".rs") && !UNSAFE_FILES.contains(&file) && !file.starts_with("xtask/") && text.lines().any(uses) {
        complaints.push(format!("{file}: has unsafe code and is not in the list of xtask/src/tidy.rs"));
    }
    complaints
}

fn edges() -> Result<Vec<String>> {
    let (_, json) = capture(program("cargo", &["metadata", "--format-version", "1", "--no-deps", "--offline"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&json)?;
    let mut complaints = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or("");
        let allowed = EDGES.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, allowed)| allowed);
        for dependency in package["dependencies"].as_array().into_iter().flatten().filter(|d| d["kind"].is_null()) {
            let on = dependency["name"].as_str().unwrap_or("");
            if on.starts_with("motes") && !allowed.contains(&on) {
                complaints.push(format!("{name} must not depend on {on}"));
            }
        }
    }
    Ok(complaints)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_name_the_file() {
        assert!(source("a/b.rs", "//! Good.\nfn f() {}\n").is_empty());
        assert!(source("a/b.rs", "fn f() {}\n")[0].contains("a/b.rs"));
        assert!(source("a/b.rs", &format!("//! Long.\n{}", "\n".repeat(700)))[0].contains("600 lines"));
        let line = concat!("uns", "afe { x }");
        assert_eq!(source("a/b.rs", &format!("//! Bad.\n{line}\n")).len(), 1);
        assert!(source("physics/src/team.rs", &format!("//! Good.\n{line}\n")).is_empty());
    }
}
