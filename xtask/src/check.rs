//! The fast checks, cheapest first.

use crate::command::{program, root, run, target};
use crate::{codegen, provision, tidy, wasm};
use anyhow::Result;

/// Runs all of them.
pub(crate) fn check() -> Result<()> {
    run(program("cargo", &["fmt", "--all", "--check"]))?;
    tidy::tidy()?;
    codegen::compare()?;
    types()?;
    run(program("cargo", &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    for (package, feature) in [("motes-physics", "module"), ("motes-recorder", "module"), ("motes-sound", "module"), ("motes", "webgpu"), ("motes", "webgl")] {
        let arguments = ["clippy", "--quiet", "-p", package, "--lib", "--no-default-features", "--features", feature];
        let mut clippy = wasm::cargo(&arguments, &target().join("wasm-check"), "")?;
        clippy.args(["--", "-D", "warnings"]);
        run(clippy)?;
    }
    let mut doc = program("cargo", &["doc", "--quiet", "--workspace", "--no-deps"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    run(doc)?;
    println!("All checks passed.");
    Ok(())
}

/// JSDoc types of web/, checked by tsc.
fn types() -> Result<()> {
    provision::npm()?;
    let mut tsc = program("npx", &["--no-install", "tsc", "--project", "tsconfig.json"]);
    tsc.current_dir(root().join("web"));
    run(tsc)
}
