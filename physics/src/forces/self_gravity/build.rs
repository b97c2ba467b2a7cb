//! The tree: particles sorted along a Morton curve, and cells from the root down.
//!
//! A cell is split by the next three bits of its particles' keys until few are left. Bits that all its particles share are
//! skipped, so every split makes at least two cells. Children stand together, behind their parents, level by level.

use super::Setup;
use super::expansion::SOURCE;
use crate::layout::Element;
use crate::plan::Planner;
use crate::stage::Stage;
use crate::team::{self, RowsMut};

/// Particles of a leaf at most, where their keys tell them apart.
pub(super) const LEAF: u32 = 16;
/// Cells behind the last that may be read.
pub(super) const PAD: usize = 8;
/// Key of the dead, behind all others.
const DEAD: u64 = 1 << (3 * BITS);
/// Bits of a key along each axis.
const BITS: u32 = 21;
/// Bits that a pass of the sort looks at.
const DIGIT: u32 = 11;
/// Most levels of the tree.
pub(super) const LEVELS: usize = BITS as usize + 2;

/// Cells that there is room for.
pub(super) fn cells(particles: u64) -> u64 {
    particles + 64 + PAD as u64
}

/// Adds keys, order, and cells (first particle, particles, first child, children).
pub(super) fn plan(particles: u64, planner: &mut Planner) {
    for name in ["tree_key", "tree_key_2"] {
        planner.field(name, Element::U32, 2, particles, 0);
    }
    for name in ["tree_row", "tree_row_2"] {
        planner.field(name, Element::U32, 1, particles, 0);
    }
    planner.field("tree_body", Element::F32, 4, particles, 0);
    planner.field("tree_digit", Element::U32, 1, 1 << DIGIT, 0);
    planner.field("tree_cell", Element::U32, 4, cells(particles), 0);
    planner.field("tree_level", Element::U32, 1, LEVELS as u64 + 1, 0);
    planner.field("tree_moment", Element::F32, SOURCE as u32, cells(particles), 0);
    planner.field("tree_radius", Element::F32, 1, cells(particles), 0);
    planner.field("tree_place", Element::F32, 3, cells(particles), 0);
}

/// Sorts the bodies and makes the cells.
pub(super) fn build(stage: &mut Stage, setup: &Setup) {
    keys(stage, setup);
    sort(stage);
    split(stage);
    let block = &mut *stage.block;
    let (body, row) = (&*block.take::<[f32; 4]>("body"), &*block.take::<u32>("tree_row"));
    team::each_chunk(stage.team, (RowsMut::<[f32; 4], 1>(block.take("tree_body")),), |range, (sorted,)| {
        sorted.0.iter_mut().zip(&row[range]).for_each(|(out, i)| *out = body[*i as usize]);
    });
    block.release();
}

/// Every third bit, 21 of them.
fn spread(x: u32) -> u64 {
    let mut x = x as u64;
    for (shift, mask) in [(32, 0x1f00000000ffff), (16, 0x1f0000ff0000ff), (8, 0x100f00f00f00f00f), (4, 0x10c30c30c30c30c3), (2, 0x1249249249249249)] {
        x = (x | x << shift) & mask;
    }
    x
}

fn keys(stage: &mut Stage, setup: &Setup) {
    let block = &mut *stage.block;
    let body = &*block.take::<[f32; 4]>("body");
    let scale = (1u32 << (BITS - 1)) as f64 / (setup.half * (1.0 + 1e-6));
    let most = (1u32 << BITS) - 1;
    let arrays = (RowsMut::<u64, 1>(block.take("tree_key")), RowsMut::<u32, 1>(block.take("tree_row")));
    team::each_chunk(stage.team, arrays, |range, (key, row)| {
        for ((key, row), i) in key.0.iter_mut().zip(row.0).zip(range) {
            let place = |k: usize| spread((((body[i][k] as f64 + setup.half) * scale) as u32).min(most));
            *key = place(0) << 2 | place(1) << 1 | place(2);
            *row = i as u32;
        }
    });
    block.release();
}

/// Radix sort, stable, from the lowest digit up.
fn sort(stage: &mut Stage) {
    let block = &mut *stage.block;
    let (mut key, mut other_key) = (block.take::<u64>("tree_key"), block.take::<u64>("tree_key_2"));
    let (mut row, mut other_row) = (block.take::<u32>("tree_row"), block.take::<u32>("tree_row_2"));
    let place = block.take::<u32>("tree_digit");
    let digits = (3 * BITS).div_ceil(DIGIT);
    for shift in (0..digits).map(|digit| digit * DIGIT) {
        let digit = |key: u64| (key >> shift) as usize & ((1 << DIGIT) - 1);
        place.fill(0);
        key.iter().for_each(|&k| place[digit(k)] += 1);
        let mut sum = 0;
        for count in place.iter_mut() {
            sum += core::mem::replace(count, sum);
        }
        for (&k, &r) in key.iter().zip(row.iter()) {
            let at = &mut place[digit(k)];
            (other_key[*at as usize], other_row[*at as usize]) = (k, r);
            *at += 1;
        }
        core::mem::swap(&mut key, &mut other_key);
        core::mem::swap(&mut row, &mut other_row);
    }
    // An even number of passes leaves the result where it began.
    const _: () = assert!((3 * BITS).div_ceil(DIGIT).is_multiple_of(2));
    block.release();
}

/// Makes cells level by level.
fn split(stage: &mut Stage) {
    let block = &mut *stage.block;
    let key = &*block.take::<u64>("tree_key");
    let (cell, level) = (block.take::<[u32; 4]>("tree_cell"), block.take::<u32>("tree_level"));
    cell[0] = [0, key.partition_point(|k| *k < DEAD) as u32, 0, 0];
    let (mut begin, mut end) = (0, 1);
    level.fill(1);
    level[0] = 0;
    for depth in 0..LEVELS {
        level[depth] = begin as u32;
        level[depth + 1..].fill(end as u32);
        let first_of_next = end;
        for parent in begin..first_of_next {
            end = split_one(key, cell, parent, end);
        }
        if end == first_of_next {
            break;
        }
        begin = first_of_next;
    }
    block.release();
}

/// Splits one cell if it is to be split; comes back with the number of cells.
fn split_one(key: &[u64], cell: &mut [[u32; 4]], parent: usize, cells: usize) -> usize {
    let [first, count, ..] = cell[parent];
    let last = (first + count).saturating_sub(1) as usize;
    if count <= LEAF || cells + 8 + PAD > cell.len() || key[first as usize] == key[last] {
        return cells;
    }
    // The highest bit in which they differ is in the digit that splits them.
    let differ = 63 - (key[first as usize] ^ key[last]).leading_zeros();
    let shift = differ / 3 * 3;
    let (mut begin, mut next) = (first as usize, cells);
    while begin <= last {
        let digit = key[begin] >> shift;
        let end = begin + key[begin..=last].partition_point(|k| k >> shift == digit);
        cell[next] = [begin as u32, (end - begin) as u32, 0, 0];
        next += 1;
        begin = end;
    }
    cell[parent][2] = cells as u32;
    cell[parent][3] = (next - cells) as u32;
    next
}
