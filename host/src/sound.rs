//! The sound of a native run, rendered in step with it.

use crate::{HostError, Simulation};
use bytemuck::Zeroable;
use motes_sound::listener::{Heard, Listener};
use motes_sound::ring::RING_WORDS;
use motes_sound::shared::{self, CONTROL, Words};
use motes_sound::voice::Voice;
use motes_sound::{MOST_FRAMES, MOST_HEARD};
use std::sync::atomic::AtomicU32;

/// Frames that are rendered at a time; what an audio thread of a page renders, so that the samples are the same.
const FRAMES: usize = 128;
const _: () = assert!(FRAMES <= MOST_FRAMES);

/// Both halves of the sound, one after the other on the calling thread.
pub struct Sound {
    words: Box<[AtomicU32]>,
    listener: Box<Listener>,
    voice: Box<Voice>,
    heard: Vec<Heard>,
    sides: [[f32; FRAMES]; 2],
}

impl Sound {
    /// A sound of so many frames a second, of all particles or of so many as can be followed cheaply.
    ///
    /// # Errors
    /// If there is no block to listen to.
    pub fn new(simulation: &mut Simulation, rate: u32) -> Result<Self, HostError> {
        let heard = simulation.header()?.particle_capacity.min(MOST_HEARD);
        let words: Box<[AtomicU32]> = (0..CONTROL + RING_WORDS).map(|_| AtomicU32::new(0)).collect();
        shared::open(&*words, heard, rate as f32);
        let heard = vec![Heard::default(); heard as usize];
        Ok(Sound { words, listener: Box::new(Listener::zeroed()), voice: Box::new(Voice::zeroed()), heard, sides: [[0.0; FRAMES]; 2] })
    }

    /// Changes a setting, one of those of [`motes_sound::shared`].
    pub fn set(&mut self, setting: usize, value: f32) {
        self.words.store(setting, value.to_bits());
    }

    /// A counter of [`motes_sound::shared`].
    pub fn counter(&self, counter: usize) -> u32 {
        self.words.load(counter)
    }

    /// Listens to the present state; to be called after every step, and before the first.
    ///
    /// # Errors
    /// If the block is damaged.
    pub fn listen(&mut self, simulation: &mut Simulation) -> Result<(), HostError> {
        simulation.with_block(|block| self.listener.listen(block, &mut self.heard, &*self.words))
    }

    /// The next frames, left and right, as long as the run has come so far.
    pub fn render(&mut self) -> Option<(&[f32], &[f32])> {
        let [left, right] = &mut self.sides;
        (self.voice.is_ready(&*self.words, FRAMES) && self.voice.render(&*self.words, left, right)).then_some((&*left, &*right))
    }
}
