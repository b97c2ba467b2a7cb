//! The sound of a native run, rendered in step with it.

use crate::effects::Effects;
use crate::{HostError, Simulation};
use bytemuck::Zeroable;
use motes_scene::Effect;
use motes_sound::listener::{Heard, Listener};
use motes_sound::ring::RING_WORDS;
use motes_sound::shared::{self, CONTROL, Words};
use motes_sound::voice::Voice;
use motes_sound::{MOST_HEARD, QUANTUM};
use std::sync::atomic::AtomicU32;

/// An effect that was left out in the middle of a sound, which went on without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoppedEffect {
    /// Its file.
    pub file: String,
    /// The frames that were rendered with it.
    pub frame: u64,
    /// What it did.
    pub reason: String,
}

/// Both halves of the sound, one after the other on the calling thread, and effects behind them.
pub struct Sound {
    words: Box<[AtomicU32]>,
    listener: Box<Listener>,
    voice: Box<Voice>,
    heard: Vec<Heard>,
    sides: [[f32; QUANTUM]; 2],
    rate: u32,
    /// Rendered so far.
    frames: u64,
    effects: Option<Effects>,
    stopped: Vec<StoppedEffect>,
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
        let (listener, voice, sides) = (Box::new(Listener::zeroed()), Box::new(Voice::zeroed()), [[0.0; QUANTUM]; 2]);
        Ok(Sound { words, listener, voice, heard, sides, rate, frames: 0, effects: None, stopped: Vec::new() })
    }

    /// With effects that change what was rendered, each what the one before it left.
    ///
    /// # Errors
    /// If one cannot be loaded.
    pub fn with_effects(mut self, effects: &[Effect]) -> Result<Self, HostError> {
        self.effects = if effects.is_empty() { None } else { Some(Effects::new(effects, self.rate)?) };
        Ok(self)
    }

    /// Effects that were left out, in the order in which that happened.
    pub fn stopped_effects(&self) -> &[StoppedEffect] {
        &self.stopped
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
        if !(self.voice.is_ready(&*self.words, QUANTUM) && self.voice.render(&*self.words, left, right)) {
            return None;
        }
        let failed = self.effects.as_mut().map_or_else(Vec::new, |effects| effects.process(&mut self.sides));
        self.stopped.extend(failed.into_iter().map(|(file, reason)| StoppedEffect { file, frame: self.frames, reason }));
        self.frames += QUANTUM as u64;
        Some((&self.sides[0], &self.sides[1]))
    }
}
