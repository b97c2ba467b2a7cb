//! Files that are far larger than what `motes run` may use besides the block: its peak, against that of a run that makes as many particles itself.
#![cfg(target_os = "linux")]

mod support;

use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use support::{number, refusal, scratch, text};

/// What the documents promise.
const MOST_EXTRA: u64 = 8 << 20;
/// Kinetic energy of each particle, whose velocity is (1, 2, 2).
const KINETIC: f64 = 4.5;

fn scene(name: &str) -> PathBuf {
    let path = scratch(name);
    std::fs::write(&path, "version = 1\n[[force]]\nkind = \"gravity\"\n[[fill]]\nkind = \"random\"\ncount = 1\n").expect("a test file");
    path
}

/// Greatest resident memory of `motes run`, in bytes, and what it prints. Steps come after the reading, so no peak of that is missed.
fn peak(arguments: &[&str]) -> (u64, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_motes"))
        .args(["run", "--steps", "2", "--threads", "1"])
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut most = 0;
    let status = loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
        most = most.max(line.unwrap_or(0) << 10);
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let mut out = String::new();
    child.stdout.take().expect("its output").read_to_string(&mut out).expect("text");
    assert!(status.success(), "{arguments:?}: {status}");
    (most, out)
}

fn holds_to_its_promise(name: &str, init: &Path, count: u64) {
    let scene = scene(&format!("{name}.toml"));
    let fill = format!("fill[0].count={count}");
    let (own, _) = peak(&[text(&scene), "--set", &fill]);
    let (read, out) = peak(&[text(&scene), "--init", text(init)]);
    let first = out.lines().find(|line| line.starts_with("first")).expect("sums of the first state");
    assert!((number(first, "kinetic") / (count as f64 * KINETIC) - 1.0).abs() < 1e-9, "{first}");
    let extra = read.saturating_sub(own);
    println!("{name}: {count} particles, peak {read} bytes, {own} with particles of its own, {extra} more");
    assert!(own > count * 64, "the block was used: {own}");
    assert!(extra <= MOST_EXTRA, "{extra} bytes more than the promised {MOST_EXTRA}");
}

/// An array that nobody stores: a thread makes it and writes it into a pipe.
fn array(name: &str, count: u64) {
    let pipe = scratch(name);
    let _ = std::fs::remove_file(&pipe);
    if !Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        return println!("skipped: mkfifo makes no pipe here");
    }
    let end = pipe.clone();
    let writer = std::thread::spawn(move || -> std::io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 16, std::fs::OpenOptions::new().write(true).open(end)?);
        let description = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({count}, 6), }}\n");
        out.write_all(b"\x93NUMPY\x01\x00")?;
        out.write_all(&(description.len() as u16).to_le_bytes())?;
        out.write_all(description.as_bytes())?;
        for k in 0..count {
            let row = [(k % 1000) as f64 * 1e-3, (k / 1000 % 1000) as f64 * 1e-3, (k / 1_000_000) as f64 * 1e-3, 1.0, 2.0, 2.0];
            row.iter().try_for_each(|x| out.write_all(&x.to_le_bytes()))?;
        }
        out.flush()
    });
    holds_to_its_promise(name, &pipe, count);
    writer.join().expect("a writer").expect("all was read");
}

#[test]
fn an_array_of_64_mebibytes_needs_little_besides_the_block() {
    array("64-mebibytes.npy", (64 << 20) / 48);
}

#[test]
fn an_array_of_a_gibibyte_needs_little_besides_the_block() {
    if std::env::var_os("MOTES_FULL").is_none() {
        return println!("skipped: an array of 1 GiB is for the long form, MOTES_FULL=1");
    }
    array("gibibyte.npy", (1 << 30) / 48);
}

#[test]
fn a_table_with_ids_needs_little_besides_the_block() {
    let (path, count) = (scratch("table.csv"), 400_000);
    let mut out = BufWriter::new(std::fs::File::create(&path).expect("a test file"));
    writeln!(out, "id,x,y,z,vx,vy,vz,mass of the thing in kilograms").expect("a test file");
    for k in 0..count {
        writeln!(out, "{},{}.5,{}.25,{}.125,1,2,2,0.123456789012345", (k * 7) % count, k % 100, k / 100 % 100, k / 10_000).expect("a test file");
    }
    out.flush().expect("a test file");
    holds_to_its_promise("table.csv", &path, count);
}

#[test]
fn more_particles_than_there_may_be_are_refused_before_any_memory_is_asked_for() {
    let path = scratch("boast.npy");
    let description = "{'descr': '<f4', 'fortran_order': False, 'shape': (4000000000, 3), }\n";
    let head = [b"\x93NUMPY\x01\x00", &(description.len() as u16).to_le_bytes()[..], description.as_bytes()].concat();
    std::fs::write(&path, head).expect("a test file");
    let (code, message) = refusal(&["run", text(&scene("boast.toml")), "--steps", "1", "--init", text(&path)]);
    assert!(code == 7 && message.contains("the scene has 4000000000 particles") && message.contains("at most 32000000 particles"), "{code} {message}");
}

#[test]
fn what_is_wrong_is_exit_code_3_with_line_or_byte() {
    for (name, content, place) in [
        ("bad.csv", &b"x,y,z\n1,2,3\n1,nan,3\n"[..], "bad.csv:3:3"),
        ("bad.ply", b"ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nend_header\n", "bad.ply:5:1"),
        ("bad.npy", b"\x93NUMPX\x01\x00", "bad.npy: byte 0"),
        ("none.xyz", b"0\n\n", "none.xyz:1:1"),
        ("twice.csv", b"x,y,z,id\n1,2,3,4\n1,2,3,4\n", "twice.csv:3"),
    ] {
        let path = scratch(name);
        std::fs::write(&path, content).expect("a test file");
        for verb in [&["run", "--steps", "1"][..], &["energy"], &["validate"]] {
            let (code, message) = refusal(&[verb, &[text(&scene("bad.toml")), "--init", text(&path)]].concat());
            assert!(code == 3 && message.contains(place) && message.contains("help: "), "{code} {message}");
        }
    }
}
