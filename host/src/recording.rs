//! Time travel: keyframes of a run in a ring, and the way back to any step since the oldest of them.
//!
//! Steps between two keyframes are not kept but made again: the same state and parameters end in the same bits.

use crate::{HostError, Simulation};
use motes_recorder::ring::Ring;
use motes_recorder::{Trouble, keyframe};
use std::time::{Duration, Instant};

/// Why a run could not be recorded, gone back in, or read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// Physics or its memory.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The memory is too small, a number too large, or the bytes damaged.
    #[error("the recording: {0}")]
    Trouble(#[from] Trouble),
    /// The moment is not one that was recorded.
    #[error("step {step} is not recorded; steps {first} to {last} are")]
    Outside {
        /// Step asked for.
        step: u64,
        /// Oldest that there is.
        first: u64,
        /// Newest that there is.
        last: u64,
    },
    /// The bytes did not arrive.
    #[error("{0}")]
    Read(#[from] std::io::Error),
}

/// Keyframes of one run. Steps of the run go through it.
pub struct Recorder {
    ring: Vec<u64>,
    packed: Vec<u8>,
    every: u64,
    /// Share of the time that keyframes may take, when the last was kept, and how long that took.
    share: f64,
    kept: (Instant, Duration),
    /// Parameters that the next step is expected to be made with.
    parameters: Vec<f64>,
    /// Step that the run is expected to stand at.
    at: u64,
    /// Newest step that can be gone to.
    last: u64,
}

impl Recorder {
    /// Begins to record a run into a ring of so many bytes, with a keyframe every so many steps.
    ///
    /// # Errors
    /// If one keyframe does not fit.
    pub fn new(simulation: &mut Simulation, bytes: usize, every: u64) -> Result<Self, RecordingError> {
        let data = simulation.plug_in_words().len();
        let most = simulation.with_block(|block| keyframe::most_bytes(block, data))?;
        let (ring, packed, kept) = (vec![0; bytes / 8], vec![0; most], (Instant::now(), Duration::ZERO));
        let mut recorder = Recorder { ring, packed, every: every.max(1), share: 1.0, kept, parameters: Vec::new(), at: 0, last: 0 };
        Ring::create(&mut recorder.ring)?;
        recorder.mark(simulation)?;
        Ok(recorder)
    }

    /// With keyframes left out where they would take more than that share of the time; none are unless told.
    #[must_use]
    pub fn with_share(self, share: f64) -> Self {
        Self { share, ..self }
    }

    /// Runs time steps, with keyframes where they are due or where parameters are others than before. Moments after the
    /// present one are forgotten.
    ///
    /// # Errors
    /// Those of physics; a keyframe that does not fit.
    pub fn step(&mut self, simulation: &mut Simulation, steps: u64) -> Result<(), RecordingError> {
        let mut now = self.settle(simulation)?;
        let end = now + steps;
        while now < end {
            let count = (self.every - now % self.every).min(end - now).min(u64::from(u32::MAX));
            simulation.step(count as u32)?;
            now += count;
            (self.at, self.last) = (now, now);
            if now.is_multiple_of(self.every) && self.is_due() {
                self.keep(simulation)?;
            }
        }
        Ok(())
    }

    /// Forgets what lies after the present moment; a keyframe where it is not the one that was left.
    fn settle(&mut self, simulation: &mut Simulation) -> Result<u64, RecordingError> {
        let (now, parameters) = simulation.with_block(|block| (block.header().step, keyframe::parameters(block).collect::<Vec<_>>()))?;
        if now != self.at || !same(&parameters, &self.parameters) {
            self.mark(simulation)?;
        } else if self.last > now {
            Ring::open(&mut self.ring)?.cut_after(now);
            self.last = now;
        }
        Ok(now)
    }

    /// A keyframe of the present moment, which becomes the newest: to be called when fields were written to.
    ///
    /// # Errors
    /// If it does not fit.
    pub fn mark(&mut self, simulation: &mut Simulation) -> Result<(), RecordingError> {
        self.parameters = simulation.with_block(|block| keyframe::parameters(block).collect())?;
        self.keep(simulation)
    }

    /// Whether the time since the last keyframe makes another one cheap enough.
    fn is_due(&self) -> bool {
        let (at, took) = self.kept;
        at.elapsed().as_secs_f64() * self.share >= took.as_secs_f64() * (1.0 - self.share)
    }

    fn keep(&mut self, simulation: &mut Simulation) -> Result<(), RecordingError> {
        let begun = Instant::now();
        let (packed, data) = (&mut self.packed, simulation.plug_in_words());
        let (step, time, bytes) = simulation.with_block(|block| (block.header().step, block.header().time, keyframe::pack(block, &data, packed)))?;
        let mut ring = Ring::open(&mut self.ring)?;
        ring.cut_from(step);
        ring.push(0, step, time, &self.packed[..bytes?])?;
        (self.at, self.last) = (step, step);
        self.kept = (Instant::now(), begun.elapsed());
        Ok(())
    }

    /// First and last step that can be gone to.
    ///
    /// # Errors
    /// If the ring is damaged.
    pub fn range(&mut self) -> Result<(u64, u64), RecordingError> {
        let first = Ring::open(&mut self.ring)?.oldest().map_or(self.last, |entry| entry.step);
        Ok((first, self.last))
    }

    /// Keyframes that there are, and the bytes that they take.
    ///
    /// # Errors
    /// If the ring is damaged.
    pub fn keyframes(&mut self) -> Result<(usize, usize), RecordingError> {
        let ring = Ring::open(&mut self.ring)?;
        Ok((ring.count(), ring.entries().map(|entry| entry.bytes).sum()))
    }

    /// Bytes of a keyframe that is not compressed.
    pub fn most_bytes(&self) -> usize {
        self.packed.len()
    }

    /// Goes to any step of the range, back or forth: state and parameters are what they were then. What lies after it stays
    /// within reach until steps are made from there.
    ///
    /// # Errors
    /// If the step is not within the range.
    pub fn rewind(&mut self, simulation: &mut Simulation, step: u64) -> Result<(), RecordingError> {
        let (first, last) = self.range()?;
        let ring = Ring::open(&mut self.ring)?;
        let entry = ring.at_or_before(step).filter(|_| step <= last).ok_or(RecordingError::Outside { step, first, last })?;
        let payload = ring.payload(&entry)?;
        let mut data = simulation.plug_in_words();
        simulation.with_block(|block| keyframe::unpack(block, &mut data, payload))??;
        simulation.save_plug_in_words(&data);
        simulation.restore()?;
        simulation.step(u32::try_from(step - entry.step).unwrap_or(u32::MAX))?;
        self.parameters = simulation.with_block(|block| keyframe::parameters(block).collect())?;
        self.at = step;
        Ok(())
    }
}

/// Whether all bits are the same.
fn same(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}
