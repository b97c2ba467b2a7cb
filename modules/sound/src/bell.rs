//! What is struck: a small bar of two modes, each a damped sine made by a recurrence; and the bed, two low tones.
//!
//! Frequencies and decays come from `libm` when a note begins; after that there are only sums and products of `f64`, which every
//! machine rounds alike.

use bytemuck::{Pod, Zeroable};
use core::f64::consts::{PI, TAU};

/// Frequency of the second mode of a free bar, as a multiple of the first.
const SECOND: f64 = 2.756;
/// Modes above this share of the frame rate are left out.
const HIGHEST: f64 = 0.45;
/// A note this faint has ended.
const SILENT: f64 = 1e-5;

/// A damped sine: y[n] = 2 r cos(w) y[n-1] - r^2 y[n-2].
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
struct Mode {
    first: f64,
    second: f64,
    last: f64,
    before: f64,
}

impl Mode {
    /// One of that frequency and loudness that fades to a third within `decay` seconds; silent where it cannot be rendered.
    fn struck(frequency: f64, decay: f64, level: f64, rate: f64) -> Self {
        if frequency >= HIGHEST * rate {
            return Mode::zeroed();
        }
        let (turn, shrink) = (TAU * frequency / rate, libm::exp(-1.0 / (decay * rate)));
        // The sine that is 0 now and rises to `level` within a quarter of its period.
        Mode { first: 2.0 * shrink * libm::cos(turn), second: -shrink * shrink, last: 0.0, before: -level * libm::sin(turn) / shrink }
    }

    #[inline]
    fn next(&mut self) -> f64 {
        let now = self.last;
        let after = self.first * self.last + self.second * self.before;
        (self.before, self.last) = (self.last, after);
        now
    }
}

/// A note that sounds.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct Bell {
    modes: [Mode; 2],
    left: f64,
    right: f64,
    /// How loud it is now; 0 where there is none.
    pub level: f64,
    /// What `level` is multiplied by in each frame, as the exponent of e.
    fade: f64,
    /// Frame of the next call at which it begins.
    from: u64,
}

/// How a bell is struck.
#[derive(Clone, Copy, Debug)]
pub struct Strike {
    /// Hertz.
    pub frequency: f64,
    /// From 0 to 1.
    pub level: f64,
    /// From -1 to 1.
    pub pan: f64,
    /// Seconds in which it fades to a third.
    pub decay: f64,
    /// Frames a second.
    pub rate: f64,
    /// Frame of the next call at which it begins.
    pub from: usize,
}

impl Bell {
    /// Struck like this.
    pub fn struck(strike: &Strike) -> Self {
        let &Strike { frequency, level, pan, decay, rate, from } = strike;
        let angle = (pan.clamp(-1.0, 1.0) + 1.0) * PI / 4.0;
        Bell {
            modes: [Mode::struck(frequency, decay, level, rate), Mode::struck(SECOND * frequency, 0.3 * decay, 0.4 * level, rate)],
            left: libm::cos(angle),
            right: libm::sin(angle),
            level,
            fade: -1.0 / (decay * rate),
            from: from as u64,
        }
    }

    /// Adds its next frames; it ends by itself.
    pub fn add(&mut self, left: &mut [f32], right: &mut [f32]) {
        let from = (self.from as usize).min(left.len());
        for (left, right) in left[from..].iter_mut().zip(&mut right[from..]) {
            let [first, second] = &mut self.modes;
            let sample = first.next() + second.next();
            *left += (self.left * sample) as f32;
            *right += (self.right * sample) as f32;
        }
        self.level *= libm::exp(self.fade * (left.len() - from) as f64);
        self.from = 0;
        if self.level < SILENT {
            *self = Bell::zeroed();
        }
    }
}

/// Frequencies of the bed: two octaves below the middle of the piano, and a fifth above that.
const BED: [f64; 2] = [65.41, 98.0];
/// Seconds in which the bed follows.
const BED_FOLLOWS: f64 = 0.25;

/// Two low tones, one on each side.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct Bed {
    tones: [[f64; 2]; 2],
    level: f64,
}

impl Bed {
    /// Adds its next frames on the way to a level.
    pub fn add(&mut self, level: f64, rate: f64, left: &mut [f32], right: &mut [f32]) {
        if level == 0.0 && self.level < SILENT {
            *self = Bed::zeroed();
            return;
        }
        let follow = 1.0 / (BED_FOLLOWS * rate);
        let turns = BED.map(|frequency| TAU * frequency / rate).map(|turn| [libm::cos(turn), libm::sin(turn)]);
        for tone in &mut self.tones {
            // Rounding makes the arrow longer or shorter by and by; a new one points along x.
            let length = libm::sqrt(tone[0] * tone[0] + tone[1] * tone[1]);
            *tone = if length > 0.5 { tone.map(|part| part / length) } else { [1.0, 0.0] };
        }
        for (left, right) in left.iter_mut().zip(right) {
            self.level += (level - self.level) * follow;
            for (tone, [cos, sin]) in self.tones.iter_mut().zip(turns) {
                *tone = [tone[0] * cos - tone[1] * sin, tone[0] * sin + tone[1] * cos];
            }
            let [low, high] = self.tones.map(|tone| self.level * tone[1]);
            *left += (low + 0.5 * high) as f32;
            *right += (low - 0.5 * high) as f32;
        }
    }
}
