//! The sound of a run as a WAV file: 48,000 frames a second, stereo, 32-bit floats.

use super::failure::Failure;
use hound::{SampleFormat, WavSpec, WavWriter};
use motes_host::{Simulation, Sound};
use motes_sound::shared::FACTOR;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

const RATE: u32 = 48_000;
/// Seconds that a WAV file may have, which tells its bytes in 32 bits: 8 a frame, and some for its head.
const MOST_SECONDS: f64 = 11_000.0;

/// A sound being written.
pub(crate) struct SoundFile {
    path: PathBuf,
    out: WavWriter<BufWriter<File>>,
    sound: Sound,
    factor: f64,
}

impl SoundFile {
    /// Creates the file; one of that name is replaced.
    pub(crate) fn create(path: &Path, simulation: &mut Simulation, factor: f64) -> Result<Self, Failure> {
        let mut sound = Sound::new(simulation, RATE)?;
        sound.set(FACTOR, factor as f32);
        let spec = WavSpec { channels: 2, sample_rate: RATE, bits_per_sample: 32, sample_format: SampleFormat::Float };
        let out = WavWriter::create(path, spec).map_err(|error| unwritten(path, error))?;
        Ok(SoundFile { path: path.to_owned(), out, sound, factor })
    }

    /// Listens to the present state, and writes the sound up to it.
    pub(crate) fn write(&mut self, simulation: &mut Simulation) -> Result<(), Failure> {
        let seconds = simulation.header()?.time * self.factor;
        if seconds > MOST_SECONDS {
            let reason = format!("a WAV file holds {MOST_SECONDS} seconds, and the sound has {seconds:.0}; use a smaller --sound-factor or fewer steps");
            return Err(Failure::Output { file: self.path.display().to_string(), error: io::Error::other(reason) });
        }
        self.sound.listen(simulation)?;
        while let Some((left, right)) = self.sound.render() {
            for sample in left.iter().zip(right).flat_map(|(left, right)| [*left, *right]) {
                self.out.write_sample(sample).map_err(|error| unwritten(&self.path, error))?;
            }
        }
        Ok(())
    }

    /// Ends the file.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        self.out.finalize().map_err(|error| unwritten(&self.path, error))
    }
}

fn unwritten(path: &Path, error: hound::Error) -> Failure {
    let error = match error {
        hound::Error::IoError(error) => error,
        error => io::Error::other(error),
    };
    Failure::Output { file: path.display().to_string(), error }
}
