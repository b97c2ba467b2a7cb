//! An adaptive binary range coder beside a stream of plain bits.
//!
//! A decision costs what its probability says and is coded from the front; bits that carry no pattern (the low ones of a
//! number) are written as they are, from the back. Both meet in one buffer, so neither length has to be known before. The
//! arithmetic is that of Matt Mahoney's lpaq: two ends of an interval, and the bytes that they share are final.

/// Probability, in 1/65536, that a bit is set; learns from each bit that it codes.
pub type Chance = u16;

/// What is known before the first bit.
pub const EVEN: Chance = 1 << 15;

/// How fast probabilities follow: a 32nd of the way at each bit.
const RATE: u32 = 5;

/// Where the interval is split, and what is learnt.
#[inline]
fn split(low: u32, high: u32, chance: Chance) -> u32 {
    low + ((u64::from(high - low) * u64::from(chance)) >> 16) as u32
}

#[inline]
fn learn(chance: &mut Chance, bit: bool) {
    if bit {
        *chance += (u16::MAX - *chance) >> RATE;
    } else {
        *chance -= *chance >> RATE;
    }
}

/// Codes into a buffer.
pub struct Writer<'a> {
    out: &'a mut [u8],
    low: u32,
    high: u32,
    front: usize,
    back: usize,
    plain: u64,
    plain_bits: u32,
    full: bool,
}

impl<'a> Writer<'a> {
    /// An empty buffer.
    pub fn new(out: &'a mut [u8]) -> Self {
        let back = out.len();
        Writer { out, low: 0, high: u32::MAX, front: 0, back, plain: 0, plain_bits: 0, full: false }
    }

    /// A decision.
    #[inline]
    pub fn bit(&mut self, bit: bool, chance: &mut Chance) {
        let middle = split(self.low, self.high, *chance);
        learn(chance, bit);
        if bit {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.emit((self.high >> 24) as u8);
            self.low <<= 8;
            self.high = self.high << 8 | 255;
        }
    }

    /// The low `count` bits of `value`, which has no others; at most 32.
    #[inline]
    pub fn plain(&mut self, value: u32, count: u32) {
        self.plain |= u64::from(value) << self.plain_bits;
        self.plain_bits += count;
        if self.plain_bits >= 32 {
            if self.back - self.front < 4 {
                self.full = true;
            } else {
                self.back -= 4;
                self.out[self.back..self.back + 4].copy_from_slice(&(self.plain as u32).to_be_bytes());
            }
            self.plain >>= 32;
            self.plain_bits -= 32;
        }
    }

    #[inline]
    fn emit(&mut self, byte: u8) {
        if self.front < self.back {
            self.out[self.front] = byte;
            self.front += 1;
        } else {
            self.full = true;
        }
    }

    /// Ends the stream: its length, or `None` if the buffer was too small.
    pub fn finish(mut self) -> Option<usize> {
        let left = self.plain_bits;
        self.plain(0, (32 - left) % 32);
        for byte in self.high.to_be_bytes() {
            self.emit(byte);
        }
        let length = self.out.len();
        self.out.copy_within(self.back.., self.front);
        (!self.full).then_some(self.front + length - self.back)
    }
}

/// Reads what [`Writer`] wrote. Bytes that are missing read as zero, so that nonsense ends as numbers without meaning.
pub struct Reader<'a> {
    bytes: &'a [u8],
    low: u32,
    high: u32,
    code: u32,
    front: usize,
    back: usize,
    plain: u64,
    plain_bits: u32,
}

impl<'a> Reader<'a> {
    /// Begins with the first decision.
    pub fn new(bytes: &'a [u8]) -> Self {
        let mut reader = Reader { bytes, low: 0, high: u32::MAX, code: 0, front: 0, back: bytes.len(), plain: 0, plain_bits: 0 };
        for _ in 0..4 {
            reader.code = reader.code << 8 | reader.next();
        }
        reader
    }

    #[inline]
    fn next(&mut self) -> u32 {
        let byte = self.bytes.get(self.front).copied().unwrap_or(0);
        self.front += 1;
        u32::from(byte)
    }

    /// A decision.
    #[inline]
    pub fn bit(&mut self, chance: &mut Chance) -> bool {
        let middle = split(self.low, self.high, *chance);
        let bit = self.code <= middle;
        learn(chance, bit);
        if bit {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.low <<= 8;
            self.high = self.high << 8 | 255;
            self.code = self.code << 8 | self.next();
        }
        bit
    }

    /// `count` plain bits, at most 32.
    #[inline]
    pub fn plain(&mut self, count: u32) -> u32 {
        if self.plain_bits < count {
            let word = self.back.checked_sub(4).map_or(0, |at| u32::from_be_bytes(self.bytes[at..at + 4].try_into().unwrap_or_default()));
            self.back = self.back.saturating_sub(4);
            self.plain |= u64::from(word) << self.plain_bits;
            self.plain_bits += 32;
        }
        let value = self.plain & ((1 << count) - 1);
        self.plain >>= count;
        self.plain_bits -= count;
        value as u32
    }
}
