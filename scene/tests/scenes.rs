//! Scene files, good and bad: what is accepted, what is refused, and in which words.

use motes_scene::{Compiled, Options, PRESETS, SceneErrors, compile, reference, xyz};
use proptest::prelude::*;

fn with(text: &str, overrides: &[&str]) -> Result<Compiled, SceneErrors> {
    compile(text, &Options { name: "test.toml".into(), overrides: overrides.iter().map(|o| (*o).to_owned()).collect(), ..Options::default() })
}

fn refusal(text: &str) -> String {
    with(text, &[]).expect_err("a bad scene").to_string()
}

const SMALL: &str = "version = 1\n[[force]]\nkind = \"gravity\"\n";

#[test]
fn all_presets_compile() {
    for preset in PRESETS {
        let compiled = with(preset.text, &[]).unwrap_or_else(|e| panic!("{e}"));
        assert!(!compiled.title.is_empty() && !compiled.about.is_empty(), "{}", preset.name);
    }
}

#[test]
fn all_errors_come_at_once_with_line_and_caret() {
    let text = "version = 1\ndt = -1\n[[force]]\nkind = \"gravity\"\nacceleraton = [0, 0, 0]\n[[fill]]\nkind = \"random\"\ncount = 1.5\n";
    assert_eq!(
        refusal(text),
        "error: `dt` = -1 is out of range\n  --> test.toml:2:6\n  |\n2 | dt = -1\n  |      ^^\n  = help: dt (Time step) is from 1e-12 to 1000 in time; for example dt = 0.005\n\n\
         error: unknown field `acceleraton` in [[force]] of kind gravity\n  --> test.toml:5:1\n  |\n5 | acceleraton = [0, 0, 0]\n  | ^^^^^^^^^^^\n  = help: did you mean `acceleration`?\n\n\
         error: `fill[0].count` must be a whole number, not 1.5\n  --> test.toml:8:9\n  |\n8 | count = 1.5\n  |         ^^^\n  = help: count (How many) is from 0 to 1e19; for example count = 1000"
    );
}

#[test]
fn numbers_must_be_finite_and_in_range() {
    for dt in ["nan", "inf", "-inf", "0", "-0.1", "1e-300", "1e9", "\"fast\"", "true", "[1]"] {
        assert!(refusal(&SMALL.replacen("version = 1", &format!("version = 1\ndt = {dt}"), 1)).contains("`dt`"), "{dt}");
    }
}

#[test]
fn json_says_the_same_as_toml() {
    let toml = with("version = 1\ndt = 0.01\n[[force]]\nkind = \"gravity\"\n[[fill]]\nkind = \"random\"\ncount = 7\n", &[]).unwrap();
    let json = with(r#"{"version": 1, "dt": 0.01, "force": [{"kind": "gravity"}], "fill": [{"kind": "random", "count": 7}]}"#, &[]).unwrap();
    assert_eq!(toml.prefix, json.prefix);
}

#[test]
fn overrides_are_checked_like_the_file() {
    let compiled = with(SMALL, &["force[0].acceleration.y=-3", "dt=0.001"]).unwrap();
    assert_eq!(compiled.vector("force[0].acceleration"), [0.0, -3.0, 0.0]);
    assert_eq!(compiled.parameter("dt").unwrap().values, [0.001]);
    for (bad, word) in
        [("force[0].acceleraton=1", "did you mean"), ("dt=nan", "finite"), ("emitter[0].rate=1", "no [[emitter]]"), ("dt", "without `=`"), ("=1", "path")]
    {
        let error = with(SMALL, &[bad]).expect_err(bad).to_string();
        assert!(error.contains(word) && error.contains("--set"), "{bad}: {error}");
    }
}

#[test]
fn the_reference_is_what_the_declarations_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/scene-reference.md");
    if std::env::var_os("MOTES_BLESS").is_some() {
        std::fs::write(path, reference()).unwrap();
    }
    assert!(std::fs::read_to_string(path).unwrap_or_default() == reference(), "docs/scene-reference.md is old; run: MOTES_BLESS=1 cargo test -p motes-scene");
}

const XYZ: &str = "3\nLattice=\"5.0 0.0 0.0 0.0 5.0 0.0 0.0 0.0 5.0\" Properties=species:S:1:pos:R:3:vel:R:3 pbc=\"T T F\"\nAr 1.0 2.0 3.0 0.1 0.2 0.3\nAr 1.5 2 3 0 0 0\nAr -1e-3 0 4.25 1 1 1\n";

#[test]
fn extended_xyz_is_read() {
    let frame = xyz::read_first(XYZ.as_bytes(), "a.xyz").unwrap();
    assert_eq!((frame.cell, frame.periodic), (Some([5.0; 3]), Some([true, true, false])));
    assert_eq!(frame.positions[2], [-1e-3, 0.0, 4.25]);
    assert_eq!(frame.velocities.unwrap()[0], [0.1, 0.2, 0.3]);
}

proptest! {
    #[test]
    fn what_is_written_reads_back_to_the_same_bits(rows in prop::collection::vec(prop::array::uniform6(-1e6f32..1e6), 1..20)) {
        let positions: Vec<f32> = rows.iter().flat_map(|r| r[..3].to_vec()).collect();
        let velocities: Vec<f32> = rows.iter().flat_map(|r| r[3..].to_vec()).collect();
        let ids: Vec<u32> = (0..rows.len() as u32).collect();
        let frame = xyz::Frame {
            origin: [0.0; 3], cell: [1e7; 3], periodic: [true; 3], step: 4, time: 0.1, elements: &["Ar".to_owned()], species: &vec![0; rows.len()],
            ids: &ids, positions: &positions, positions_low: None, velocities: &velocities, absent: None,
        };
        let mut file = Vec::new();
        xyz::write_frame(&mut file, &frame).unwrap();
        let back = xyz::read_first(file.as_slice(), "b.xyz").unwrap();
        let bits = |v: &[[f64; 3]]| v.iter().flatten().map(|x| (*x as f32).to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&back.positions), positions.iter().map(|x| x.to_bits()).collect::<Vec<_>>());
        prop_assert_eq!(bits(&back.velocities.unwrap()), velocities.iter().map(|x| x.to_bits()).collect::<Vec<_>>());
    }

    #[test]
    fn any_time_step_is_accepted_or_refused_never_stored_wrong(bits in any::<u64>()) {
        let dt = f64::from_bits(bits);
        let good = dt.is_finite() && (1e-12..=1e3).contains(&dt);
        prop_assert_eq!(with(SMALL, &[&format!("dt={dt:?}").replace("NaN", "nan")]).is_ok(), good);
    }
}
