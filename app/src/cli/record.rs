//! Recordings: a run's frames into one compressed file, and such a file as extended XYZ.

use super::failure::{self, Failure};
use motes_host::{RecordingError, RecordingReader, RecordingWriter, Simulation};
use motes_recorder::file::Head;
use motes_scene::{Compiled, xyz};
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A recording being written.
pub(crate) struct Recording {
    path: PathBuf,
    out: BufWriter<File>,
    writer: RecordingWriter,
}

impl Recording {
    /// Creates the file; one of that name is replaced.
    pub(crate) fn create(path: &Path, scene: &Compiled, error: f64) -> Result<Self, Failure> {
        let writer = RecordingWriter::new(scene, error);
        let head = writer.head().map_err(|error| of_run(path, error))?;
        let file = File::create(path).map_err(|error| unwritten(path, error))?;
        let mut out = BufWriter::with_capacity(1 << 20, file);
        out.write_all(&head).map_err(|error| unwritten(path, error))?;
        Ok(Recording { path: path.to_owned(), out, writer })
    }

    /// Adds the present state.
    pub(crate) fn write(&mut self, simulation: &mut Simulation) -> Result<(), Failure> {
        let frame = self.writer.frame(simulation).map_err(|error| of_run(&self.path, error))?;
        let written = self.out.write_all(frame).and_then(|()| self.out.flush());
        written.map_err(|error| unwritten(&self.path, error))
    }
}

fn unwritten(path: &Path, error: std::io::Error) -> Failure {
    Failure::Output { file: path.display().to_string(), error }
}

fn of_run(path: &Path, error: RecordingError) -> Failure {
    match error {
        RecordingError::Host(error) => Failure::Host(error),
        error => unwritten(path, std::io::Error::other(error.to_string())),
    }
}

/// A number of steps or an error that is greater than zero.
pub(crate) fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok(number),
        _ => Err("it takes a number greater than 0".to_owned()),
    }
}

/// Arguments of `motes convert`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A recording, as `motes run --record` and the page write it.
    recording: PathBuf,
    /// The extended XYZ file to write.
    out: PathBuf,
}

/// Writes a recording as extended XYZ.
pub(crate) fn convert(arguments: &Arguments) -> Result<(), Failure> {
    let damaged = |error: RecordingError| Failure::Recording { file: arguments.recording.display().to_string(), error };
    let unreadable = |error| damaged(RecordingError::Read(error));
    let file = File::open(&arguments.recording).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let mut reader = RecordingReader::open(BufReader::with_capacity(1 << 20, file), length).map_err(damaged)?;
    let (head, names) = (reader.head, reader.names.clone());
    let out = File::create(&arguments.out).map_err(|error| unwritten(&arguments.out, error))?;
    let mut out = BufWriter::with_capacity(1 << 20, out);
    let (mut frames, mut columns) = (0u64, Columns::default());
    while let Some(frame) = reader.next_frame().map_err(damaged)? {
        columns.fill(&frame, head.quantum);
        let written = xyz::write_frame(&mut out, &columns.frame(&head, &names, frame.step, frame.time));
        written.map_err(|error| unwritten(&arguments.out, error))?;
        frames += 1;
    }
    out.flush().map_err(|error| unwritten(&arguments.out, error))?;
    failure::print(&format!("{frames} frames, each coordinate within {} of the run's\n", head.error))
}

/// A frame as the XYZ writer takes it.
#[derive(Default)]
struct Columns {
    positions: Vec<f32>,
    low: Vec<f32>,
    ids: Vec<u32>,
    species: Vec<u32>,
}

impl Columns {
    fn fill(&mut self, frame: &motes_host::RecordedFrame, quantum: f64) {
        self.ids.clear();
        self.species.clear();
        self.positions.clear();
        self.low.clear();
        for particle in frame.particles {
            self.ids.push(particle.id);
            self.species.push(particle.species);
            for quanta in particle.at {
                let x = f64::from(quanta) * quantum;
                self.positions.push(x as f32);
                self.low.push((x - f64::from(x as f32)) as f32);
            }
        }
    }

    fn frame<'a>(&'a self, head: &Head, names: &'a [String], step: u64, time: f64) -> xyz::Frame<'a> {
        xyz::Frame {
            origin: head.min,
            cell: std::array::from_fn(|k| head.max[k] - head.min[k]),
            periodic: std::array::from_fn(|k| head.periodic >> k & 1 == 1),
            step,
            time,
            elements: names,
            species: &self.species,
            ids: &self.ids,
            positions: &self.positions,
            positions_low: Some(&self.low),
            velocities: &[],
            absent: None,
        }
    }
}
