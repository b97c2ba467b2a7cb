//! A fingerprint of all rows, by which a file that was changed between two readings is noticed. It guards against mishaps, not against malice.

use super::rows::Rows;

/// The fingerprint so far; whole batches are added, so it does not depend on the pieces in which bytes arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Digest(u64);

impl Digest {
    pub(super) fn value(self) -> u64 {
        self.0
    }

    pub(super) fn add(&mut self, rows: &Rows) {
        for values in [&rows.position, &rows.position_low, &rows.velocity] {
            self.words(bytemuck::cast_slice(values));
        }
        self.words(&rows.species);
        self.words(&rows.id);
    }

    fn words(&mut self, words: &[u32]) {
        for pair in words.chunks(2) {
            let word = u64::from(pair[0]) | u64::from(pair.get(1).copied().unwrap_or(0)) << 32;
            self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        }
    }
}
