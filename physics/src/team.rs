//! Work shared by threads, with results that do not depend on how many there are.
//!
//! A [`Team`] runs a closure over chunk numbers, in any order, on any thread. What a chunk covers is fixed by [`CHUNK`] alone,
//! and partial results are kept per chunk and added in chunk order.
#![expect(unsafe_code, reason = "chunks of one array are handed to several threads")]

use crate::plug_ins::Call;
use crate::simd::Isa;
use core::ops::Range;

/// Rows of one chunk: large enough to hide the hand-over, small enough to balance 32 threads at a million particles.
pub const CHUNK: usize = 2048;

/// What is to be done with each chunk, by its number. Every `Fn(u32) + Sync` is one; unlike `dyn Fn` it has one entry point, not three.
pub trait Work: Sync {
    /// Does it.
    fn chunk(&self, number: u32);
}

impl<F: Fn(u32) + Sync> Work for F {
    fn chunk(&self, number: u32) {
        self(number);
    }
}

/// Runs chunks on one or many threads.
pub trait Team: Sync {
    /// Does the work once for each number below `count` and comes back when all have returned.
    fn run(&self, count: u32, work: &dyn Work);

    /// The instruction set that kernels may use; results do not depend on it.
    fn isa(&self) -> Isa {
        Isa::BASELINE
    }

    /// Plug-ins that the host has loaded.
    fn plug_ins(&self) -> u32 {
        0
    }

    /// Calls a plug-in, on the thread that this is called on.
    fn plug_in(&self, _call: Call) {}

    /// Told that a stage of a step begins; a host that wants to know may look at its clock.
    fn mark(&self, _stage: &'static str) {}
}

/// The calling thread alone.
pub struct Serial;

impl Team for Serial {
    fn run(&self, count: u32, work: &dyn Work) {
        for chunk in 0..count {
            work.chunk(chunk);
        }
    }
}

/// Chunks in `rows` rows.
pub fn chunk_count(rows: usize) -> usize {
    rows.div_ceil(CHUNK)
}

/// The rows of a chunk, of `rows` in all.
pub fn chunk_rows(chunk: usize, rows: usize) -> Range<usize> {
    (chunk * CHUNK).min(rows)..((chunk + 1) * CHUNK).min(rows)
}

/// Something that can be cut into chunks of rows: slices, and tuples of them.
///
/// # Safety
/// `part` for disjoint row ranges must give non-overlapping memory.
pub unsafe trait Rows: Sized {
    /// Address and shape, to be copied to all threads.
    type Raw: Copy;
    /// Forgets the borrow; the caller keeps it alive while parts are used.
    fn raw(self) -> Self::Raw;
    /// Rows.
    fn rows(&self) -> usize;
    /// The rows of one chunk.
    ///
    /// # Safety
    /// `range` lies within the rows, the original borrow is alive, and no other part of an overlapping range exists.
    unsafe fn part(raw: Self::Raw, range: Range<usize>) -> Self;
}

/// A mutable slice in rows of `W` elements.
pub struct RowsMut<'a, T, const W: usize>(pub &'a mut [T]);

/// Pointer that may be sent to other threads.
pub struct Raw<T>(*mut T);
impl<T> Clone for Raw<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Raw<T> {}

// SAFETY: parts of disjoint row ranges are disjoint sub-slices of one exclusive borrow.
unsafe impl<'a, T: Send, const W: usize> Rows for RowsMut<'a, T, W> {
    type Raw = Raw<T>;

    fn raw(self) -> Raw<T> {
        Raw(self.0.as_mut_ptr())
    }

    fn rows(&self) -> usize {
        self.0.len() / W
    }

    unsafe fn part(raw: Raw<T>, range: Range<usize>) -> Self {
        // SAFETY: the caller keeps to rows of the original slice, each used once.
        RowsMut(unsafe { core::slice::from_raw_parts_mut(raw.0.add(range.start * W), (range.end - range.start) * W) })
    }
}

/// A mutable slice in rows whose width is known at run time.
pub struct RowsOf<'a, T> {
    /// All rows, one after the other.
    pub values: &'a mut [T],
    /// Elements of a row.
    pub width: usize,
}

// SAFETY: as for `RowsMut`.
unsafe impl<'a, T: Send> Rows for RowsOf<'a, T> {
    type Raw = (Raw<T>, usize);

    fn raw(self) -> (Raw<T>, usize) {
        (Raw(self.values.as_mut_ptr()), self.width)
    }

    fn rows(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    unsafe fn part((raw, width): (Raw<T>, usize), range: Range<usize>) -> Self {
        // SAFETY: the caller keeps to rows of the original slice, each used once.
        RowsOf { values: unsafe { core::slice::from_raw_parts_mut(raw.0.add(range.start * width), (range.end - range.start) * width) }, width }
    }
}

macro_rules! rows_of_tuples {
    ($($name:ident $index:tt),+) => {
        // SAFETY: each member keeps the promise for itself, and the members are separate borrows.
        unsafe impl<$($name: Rows),+> Rows for ($($name,)+) {
            type Raw = ($($name::Raw,)+);
            fn raw(self) -> Self::Raw {
                ($(self.$index.raw(),)+)
            }
            fn rows(&self) -> usize {
                [$(self.$index.rows()),+].into_iter().min().unwrap_or(0)
            }
            unsafe fn part(raw: Self::Raw, range: Range<usize>) -> Self {
                // SAFETY: as the caller promises, for each member.
                ($(unsafe { $name::part(raw.$index, range.clone()) },)+)
            }
        }
    };
}
rows_of_tuples!(A 0);
rows_of_tuples!(A 0, B 1);
rows_of_tuples!(A 0, B 1, C 2);
rows_of_tuples!(A 0, B 1, C 2, D 3);
rows_of_tuples!(A 0, B 1, C 2, D 3, E 4);

struct Shared<R>(R);
// SAFETY: only `part` is called on it, for disjoint ranges, under the borrow held by `each_chunk`.
unsafe impl<R> Sync for Shared<R> {}

/// Calls `body(rows of the chunk, the arrays' parts)` for every chunk; parts are disjoint, so threads cannot meet.
pub fn each_chunk<R: Rows, F>(team: &dyn Team, arrays: R, body: F)
where
    F: Fn(Range<usize>, R) + Sync,
{
    let rows = arrays.rows();
    let raw = Shared(arrays.raw());
    let raw = &raw;
    team.run(chunk_count(rows) as u32, &move |chunk| {
        let range = chunk_rows(chunk as usize, rows);
        // SAFETY: a team calls each chunk once; ranges of different chunks are disjoint and within `rows`; the exclusive
        // borrow was moved into this call, which lasts until all chunks are done.
        let part = unsafe { R::part(raw.0, range.clone()) };
        body(range, part);
    });
}

/// Calls `body(number, row)` for every row, one row a piece of work: for tables with a row for each chunk of something else.
pub fn each_row<T: Send>(team: &dyn Team, table: RowsOf<T>, body: impl Fn(usize, &mut [T]) + Sync) {
    let (rows, width) = (table.rows(), table.width);
    let raw = Shared(table.raw());
    let raw = &raw;
    team.run(rows as u32, &move |row| {
        let row = row as usize;
        // SAFETY: a team calls each number once; rows are disjoint; the exclusive borrow was moved into this call.
        let part = unsafe { RowsOf::part(raw.0, row..row + 1) };
        debug_assert!(part.values.len() == width);
        body(row, part.values);
    });
}

/// Calls `body(number, row of the table, span of the values)` for every span, from one start to the next; the table has a row for each.
///
/// # Panics
/// If the starts fall or lie behind the end.
pub fn each_span<T: Send, U: Send>(team: &dyn Team, table: RowsOf<T>, values: &mut [U], start: &[u32], body: impl Fn(usize, &mut [T], &mut [U]) + Sync) {
    assert!(start.is_sorted() && start.last().is_none_or(|last| *last as usize <= values.len()));
    let spans = start.len().saturating_sub(1).min(table.rows());
    let raw = Shared((table.raw(), RowsMut::<U, 1>(values).raw()));
    let raw = &raw;
    team.run(spans as u32, &move |span| {
        let span = span as usize;
        // SAFETY: a team calls each number once; rows are disjoint, and so are spans since starts do not fall; both lie within their
        // arrays, whose exclusive borrows were moved into this call.
        let (row, values) = unsafe { (RowsOf::part(raw.0.0, span..span + 1), RowsMut::<U, 1>::part(raw.0.1, start[span] as usize..start[span + 1] as usize)) };
        body(span, row.values, values.0);
    });
}

/// Makes a value of each chunk's arrays, and folds the values in chunk order.
pub fn fold_chunks<R: Rows, V: Copy + Send, F>(team: &dyn Team, arrays: R, zero: V, make: F, mut fold: impl FnMut(V, V) -> V) -> V
where
    F: Fn(Range<usize>, R) -> V + Sync,
{
    let rows = arrays.rows();
    let chunks = chunk_count(rows);
    let raw = Shared(arrays.raw());
    let (raw, make) = (&raw, &make);
    let mut total = zero;
    // A bounded batch of partial results lives on this stack; batches do not change the order of the fold.
    for first in (0..chunks).step_by(BATCH) {
        let count = (chunks - first).min(BATCH);
        let mut partial = [zero; BATCH];
        let slots = Shared(Raw(partial.as_mut_ptr()));
        let slots = &slots;
        team.run(count as u32, &move |k| {
            let k = k as usize;
            let range = chunk_rows(first + k, rows);
            // SAFETY: as in `each_chunk`.
            let part = unsafe { R::part(raw.0, range.clone()) };
            let value = make(range, part);
            // SAFETY: k < BATCH, and each k is written by one thread only.
            unsafe { slots.0.0.add(k).write(value) };
        });
        total = partial[..count].iter().fold(total, |sum, &value| fold(sum, value));
    }
    total
}

/// Partial results at a time: small enough for a worker's stack.
const BATCH: usize = 64;

/// Nothing to hand out: for folds that only read.
pub struct Count(pub usize);

// SAFETY: its parts hold no memory.
unsafe impl Rows for Count {
    type Raw = ();
    fn raw(self) {}
    fn rows(&self) -> usize {
        self.0
    }
    unsafe fn part(_raw: (), range: Range<usize>) -> Self {
        Count(range.end - range.start)
    }
}

/// Wrapping sum over all rows of what `make` gives for each chunk of them.
pub fn sum_u64(team: &dyn Team, rows: usize, make: impl Fn(Range<usize>) -> u64 + Sync) -> u64 {
    fold_chunks(team, Count(rows), 0u64, |range, _| make(range), u64::wrapping_add)
}

/// Sums of several `f64` over all rows, added in chunk order.
pub fn sum_f64<const K: usize>(team: &dyn Team, rows: usize, make: impl Fn(Range<usize>) -> [f64; K] + Sync) -> [f64; K] {
    fold_chunks(team, Count(rows), [0.0; K], |range, _| make(range), |a, b| core::array::from_fn(|k| a[k] + b[k]))
}
