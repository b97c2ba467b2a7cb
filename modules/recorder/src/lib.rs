//! The recorder: frames of a run in a few bytes a particle, and keyframes from which the run can be repeated exactly.
//!
//! Nothing is allocated: all of it works on memory that the host hands over, natively a slice, in a page the room behind the
//! block. A [`track::Track`] turns positions into bytes and back within a stated error; a [`keyframe`] is everything that a
//! checkpoint holds, without loss; a [`ring::Ring`] keeps either kind and drops the oldest. [`file`](mod@file) is how frames lie in a file.
#![no_std]

pub mod coder;
pub mod file;
pub mod keyframe;
#[cfg(all(feature = "module", target_arch = "wasm32"))]
mod module;
pub mod numbers;
pub mod ring;
pub mod track;

/// Why something could not be recorded or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The memory that was handed over is too small.
    Room {
        /// Bytes that would do.
        needed: u64,
    },
    /// A coordinate is too large for the error that was asked for.
    TooFar {
        /// Identity of the particle.
        particle: u32,
    },
    /// The bytes are not what was written.
    Damaged {
        /// Where in the bytes that were handed over.
        offset: u64,
        /// What is wrong there.
        what: &'static str,
    },
}

impl core::fmt::Display for Trouble {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Trouble::Room { needed } => write!(f, "the memory for the recording is too small, {needed} bytes are needed"),
            Trouble::TooFar { particle } => {
                write!(f, "particle {particle} is too far from the origin to be recorded with this error; allow a greater one")
            }
            Trouble::Damaged { offset, what } => write!(f, "byte {offset}: {what}"),
        }
    }
}

impl core::error::Error for Trouble {}

/// Checksum of bytes: a chain of 64-bit mixes over words, folded to 32 bits.
pub fn checksum(bytes: &[u8]) -> u32 {
    checksum_of(bytes, &[])
}

/// Checksum of two parts as if they lay together; the first is whole words long unless it is all.
fn checksum_of(first: &[u8], rest: &[u8]) -> u32 {
    let chain = |hash: u64, word: &[u8; 8]| motes_physics::hash::mix(hash ^ u64::from_le_bytes(*word));
    let mut hash = (first.len() + rest.len()) as u64;
    for part in [first, rest] {
        let (words, end) = part.as_chunks::<8>();
        hash = words.iter().fold(hash, chain);
        if !end.is_empty() {
            let mut last = [0; 8];
            last[..end.len()].copy_from_slice(end);
            hash = chain(hash, &last);
        }
    }
    (hash ^ (hash >> 32)) as u32
}
