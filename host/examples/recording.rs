//! Figures of docs/recording.md: bytes and speed of recordings beside zstd and XTC, on the same frames in one run.
//!
//! `cargo xtask bench --recorder` builds and runs it. Needs `zstd`, and `gmx` of GROMACS for XTC; where one is missing its column says so.

use motes_host::{Recorder, RecordingReader, RecordingWriter, Simulation};
use motes_scene::{Options, compile, preset};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Preset, steps before the first frame, steps between frames, frames.
const CASES: [(&str, u64, u32, usize); 5] =
    [("melt", 200, 10, 40), ("melt", 200, 100, 20), ("marbles", 200, 4, 60), ("galaxies", 50, 2, 40), ("vicsek", 50, 5, 60)];
/// Half of XTC's own unit at its usual precision, so that both err as much.
const ERROR: f64 = 0.0005;

fn main() -> Outcome<()> {
    let folder = std::env::temp_dir().join("motes-recording");
    fs::create_dir_all(&folder)?;
    println!("| scene | particles | frames, every | f32 | recording | coded, read | zstd -3 | zstd -19 | XTC | keyframe of state |");
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for (name, before, every, frames) in CASES {
        println!("{}", row(name, before, every, frames, &folder)?);
    }
    fs::remove_dir_all(&folder)?;
    Ok(())
}

fn row(name: &str, before: u64, every: u32, frames: usize, folder: &Path) -> Outcome<String> {
    let scene = compile(preset(name).ok_or("no such preset")?.text, &Options::default()).map_err(|e| e.to_string())?;
    let mut simulation = Simulation::new(&scene, 2)?;
    simulation.step(before as u32)?;
    let mut writer = RecordingWriter::new(&scene, ERROR);
    let (mut coded, mut plain, mut gro) = (writer.head()?, Vec::new(), String::new());
    let mut coding = 0.0;
    for _ in 0..frames {
        let clock = Instant::now();
        let frame = writer.frame(&mut simulation)?;
        coding += clock.elapsed().as_secs_f64();
        coded.extend_from_slice(frame);
        let positions = by_identity(&mut simulation)?;
        plain.extend(positions.iter().flat_map(|x| x.to_le_bytes()));
        write_gro(&mut gro, &positions, simulation.header()?.time);
        simulation.step(every)?;
    }
    let clock = Instant::now();
    let mut reader = RecordingReader::open(&coded[..], coded.len() as u64)?;
    while reader.next_frame()?.is_some() {}
    let reading = clock.elapsed().as_secs_f64();
    let megabytes = plain.len() as f64 * 1e-6;
    let share = |bytes: u64| format!("{:.1} % ({:.2} B)", 100.0 * bytes as f64 / plain.len() as f64, bytes as f64 * 12.0 / plain.len() as f64);
    let raw = folder.join("frames.f32");
    fs::write(&raw, &plain)?;
    fs::write(folder.join("frames.gro"), gro)?;
    let [fast, best] = ["-3", "-19"].map(|level| zstd(level, &raw));
    Ok(format!(
        "| {name} | {} | {frames}, {every} steps | {megabytes:.1} MB | {} | {:.0}, {:.0} MB/s | {} | {} | {} | {} |",
        scene.particle_count,
        share(coded.len() as u64),
        megabytes / coding,
        megabytes / reading,
        fast.map_or("no zstd".to_owned(), |(bytes, rate)| format!("{}, {rate:.0} MB/s", share(bytes))),
        best.map_or("no zstd".to_owned(), |(bytes, rate)| format!("{}, {rate:.1} MB/s", share(bytes))),
        xtc(folder).map_or("no gmx".to_owned(), share),
        keyframe(&mut simulation, scene.block_bytes)?,
    ))
}

/// Positions in the order of identities, as the frames have them.
fn by_identity(simulation: &mut Simulation) -> Outcome<Vec<f32>> {
    let (position, id) = (simulation.field::<f32>("position")?, simulation.field::<u32>("id")?);
    let mut rows: Vec<usize> = (0..id.len()).collect();
    rows.sort_by_key(|row| id[*row]);
    Ok(rows.into_iter().flat_map(|row| [position[3 * row], position[3 * row + 1], position[3 * row + 2]]).collect())
}

fn write_gro(out: &mut String, positions: &[f32], time: f64) {
    out.push_str(&format!("frame t= {time:.6}\n{}\n", positions.len() / 3));
    for (k, x) in positions.chunks_exact(3).enumerate() {
        let number = (k + 1) % 100_000;
        out.push_str(&format!("{:5}{:<5}{:>5}{number:5}{:12.7}{:12.7}{:12.7}\n", number, "A", "A", x[0], x[1], x[2]));
    }
    out.push_str("  100.0 100.0 100.0\n");
}

/// Bytes and megabytes a second.
fn zstd(level: &str, file: &Path) -> Option<(u64, f64)> {
    let clock = Instant::now();
    let output = Command::new("zstd").args(["--single-thread", level, "-c"]).arg(file).stderr(Stdio::null()).output().ok()?;
    let rate = fs::metadata(file).ok()?.len() as f64 * 1e-6 / clock.elapsed().as_secs_f64();
    output.status.success().then_some((output.stdout.len() as u64, rate))
}

/// Bytes of the same frames as GROMACS writes them, at a precision of a thousandth.
fn xtc(folder: &Path) -> Option<u64> {
    let out = folder.join("frames.xtc");
    let mut command = Command::new("gmx");
    command.args(["trjconv", "-quiet", "-nobackup", "-ndec", "3", "-f"]).arg(folder.join("frames.gro")).arg("-o").arg(&out);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok().filter(|status| status.success())?;
    fs::metadata(out).ok().map(|data| data.len())
}

/// A keyframe beside the state that it holds, and how long it takes.
fn keyframe(simulation: &mut Simulation, block_bytes: u64) -> Outcome<String> {
    let mut recorder = Recorder::new(simulation, block_bytes as usize, 1_000_000)?;
    let clock = Instant::now();
    recorder.mark(simulation)?;
    let seconds = clock.elapsed().as_secs_f64();
    let (_, bytes) = recorder.keyframes()?;
    let whole = recorder.most_bytes();
    Ok(format!("{:.0} % of {:.1} MB, {:.0} MB/s", 100.0 * bytes as f64 / whole as f64, whole as f64 * 1e-6, whole as f64 * 1e-6 / seconds))
}
