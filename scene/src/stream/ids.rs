//! Ids of particles, once they stand in the block: all must differ, and slots of emitters get the lowest that are free.
//!
//! A map of all ids would be as large as the particles. So ids are looked at in windows of 32 million numbers, each a bitmap of 4 MiB, as often
//! as it takes; those of most files lie in the first.

/// Numbers of a window.
const WINDOW: u64 = 1 << 25;

/// Passes over the ids, window by window.
#[derive(Debug)]
pub struct Ids {
    bits: Vec<u64>,
    begin: u64,
    /// Least id beyond the window that this pass has met.
    next: u64,
    seen: u64,
    count: u64,
}

impl Ids {
    /// For so many ids.
    pub fn new(count: u64) -> Self {
        Ids { bits: vec![0; (WINDOW / 64) as usize], begin: 0, next: u64::MAX, seen: 0, count }
    }

    /// Takes ids of this pass; one that stands twice comes back.
    ///
    /// # Errors
    /// The id that stands twice.
    pub fn take(&mut self, ids: &[u32]) -> Result<(), u32> {
        for &id in ids {
            let Some(at) = u64::from(id).checked_sub(self.begin) else { continue };
            if at >= WINDOW {
                self.next = self.next.min(u64::from(id));
                continue;
            }
            let (word, bit) = ((at / 64) as usize, 1 << (at % 64));
            if self.bits[word] & bit != 0 {
                return Err(id);
            }
            self.bits[word] |= bit;
            self.seen += 1;
        }
        Ok(())
    }

    /// Ends a pass: gives the lowest free ids of its window, at most `wanted`, and returns how many.
    pub fn end_pass(&mut self, wanted: usize, mut give: impl FnMut(u32)) -> usize {
        let mut given = 0;
        for at in (0..WINDOW).take_while(|at| self.begin + at <= u64::from(u32::MAX)) {
            if given == wanted {
                break;
            }
            if self.bits[(at / 64) as usize] >> (at % 64) & 1 == 0 {
                give((self.begin + at) as u32);
                given += 1;
            }
        }
        self.bits.fill(0);
        // Where free ids are still to be found every window counts; else those without an id are left out.
        self.begin = if given < wanted || self.next == u64::MAX { self.begin + WINDOW } else { self.next / WINDOW * WINDOW };
        self.next = u64::MAX;
        given
    }

    /// Whether every id was in some window.
    pub fn all_seen(&self) -> bool {
        self.seen == self.count
    }
}

/// Checks the first `count` of `ids`, and gives the others the lowest that are free.
///
/// # Errors
/// Numbers of two rows with the same id.
pub fn settle(ids: &mut [u32], count: usize) -> Result<(), (usize, usize)> {
    let (mine, free) = ids.split_at_mut(count.min(ids.len()));
    let mut passes = Ids::new(mine.len() as u64);
    let mut free = free.iter_mut();
    while !passes.all_seen() || free.len() > 0 {
        passes.take(mine).map_err(|id| {
            let mut rows = (0..mine.len()).filter(|&row| mine[row] == id);
            (rows.next().unwrap_or(0), rows.next().unwrap_or(0))
        })?;
        passes.end_pass(free.len(), |id| _ = free.next().map(|slot| *slot = id));
    }
    Ok(())
}
