//! The sound of a run as a WAV file: 48,000 frames a second, stereo, 32-bit floats.

use super::failure::Failure;
use super::plug_in;
use hound::{SampleFormat, WavSpec, WavWriter};
use motes_host::{Simulation, Sound, StoppedEffect};
use motes_scene::Effect;
use motes_sound::shared::FACTOR;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

pub(super) const RATE: u32 = 48_000;
/// Seconds that a WAV file may have, which tells its bytes in 32 bits: 8 a frame, and some for its head.
const MOST_SECONDS: f64 = 11_000.0;

/// The effects in those files, in that order.
pub(crate) fn effects(paths: &[PathBuf]) -> Result<Vec<Effect>, Failure> {
    let read = |path: &PathBuf| {
        let bytes = plug_in::read(path).map_err(Failure::Effect)?;
        Effect::read(&path.display().to_string(), &bytes).map_err(|error| Failure::Effect(error.to_string()))
    };
    paths.iter().map(read).collect()
}

/// A sound being written.
pub(crate) struct SoundFile {
    path: PathBuf,
    out: WavWriter<BufWriter<File>>,
    sound: Sound,
    factor: f64,
}

impl SoundFile {
    /// Creates the file; one of that name is replaced once the effects are known to be good.
    pub(crate) fn create(path: &Path, simulation: &mut Simulation, factor: f64, effects: &[Effect]) -> Result<Self, Failure> {
        let mut sound = Sound::new(simulation, RATE)?.with_effects(effects)?;
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

    /// Ends the file; gives the effects that were left out.
    pub(crate) fn finish(self) -> Result<Vec<StoppedEffect>, Failure> {
        self.out.finalize().map_err(|error| unwritten(&self.path, error))?;
        Ok(self.sound.stopped_effects().to_vec())
    }
}

fn unwritten(path: &Path, error: hound::Error) -> Failure {
    let error = match error {
        hound::Error::IoError(error) => error,
        error => io::Error::other(error),
    };
    Failure::Output { file: path.display().to_string(), error }
}
