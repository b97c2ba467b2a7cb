//! A ring of entries in memory that was handed over: what is added last stays, what is oldest goes.
//!
//! ```text
//! control (8 words) │ entry │ entry │ … │ free │ entry │ …          an entry never lies across the end
//! entry: payload bytes │ step │ time │ kind and checksum │ payload, padded to words
//! ```
//! An entry of a kind with [`DEPENDS`] is of no use without the one before; when that goes, it goes too.

use crate::{Trouble, checksum};

/// Words of the control part. A host may read them: magic, entries, first step, last step, bytes in use.
pub const CONTROL: usize = 10;
/// Words before a payload.
const HEAD: usize = 4;
/// First word of every ring: "MOTESRNG".
pub const MAGIC: u64 = u64::from_le_bytes(*b"MOTESRNG");
/// Kind flag: needs the entry before.
pub const DEPENDS: u32 = 1 << 31;

/// Numbers of the control words.
mod word {
    pub(super) const MAGIC: usize = 0;
    pub(super) const COUNT: usize = 1;
    pub(super) const FIRST_STEP: usize = 2;
    pub(super) const LAST_STEP: usize = 3;
    pub(super) const USED: usize = 4;
    pub(super) const HEAD: usize = 5;
    pub(super) const TAIL: usize = 6;
    /// Where entries before the wrap end; 0 while nothing is wrapped.
    pub(super) const WRAP: usize = 7;
    /// Where the newest entry begins.
    pub(super) const NEWEST: usize = 8;
}

/// A ring; all of it is in the slice.
pub struct Ring<'a> {
    control: &'a mut [u64],
    room: &'a mut [u64],
}

/// What an entry is, and where.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// Given by who added it.
    pub kind: u32,
    /// Step of the run.
    pub step: u64,
    /// Simulated time.
    pub time: f64,
    /// Bytes of the payload.
    pub bytes: usize,
    at: usize,
}

impl Entry {
    /// Words that it takes.
    fn words(&self) -> usize {
        HEAD + self.bytes.div_ceil(8)
    }

    /// Byte offset of its payload from the ring's beginning.
    pub fn offset(&self) -> usize {
        (CONTROL + self.at + HEAD) * 8
    }
}

impl<'a> Ring<'a> {
    /// An empty ring.
    ///
    /// # Errors
    /// If there is no room for one entry.
    pub fn create(words: &'a mut [u64]) -> Result<Self, Trouble> {
        if words.len() <= CONTROL + HEAD {
            return Err(Trouble::Room { needed: (CONTROL + HEAD + 1) as u64 * 8 });
        }
        let (control, room) = words.split_at_mut(CONTROL);
        control.fill(0);
        control[word::MAGIC] = MAGIC;
        Ok(Ring { control, room })
    }

    /// The ring that was created here.
    ///
    /// # Errors
    /// If there is none.
    pub fn open(words: &'a mut [u64]) -> Result<Self, Trouble> {
        if words.len() <= CONTROL + HEAD || words[word::MAGIC] != MAGIC {
            return Err(Trouble::Damaged { offset: 0, what: "no ring begins here" });
        }
        let (control, room) = words.split_at_mut(CONTROL);
        Ok(Ring { control, room })
    }

    /// Entries.
    pub fn count(&self) -> usize {
        self.control[word::COUNT] as usize
    }

    /// The entry that begins at that word, if one can.
    fn entry(&self, at: usize) -> Option<Entry> {
        let head = self.room.get(at..at.checked_add(HEAD)?)?;
        let entry = Entry { kind: head[3] as u32, step: head[1], time: f64::from_bits(head[2]), bytes: usize::try_from(head[0]).ok()?, at };
        (entry.bytes <= self.room.len() * 8 && at + entry.words() <= self.room.len()).then_some(entry)
    }

    /// Entries from the oldest on.
    pub fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        let mut at = self.control[word::HEAD] as usize;
        (0..self.count()).map_while(move |_| {
            let entry = self.entry(at)?;
            at = self.after(&entry);
            Some(entry)
        })
    }

    /// Where the entry behind this one begins.
    fn after(&self, entry: &Entry) -> usize {
        let end = entry.at + entry.words();
        if end as u64 == self.control[word::WRAP] { 0 } else { end }
    }

    /// The oldest entry.
    pub fn oldest(&self) -> Option<Entry> {
        self.entries().next()
    }

    /// The newest entry.
    pub fn newest(&self) -> Option<Entry> {
        (self.count() > 0).then(|| self.entry(self.control[word::NEWEST] as usize)).flatten()
    }

    /// The newest entry at or before a step.
    pub fn at_or_before(&self, step: u64) -> Option<Entry> {
        self.entries().take_while(|entry| entry.step <= step).last()
    }

    /// The payload, checked.
    ///
    /// # Errors
    /// If its bytes are not those that were added.
    pub fn payload(&self, entry: &Entry) -> Result<&[u8], Trouble> {
        let bytes = &bytemuck::cast_slice(&self.room[entry.at + HEAD..])[..entry.bytes];
        let sound = self.room[entry.at + 3] >> 32 == u64::from(checksum(bytes));
        sound.then_some(bytes).ok_or(Trouble::Damaged { offset: entry.offset() as u64, what: "the checksum of the entry is another" })
    }

    /// Adds an entry; the oldest make room for it.
    ///
    /// # Errors
    /// If the whole ring is too small; nothing is dropped then.
    pub fn push(&mut self, kind: u32, step: u64, time: f64, payload: &[u8]) -> Result<(), Trouble> {
        let entry = Entry { kind, step, time, bytes: payload.len(), at: 0 };
        if entry.words() > self.room.len() {
            return Err(Trouble::Room { needed: (CONTROL + entry.words()) as u64 * 8 });
        }
        let at = self.make_room(entry.words());
        let head = [payload.len() as u64, step, time.to_bits(), u64::from(kind) | u64::from(checksum(payload)) << 32];
        self.room[at..at + HEAD].copy_from_slice(&head);
        bytemuck::cast_slice_mut(&mut self.room[at + HEAD..])[..payload.len()].copy_from_slice(payload);
        self.control[word::TAIL] = (at + entry.words()) as u64;
        self.control[word::NEWEST] = at as u64;
        self.control[word::COUNT] += 1;
        if kind & DEPENDS != 0 && self.count() == 1 {
            self.clear();
        }
        self.note();
        Ok(())
    }

    /// Where that many words can be written.
    fn make_room(&mut self, words: usize) -> usize {
        loop {
            let (head, tail) = (self.control[word::HEAD] as usize, self.control[word::TAIL] as usize);
            let wrapped = self.control[word::WRAP] != 0;
            if self.count() == 0 {
                self.clear();
                return 0;
            }
            if !wrapped && self.room.len() - tail >= words || wrapped && head - tail >= words {
                return tail;
            }
            if !wrapped && head >= words {
                self.control[word::WRAP] = tail as u64;
                return 0;
            }
            self.drop_oldest();
        }
    }

    /// Drops the oldest entry and all that need it.
    fn drop_oldest(&mut self) {
        loop {
            let Some(oldest) = self.oldest() else { return self.clear() };
            let next = self.after(&oldest);
            if next == 0 {
                self.control[word::WRAP] = 0;
            }
            self.control[word::HEAD] = next as u64;
            self.control[word::COUNT] -= 1;
            if self.oldest().is_none_or(|entry| entry.kind & DEPENDS == 0) {
                return;
            }
        }
    }

    /// Drops everything after a step.
    pub fn cut_after(&mut self, step: u64) {
        self.keep_while(|entry| entry.step <= step);
    }

    /// Drops everything from a step on.
    pub fn cut_from(&mut self, step: u64) {
        self.keep_while(|entry| entry.step < step);
    }

    fn keep_while(&mut self, good: impl Fn(&Entry) -> bool) {
        let (kept, last) = self.entries().take_while(good).fold((0, None), |(count, _), entry| (count + 1, Some(entry)));
        let Some(last) = last else { return self.clear() };
        if kept == self.count() {
            return;
        }
        let end = (last.at + last.words()) as u64;
        // What lay before the end of the memory is the newest again.
        if self.control[word::WRAP] != 0 && last.at >= self.control[word::HEAD] as usize {
            self.control[word::WRAP] = 0;
        }
        self.control[word::TAIL] = end;
        self.control[word::NEWEST] = last.at as u64;
        self.control[word::COUNT] = kept as u64;
        self.note();
    }

    /// Drops everything.
    pub fn clear(&mut self) {
        self.control[word::COUNT..].fill(0);
    }

    /// Writes what hosts read.
    fn note(&mut self) {
        let first = self.oldest().map_or(0, |entry| entry.step);
        let last = self.newest().map_or(0, |entry| entry.step);
        let used: usize = self.entries().map(|entry| entry.words() * 8).sum();
        self.control[word::FIRST_STEP] = first;
        self.control[word::LAST_STEP] = last;
        self.control[word::USED] = used as u64;
    }
}
