//! The `motes` program from outside: output, files and exit codes.

mod support;

use support::{refusal, scratch, stdout, text};

#[test]
fn the_last_line_is_the_hash_whatever_the_threads() {
    let hash = |threads: &str| {
        let out = stdout(&["run", "marbles", "--steps", "50", "--threads", threads, "--hash"]);
        out.lines().last().expect("a line").to_owned()
    };
    let one = hash("1");
    assert!(one.starts_with("hash 0x") && one.len() == 23, "{one}");
    assert_eq!(one, hash("2"));
}

#[test]
fn a_trajectory_can_be_started_from() {
    let file = scratch("trajectory.xyz");
    let path = file.to_str().expect("a plain path");
    let first = stdout(&["run", "crystal", "--steps", "20", "--out", path, "--every", "10", "--hash"]);
    assert!(first.contains("hash 0x"));
    let text = std::fs::read_to_string(&file).expect("the trajectory");
    assert_eq!(text.lines().filter(|line| *line == "4000").count(), 3, "frames at steps 0, 10 and 20");
    // The first frame is the scene's own first state: its energies are the same to the last digit.
    assert_eq!(stdout(&["energy", "crystal"]), stdout(&["energy", "crystal", "--init", path]));
}

#[test]
fn particles_join_at_a_step_and_bad_ones_are_refused() {
    let (file, out) = (scratch("more.xyz"), scratch("joined.xyz"));
    let (path, out) = (file.to_str().expect("a plain path"), out.to_str().expect("a plain path"));
    std::fs::write(&file, "2\n\nA 0 8 0\nA 0.5 8 0\n").expect("a test file");
    let run = |at: &str, rest: &[&str]| stdout(&[&["run", "marbles", "--set", "fill[0].count=100", "--steps", "20", "--add", at, "--hash"], rest].concat());
    let last = |text: String| text.lines().last().expect("a line").to_owned();
    let at = format!("{path}@10");
    assert_eq!(last(run(&at, &["--threads", "1"])), last(run(&at, &["--threads", "2", "--out", out, "--every", "10"])));
    assert_ne!(last(run(&at, &[])), last(run(&format!("{path}@11"), &[])));
    let counts: Vec<String> =
        std::fs::read_to_string(out).expect("the trajectory").lines().filter(|line| line.parse::<u32>().is_ok()).map(str::to_owned).collect();
    assert_eq!(counts, ["100", "100", "102"], "frames at steps 0, 10 and 20");
    std::fs::write(&file, "1\n\nA 2e6 8 0\n").expect("a test file");
    let (code, message) = refusal(&["run", "marbles", "--steps", "20", "--add", &at]);
    assert!(code == 3 && message.contains("particle 0 of those to be added has the position x = 2000000"), "{code} {message}");
}

#[test]
fn json_is_json() {
    for arguments in [&["energy", "crystal", "--json"][..], &["run", "marbles", "--steps", "5", "--json"]] {
        serde_json::from_str::<serde_json::Value>(&stdout(arguments)).expect("JSON");
    }
}

#[test]
fn what_show_resolved_prints_is_a_scene() {
    let file = scratch("resolved.toml");
    let printed = stdout(&["validate", "marbles", "--show-resolved", "--set", "force[0].acceleration.y=-3", "--set", "fill[0].count=50"]);
    std::fs::write(&file, &printed).expect("a test file");
    let path = file.to_str().expect("a plain path");
    assert_eq!(stdout(&["validate", path, "--show-resolved"]), printed);
    let hash = |arguments: &[&str]| stdout(&[&["run"], arguments, &["--steps", "20", "--hash"]].concat()).lines().last().expect("a line").to_owned();
    assert_eq!(hash(&[path]), hash(&["marbles", "--set", "force[0].acceleration.y=-3", "--set", "fill[0].count=50"]));
}

#[test]
fn a_scene_can_come_from_a_pipe() {
    use std::io::Write;
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_motes"))
        .args(["validate", "-"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("a pipe").write_all(b"version = 1\n[[force]]\nkind = \"gravity\"\n").expect("the scene");
    assert!(child.wait().expect("an end").success());
}

#[test]
fn a_recording_becomes_extended_xyz() {
    let (recording, exact, converted) = (scratch("run.mtr"), scratch("run.xyz"), scratch("converted.xyz"));
    let [recording, exact, converted] = [&recording, &exact, &converted].map(|path| path.to_str().expect("a plain path"));
    let small = ["--set", "fill[0].count=300", "--steps", "60"];
    stdout(
        &[&["run", "marbles", "--record", recording, "--record-every", "20", "--record-error", "0.01", "--out", exact, "--every", "20"][..], &small].concat(),
    );
    assert_eq!(stdout(&["convert", recording, converted]), "4 frames, each coordinate within 0.01 of the run's\n");
    let [exact, converted] = [exact, converted].map(|path| std::fs::read_to_string(path).expect("a file"));
    assert_eq!(exact.lines().count(), converted.lines().count());
    for (exact, converted) in exact.lines().zip(converted.lines()).filter(|(line, _)| !line.contains('=') && line.contains(' ')) {
        let [exact, converted] =
            [exact, converted].map(|line| line.split(' ').skip(1).take(4).map(|x| x.parse::<f64>().expect("a number")).collect::<Vec<_>>());
        assert!(exact.iter().zip(&converted).all(|(a, b)| (a - b).abs() <= 0.01 + 1e-6), "{exact:?} became {converted:?}");
    }
}

#[test]
fn a_damaged_recording_is_refused_with_the_place() {
    let (recording, out) = (scratch("whole.mtr"), scratch("never.xyz"));
    let [path, out] = [&recording, &out].map(|path| path.to_str().expect("a plain path"));
    stdout(&["run", "marbles", "--set", "fill[0].count=30", "--steps", "10", "--record", path, "--record-every", "5"]);
    let bytes = std::fs::read(&recording).expect("the recording");
    std::fs::write(&recording, &bytes[..bytes.len() - 5]).expect("a test file");
    let (code, message) = support::refusal(&["convert", path, out]);
    assert!(code == 3 && message.contains(&format!("byte {}: the file ends in a frame", bytes.len() - 5)), "{code}: {message}");
    assert_eq!(support::code(&["run", "marbles", "--steps", "1", "--record", "/no/such/folder/a.mtr"]), 5);
    assert_eq!(support::code(&["run", "marbles", "--steps", "1", "--record-error", "-1"]), 2);
}

#[test]
fn a_run_can_be_heard() {
    let (file, again) = (scratch("marbles.wav"), scratch("again.wav"));
    let run = |file: &std::path::Path, threads: &str| {
        stdout(&["run", "marbles", "--set", "fill[0].count=500", "--steps", "700", "--threads", threads, "--sound", text(file), "--sound-factor", "0.5"])
    };
    run(&file, "1");
    run(&again, "2");
    let mut sound = hound::WavReader::open(&file).expect("a WAV file");
    assert_eq!((sound.spec().channels, sound.spec().sample_rate, sound.spec().bits_per_sample), (2, 48_000, 32));
    // 1.4 units of time are 0.7 seconds, in quanta of 128 frames.
    assert!((0.7 * 48_000.0 - f64::from(sound.duration())).abs() <= 128.0, "{} frames", sound.duration());
    let loudest = sound.samples::<f32>().fold(0.0f32, |most, sample| most.max(sample.expect("a sample").abs()));
    assert!(loudest > 0.01 && loudest <= 1.0001, "{loudest}");
    let bytes = |path: &std::path::Path| std::fs::read(path).expect("the file");
    assert!(bytes(&file) == bytes(&again), "the same whatever the threads");
}

#[test]
fn a_sound_that_cannot_be_written_is_told_with_its_code() {
    let heard = |file: &str, factor: &str| refusal(&["run", "marbles", "--set", "fill[0].count=5", "--steps", "3", "--sound", file, "--sound-factor", factor]);
    let file = scratch("refused.wav");
    let (code, told) = heard(text(&file), "0");
    assert!(code == 2 && told.contains("greater than 0"), "{code} {told}");
    let (code, told) = heard("no/such/folder/a.wav", "1");
    assert!(code == 5 && told.contains("no/such/folder/a.wav cannot be written"), "{code} {told}");
    let (code, told) = heard(text(&file), "1e7");
    assert!(code == 5 && told.contains("use a smaller --sound-factor"), "{code} {told}");
}
