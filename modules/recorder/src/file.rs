//! A recording as a file: a head, then frames one after the other. All numbers are little-endian.
//!
//! ```text
//! head: 96 bytes (see `Head`) │ names of the species, one a line, padded to 8 bytes
//! frame: 32 bytes (see `FrameHead`) │ payload
//! ```

use crate::track::{Coded, PARTICLES_PER_BYTE};
use crate::{Trouble, checksum};
use bytemuck::{Pod, Zeroable};
use motes_physics::plan::MAX_PARTICLES;

/// First bytes of a recording: "MOTESREC".
pub const MAGIC: u64 = u64::from_le_bytes(*b"MOTESREC");
/// Version of the format.
pub const VERSION: u32 = 1;
/// Bytes of names at most.
const MOST_NAMES: u32 = 65_536;

/// What the file begins with.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct Head {
    /// [`MAGIC`].
    pub magic: u64,
    /// [`VERSION`].
    pub version: u32,
    /// Checksum of head and names, with zero here.
    pub checksum: u32,
    /// How far a coordinate is from the run's at most.
    pub error: f64,
    /// Length that a coordinate is told in.
    pub quantum: f64,
    /// Lower corner of the box.
    pub min: [f64; 3],
    /// Upper corner of the box.
    pub max: [f64; 3],
    /// Bit k: axis k is periodic.
    pub periodic: u32,
    /// Particles of a frame at most.
    pub particles: u32,
    /// Bytes of the species' names.
    pub names: u32,
    /// Zero.
    pub reserved: u32,
}
const _: () = assert!(size_of::<Head>() == 96);

/// What a frame begins with.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct FrameHead {
    /// Bytes of the payload.
    pub bytes: u32,
    /// Checksum of head and payload, with zero here.
    pub checksum: u32,
    /// Step of the run.
    pub step: u64,
    /// Simulated time.
    pub time: f64,
    /// Particles.
    pub count: u32,
    /// How it is told; see [`crate::track`].
    pub kind: u32,
}
const _: () = assert!(size_of::<FrameHead>() == FRAME_HEAD);

/// Bytes before a payload.
pub const FRAME_HEAD: usize = 32;
/// Bytes before the names.
pub const HEAD: usize = size_of::<Head>();

impl Head {
    /// A head for frames with this error.
    pub fn new(error: f64, min: [f64; 3], max: [f64; 3], periodic: [bool; 3], particles: u32) -> Self {
        let periodic = (0..3).fold(0, |bits, k| bits | u32::from(periodic[k]) << k);
        let quantum = crate::track::quantum(error);
        Head { magic: MAGIC, version: VERSION, checksum: 0, error, quantum, min, max, periodic, particles, names: 0, reserved: 0 }
    }

    /// Bytes of head and names.
    pub fn bytes(&self) -> usize {
        HEAD + (self.names as usize).next_multiple_of(8)
    }

    /// Writes head and names; how many bytes they take.
    ///
    /// # Errors
    /// If there is no room.
    pub fn write(mut self, names: &str, out: &mut [u8]) -> Result<usize, Trouble> {
        // Names that nobody could read back are left out.
        let names = if names.len() > MOST_NAMES as usize { "" } else { names };
        self.names = names.len() as u32;
        let length = self.bytes();
        let out = out.get_mut(..length).ok_or(Trouble::Room { needed: length as u64 })?;
        out.fill(0);
        out[..HEAD].copy_from_slice(bytemuck::bytes_of(&self));
        out[HEAD..][..names.len()].copy_from_slice(names.as_bytes());
        let sum = checksum(out);
        out[12..16].copy_from_slice(&sum.to_le_bytes());
        Ok(length)
    }

    /// Reads the first [`HEAD`] bytes; the names behind them are yet to be read.
    ///
    /// # Errors
    /// If they are not those of a recording.
    pub fn read(bytes: &[u8]) -> Result<Self, Trouble> {
        let damaged = |offset, what| Err(Trouble::Damaged { offset, what });
        let Some(bytes) = bytes.get(..HEAD) else { return damaged(bytes.len() as u64, "the file ends in its head") };
        let head: Head = bytemuck::pod_read_unaligned(bytes);
        let sizes = head.min.iter().zip(&head.max).all(|(min, max)| min.is_finite() && max.is_finite());
        match head {
            _ if head.magic != MAGIC => damaged(0, "this is no recording of Motes"),
            _ if head.version != VERSION => damaged(8, "the recording is of another version of the format"),
            _ if !(head.error > 0.0 && head.quantum > 0.0 && head.quantum <= 2.0 * head.error && head.error.is_finite()) => {
                damaged(16, "the error is no positive number")
            }
            _ if !sizes => damaged(32, "the box is not finite"),
            _ if u64::from(head.particles) > MAX_PARTICLES => damaged(84, "there are more particles than there can be"),
            _ if head.names > MOST_NAMES => damaged(88, "the names are longer than they can be"),
            _ => Ok(head),
        }
    }

    /// The names in `bytes`, which hold head and names.
    ///
    /// # Errors
    /// If the bytes are not those that were written.
    pub fn names<'a>(&self, bytes: &'a [u8]) -> Result<&'a str, Trouble> {
        let Some(whole) = bytes.get(..self.bytes()) else { return Err(Trouble::Damaged { offset: bytes.len() as u64, what: "the file ends in its head" }) };
        let sound = sum_of(whole, 12) == self.checksum;
        let names = core::str::from_utf8(&whole[HEAD..][..self.names as usize]);
        names.ok().filter(|_| sound).ok_or(Trouble::Damaged { offset: 12, what: "the checksum of the head is another" })
    }
}

/// Checksum of bytes whose own is at `at`, from parts, so that nothing is copied.
fn sum_of(bytes: &[u8], at: usize) -> u32 {
    let mut head = [0; HEAD];
    let length = bytes.len().min(if at == 4 { FRAME_HEAD } else { HEAD });
    head[..length].copy_from_slice(&bytes[..length]);
    head[at..at + 4].fill(0);
    crate::checksum_of(&head[..length], &bytes[length..])
}

/// Writes a frame's head before its payload, which is at [`FRAME_HEAD`] already; bytes of both.
pub fn write_frame(coded: &Coded, step: u64, time: f64, out: &mut [u8]) -> usize {
    let head = FrameHead { bytes: coded.bytes as u32, checksum: 0, step, time, count: coded.count, kind: coded.kind };
    out[..FRAME_HEAD].copy_from_slice(bytemuck::bytes_of(&head));
    let length = FRAME_HEAD + coded.bytes;
    let sum = sum_of(&out[..length], 4);
    out[4..8].copy_from_slice(&sum.to_le_bytes());
    length
}

impl FrameHead {
    /// Reads a frame's head that lies at `offset` of the file.
    ///
    /// # Errors
    /// If it names what cannot be.
    pub fn read(bytes: &[u8], offset: u64, particles: u32) -> Result<Self, Trouble> {
        let Some(bytes) = bytes.get(..FRAME_HEAD) else {
            return Err(Trouble::Damaged { offset: offset + bytes.len() as u64, what: "the file ends in the head of a frame" });
        };
        let head: FrameHead = bytemuck::pod_read_unaligned(bytes);
        let possible = (u64::from(head.bytes) + 64) * PARTICLES_PER_BYTE;
        if head.count > particles || u64::from(head.count) > possible {
            return Err(Trouble::Damaged { offset: offset + 24, what: "the frame names more particles than it can have" });
        }
        Ok(head)
    }

    /// Checks head and payload, which lie in `bytes` one after the other.
    ///
    /// # Errors
    /// If they are cut off, or not those that were written.
    pub fn check<'a>(&self, bytes: &'a [u8], offset: u64) -> Result<&'a [u8], Trouble> {
        let length = FRAME_HEAD + self.bytes as usize;
        let Some(whole) = bytes.get(..length) else { return Err(Trouble::Damaged { offset: offset + bytes.len() as u64, what: "the file ends in a frame" }) };
        let sound = sum_of(whole, 4) == self.checksum;
        sound.then_some(&whole[FRAME_HEAD..]).ok_or(Trouble::Damaged { offset, what: "the checksum of the frame is another" })
    }

    /// What a track reads it by.
    pub fn coded(&self) -> Coded {
        Coded { bytes: self.bytes as usize, count: self.count, kind: self.kind }
    }
}
