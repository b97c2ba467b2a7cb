//! Modules for tests: the physics by other flags, and some that are up to no good. They lie in target/web/tests.

use crate::command::root;
use crate::web;
use anyhow::{Context, Result};
use motes_physics::layout::{ABI_VERSION, Header, LAYOUT_HASH};
use std::fs;
use std::mem::offset_of;
use std::sync::OnceLock;

/// From that step of each hundred on, so that a test knows in advance which it is.
fn at(step: u32, what: &str) -> String {
    format!("(if (i32.ge_u (i32.rem_u (local.get $step) (i32.const 100)) (i32.const {step})) (then {what}))")
}

/// Name, version of the ABI, hash of the layout, and what a step does.
fn bad() -> [(&'static str, u32, u64, String); 6] {
    let nan = "(f32.store (call $array (local.get $base) (i32.const 0)) (f32.const nan))";
    let good = (ABI_VERSION, LAYOUT_HASH);
    [
        ("trap", good.0, good.1, at(3, "unreachable")),
        ("nan", good.0, good.1, at(2, nan)),
        ("loop", good.0, good.1, at(3, "(loop $for_ever (br $for_ever))")),
        ("late", good.0, good.1, at(30, "unreachable")),
        ("abi", good.0 + 1, good.1, String::new()),
        ("layout", good.0, good.1 ^ 1, String::new()),
    ]
}

/// Builds all of them, once per process.
pub(crate) fn build() -> Result<()> {
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    BUILT.get_or_init(|| build_now().map_err(|error| format!("{error:#}"))).clone().map_err(anyhow::Error::msg)
}

fn build_now() -> Result<()> {
    let out = web::folder().join("tests");
    fs::create_dir_all(&out)?;
    let template = fs::read_to_string(root().join("web/tests/modules/physics.wat"))?;
    for (name, abi, layout, body) in bad() {
        let text = template
            .replace("ABI_VERSION", &abi.to_string())
            .replace("LAYOUT_HASH", &layout.to_string())
            .replace("FIELD_TABLE", &offset_of!(Header, field_table).to_string())
            .replace("STEP", &offset_of!(Header, step).to_string())
            .replace("BODY", &body);
        let module = wat::parse_str(text).with_context(|| format!("the module {name}"))?;
        // The one of another layout says how it differs: a parameter has another name.
        let layout = motes_physics::codegen::description().replace("acceleration 3", "pull 3");
        let module = if name == "layout" { web::with_layout(&module, &layout) } else { module };
        fs::write(out.join(format!("{name}.wasm")), module)?;
    }
    web::other_physics(&out)
}
