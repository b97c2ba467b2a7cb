//! Spatial order: particles sorted by cell, with all their state, so that neighbours lie near each other in memory.
//!
//! The sort is stable, so its result does not depend on how the work is shared. Dead particles go to the end.

use super::Shape;
use crate::layout::{FIELD_STATE, FieldEntry};
use crate::plan::Planner;
use crate::stage::Stage;
use crate::team::{self, RowsMut, RowsOf};

/// Words that the widest row of state needs, for all particles.
pub(super) fn scratch_words(particles: u64, planner: &Planner) -> u64 {
    planner.fields().iter().filter(|f| moves(f, particles as u32)).map(|f| f.stride as u64 / 4).fold(4, u64::max) * particles
}

/// True for arrays whose rows belong to particles and are part of their state.
fn moves(field: &FieldEntry, particles: u32) -> bool {
    field.flags & FIELD_STATE != 0 && field.capacity == particles
}

/// Sorts all particles by the cell of their point; points move along.
pub(super) fn sort(stage: &mut Stage, shape: &Shape) {
    if keys(stage, shape) {
        return;
    }
    permutation(stage, shape.grid.count() + 1);
    let particles = stage.block.header().particle_capacity;
    for field in stage.block.field_table() {
        if moves(field, particles) || field.name() == "point" {
            permute(stage, field);
        }
    }
    find_slots(stage);
}

/// Writes the row of each slot, where slots have a meaning.
fn find_slots(stage: &mut Stage) {
    let (slot, row_of_slot) = (&*stage.block.take::<u32>("slot"), stage.block.take::<u32>("row_of_slot"));
    for (row, &slot) in slot.iter().enumerate() {
        row_of_slot[slot as usize] = row as u32;
    }
    stage.block.release();
}

/// Writes each particle's cell; true if they are in order already.
fn keys(stage: &mut Stage, shape: &Shape) -> bool {
    let block = &mut *stage.block;
    let (point, age) = (&*block.take::<[i32; 4]>("point"), &*block.take::<f32>("age"));
    let limbo = shape.grid.count() as u32;
    let grid = shape.grid;
    let key = |i: usize| {
        let p = point[i];
        if age.get(i).is_none_or(|a| *a >= 0.0) { grid.index([p[0], p[1], p[2]]) as u32 } else { limbo }
    };
    let sorted = team::fold_chunks(
        stage.team,
        (RowsMut::<u32, 1>(block.take("sort_key")),),
        true,
        |range, (keys,)| {
            let mut last = if range.start > 0 { key(range.start - 1) } else { 0 };
            let mut sorted = true;
            for (slot, i) in keys.0.iter_mut().zip(range) {
                *slot = key(i);
                sorted &= last <= *slot;
                last = *slot;
            }
            sorted
        },
        |a, b| a & b,
    );
    block.release();
    sorted
}

/// `sort_row[k]` becomes the row whose particle belongs at place k.
fn permutation(stage: &mut Stage, cells: usize) {
    let block = &mut *stage.block;
    let (key, row, start) = (&*block.take::<u32>("sort_key"), block.take::<u32>("sort_row"), block.take::<u32>("cell_start"));
    start.fill(0);
    for &cell in key {
        start[cell as usize + 1] += 1;
    }
    for c in 1..=cells {
        start[c] += start[c - 1];
    }
    for (i, &cell) in key.iter().enumerate() {
        let place = &mut start[cell as usize];
        row[*place as usize] = i as u32;
        *place += 1;
    }
    block.release();
}

/// Moves the rows of an array to their places.
fn permute(stage: &mut Stage, field: &FieldEntry) {
    let block = &mut *stage.block;
    let row = &*block.take::<u32>("sort_row");
    let scratch = block.take::<u32>("sort_scratch");
    let width = field.stride as usize / 4;
    let values = block.words(field);
    let length = values.len();
    let from = &*values;
    let to = RowsOf { values: &mut scratch[..length], width };
    team::each_chunk(stage.team, (to,), |range, (to,)| match width {
        1 => pick::<1>(from, &row[range], to.values),
        3 => pick::<3>(from, &row[range], to.values),
        4 => pick::<4>(from, &row[range], to.values),
        _ => {
            for (out, i) in to.values.chunks_exact_mut(width).zip(&row[range]) {
                out.copy_from_slice(&from[*i as usize * width..][..width]);
            }
        }
    });
    let from = &scratch[..length];
    team::each_chunk(stage.team, (RowsMut::<u32, 1>(values),), |range, (to,)| to.0.copy_from_slice(&from[range]));
    block.release();
}

/// Copies those rows, of a width that the compiler knows.
fn pick<const W: usize>(from: &[u32], rows: &[u32], to: &mut [u32]) {
    let from = from.as_chunks::<W>().0;
    for (out, i) in to.as_chunks_mut::<W>().0.iter_mut().zip(rows) {
        *out = from[*i as usize];
    }
}
