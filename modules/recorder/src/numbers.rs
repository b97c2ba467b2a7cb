//! Whole numbers, most of them small: their bit length by adaptive decisions, two bits more likewise, the rest plain.

use crate::coder::{Chance, EVEN, Reader, Writer};

/// Contexts of a length: half the length of the number before.
const CONTEXTS: usize = 17;

/// Decisions that a number costs at least: what bounds how many numbers a byte can stand for.
const LENGTH_BITS: u32 = 6;

/// What has been learnt about a kind of number.
pub struct Numbers {
    lengths: [[Chance; 1 << LENGTH_BITS]; CONTEXTS],
    tops: [[Chance; 4]; 33],
    context: usize,
}

impl Numbers {
    /// Nothing known.
    pub const fn new() -> Self {
        Numbers { lengths: [[EVEN; 1 << LENGTH_BITS]; CONTEXTS], tops: [[EVEN; 4]; 33], context: 0 }
    }

    /// Codes a number.
    #[inline]
    pub fn put(&mut self, writer: &mut Writer, value: u32) {
        let length = u32::BITS - value.leading_zeros();
        let mut node = 1;
        for shift in (0..LENGTH_BITS).rev() {
            let bit = length >> shift & 1 != 0;
            writer.bit(bit, &mut self.lengths[self.context][node]);
            node = node * 2 + usize::from(bit);
        }
        self.context = length as usize / 2;
        // The leading one is known from the length.
        let mut below = length.saturating_sub(1);
        let mut node = 1;
        while below > 0 && node < 4 {
            below -= 1;
            let bit = value >> below & 1 != 0;
            writer.bit(bit, &mut self.tops[length as usize][node]);
            node = node * 2 + usize::from(bit);
        }
        if below > 0 {
            writer.plain(value & ((1 << below) - 1), below);
        }
    }

    /// Reads a number.
    #[inline]
    pub fn get(&mut self, reader: &mut Reader) -> u32 {
        let mut node = 1;
        for _ in 0..LENGTH_BITS {
            let bit = reader.bit(&mut self.lengths[self.context][node]);
            node = node * 2 + usize::from(bit);
        }
        // Only damaged bytes name a longer one.
        let length = (node as u32 - (1 << LENGTH_BITS)).min(u32::BITS);
        self.context = length as usize / 2;
        let mut value = u32::from(length > 0);
        let mut below = length.saturating_sub(1);
        let mut node = 1;
        while below > 0 && node < 4 {
            below -= 1;
            let bit = reader.bit(&mut self.tops[length as usize][node]);
            node = node * 2 + usize::from(bit);
            value = value << 1 | u32::from(bit);
        }
        if below > 0 { value << below | reader.plain(below) } else { value }
    }
}

impl Default for Numbers {
    fn default() -> Self {
        Self::new()
    }
}

/// Small numbers of either sign as small numbers: 0, -1, 1, -2, …
#[inline]
pub const fn fold(value: i32) -> u32 {
    (value << 1 ^ value >> 31) as u32
}

/// Undoes [`fold`].
#[inline]
pub const fn unfold(value: u32) -> i32 {
    (value >> 1) as i32 ^ -((value & 1) as i32)
}

/// Bits of a number, about what it costs.
#[inline]
pub const fn length(value: u32) -> u64 {
    (u32::BITS - value.leading_zeros()) as u64
}
