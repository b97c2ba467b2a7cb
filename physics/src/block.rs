//! A block in use: its header, its records, and each array as a slice, every array at most once at a time.
//!
//! The one place where an address and a length become slices. What the header says is checked against the block's size
//! before anything else is read, so a damaged block gives a status and not a stray access.
#![expect(unsafe_code, reason = "turns the host's address and length into slices")]

use crate::layout::{ABI_VERSION, Element, FieldEntry, GUARD_BYTES, HEADER_BYTES, Header, LAYOUT_HASH, MAGIC, RecordEntry};
use crate::plan::{MAX_FIELDS, MAX_RECORDS};
use crate::records::{ALL, Record};
use crate::{Status, layout};
use core::cell::Cell;
use core::marker::PhantomData;

/// The block of one simulation, held by the one thread that leads its steps.
pub struct Block<'a> {
    base: *mut u8,
    bytes: u64,
    taken: Cell<u64>,
    lifetime: PhantomData<&'a mut [u8]>,
}

/// Rows of a field as 32-bit words, for hashing and comparing.
#[derive(Clone, Copy)]
pub struct FieldView<'a> {
    /// Element type.
    pub element: Element,
    words: &'a [u32],
    width: usize,
}

impl<'a> FieldView<'a> {
    /// No rows.
    pub const EMPTY: FieldView<'a> = FieldView { element: Element::U32, words: &[], width: 1 };

    /// Words of one row.
    #[inline]
    pub fn row(&self, index: usize) -> &'a [u32] {
        &self.words[index * self.width..(index + 1) * self.width]
    }
}

impl<'a> Block<'a> {
    /// Checks the header and everything it points to.
    ///
    /// # Safety
    /// `base` is 64-byte aligned and valid for reads and writes of `bytes` bytes for `'a`; no other thread touches them
    /// during `'a` but through the sync words and the team that the caller hands on.
    pub unsafe fn open(base: *mut u8, bytes: u64) -> Result<Self, Status> {
        if bytes < HEADER_BYTES as u64 || base.is_null() || !(base as usize).is_multiple_of(64) {
            return Err(Status::OutOfBounds);
        }
        let block = Block { base, bytes, taken: Cell::new(0), lifetime: PhantomData };
        let header = block.header();
        if header.magic != MAGIC {
            return Err(Status::NotABlock);
        }
        if header.abi_version != ABI_VERSION || header.layout_hash != LAYOUT_HASH {
            return Err(Status::LayoutMismatch);
        }
        block.check_tables()?;
        Ok(block)
    }

    fn check_tables(&self) -> Result<(), Status> {
        let header = self.header();
        let inside = |offset: u32, bytes: u64, align: u32| offset >= HEADER_BYTES && offset.is_multiple_of(align) && offset as u64 + bytes <= self.bytes;
        let tables = header.field_count as usize <= MAX_FIELDS
            && header.record_count as usize <= MAX_RECORDS
            && inside(header.field_table, header.field_count as u64 * 64, 64)
            && inside(header.record_table, header.record_count as u64 * 16, 16);
        if !tables || header.block_bytes > self.bytes || header.particle_count > header.particle_capacity {
            return Err(Status::OutOfBounds);
        }
        for field in self.field_table() {
            let saved = field.saved_offset == 0 || inside(field.saved_offset, field.bytes(), 64);
            if field.stride == 0 || !inside(field.offset, field.bytes(), 64) || !saved {
                return Err(Status::OutOfBounds);
            }
        }
        for entry in self.record_table() {
            if entry.type_index as usize >= ALL.len() || !inside(entry.offset, entry.slots as u64 * 8, 8) {
                return Err(Status::OutOfBounds);
            }
        }
        let slot = crate::frames::slot_bytes(header.particle_capacity);
        if header.frames.iter().any(|f| !inside(f.offset, slot, 64)) {
            return Err(Status::OutOfBounds);
        }
        Ok(())
    }

    /// Where it lies.
    pub fn address(&self) -> usize {
        self.base as usize
    }

    /// Whether this block and another have no byte in common, by what their headers say.
    pub fn is_apart(&self, other: &Block) -> bool {
        let end = |block: &Block| (block.base as usize as u64).saturating_add(block.header().block_bytes);
        end(self) <= other.base as usize as u64 || end(other) <= self.base as usize as u64
    }

    /// The header, without the sync words.
    pub fn header(&self) -> &Header {
        // SAFETY: checked size and alignment in `open`; the sync words lie behind the struct.
        unsafe { &*(self.base as *const Header) }
    }

    /// The header, to change.
    #[expect(clippy::mut_from_ref, reason = "only the leading thread holds a block, and no caller keeps the reference over another call")]
    pub fn header_mut(&self) -> &mut Header {
        // SAFETY: as in `header`; helpers never touch the header.
        unsafe { &mut *(self.base as *mut Header) }
    }

    /// All arrays of the block.
    pub fn field_table(&self) -> &'a [FieldEntry] {
        let header = self.header();
        // SAFETY: `check_tables` saw that the table lies inside the block, aligned; nobody writes it.
        unsafe { core::slice::from_raw_parts(self.base.add(header.field_table as usize) as *const FieldEntry, header.field_count as usize) }
    }

    /// Where the records lie.
    pub fn record_table(&self) -> &'a [RecordEntry] {
        let header = self.header();
        // SAFETY: as above.
        unsafe { core::slice::from_raw_parts(self.base.add(header.record_table as usize) as *const RecordEntry, header.record_count as usize) }
    }

    /// Records of the scene.
    pub fn record_count(&self) -> usize {
        self.header().record_count as usize
    }

    /// A record with its values as they are now.
    pub fn nth_record(&self, index: usize) -> Record<'a> {
        let entry = &self.record_table()[index];
        // SAFETY: `check_tables` saw that the slots lie inside the block, aligned. The host changes them between steps only.
        let values = unsafe { core::slice::from_raw_parts(self.base.add(entry.offset as usize) as *const f64, entry.slots as usize) };
        Record { type_index: entry.type_index as usize, values }
    }

    /// True if there is an array of that name.
    pub fn has(&self, name: &str) -> bool {
        self.field_table().iter().any(|f| f.name() == name)
    }

    /// Rows of the array of that name; 0 if there is none.
    pub fn rows(&self, name: &str) -> usize {
        self.field_table().iter().find(|f| f.name() == name).map_or(0, |f| f.capacity as usize)
    }

    /// The array of that name, whole, as numbers of type `T`; empty when there is none, when it is of another type, or when it
    /// is in use already through [`Self::take`].
    pub fn take<T: bytemuck::Pod>(&self, name: &str) -> &'a mut [T] {
        let Some(index) = self.field_table().iter().position(|f| f.name() == name) else {
            return &mut [];
        };
        let field = &self.field_table()[index];
        let bit = 1u64 << index;
        let (size, row) = (size_of::<T>() as u32, field.stride);
        if self.taken.get() & bit != 0 || (size != row && size * field.components != row) {
            debug_assert!(false, "array taken twice or with another type");
            return &mut [];
        }
        self.taken.set(self.taken.get() | bit);
        let length = field.bytes() as usize / size_of::<T>();
        // SAFETY: `check_tables` saw that the array lies inside the block, aligned to 64; `taken` makes the borrow unique
        // until `release`, which needs the block exclusively.
        unsafe { core::slice::from_raw_parts_mut(self.base.add(field.offset as usize) as *mut T, length) }
    }

    /// One parameter slot at its byte offset, if there is one.
    pub fn slot(&self, offset: u32) -> Option<f64> {
        let entry = self.record_table().iter().position(|e| (e.offset..e.offset + e.slots * 8).contains(&offset) && offset.is_multiple_of(8))?;
        let first = self.record_table()[entry].offset;
        Some(self.nth_record(entry).values[(offset - first) as usize / 8])
    }

    /// Sets one parameter slot at its byte offset; offsets outside the records are ignored.
    pub fn set_slot(&self, offset: u32, value: f64) {
        let inside = |e: &RecordEntry| (e.offset..e.offset + e.slots * 8).contains(&offset) && offset.is_multiple_of(8);
        if self.record_table().iter().any(inside) {
            // SAFETY: `check_tables` saw that the slot lies inside the block, aligned; no call is reading parameters now.
            unsafe { (self.base.add(offset as usize) as *mut f64).write(value) };
        }
    }

    /// The tables of arrays and records as bytes, to see whether someone changed them.
    pub fn tables(&self) -> &'a [u8] {
        let first = HEADER_BYTES as usize;
        let header = self.header();
        let end = (header.record_table as u64 + header.record_count as u64 * size_of::<RecordEntry>() as u64).clamp(first as u64, self.bytes);
        // SAFETY: inside the block, wherever the header says by now that they end.
        unsafe { core::slice::from_raw_parts(self.base.add(first), end as usize - first) }
    }

    /// The guard words behind what ends at that offset; none where the block ends before.
    pub fn guard(&self, end: u64) -> &'a mut [u32] {
        let (first, last) = (end.next_multiple_of(4), layout::align(end) + GUARD_BYTES);
        if last > self.bytes {
            return &mut [];
        }
        // SAFETY: inside the block and aligned; nothing else lies where the plan left room for guards, and only the leader looks.
        unsafe { core::slice::from_raw_parts_mut(self.base.add(first as usize) as *mut u32, (last - first) as usize / 4) }
    }

    /// Ends the use of all arrays; the exclusive borrow of the block shows that no stage is running.
    pub fn release(&mut self) {
        self.taken.set(0);
    }

    /// An array as words, to change.
    pub fn words(&self, field: &FieldEntry) -> &'a mut [u32] {
        debug_assert!(self.field_table().iter().position(|f| f == field).is_some_and(|index| self.taken.get() >> index & 1 == 0));
        // SAFETY: inside the block and aligned, as above; not taken, and the leader runs one stage at a time.
        unsafe { core::slice::from_raw_parts_mut(self.base.add(field.offset as usize) as *mut u32, field.bytes() as usize / 4) }
    }

    /// An array as words, to read while nobody writes it.
    pub fn view(&self, field: &FieldEntry) -> FieldView<'a> {
        let element = if field.element == Element::F32 as u32 { Element::F32 } else { Element::U32 };
        // SAFETY: inside the block and aligned, as above; 32-bit words have no invalid bits.
        let words = unsafe { core::slice::from_raw_parts(self.base.add(field.offset as usize) as *const u32, field.bytes() as usize / 4) };
        FieldView { element, words, width: field.stride as usize / 4 }
    }

    /// An array and its checkpoint copy, as words.
    pub fn with_copy(&self, field: &FieldEntry) -> (&'a mut [u32], &'a mut [u32]) {
        debug_assert!(self.taken.get() == 0 && field.saved_offset != 0);
        let words = field.bytes() as usize / 4;
        // SAFETY: both lie inside the block, aligned, and the plan placed them apart.
        unsafe {
            (
                core::slice::from_raw_parts_mut(self.base.add(field.offset as usize) as *mut u32, words),
                core::slice::from_raw_parts_mut(self.base.add(field.saved_offset as usize) as *mut u32, words),
            )
        }
    }

    /// One frame slot, four numbers a particle.
    pub fn frame_slot(&self, slot: usize) -> &'a mut [f32] {
        let header = self.header();
        let length = header.particle_count as usize * 4;
        // SAFETY: `check_tables` saw that each slot lies inside the block; the triple buffer gives the writer slot `back`.
        unsafe { core::slice::from_raw_parts_mut(self.base.add(header.frames[slot % 3].offset as usize) as *mut f32, length) }
    }
}
