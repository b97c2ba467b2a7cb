//! The ring between listener and voice: events, and marks that tell how far the run has come.
//!
//! One side writes, one takes. An entry is whole before the count of written entries tells of it, and its place is written again only
//! after the count of taken ones has passed it.

use crate::shared::{CONTROL, TAKEN, WRITTEN, Words};

/// Entries that the ring holds; a power of two, since counts wrap.
pub const ENTRIES: u32 = 4096;
/// Words of an entry.
const WORDS: usize = 6;
/// Words of the ring.
pub const RING_WORDS: usize = ENTRIES as usize * WORDS;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A particle was struck.
    Strike,
    /// All that happened before this time is in the ring.
    Mark,
    /// The run goes on from here, which is not where it was.
    Start,
}

/// One entry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// Simulated time.
    pub time: f64,
    /// What it is.
    pub kind: Kind,
    /// How hard, from 0 to 1; of a mark, how fast particles are in the mean.
    pub level: f32,
    /// Where, from -1 on the left to 1 on the right.
    pub pan: f32,
    /// Frequency, as a multiple of that of a particle of mean radius.
    pub pitch: f32,
}

impl Entry {
    /// An entry that is no strike.
    pub fn of(kind: Kind, time: f64, level: f32) -> Self {
        Entry { time, kind, level, pan: 0.0, pitch: 0.0 }
    }
}

fn place(number: u32) -> usize {
    CONTROL + (number % ENTRIES) as usize * WORDS
}

/// Room for so many more entries?
pub fn room<W: Words + ?Sized>(words: &W) -> u32 {
    ENTRIES - words.load(WRITTEN).wrapping_sub(words.load(TAKEN)).min(ENTRIES)
}

/// Writes an entry; false where there is no room.
pub fn push<W: Words + ?Sized>(words: &W, entry: &Entry) -> bool {
    if room(words) == 0 {
        return false;
    }
    let number = words.load(WRITTEN);
    let at = place(number);
    let time = entry.time.to_bits();
    let kind = match entry.kind {
        Kind::Strike => 0,
        Kind::Mark => 1,
        Kind::Start => 2,
    };
    let parts = [time as u32, (time >> 32) as u32, kind, entry.level.to_bits(), entry.pan.to_bits(), entry.pitch.to_bits()];
    parts.into_iter().enumerate().for_each(|(k, part)| words.store(at + k, part));
    words.store(WRITTEN, number.wrapping_add(1));
    true
}

/// The entry of that number, which was written and is not yet taken.
pub fn peek<W: Words + ?Sized>(words: &W, number: u32) -> Entry {
    let part = |k: usize| words.load(place(number) + k);
    let kind = match part(2) {
        0 => Kind::Strike,
        1 => Kind::Mark,
        _ => Kind::Start,
    };
    let [level, pan, pitch] = [3, 4, 5].map(|k| f32::from_bits(part(k)));
    Entry { time: f64::from_bits(u64::from(part(0)) | u64::from(part(1)) << 32), kind, level, pan, pitch }
}
