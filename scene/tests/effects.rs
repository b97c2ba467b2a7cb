//! What an effect of the sound must be, and the words in which anything else is refused.

use motes_scene::Effect;
use motes_scene::plug_in::effect::{AREA_BYTES, STACK_BYTES};
use motes_scene::plug_in::{MAX_BYTES, with_section};

const MEMORY: &str = r#"(import "env" "memory" (memory 0))"#;
const PROCESS: &str = r#"(func (export "process") (param i32 i32 i32 f32))"#;

fn module(text: &str) -> Vec<u8> {
    wat::parse_str(format!("(module {text})")).unwrap_or_else(|error| panic!("{error}"))
}

/// With a section `dylink.0` that asks for such a memory and table: sizes in bytes and slots, alignments as powers of two.
fn asking(text: &str, [bytes, align, slots]: [u32; 3]) -> Vec<u8> {
    let number = |value: u32| motes_scene::plug_in::leb128(value as usize);
    let sizes = [number(bytes), number(align), number(slots), number(0)].concat();
    let section = [&[1, sizes.len() as u8][..], &sizes].concat();
    // It stands before all others.
    let bare = module(text);
    let head = with_section(&bare[..8], "dylink.0", &section);
    [&head, &bare[8..]].concat()
}

fn refused(bytes: &[u8]) -> String {
    Effect::read("some.wasm", bytes).map_or_else(|error| error.to_string(), |effect| panic!("{effect:?} was taken"))
}

#[test]
fn good_ones_are_taken_with_what_they_need() {
    let bare = Effect::read("bare.wasm", &module(&format!("{MEMORY} {PROCESS}"))).unwrap();
    assert_eq!((bare.file.as_str(), bare.table_slots), ("bare.wasm", 0));
    let data = format!(r#"{MEMORY} (import "env" "__memory_base" (global $base i32)) {PROCESS} (data (global.get $base) "some")"#);
    let most = AREA_BYTES - STACK_BYTES;
    assert_eq!(Effect::read("data.wasm", &asking(&data, [most, 6, 3])).unwrap().table_slots, 3);
}

#[test]
fn what_it_may_not_do_is_told_with_a_cure() {
    let body = |code: &str| module(&format!(r#"{MEMORY} (func (export "process") (param i32 i32 i32 f32) {code})"#));
    let most = AREA_BYTES - STACK_BYTES;
    let whole = format!("{MEMORY} {PROCESS}");
    for (bytes, told) in [
        (module(MEMORY), "exports no process(i32, i32, i32, f32), so it would never be called"),
        (
            module(&format!(r#"{MEMORY} (func (export "process") (param i32 i32 i32))"#)),
            "exports process, which must be a function of (i32, i32, i32, f32) without a result",
        ),
        (module(&format!(r#"{MEMORY} (global (export "process") i32 (i32.const 0))"#)), "exports process, which must be a function"),
        (module(PROCESS), "does not import env.memory (for clang: -Wl,--import-memory)"),
        (module(&format!("(memory 1) {PROCESS}")), "has a memory of its own; import env.memory"),
        (module(&format!(r#"(import "env" "memory" (memory 100)) {PROCESS}"#)), "imports a memory of 100 to 65536 pages"),
        (module(&format!(r#"(import "env" "memory" (memory 0 2)) {PROCESS}"#)), "imports a memory of 0 to 2 pages"),
        (module(&format!(r#"{MEMORY} (import "env" "sin" (func (param f32) (result f32))) {PROCESS}"#)), "imports env.sin, which effects are not given"),
        (module(&format!(r#"{MEMORY} (import "GOT.mem" "table" (global (mut i32))) {PROCESS}"#)), "refers to table, which it does not have; link it in"),
        (module(&format!(r#"{MEMORY} {PROCESS} (data (i32.const 0) "x")"#)), "has data at fixed addresses"),
        (body("(drop (memory.grow (i32.const 1)))"), "grows the memory; only the host may"),
        (body("(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))"), "waits (memory.atomic.wait); the sound waits for nobody"),
        (asking(&whole, [most + 1, 4, 0]), "wants 245761 bytes, aligned to 2^4, and 0 table slots; at most 245760, 2^6 and 65536 are given"),
        (asking(&whole, [16, 7, 0]), "aligned to 2^7"),
        (asking(&whole, [16, 4, 65_537]), "and 65537 table slots"),
        (vec![0; MAX_BYTES + 1], "has 8388609 bytes; at most 8388608 are taken"),
        (b"no module".to_vec(), "cannot be read: "),
    ] {
        let words = refused(&bytes);
        assert!(words.starts_with("some.wasm is no effect of the sound that can be loaded: it ") && words.contains(told), "{words}");
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once_and_a_file_cut_anywhere_is_none() {
    let words = refused(&module(r#"(import "env" "sin" (func)) (memory 1)"#));
    assert!(["env.sin", "a memory of its own", "does not import env.memory", "exports no process"].iter().all(|told| words.contains(told)), "{words}");
    let whole = asking(&format!("{MEMORY} {PROCESS}"), [16, 4, 0]);
    assert!(Effect::read("whole.wasm", &whole).is_ok());
    for length in 0..whole.len() {
        refused(&whole[..length]);
    }
}
