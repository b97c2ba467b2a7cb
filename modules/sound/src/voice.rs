//! The voice: takes events from the ring when their simulated time has come, and renders what they strike.
//!
//! It has a clock of simulated time. Each call covers a span of it, as long as settings say or as the run itself goes; where the run has not
//! come so far yet, the clock stands, notes fade, and the call counts as an underrun.

use crate::bell::{Bed, Bell, Strike};
use crate::ring::{self, ENTRIES, Kind};
use crate::shared::{BED, BEHIND, CALLS, CROWDED, DECAY, FACTOR, GAIN, LATENCY, PATIENCE, PITCH, RATE, SKIPPED, STRUCK, TAKEN, UNDERRUNS, WRITTEN, Words};
use bytemuck::{Pod, Zeroable};

/// Notes that sound at a time.
pub const NOTES: usize = 64;
/// Seconds without news of the run after which it counts as standing still.
const STILL: f64 = 0.5;
/// Least latency of a sound that goes at the run's own pace, in seconds.
const LEAST_LATENCY: f64 = 0.02;

/// State of the voice; zeros are one that has heard nothing yet.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct Voice {
    /// Simulated time of the next frame.
    clock: f64,
    /// Simulated time up to which all events are in the ring.
    horizon: f64,
    /// Simulated time of a frame, where the run's own pace is followed.
    pace: f64,
    /// Seconds since the horizon moved.
    waited: f64,
    /// Mean speed of particles as the last mark told, from 0 to 1.
    level: f64,
    /// Entries that were looked at.
    seen: u32,
    /// Whether the run has come far enough for the sound to begin.
    begun: u32,
    bed: Bed,
    bells: [Bell; NOTES],
}

impl Voice {
    /// Renders the next frames into both slices, which are equally long. True if simulated time went on, false if the sound waited.
    pub fn render<W: Words + ?Sized>(&mut self, words: &W, left: &mut [f32], right: &mut [f32]) -> bool {
        left.fill(0.0);
        right.fill(0.0);
        let rate = words.number(RATE);
        self.look(words, left.len() as f64 / rate);
        self.catch_up(words);
        let span = self.span(words, left.len(), rate);
        match span {
            Some(span) => self.strike(words, span, left.len(), rate),
            None => words.count(UNDERRUNS, 1),
        }
        let bed = if span.is_some() { 0.1 * words.number(BED) * self.level } else { 0.0 };
        self.bed.add(bed, rate, left, right);
        self.bells.iter_mut().filter(|bell| bell.level > 0.0).for_each(|bell| bell.add(left, right));
        let gain = words.number(GAIN) as f32;
        left.iter_mut().chain(right).for_each(|sample| *sample = limited(gain * *sample));
        words.count(CALLS, 1);
        span.is_some()
    }

    /// Whether the run has come so far that so many frames need not wait; for rendering in step with it.
    pub fn is_ready<W: Words + ?Sized>(&mut self, words: &W, frames: usize) -> bool {
        self.look(words, 0.0);
        let (factor, ahead) = (words.number(FACTOR), self.horizon - self.clock);
        factor > 0.0 && ahead * factor >= words.number(LATENCY) && fits(frames as f64 / (words.number(RATE) * factor), ahead)
    }

    /// Looks at new entries: how far the run is, and whether it stands elsewhere now.
    fn look<W: Words + ?Sized>(&mut self, words: &W, seconds: f64) {
        self.waited += seconds;
        let written = words.load(WRITTEN);
        // Counts of another room, or of one that was opened anew.
        if written.wrapping_sub(self.seen) > ENTRIES {
            self.seen = words.load(TAKEN);
        }
        while self.seen != written {
            let entry = ring::peek(words, self.seen);
            match entry.kind {
                Kind::Strike => {}
                Kind::Mark => {
                    if entry.time > self.horizon {
                        self.waited = 0.0;
                    }
                    (self.horizon, self.level) = (entry.time, f64::from(entry.level));
                }
                Kind::Start => {
                    (self.clock, self.horizon, self.begun) = (entry.time, entry.time, 0);
                    words.store(TAKEN, self.seen);
                }
            }
            self.seen = self.seen.wrapping_add(1);
        }
    }

    /// Skips simulated time that is too long past.
    fn catch_up<W: Words + ?Sized>(&mut self, words: &W) {
        let (factor, patience) = (words.number(FACTOR), words.number(PATIENCE));
        if factor > 0.0 && patience > 0.0 && (self.horizon - self.clock) * factor > patience {
            self.clock = self.horizon - words.number(LATENCY).min(patience) / factor;
            take(words, self.seen, self.clock, |_| words.count(SKIPPED, 1));
        }
    }

    /// The simulated time that so many frames cover; none where the run has not come so far.
    fn span<W: Words + ?Sized>(&mut self, words: &W, frames: usize, rate: f64) -> Option<f64> {
        let (factor, latency, ahead) = (words.number(FACTOR), words.number(LATENCY), self.horizon - self.clock);
        let frames = frames as f64;
        let span = if factor > 0.0 {
            words.store(BEHIND, ((ahead * factor) as f32).to_bits());
            // What is ahead may be more than the ring holds.
            self.begun |= u32::from(ahead * factor >= latency || ring::room(words) < ENTRIES / 2);
            frames / (rate * factor)
        } else {
            self.begun = 1;
            self.own_pace(words, latency.max(LEAST_LATENCY) * rate, ahead, frames, rate)
        };
        (self.begun != 0 && fits(span, ahead)).then_some(span)
    }

    /// The span that keeps the sound `latency` frames behind a run of any pace.
    fn own_pace<W: Words + ?Sized>(&mut self, words: &W, latency: f64, ahead: f64, frames: f64, rate: f64) -> f64 {
        if self.waited > STILL {
            // Nothing more will come for now: what there is still is played at once.
            self.pace = 0.0;
            words.store(BEHIND, 0);
            return ahead;
        }
        // The pace at which what is ahead lasts as long as the latency, approached four times as fast: so it settles without swinging.
        self.pace += (ahead / latency - self.pace) * (4.0 * frames / latency).min(1.0);
        let behind = if self.pace > 0.0 { ahead / self.pace / rate } else { 0.0 };
        words.store(BEHIND, (behind as f32).to_bits());
        self.pace * frames
    }

    /// Strikes what happens within a span of simulated time from the clock on, and moves the clock.
    fn strike<W: Words + ?Sized>(&mut self, words: &W, span: f64, frames: usize, rate: f64) {
        let (begin, end) = (self.clock, self.clock + span);
        let (pitch, decay) = (words.number(PITCH), words.number(DECAY).max(1e-4));
        take(words, self.seen, end, |entry| {
            let from = (((entry.time - begin) / span * frames as f64).max(0.0) as usize).min(frames - 1);
            let frequency = (pitch * f64::from(entry.pitch)).max(20.0);
            let strike = Strike { frequency, level: f64::from(entry.level), pan: f64::from(entry.pan), decay, rate, from };
            // The place of the faintest, which keeps it against what is fainter still.
            match self.bells.iter_mut().min_by(|a, b| a.level.total_cmp(&b.level)) {
                Some(bell) if bell.level < strike.level => {
                    *bell = Bell::struck(&strike);
                    words.count(STRUCK, 1);
                }
                _ => words.count(CROWDED, 1),
            }
        });
        self.clock = end;
    }
}

/// Whether there is a span, and so much ahead. A sum of many spans may be off by its last digits.
fn fits(span: f64, ahead: f64) -> bool {
    span > 0.0 && span <= ahead + 1e-9 * span
}

/// Takes entries before a time out of the ring, of those that were looked at.
fn take<W: Words + ?Sized>(words: &W, seen: u32, end: f64, mut each: impl FnMut(ring::Entry)) {
    let mut taken = words.load(TAKEN);
    while taken != seen {
        let entry = ring::peek(words, taken);
        if entry.kind == Kind::Strike {
            if entry.time >= end {
                break;
            }
            each(entry);
        }
        taken = taken.wrapping_add(1);
    }
    words.store(TAKEN, taken);
}

/// Loud sums are bent rather than cut: close to tanh, in sums, products and one division.
fn limited(x: f32) -> f32 {
    let x = x.clamp(-3.0, 3.0);
    x * (27.0 + x * x) / (27.0 + 9.0 * x * x)
}
