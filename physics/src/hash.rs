//! The 64-bit state hash, and the fingerprint of the layout.
//!
//! Each particle's hashed fields are folded into one number, and these numbers are added: the sum does not depend on the order
//! in which particles are stored, and identity enters as the particle's `id`. Negative zero counts as zero.

use crate::block::{Block, FieldView};
use crate::layout::{Element, FIELD_STATE, FieldEntry};
use crate::team::{self, Team};

const INCREMENT: u64 = 0x9E37_79B9_7F4A_7C15;

/// Bijective mixing of 64 bits (the finaliser of SplitMix64; Steele, Lea & Flood 2014).
#[inline]
pub const fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(INCREMENT);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Order-dependent hash of numbers and texts.
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The hash of nothing.
    #[allow(clippy::new_without_default, reason = "a default fingerprint would hide where hashing starts")]
    pub const fn new() -> Self {
        Self(0)
    }

    /// Adds a number.
    pub const fn number(&mut self, value: u64) {
        self.0 = mix(self.0 ^ value);
    }

    /// Adds a text and its length.
    pub const fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        let mut bytes = text.as_bytes();
        while let [byte, rest @ ..] = bytes {
            self.number(*byte as u64);
            bytes = rest;
        }
    }

    /// The hash.
    pub const fn finish(self) -> u64 {
        self.0
    }
}

/// Bits of an `f32` with negative zero made positive.
#[inline]
fn canonical(bits: u32) -> u64 {
    (if bits == 0x8000_0000 { 0 } else { bits }) as u64
}

/// Most fields that take part in the hash.
const MAX_HASHED: usize = 16;

fn particle_hash(fields: &[FieldView], index: usize) -> u64 {
    let mut hash = 0;
    for field in fields {
        for &word in field.row(index) {
            let bits = if field.element == Element::F32 { canonical(word) } else { word as u64 };
            hash = mix(hash ^ bits);
        }
    }
    hash
}

/// Hash of one array, row by row in the order of storage.
pub fn field_hash(block: &Block, team: &dyn Team, field: &FieldEntry) -> u64 {
    let view = [block.view(field)];
    team::sum_u64(team, field.capacity as usize, |range| range.fold(0u64, |sum, i| sum.wrapping_add(mix(particle_hash(&view, i) ^ i as u64))))
}

/// Hash of all state: clock, counters, and every field flagged as state.
pub fn state_hash(block: &Block, team: &dyn Team) -> u64 {
    let header = block.header();
    let mut fields = [FieldView::EMPTY; MAX_HASHED];
    let mut count = 0;
    for entry in block.field_table().iter().filter(|f| f.flags & FIELD_STATE != 0).take(MAX_HASHED) {
        fields[count] = block.view(entry);
        count += 1;
    }
    let fields = &fields[..count];
    let particles = header.particle_count as usize;
    let sum = team::sum_u64(team, particles, |range| range.fold(0u64, |sum, i| sum.wrapping_add(particle_hash(fields, i))));
    let mut hash = Fingerprint::new();
    hash.number(sum);
    hash.number(particles as u64);
    hash.number(header.step);
    hash.number(header.time.to_bits());
    for &counter in &header.emitted {
        hash.number(counter);
    }
    hash.finish()
}
