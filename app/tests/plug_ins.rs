//! `motes` and plug-ins: what a file is, runs with it, and exit codes where something is wrong.
//!
//! `cargo xtask test "command line"` builds the plug-ins and sets MOTES_DIST to the folder they lie in.

use std::path::PathBuf;
use std::process::{Command, Output};

/// The plug-in of that name, or `None` with the reason printed.
fn plug_in(name: &str) -> Option<String> {
    let Some(dist) = std::env::var_os("MOTES_DIST") else {
        println!("skipped: MOTES_DIST does not name the folder with plug-ins");
        return None;
    };
    Some(PathBuf::from(dist).join("plug-ins").join(format!("{name}.wasm")).display().to_string())
}

fn motes(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_motes")).args(arguments).output().expect("motes runs")
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).replace("\n  │", "").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_file_is_described_or_refused_with_all_that_is_wrong() {
    let (Some(good), Some(bad)) = (plug_in("vortex"), plug_in("refused-imports")) else { return };
    let described = motes(&["plug-in", &good]);
    let text = String::from_utf8_lossy(&described.stdout).into_owned();
    assert!(described.status.success() && text.contains("\"strength\"") && text.contains("\"sha256\""), "{text}");
    let refused = motes(&["plug-in", &bad]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(errors(&refused).contains("imports env.sin"), "{}", errors(&refused));
    assert_eq!(motes(&["plug-in", "/nowhere/x.wasm"]).status.code(), Some(3));
}

#[test]
fn a_run_without_one_that_failed_ends_with_a_word_and_a_code() {
    let (Some(trap), Some(start)) = (plug_in("bad-trap"), plug_in("bad-start")) else { return };
    let stopped = motes(&["run", "crystal", "--steps", "40", "--hash", "--plug-in", &trap]);
    assert_eq!(stopped.status.code(), Some(9));
    assert!(errors(&stopped).contains("bad-trap.wasm was switched off after step 20"), "{}", errors(&stopped));
    let without = motes(&["run", "crystal", "--steps", "40", "--hash"]);
    let hash = |output: &Output| String::from_utf8_lossy(&output.stdout).lines().last().map(str::to_owned);
    assert_eq!(hash(&stopped), hash(&without), "as if it had never been there");
    let refused = motes(&["run", "crystal", "--steps", "40", "--plug-in", &start]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(errors(&refused).contains("bad-start.wasm"), "{}", errors(&refused));
}

/// Ways to run: natively, and with physics.wasm.
fn engines() -> Vec<Vec<String>> {
    let module = PathBuf::from(std::env::var_os("MOTES_DIST").expect("looked at before")).join("physics-all.wasm");
    let wasm = vec!["--engine".to_owned(), "wasm".to_owned(), "--module".to_owned(), module.display().to_string()];
    vec![Vec::new(), wasm]
}

fn run(engine: &[String], rest: &[&str]) -> Output {
    let engine: Vec<&str> = engine.iter().map(String::as_str).collect();
    let scene = ["run", "marbles", "--set", "fill[0].count=200", "--steps", "40", "--threads", "2", "--hash"];
    motes(&[&scene[..], &engine[..], rest].concat())
}

fn hash(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).lines().last().filter(|line| line.starts_with("hash 0x")).unwrap_or_else(|| panic!("{}", errors(output))).to_owned()
}

#[test]
fn plug_ins_come_in_beside_particles_and_another_build_of_the_physics() {
    let (Some(vortex), Some(counts)) = (plug_in("vortex"), plug_in("counts")) else { return };
    let more = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("more.csv");
    std::fs::write(&more, "x,y,z\n0,8,0\n").expect("a file of particles");
    let (add, later) = (format!("{}@10", more.display()), format!("{}@25", more.display()));
    let (vortex_at, counts_at) = (format!("{vortex}@10"), format!("{counts}@20"));
    let set = ["--set", "plug-in[vortex].strength=0.5"];
    let mut hashes = Vec::new();
    for engine in engines() {
        let whole = run(&engine, &[&["--plug-in-at", &vortex_at, "--add", &add, "--plug-in-at", &counts_at, "--reserve", "20"], &set[..]].concat());
        assert!(whole.status.success(), "{}", errors(&whole));
        let began = run(&engine, &["--plug-in", &counts, "--plug-in-at", &vortex_at, "--add", &add, "--add", &later]);
        assert!(began.status.success(), "{}", errors(&began));
        hashes.push((hash(&whole), hash(&began)));
        let module = engine.last().map(|module| format!("{module}@25"));
        let swapped = module
            .map(|module| run(&engine, &[&["--plug-in-at", &vortex_at, "--add", &add, "--plug-in-at", &counts_at, "--swap", &module], &set[..]].concat()));
        assert!(swapped.is_none_or(|swapped| swapped.status.success() && hash(&swapped) == hash(&whole)), "another build changes nothing");
    }
    assert_eq!(hashes[0], hashes[1]);
    let default = run(&[], &["--plug-in-at", &vortex_at, "--add", &add, "--plug-in-at", &counts_at]);
    assert_ne!(hash(&default), hashes[0].0, "the strength counts");
}

#[test]
fn one_that_is_not_taken_in_mid_run_costs_a_line_and_a_code_and_no_bit() {
    let (Some(start), Some(array), Some(counts), Some(trap)) = (plug_in("bad-start"), plug_in("bad-array"), plug_in("counts"), plug_in("bad-trap")) else {
        return;
    };
    for engine in engines() {
        let (refused, second, missing) = (format!("{start}@20"), format!("{array}@30"), "/nowhere/x.wasm@40");
        let output = run(&engine, &["--plug-in-at", &second, "--plug-in-at", &refused, "--plug-in-at", missing]);
        let told = errors(&output);
        assert_eq!(output.status.code(), Some(9), "{told}");
        for line in [
            "bad-start.wasm was not taken at step 20: bad-start.wasm: force: it trapped",
            "bad-array.wasm was not taken at step 30",
            "x.wasm was not taken at step 40",
        ] {
            assert!(told.contains(line), "{told}");
        }
        assert_eq!(hash(&output), hash(&run(&engine, &[])), "as if nothing had been asked");
    }
    let twice = run(&[], &["--plug-in", &counts, "--plug-in-at", &format!("{counts}@10")]);
    assert!(twice.status.code() == Some(9) && errors(&twice).contains("the run has it already"), "{}", errors(&twice));
    assert_eq!(hash(&twice), hash(&run(&[], &["--plug-in", &counts])));
    let stopped = run(&[], &["--plug-in-at", &format!("{trap}@5"), "--plug-in-at", &format!("{start}@20")]);
    let told = errors(&stopped);
    assert!(told.contains("bad-start.wasm was not taken at step 20") && told.contains("bad-trap.wasm was switched off after step 20"), "{told}");
    assert_eq!(stopped.status.code(), Some(9));
}

#[test]
fn particles_that_find_no_room_in_front_of_plug_ins_end_the_run_with_the_numbers() {
    let Some(vortex) = plug_in("vortex") else { return };
    let more = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("many.csv");
    std::fs::write(&more, format!("x,y,z\n{}", "0,8,0\n".repeat(1000))).expect("a file of particles");
    let output = run(&[], &["--plug-in", &vortex, "--reserve", "0", "--add", &format!("{}@10", more.display())]);
    assert_eq!(output.status.code(), Some(7), "{}", errors(&output));
    assert!(errors(&output).contains("are kept for it in front of the data of plug-ins: room for"), "{}", errors(&output));
}
