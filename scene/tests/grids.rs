//! Data of a plug-in to draw on: grids that its description names.

use motes_scene::PlugIn;
use motes_scene::plug_in::{Grid, SECTION, with_section};

/// A plug-in with 64 bytes of data, exported as `heights` from byte 16 on and as `odd` from byte 6 on, and these grids.
fn read(grids: &str) -> Result<PlugIn, String> {
    let text = r#"(module (@dylink.0 (mem-info (memory 64 2)))
        (import "env" "memory" (memory 0)) (import "env" "__memory_base" (global i32))
        (global (export "heights") i32 (i32.const 16)) (global (export "odd") i32 (i32.const 6))
        (func (export "after_step") (param i32 i32)))"#;
    let bare = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    let described = with_section(&bare, SECTION, format!(r#"{{ "name": "pad", "grids": {grids} }}"#).as_bytes());
    PlugIn::read("pad.wasm", &described).map_err(|error| error.to_string())
}

#[test]
fn a_grid_is_exported_data_of_the_right_size() {
    let pad = read(r#"[{ "symbol": "heights", "columns": 4, "rows": 3, "doc": "Heights." }]"#).unwrap();
    let expected = Grid { symbol: "heights".to_owned(), columns: 4, rows: 3, doc: "Heights.".to_owned() };
    assert_eq!(pad.grids, [expected]);
    assert_eq!(pad.describe()["grids"][0]["columns"], 4);
}

#[test]
fn any_other_is_refused_in_words() {
    let told = |grids: &str| read(grids).unwrap_err();
    for (grids, reason) in [
        (r#"[{ "symbol": "depths", "columns": 2, "rows": 2 }]"#, "a grid of the data `depths`, which it does not export"),
        (r#"[{ "symbol": "heights", "columns": 4, "rows": 4 }]"#, "a grid `heights` of 64 bytes from byte 16 of its area on, which has 64 bytes"),
        (r#"[{ "symbol": "odd", "columns": 2, "rows": 2 }]"#, "a grid `odd` of 16 bytes from byte 6"),
        (r#"[{ "symbol": "heights", "columns": 1, "rows": 2 }]"#, "`columns` is no whole number from 2 to 1024"),
        (r#"[{ "symbol": "heights", "columns": 2, "rows": 1e9 }]"#, "`rows` is no whole number from 2 to 1024"),
        (r#"[{ "symbol": "heights", "columns": 2, "rows": 2.5 }]"#, "`rows` is no whole number"),
        (r#"{}"#, "whose `grids` is no list"),
    ] {
        assert!(told(grids).contains(reason), "{grids}: {}", told(grids));
    }
}
