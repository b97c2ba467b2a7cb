//! The fast checks, cheapest first.

use crate::command::{program, root, run};
use crate::{codegen, provision, tidy};
use anyhow::Result;

/// Runs all of them.
pub(crate) fn check() -> Result<()> {
    run(program("cargo", &["fmt", "--all", "--check"]))?;
    tidy::tidy()?;
    codegen::compare()?;
    types()?;
    run(program("cargo", &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    provision::wasm_target()?;
    let module = ["clippy", "--quiet", "-p", "motes-physics", "--features", "module", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings"];
    run(program("cargo", &module))?;
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
