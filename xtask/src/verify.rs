//! What modules on the block's memory must be: their imports, exports, memory limits, instructions and size.

use anyhow::{Context, Result, bail, ensure};
use wasmparser::{Operator, Parser, Payload, TypeRef};

/// Pages that the host may give it at most: all of 32 bits.
const MAXIMUM_PAGES: u64 = 65_536;

/// What the recorder imports.
pub(crate) const RECORDER: &[&str] = &["env.memory"];
/// What the sound imports.
pub(crate) const SOUND: &[&str] = &["env.memory", "sync.load", "sync.store"];

/// Checks a built module against the rules, what it may import, and the committed list of its exports.
pub(crate) fn module(wasm: &[u8], file: &str, allowed: &[&str], golden_exports: &str, budget: usize) -> Result<()> {
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    imports.push(format!("{}.{}", import.module, import.name));
                    if let TypeRef::Memory(memory) = import.ty {
                        ensure!(
                            memory.maximum == Some(MAXIMUM_PAGES) && !memory.shared,
                            "the memory import must be unshared with a maximum of {MAXIMUM_PAGES} pages"
                        );
                    }
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    exports.push(export?.name.to_owned());
                }
            }
            Payload::MemorySection(_) => bail!("{file} has a memory of its own; link with --import-memory"),
            Payload::CodeSectionEntry(body) => {
                for operator in body.get_operators_reader()? {
                    ensure!(!matches!(operator?, Operator::MemoryGrow { .. }), "{file} executes memory.grow; only the host grows memory");
                }
            }
            _ => {}
        }
    }
    imports.sort();
    exports.sort();
    ensure!(imports == allowed, "{file} imports {imports:?}, not {allowed:?}");
    let golden: Vec<&str> = golden_exports.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    ensure!(exports == golden, "{file} exports {exports:?}, and exports.txt of its crate lists {golden:?}");
    ensure!(wasm.len() <= budget, "{file} has {} bytes, {budget} are allowed", wasm.len());
    wasmparser::validate(wasm).with_context(|| format!("{file} is not valid"))?;
    println!("{file} {} bytes of {budget}, {} exports, imports as they should be", wasm.len(), exports.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use motes_physics::codegen::IMPORTS;

    const GOOD_IMPORTS: &str = r#"(import "env" "memory" (memory 0 65536)) (import "plug" "call" (func)) (import "plug" "count" (func)) (import "sync" "add" (func)) (import "sync" "exchange" (func)) (import "sync" "load" (func))
        (import "sync" "notify" (func)) (import "sync" "store" (func)) (import "sync" "wait" (func))"#;

    fn verdict(imports: &str, rest: &str) -> String {
        let wasm = wat::parse_str(format!("(module {imports} {rest})")).unwrap();
        module(&wasm, "physics.wasm", &IMPORTS, "run\n", 1000).map_or_else(|e| e.to_string(), |()| "good".to_owned())
    }

    #[test]
    fn good_modules_pass_and_bad_ones_are_named() {
        let run = r#"(func (export "run"))"#;
        assert_eq!(verdict(GOOD_IMPORTS, run), "good");
        assert!(verdict(GOOD_IMPORTS, r#"(func (export "run") (drop (memory.grow (i32.const 1))))"#).contains("memory.grow"));
        assert!(verdict(GOOD_IMPORTS, r#"(func (export "walk"))"#).contains("exports"));
        assert!(verdict(&GOOD_IMPORTS.replace("65536", "17"), run).contains("maximum"));
        assert!(verdict(&GOOD_IMPORTS.replace("\"wait\"", "\"sleep\""), run).contains("imports"));
    }
}
