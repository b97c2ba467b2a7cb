//! Bad input, no room, no output, a signal: what is said, with which exit code, and what is left behind.

mod support;

use motes_scene::xyz;
use std::io::BufReader;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{code, motes, refusal, scratch, text};

#[test]
fn a_time_step_that_is_none_is_refused() {
    for dt in ["nan", "-nan", "inf", "-inf", "-0.001", "0", "-0", "5e-324", "2.2e-308", "1e-13", "1e400", "1e4", "fast"] {
        for verb in [&["run", "--steps", "1"][..], &["energy"], &["validate"]] {
            let set = format!("dt={dt}");
            let (code, message) = refusal(&[verb, &["crystal", "--set", &set]].concat());
            assert!(code == 2 && message.contains("`dt`"), "{dt}: {code} {message}");
        }
    }
}

#[test]
fn particle_numbers_without_bounds_are_refused_at_once() {
    for (count, needed) in [("1e9", "needs 112"), ("9223372036854775808", "needs 1033"), ("32000001", "needs 3592")] {
        let clock = Instant::now();
        let set = format!("fill[0].count={count}");
        let (code, message) = refusal(&["run", "million", "--steps", "1", "--set", &set]);
        assert_eq!(code, 7, "{message}");
        for words in ["`fill[0].count` = ", needed, "4291756032 bytes are available", "at most 32000000 particles"] {
            assert!(message.contains(words), "{words}: {message}");
        }
        assert!(clock.elapsed() < Duration::from_secs(2), "{:?}", clock.elapsed());
    }
    for count in ["-1", "1.5", "nan", "18446744073709551616"] {
        let set = format!("fill[0].count={count}");
        let (code, message) = refusal(&["run", "million", "--steps", "1", "--set", &set]);
        assert!(code == 2 && message.contains("`fill[0].count`"), "{code} {message}");
    }
    for verb in [&["run", "--steps", "3", "--hash"][..], &["energy"], &["validate"]] {
        assert_eq!(code(&[verb, &["marbles", "--set", "fill[0].count=0"]].concat()), 0, "no particles are a scene too");
    }
}

#[test]
fn unknown_fields_are_refused_with_the_nearest_name() {
    let (code, message) = refusal(&["run", "melt", "--steps", "1", "--set", "force[0].cutof=2"]);
    assert!(code == 2 && message.contains("did you mean `cutoff`?"), "{message}");
    let file = scratch("unknown.toml");
    std::fs::write(&file, "version = 1\n[[force]]\nkind = \"gravity\"\nacceleraton = [0, 0, 0]\n").expect("a test file");
    let (code, message) = refusal(&["validate", text(&file)]);
    assert!(code == 2 && message.contains("unknown.toml:4:1") && message.contains("did you mean `acceleration`?"), "{message}");
}

#[test]
fn exit_codes_are_as_documented() {
    assert_eq!(code(&["scenes"]), 0);
    assert_eq!(code(&["--help"]), 0);
    assert_eq!(code(&["run", "melt"]), 2, "no --steps");
    assert_eq!(code(&["dance"]), 2, "no such verb");
    assert_eq!(code(&["run", "no-such-scene.toml", "--steps", "1"]), 3);
    assert_eq!(code(&["energy", "melt", "--init", "no-such-file.xyz"]), 3);
    assert_eq!(code(&["run", "crystal", "--steps", "300", "--set", "dt=0.4"]), 4, "atoms that fly apart");
    assert_eq!(code(&["run", "million", "--steps", "1", "--set", "fill[0].count=1e9"]), 7);
}

#[test]
fn output_that_cannot_be_written_is_an_error_of_its_own() {
    let (code, message) = refusal(&["run", "marbles", "--steps", "1", "--out", "/no/such/folder/x.xyz", "--every", "1"]);
    assert!(code == 5 && message.contains("/no/such/folder/x.xyz"), "{message}");
    if !Path::new("/dev/full").exists() {
        return println!("skipped: there is no /dev/full");
    }
    let (code, message) = refusal(&["run", "marbles", "--steps", "5", "--out", "/dev/full", "--every", "1"]);
    assert!(code == 5 && message.contains("/dev/full cannot be written"), "{message}");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a full device");
    for verb in [&["scenes"][..], &["energy", "crystal"], &["run", "marbles", "--steps", "1", "--hash"], &["validate", "melt", "--show-resolved"]] {
        let full = full.try_clone().expect("a second handle");
        let status = Command::new(env!("CARGO_BIN_EXE_motes")).args(verb).stdout(full).stderr(Stdio::null()).status().expect("the program starts");
        assert_eq!(status.code(), Some(5), "{verb:?}");
    }
}

#[test]
fn an_interrupted_run_leaves_whole_frames() {
    for (signal, name) in [("-INT", "interrupted.xyz"), ("-TERM", "terminated.xyz")] {
        let file = scratch(name);
        let _ = std::fs::remove_file(&file);
        let mut child = Command::new(env!("CARGO_BIN_EXE_motes"))
            .args(["run", "crystal", "--steps", "1000000000", "--out", text(&file), "--every", "3"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let clock = Instant::now();
        while std::fs::metadata(&file).map_or(0, |data| data.len()) < 3_000_000 {
            assert!(clock.elapsed() < Duration::from_secs(60), "no frames after a minute");
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill").success());
        assert_eq!(child.wait().expect("an end").code(), Some(130), "{signal}");
        let frames: Vec<_> = xyz::Frames::new(BufReader::new(std::fs::File::open(&file).expect("the trajectory")), name).collect();
        assert!(frames.len() > 3, "{} frames", frames.len());
        for (k, frame) in frames.into_iter().enumerate() {
            let frame = frame.unwrap_or_else(|e| panic!("{signal}: {e}"));
            assert_eq!((frame.particle_count(), frame.step), (4000, Some(3 * k as u64)));
        }
        assert_eq!(code(&["energy", "crystal", "--init", text(&file)]), 0, "it can be started from");
    }
}

#[test]
fn a_damaged_file_of_particles_is_refused_with_its_line() {
    let file = scratch("damaged.xyz");
    for (content, place) in [
        ("2\ncell: 9 9 9\nAr 1 2 3\nAr 1 2", "damaged.xyz:4:"),
        ("2\ncell: 9 9 9\nAr 1 2 3\n", "damaged.xyz:3:"),
        ("1\n\nAr 1 nan 3\n", "damaged.xyz:3:6"),
        ("", "damaged.xyz:1:"),
    ] {
        std::fs::write(&file, content).expect("a test file");
        let (code, message) = refusal(&["run", "melt", "--steps", "1", "--init", text(&file)]);
        assert!(code == 3 && message.contains(place), "{code} {message}");
    }
    let bytes: Vec<u8> = (0..4096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    std::fs::write(&file, bytes).expect("a test file");
    let output = motes(&["energy", "melt", "--init", text(&file)]);
    assert_eq!(output.status.code(), Some(3));
}
