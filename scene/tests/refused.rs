//! Each thing that can be wrong with a scene, and the words in which it is refused: `refused.txt` beside this file has all of them,
//! with line, caret and cure. After a change of words: `MOTES_BLESS=1 cargo test -p motes-scene --test refused`.

use motes_scene::{Options, compile, xyz};

/// A scene that is good, for what comes behind it.
const GOOD: &str = "version = 1\n[[force]]\nkind = \"gravity\"\n";

/// Name, scene, overrides.
type Case = (&'static str, String, &'static [&'static str]);

fn behind(text: &str) -> String {
    format!("{GOOD}{text}\n")
}

fn before(text: &str) -> String {
    GOOD.replacen("version = 1", &format!("version = 1\n{text}"), 1)
}

fn text_cases() -> Vec<Case> {
    vec![
        ("not TOML", "version = 1\nforce kind\n".into(), &[]),
        ("TOML: duplicate key", before("dt = 0.1\ndt = 0.2"), &[]),
        ("TOML: text without end", before("title = \"half"), &[]),
        ("nested too deep", before(&format!("title = {}{}", "[".repeat(70), "]".repeat(70))), &[]),
        ("too large", format!("#{}\n", "x".repeat(8 << 20)), &[]),
        ("JSON: no value", "{\"version\": nope}".into(), &[]),
        ("JSON: something behind", "{\"version\": 1} {}".into(), &[]),
        ("JSON: key without quotes", "{version: 1}".into(), &[]),
        ("JSON: no colon", "{\"version\" 1}".into(), &[]),
        ("JSON: duplicate key", "{\"version\": 1,\n \"version\": 2, \"force\": [{\"kind\": \"gravity\"}]}".into(), &[]),
        ("JSON: no comma", "{\"a\": [1 2]}".into(), &[]),
        ("JSON: text without end", "{\"a\": \"b".into(), &[]),
        ("JSON: unknown escape", r#"{"a": "\q"}"#.into(), &[]),
        ("JSON: no number", "{\"a\": 01}".into(), &[]),
        ("JSON: nested too deep", format!("{{\"a\": {}", "[".repeat(70)), &[]),
        ("empty", String::new(), &[]),
        ("no version", "[[force]]\nkind = \"gravity\"\n".into(), &[]),
        ("unknown version", "version = 2\n[[force]]\nkind = \"gravity\"\n".into(), &[]),
        ("a section that is none", "version = 1\n[model]\nkind = \"gravity\"\n".into(), &[]),
        ("unknown key of the scene", before("sead = 3"), &[]),
        ("unknown key of a section", behind("acceleraton = [0, 0, 0]"), &[]),
        ("a plug-in without a file", behind("[[plug-in]]"), &[]),
        ("a plug-in that was not loaded", behind("[[plug-in]]\nfile = \"swirl.wasm\""), &[]),
        ("unknown key near none", behind("[view]\nzzzzzzzzzz = 1"), &[]),
        ("long title", before(&format!("title = \"{}\"", "x".repeat(1001))), &[]),
        ("title that is no text", before("title = 3"), &[]),
        ("no list", behind("[fill]\nkind = \"random\""), &[]),
        ("no table", before("view = 3"), &[]),
        ("no kind", behind("[[fill]]\ncount = 3"), &[]),
        ("unknown kind", behind("[[fill]]\nkind = \"randon\""), &[]),
        ("kind that is no text", behind("[[collider]]\nkind = 3"), &[]),
        ("not finite", before("dt = nan"), &[]),
        ("infinite", before("dt = 1e400"), &[]),
        ("no whole number", behind("[[fill]]\nkind = \"random\"\ncount = 1.5"), &[]),
        ("out of range", before("dt = -0.1"), &[]),
        ("component out of range", behind("acceleration = [0, 1e99, 0]"), &[]),
        ("unknown choice", behind("[view]\nmode = \"sphere\""), &[]),
        ("unknown component", behind("acceleration = { x = 1, w = 2 }"), &[]),
        ("no number", before("dt = \"fast\""), &[]),
        ("no vector", behind("acceleration = [0, 1]"), &[]),
        ("no flag", behind("[view]\nbounds = 1"), &[]),
        ("no flags", behind("[domain]\nperiodic = \"all\""), &[]),
        ("a date", before("dt = 1979-05-27"), &[]),
        ("corners exchanged", behind("[domain]\nmin = [0, 0, 0]\nmax = [1, -1, 1]"), &[]),
        ("no such species", behind("[[fill]]\nkind = \"random\"\nspecies = 3"), &[]),
        ("no such species by name", behind("[[fill]]\nkind = \"random\"\nspecies = \"Kr\""), &[]),
        ("colours exchanged", behind("[view]\ncolor_min = 2\ncolor_max = 1"), &[]),
    ]
}

fn other_cases() -> Vec<Case> {
    let melt = "version = 1\n[[force]]\nkind = \"lennard-jones\"\n";
    vec![
        ("cut-off beyond half the box", format!("{melt}[domain]\nperiodic = [true, true, true]\n"), &[]),
        ("too many colliders", behind(&"[[collider]]\nkind = \"sphere\"\n".repeat(65)), &[]),
        ("too many emitters", behind(&"[[emitter]]\n".repeat(17)), &[]),
        ("too many parts", behind(&"[[fill]]\nkind = \"random\"\n".repeat(300)), &[]),
        ("too many particles", behind("[[fill]]\nkind = \"random\"\ncount = 1e9"), &[]),
        ("too many bytes", format!("{melt}cutoff = 90\n[domain]\nmin = [0, 0, 0]\nmax = [200, 200, 200]\n[[fill]]\nkind = \"random\"\ncount = 1e6\n"), &[]),
        ("override without value", GOOD.into(), &["dt"]),
        ("override that is no value", GOOD.into(), &["dt=[1,"]),
        ("override that is no path", GOOD.into(), &["force..acceleration=1"]),
        ("override of an index that is no number", GOOD.into(), &["fill[x].count=1"]),
        ("override with an index too many", GOOD.into(), &["domain[0].min.x=1"]),
        ("override without index", behind("[[emitter]]"), &["emitter.rate=1"]),
        ("override of what is not there", GOOD.into(), &["emitter[0].rate=1"]),
        ("override of the second of one", behind("[[emitter]]"), &["emitter[1].rate=1"]),
        ("override of the third of two", behind("[[emitter]]\n[[emitter]]"), &["emitter[2].rate=1"]),
        ("override in what is no list", before("emitter = 3"), &["emitter[0].rate=1"]),
        ("override of an unknown key", GOOD.into(), &["force[0].acceleraton.y=1"]),
        ("override out of range", GOOD.into(), &["seed=1", "dt=0"]),
    ]
}

fn refusal((name, text, overrides): &Case) -> String {
    let options = Options { name: "scene.toml".to_owned(), overrides: overrides.iter().map(|o| (*o).to_owned()).collect(), ..Options::default() };
    let error = compile(text, &options).err().unwrap_or_else(|| panic!("{name}: was accepted"));
    format!("## {name} ({:?})\n\n{error}\n\n", error.class())
}

/// Files of particles that do not fit their scene.
fn particles() -> String {
    let scene = format!("{GOOD}[[species]]\nname = \"Na\"\n[[species]]\nname = \"Cl\"\n");
    let init = Some(xyz::read_first(&b"1\ncell: 9 9 9\nAr 1 1 1\n"[..], "argon.xyz").expect("a good file"));
    let error = compile(&scene, &Options { name: "scene.toml".to_owned(), init, ..Options::default() }).unwrap_err();
    format!("## element that is no species ({:?})\n\n{error}\n", error.class())
}

#[test]
fn of_very_many_mistakes_fifty_are_told() {
    let text = behind(&(0..60).map(|k| format!("a{k} = 1\n")).collect::<String>());
    let errors = compile(&text, &Options::default()).unwrap_err();
    assert_eq!((errors.errors.len(), errors.dropped), (50, 10));
    assert!(errors.to_string().ends_with("\n\nand 10 more errors"));
}

#[test]
fn every_refusal_is_in_the_words_on_file() {
    let cases: Vec<Case> = text_cases().into_iter().chain(other_cases()).collect();
    let now = cases.iter().map(refusal).collect::<String>() + &particles();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/refused.txt");
    if std::env::var_os("MOTES_BLESS").is_some() {
        std::fs::write(path, &now).expect("the file with the words");
    }
    let known = std::fs::read_to_string(path).unwrap_or_default();
    for (now, known) in now.split("## ").zip(known.split("## ")) {
        assert_eq!(now, known);
    }
    assert_eq!(now.len(), known.len(), "cases were added or taken away");
}
