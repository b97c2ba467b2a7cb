//! Recordings as files: frames of a run, compressed, one after the other.

use crate::{RecordingError, Simulation};
use motes_recorder::file::{FRAME_HEAD, FrameHead, HEAD, Head, write_frame};
use motes_recorder::track::{PARTICLES_PER_BYTE, Particle, Source, Track};
use motes_recorder::{Trouble, file};
use motes_scene::Compiled;
use std::io::Read;

/// Makes the bytes of a recording, one frame after the other.
pub struct RecordingWriter {
    head: Head,
    names: String,
    track: Vec<u64>,
    buffer: Vec<u8>,
}

impl RecordingWriter {
    /// Frames of a scene whose coordinates are within `error` of the run's.
    pub fn new(scene: &Compiled, error: f64) -> Self {
        let particles = scene.particle_count;
        let periodic = scene.vector("domain.periodic").map(|flag| flag != 0.0);
        RecordingWriter {
            head: Head::new(error, scene.vector("domain.min"), scene.vector("domain.max"), periodic, particles),
            names: scene.species_names.join("\n"),
            track: vec![0; Track::words(particles as usize)],
            buffer: vec![0; FRAME_HEAD + Track::most_bytes(particles as usize)],
        }
    }

    /// What the file begins with.
    ///
    /// # Errors
    /// None that can happen.
    pub fn head(&self) -> Result<Vec<u8>, RecordingError> {
        let mut bytes = vec![0; HEAD + self.names.len() + 8];
        let length = self.head.write(&self.names, &mut bytes)?;
        bytes.truncate(length);
        Ok(bytes)
    }

    /// The next frame: the present state.
    ///
    /// # Errors
    /// If a particle is too far away for the error.
    pub fn frame(&mut self, simulation: &mut Simulation) -> Result<&[u8], RecordingError> {
        let (track, out, head) = (&mut self.track, &mut self.buffer, self.head);
        let length = simulation.with_block(|block| {
            let (step, time) = (block.header().step, block.header().time);
            let coded = Track::open(track, head.particles as usize)?.code(&Source::of(block), head.quantum, &mut out[FRAME_HEAD..])?;
            Ok::<_, Trouble>(write_frame(&coded, step, time, out))
        })??;
        Ok(&self.buffer[..length])
    }
}

/// Reads a recording frame by frame.
pub struct RecordingReader<R> {
    input: R,
    /// What the file says of itself.
    pub head: Head,
    /// Names of the species.
    pub names: Vec<String>,
    track: Vec<u64>,
    buffer: Vec<u8>,
    offset: u64,
}

/// One frame.
pub struct RecordedFrame<'a> {
    /// Step of the run.
    pub step: u64,
    /// Simulated time.
    pub time: f64,
    /// Particles in the order of their identities, in quanta.
    pub particles: &'a [Particle],
}

impl<R: Read> RecordingReader<R> {
    /// Reads the head. `length` is that of the whole input: what bounds how many particles there can be.
    ///
    /// # Errors
    /// If it is no recording.
    pub fn open(mut input: R, length: u64) -> Result<Self, RecordingError> {
        let mut bytes = Vec::new();
        input.by_ref().take(HEAD as u64).read_to_end(&mut bytes)?;
        let head = Head::read(&bytes)?;
        input.by_ref().take((head.bytes() - HEAD) as u64).read_to_end(&mut bytes)?;
        let names = head.names(&bytes)?.split('\n').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        // A file without frames may name any number.
        let particles = u64::from(head.particles).min(length.saturating_mul(PARTICLES_PER_BYTE)) as usize;
        Ok(RecordingReader { input, head, names, track: vec![0; Track::words(particles)], buffer: Vec::new(), offset: bytes.len() as u64 })
    }

    /// The next frame; `None` at the end.
    ///
    /// # Errors
    /// If the file ends within a frame, or its bytes are not those that were written.
    pub fn next_frame(&mut self) -> Result<Option<RecordedFrame<'_>>, RecordingError> {
        self.buffer.clear();
        if self.input.by_ref().take(FRAME_HEAD as u64).read_to_end(&mut self.buffer)? == 0 {
            return Ok(None);
        }
        let head = FrameHead::read(&self.buffer, self.offset, self.head.particles)?;
        self.input.by_ref().take(u64::from(head.bytes)).read_to_end(&mut self.buffer)?;
        let payload = head.check(&self.buffer, self.offset)?;
        let particles = (self.track.len() - Track::words(0)) / (Track::words(1) - Track::words(0));
        let mut track = Track::open(&mut self.track, particles)?;
        if let Err(trouble) = track.read(head.coded(), payload) {
            let Trouble::Damaged { what, .. } = trouble else { return Err(trouble.into()) };
            return Err(Trouble::Damaged { offset: self.offset, what }.into());
        }
        self.offset += (FRAME_HEAD + payload.len()) as u64;
        let particles = Track::open(&mut self.track, particles)?.into_newest();
        Ok(Some(RecordedFrame { step: head.step, time: head.time, particles }))
    }

    /// A coordinate as a length.
    pub fn length(&self, quanta: i32) -> f64 {
        f64::from(quanta) * self.head.quantum
    }
}

/// First bytes of every recording.
pub const RECORDING_MAGIC: [u8; 8] = file::MAGIC.to_le_bytes();
