//! Words that both halves and the host touch, one at a time: counters, settings, and the ring itself.
//!
//! Each has one writer. They are read and written by atomic operations alone: natively those of `core`, in the module those of sync.wasm.

use core::sync::atomic::{AtomicU32, Ordering};

/// Words of 32 bits by their number.
pub trait Words {
    /// The word as it is now.
    fn load(&self, word: usize) -> u32;
    /// Puts a word where others see it.
    fn store(&self, word: usize, value: u32);

    /// The word as a number.
    fn number(&self, word: usize) -> f64 {
        f64::from(f32::from_bits(self.load(word)))
    }

    /// Adds to a counter of the calling half.
    fn count(&self, word: usize, more: u32) {
        self.store(word, self.load(word).wrapping_add(more));
    }
}

impl Words for [AtomicU32] {
    fn load(&self, word: usize) -> u32 {
        self[word].load(Ordering::SeqCst)
    }

    fn store(&self, word: usize, value: u32) {
        self[word].store(value, Ordering::SeqCst);
    }
}

/// Entries ever written; written by the listener.
pub const WRITTEN: usize = 0;
/// Events in the ring so far.
pub const EVENTS: usize = 1;
/// Events for which the ring had no room.
pub const FULL: usize = 2;
/// Events that were not among the loudest of their moment.
pub const FAINT: usize = 3;
/// Entries ever taken; written by the voice.
pub const TAKEN: usize = 16;
/// Calls that found no simulated time to play: the sound waited.
pub const UNDERRUNS: usize = 17;
/// Events skipped because the sound had fallen too far behind.
pub const SKIPPED: usize = 18;
/// Calls so far.
pub const CALLS: usize = 19;
/// Notes struck.
pub const STRUCK: usize = 20;
/// Notes fainter than all that sounded, when every place was taken.
pub const CROWDED: usize = 21;
/// Seconds of sound between the run and what is heard, `f32`.
pub const BEHIND: usize = 22;
/// Settings, each an `f32`, written by the host: seconds of sound for a unit of simulated time, 0 to go at the run's own pace.
pub const FACTOR: usize = 32;
/// Seconds that the sound keeps behind the run.
pub const LATENCY: usize = 33;
/// Seconds behind the run after which events are skipped; 0 for never.
pub const PATIENCE: usize = 34;
/// Loudness of everything.
pub const GAIN: usize = 35;
/// Loudness of the bed: a low tone that grows with the mean speed.
pub const BED: usize = 36;
/// Frequency of a particle of mean radius, in hertz.
pub const PITCH: usize = 37;
/// Seconds in which a note fades to a third.
pub const DECAY: usize = 38;
/// What is made of the room, written once by who opens it.
pub const MAGIC_WORD: usize = 48;
/// Particles there is room to listen to.
pub const HEARD: usize = 49;
/// Frames a second, `f32`.
pub const RATE: usize = 50;
/// Words before the ring.
pub const CONTROL: usize = 64;
/// Says that a room is open.
pub const MAGIC: u32 = u32::from_le_bytes(*b"MSND");

/// Settings by the names that hosts give them, and what they are in a room that was just opened.
pub const SETTINGS: [(&str, usize, f32); 7] = [
    ("factor", FACTOR, 1.0),
    ("latency", LATENCY, 0.0),
    ("patience", PATIENCE, 0.0),
    ("gain", GAIN, 0.15),
    ("bed", BED, 0.5),
    ("pitch", PITCH, 520.0),
    ("decay", DECAY, 0.25),
];

/// Makes a room's words those of a room that nobody has used yet.
pub fn open<W: Words + ?Sized>(words: &W, heard: u32, rate: f32) {
    (0..CONTROL).for_each(|word| words.store(word, 0));
    SETTINGS.iter().for_each(|(_, word, value)| words.store(*word, value.to_bits()));
    words.store(HEARD, heard);
    words.store(RATE, rate.to_bits());
    words.store(MAGIC_WORD, MAGIC);
}
