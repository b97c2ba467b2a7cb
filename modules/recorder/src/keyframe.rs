//! Keyframes: everything that a checkpoint holds, and the parameters, without loss.
//!
//! ```text
//! SavedClock │ slots of all records (f64) │ per saved field: how, bytes (u32 each), data padded to 8 bytes │ likewise the data of plug-ins
//! ```
//! A field's words are told as they are, or as the distance from the same component of the row before where that takes a
//! tenth less: neighbours in memory are neighbours in space, so that positions share their high bits, and species, identities and
//! zeros shrink to nothing. A keyframe is put into the block's checkpoint; `restore` brings it back as it does any other.

use crate::Trouble;
use crate::coder::{Reader, Writer};
use crate::numbers::{Numbers, fold, length, unfold};
use motes_physics::block::Block;
use motes_physics::layout::{FieldEntry, SavedClock};

/// The field's words as they are.
const PLAIN: u32 = 0;
/// The field's words as distances, coded.
const CODED: u32 = 1;
/// Rows that are looked at to decide between the two.
const SAMPLE: usize = 1024;
/// Components with probabilities of their own.
const COMPONENTS: usize = 4;

/// Fields that a checkpoint holds.
fn saved<'a>(block: &Block<'a>) -> impl Iterator<Item = &'a FieldEntry> {
    block.field_table().iter().filter(|field| field.saved_offset != 0)
}

/// Slots of all records.
fn slots(block: &Block) -> usize {
    (0..block.record_count()).map(|index| block.nth_record(index).values.len()).sum()
}

/// Bytes that are enough for any keyframe of this block, with so many words of plug-ins' data.
pub fn most_bytes(block: &Block, data: usize) -> usize {
    size_of::<SavedClock>() + slots(block) * 8 + saved(block).map(|field| 16 + field.bytes() as usize).sum::<usize>() + 16 + 4 * data
}

/// The parameters of a block, in order.
pub fn parameters<'a>(block: &Block<'a>) -> impl Iterator<Item = f64> + use<'a> {
    let records: [&[f64]; motes_physics::plan::MAX_RECORDS] =
        core::array::from_fn(|index| if index < block.record_count() { block.nth_record(index).values } else { &[] });
    records.into_iter().flatten().copied()
}

/// Writes one part after the other.
struct Out<'a> {
    bytes: &'a mut [u8],
    at: usize,
}

impl Out<'_> {
    fn put(&mut self, bytes: &[u8]) -> Option<()> {
        self.bytes.get_mut(self.at..self.at + bytes.len())?.copy_from_slice(bytes);
        self.at += bytes.len();
        Some(())
    }
}

/// Packs the present state, and the data that plug-ins have now; how many bytes it takes.
///
/// # Errors
/// If the buffer is too small.
pub fn pack(block: &mut Block, data: &[u32], out: &mut [u8]) -> Result<usize, Trouble> {
    block.release();
    let needed = most_bytes(block, data.len()) as u64;
    pack_into(block, data, &mut Out { bytes: out, at: 0 }).ok_or(Trouble::Room { needed })
}

fn pack_into(block: &Block, data: &[u32], out: &mut Out) -> Option<usize> {
    let header = block.header();
    let clock = SavedClock { step: header.step, time: header.time, run_state: header.run_state, emitted: header.emitted };
    out.put(bytemuck::bytes_of(&clock))?;
    parameters(block).try_for_each(|slot| out.put(&slot.to_le_bytes()))?;
    saved(block).try_for_each(|field| put_words(out, block.words(field), field.stride as usize / 4))?;
    put_words(out, data, 1)?;
    Some(out.at)
}

/// How the words are told, and they.
fn put_words(out: &mut Out, words: &[u32], width: usize) -> Option<()> {
    let head = out.at;
    out.put(&[0; 8])?;
    let (how, bytes) = match code(words, width, out.bytes.get_mut(out.at..)?) {
        Some(bytes) => {
            out.at += bytes;
            (CODED, bytes)
        }
        None => {
            out.put(bytemuck::cast_slice(words))?;
            (PLAIN, words.len() * 4)
        }
    };
    out.put(&[0; 8][..bytes.next_multiple_of(8) - bytes])?;
    out.bytes[head..head + 4].copy_from_slice(&how.to_le_bytes());
    out.bytes[head + 4..head + 8].copy_from_slice(&(bytes as u32).to_le_bytes());
    Some(())
}

/// Words that a row would be told by.
#[inline]
fn distance(words: &[u32], index: usize, width: usize) -> u32 {
    fold(words[index].wrapping_sub(if index < width { 0 } else { words[index - width] }) as i32)
}

/// Codes the words where that pays; its bytes.
fn code(words: &[u32], width: usize, out: &mut [u8]) -> Option<usize> {
    let stride = (words.len() / width.max(1) / SAMPLE).max(1) * width;
    let looked_at = words.len().min(SAMPLE * width);
    let place = |k: usize| (k / width * stride + k % width).min(words.len() - 1);
    // A number costs about its length and two decisions more.
    let cost: u64 = (0..looked_at).map(|k| length(distance(words, place(k), width)) + 2).sum();
    if words.is_empty() || cost * 10 > looked_at as u64 * 32 * 9 {
        return None;
    }
    let most = (words.len() * 4).min(out.len());
    let mut writer = Writer::new(&mut out[..most]);
    let mut numbers = [const { Numbers::new() }; COMPONENTS];
    for index in 0..words.len() {
        numbers[index % width % COMPONENTS].put(&mut writer, distance(words, index, width));
    }
    writer.finish()
}

fn uncode(bytes: &[u8], words: &mut [u32], width: usize) {
    let mut reader = Reader::new(bytes);
    let mut numbers = [const { Numbers::new() }; COMPONENTS];
    for index in 0..words.len() {
        let before = if index < width { 0 } else { words[index - width] };
        words[index] = before.wrapping_add(unfold(numbers[index % width % COMPONENTS].get(&mut reader)) as u32);
    }
}

/// The next so many bytes.
fn take<'a>(bytes: &'a [u8], at: &mut usize, length: usize) -> Result<&'a [u8], Trouble> {
    let taken = at.checked_add(length).and_then(|end| bytes.get(*at..end));
    let taken = taken.ok_or(Trouble::Damaged { offset: *at as u64, what: "the keyframe ends too early" })?;
    *at += length;
    Ok(taken)
}

/// Puts a keyframe into the block's checkpoint, sets the parameters to what they were and gives plug-ins' data back; `restore` does the
/// rest. Nothing is changed unless the keyframe is one of this block and of that much data.
///
/// # Errors
/// If it is not; its bytes must have been held to a checksum before.
pub fn unpack(block: &mut Block, data: &mut [u32], bytes: &[u8]) -> Result<(), Trouble> {
    block.release();
    check(block, data, bytes)?;
    let mut at = 0;
    block.header_mut().saved = bytemuck::pod_read_unaligned(take(bytes, &mut at, size_of::<SavedClock>())?);
    for entry in block.record_table() {
        for (slot, value) in take(bytes, &mut at, entry.slots as usize * 8)?.as_chunks::<8>().0.iter().enumerate() {
            block.set_slot(entry.offset + 8 * slot as u32, f64::from_le_bytes(*value));
        }
    }
    for field in saved(block) {
        let told = part(bytes, &mut at)?;
        let (_, words) = block.with_copy(field);
        take_words(told, words, field.stride as usize / 4);
    }
    take_words(part(bytes, &mut at)?, data, 1);
    Ok(())
}

fn take_words((how, told): (u32, &[u8]), words: &mut [u32], width: usize) {
    match how {
        PLAIN => bytemuck::cast_slice_mut(words).copy_from_slice(told),
        _ => uncode(told, words, width),
    }
}

/// How a field is told, and its data.
fn part<'a>(bytes: &'a [u8], at: &mut usize) -> Result<(u32, &'a [u8]), Trouble> {
    let head = take(bytes, at, 8)?;
    let number = |k: usize| u32::from_le_bytes(head[k..k + 4].try_into().unwrap_or_default());
    let data = take(bytes, at, number(4) as usize)?;
    take(bytes, at, data.len().next_multiple_of(8) - data.len())?;
    Ok((number(0), data))
}

/// Whether the keyframe has the parts of this block, and data of that length.
fn check(block: &Block, data: &[u32], bytes: &[u8]) -> Result<(), Trouble> {
    let mut at = 0;
    take(bytes, &mut at, size_of::<SavedClock>() + slots(block) * 8)?;
    for expected in saved(block).map(FieldEntry::bytes).chain([4 * data.len() as u64]) {
        let offset = at as u64;
        let (how, told) = part(bytes, &mut at)?;
        if how > CODED || how == PLAIN && told.len() as u64 != expected {
            return Err(Trouble::Damaged { offset, what: "the keyframe is of another scene" });
        }
    }
    if at == bytes.len() { Ok(()) } else { Err(Trouble::Damaged { offset: at as u64, what: "the keyframe is of another scene" }) }
}
