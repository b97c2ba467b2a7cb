//! Frames: complete pictures of the state, handed to the reader through three slots so that neither side ever waits.
//!
//! The writer owns slot `back`, the reader slot `front`, and the third lies in `middle`. Publishing exchanges back and middle and
//! marks it fresh; taking exchanges middle and front. The exchange itself is the host's (an atomic on the sync word); this
//! file fills the slot.

use crate::block::Block;
use crate::hash::mix;
use crate::layout::{FLAG_CHECKSUM, FRAME_ROW, FRAME_STRIDE, FrameDescriptor, NOT_ALIVE};
use crate::records::Records;
use crate::scalars::Scalars;
use crate::scene_records::{Domain, View};
use crate::team::{self, RowsMut, Team};
use core::ops::Range;

/// Bytes of one slot.
pub fn slot_bytes(particles: u32) -> u64 {
    (particles as u64).next_multiple_of(FRAME_ROW as u64) * FRAME_STRIDE as u64
}

/// Checksum of rows `range` of a frame whose rows' words are `words`: a wrapping sum over words of `mix(word + index * 2^32)`.
pub fn checksum(words: &[f32], range: Range<usize>) -> u64 {
    words.iter().zip(range.start as u64 * 4..).fold(0, |sum, (word, index)| sum.wrapping_add(mix(word.to_bits() as u64 | index << 32)))
}

/// Fills slot `slot` with the present state. Each particle becomes x, y, z and the scalar to colour by.
pub fn write(block: &mut Block, team: &dyn Team, slot: usize) {
    block.release();
    let view: View = Records::Running(block).one();
    let domain: Domain = Records::Running(block).one();
    let with_sum = block.header().flags & FLAG_CHECKSUM != 0;
    let position = &*block.take::<f32>("position");
    let scalars = Scalars::new(block, view.color_by, position);
    let wrap = Wrap::new(&domain);
    let out = block.frame_slot(slot);
    let (min, max, sum) = team::fold_chunks(
        team,
        (RowsMut::<f32, 4>(out),),
        (f32::MAX, -f32::MAX, 0u64),
        |range, (out,)| {
            let mut least = f32::MAX;
            let mut greatest = -f32::MAX;
            for (row, i) in out.0.chunks_exact_mut(4).zip(range.clone()) {
                let scalar = scalars.at(i);
                wrap.place(&position[i * 3..i * 3 + 3], row);
                row[3] = scalar;
                if scalar > NOT_ALIVE {
                    least = if scalar < least { scalar } else { least };
                    greatest = if scalar > greatest { scalar } else { greatest };
                }
            }
            (least, greatest, if with_sum { checksum(out.0, range) } else { 0 })
        },
        |a, b| (if b.0 < a.0 { b.0 } else { a.0 }, if b.1 > a.1 { b.1 } else { a.1 }, a.2.wrapping_add(b.2)),
    );
    let header = block.header_mut();
    let newest = header.frames.iter().map(|frame| frame.frame_number).fold(0, u64::max);
    header.frames[slot % 3] = FrameDescriptor {
        offset: header.frames[slot % 3].offset,
        particle_count: header.particle_count,
        frame_number: newest + 1,
        step: header.step,
        time: header.time,
        scalar_min: if min > max { 0.0 } else { min },
        scalar_max: if min > max { 0.0 } else { max },
        checksum: sum,
        reserved: [0; 2],
    };
    block.release();
}

/// Shows particles of periodic axes inside the domain, wherever the model keeps them.
struct Wrap {
    min: [f32; 3],
    length: [f32; 3],
    inverse: [f32; 3],
}

impl Wrap {
    fn new(domain: &Domain) -> Self {
        let length: [f32; 3] = core::array::from_fn(|k| (domain.max[k] - domain.min[k]) as f32);
        Wrap {
            min: core::array::from_fn(|k| domain.min[k] as f32),
            length,
            inverse: core::array::from_fn(|k| if domain.periodic[k] && length[k] > 0.0 { 1.0 / length[k] } else { 0.0 }),
        }
    }

    #[inline]
    fn place(&self, position: &[f32], out: &mut [f32]) {
        for k in 0..3 {
            let boxes = libm::floorf((position[k] - self.min[k]) * self.inverse[k]);
            out[k] = if boxes == 0.0 || self.inverse[k] == 0.0 { position[k] } else { position[k] - boxes * self.length[k] };
        }
    }
}
