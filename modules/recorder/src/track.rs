//! Frames: where each particle is, within a stated error.
//!
//! A coordinate becomes a whole number of quanta, each a little less than twice the error. Particles stand in the order of
//! their identities, whatever the order in memory, so that a frame meets the one before by merging. Each number is coded as
//! its distance from a guess: the particle before it in the frame, the same particle in the frame before, or where that would be
//! had it gone on as it did. The frame takes the guess that comes nearest on the whole, and says which.

use crate::Trouble;
use crate::coder::{Reader, Writer};
use crate::numbers::{Numbers, fold, length, unfold};
use bytemuck::{Pod, Zeroable};
use motes_physics::block::Block;

/// Frames from one that stands for itself to the next.
const WHOLE_EVERY: u64 = 32;
/// Quanta from the origin at most; the difference of two is still a number of 32 bits.
const MOST_QUANTA: f64 = (1 << 30) as f64;
/// Words of the control part.
const CONTROL: usize = 4;
/// Particles that a byte can stand for at most: a coordinate is six decisions of at least 1/1420 bit each.
pub const PARTICLES_PER_BYTE: u64 = 1024;
/// Frame flag: identities and species are those of the frame before.
const SAME_NAMES: u32 = 4;

/// What a number is told as the distance from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Guess {
    /// The particle before, in the same frame.
    Neighbour = 0,
    /// The same particle in the frame before.
    Still = 1,
    /// The same particle, gone on as far again.
    Onward = 2,
}

/// The length of a quantum for an error: rounding to it and back errs less than that, rounding of `f64` included.
pub fn quantum(error: f64) -> f64 {
    2.0 * error * (1.0 - 1.0 / (1 << 20) as f64)
}

/// A particle of a frame.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct Particle {
    /// Identity.
    pub id: u32,
    /// Species.
    pub species: u32,
    /// Position in quanta.
    pub at: [i32; 3],
    /// Position in the frame before; the same where it was not there, and in frames that stand for themselves.
    pub before: [i32; 3],
}

/// Particles as the run has them.
pub struct Source<'a> {
    /// x, y, z of each.
    pub position: &'a [f32],
    /// What to add to them; empty where the model keeps nothing.
    pub low: &'a [f32],
    /// Identities.
    pub id: &'a [u32],
    /// Species.
    pub species: &'a [u32],
    /// Ages, negative where there is no particle; empty where all live.
    pub age: &'a [f32],
}

impl<'a> Source<'a> {
    /// Those of a block.
    pub fn of(block: &mut Block<'a>) -> Self {
        block.release();
        let source = Source {
            position: block.take("position"),
            low: block.take("position_low"),
            id: block.take("id"),
            species: block.take("species"),
            age: block.take("age"),
        };
        block.release();
        source
    }

    fn alive(&self, row: usize) -> bool {
        self.age.get(row).is_none_or(|age| *age >= 0.0)
    }

    /// The particle in a row, in quanta.
    #[inline]
    fn particle(&self, row: usize, per_length: f64) -> Result<Particle, Trouble> {
        let mut particle = Particle { id: self.id[row], species: self.species[row], ..Particle::default() };
        for k in 0..3 {
            let x = f64::from(self.position[3 * row + k]) + self.low.get(3 * row + k).map_or(0.0, |low| f64::from(*low));
            let quanta = x * per_length;
            // Numbers that are none fail the comparison too.
            if !(-MOST_QUANTA..=MOST_QUANTA).contains(&quanta) {
                return Err(Trouble::TooFar { particle: particle.id });
            }
            particle.at[k] = (quanta + 0.5f64.copysign(quanta)) as i32;
        }
        Ok(particle)
    }
}

/// What came out of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coded {
    /// Bytes of the payload.
    pub bytes: usize,
    /// Particles.
    pub count: u32,
    /// How it was told; goes into the frame's head.
    pub kind: u32,
}

impl Coded {
    /// Whether it needs the frame before.
    pub fn depends(&self) -> bool {
        self.kind & 3 != Guess::Neighbour as u32
    }
}

/// What one frame leaves for the next: coder or decoder of a run of frames. All of it is in the slice.
pub struct Track<'a> {
    control: &'a mut [u64],
    first: &'a mut [Particle],
    second: &'a mut [Particle],
    order: &'a mut [u64],
}

impl<'a> Track<'a> {
    /// Words that a track of so many particles needs.
    pub const fn words(particles: usize) -> usize {
        CONTROL + 9 * particles
    }

    /// Bytes that are enough for any frame of so many particles.
    pub const fn most_bytes(particles: usize) -> usize {
        64 + 32 * particles
    }

    /// The track that lies there; a slice of zeros is one that has seen no frame.
    ///
    /// # Errors
    /// If there are fewer than [`Self::words`].
    pub fn open(words: &'a mut [u64], particles: usize) -> Result<Self, Trouble> {
        let needed = Self::words(particles);
        let words = words.get_mut(..needed).ok_or(Trouble::Room { needed: needed as u64 * 8 })?;
        let (control, rest) = words.split_at_mut(CONTROL);
        let (first, rest) = rest.split_at_mut(4 * particles);
        let (second, order) = rest.split_at_mut(4 * particles);
        Ok(Track { control, first: bytemuck::cast_slice_mut(first), second: bytemuck::cast_slice_mut(second), order })
    }

    /// Forgets the frames so far: the next one stands for itself.
    pub fn forget(&mut self) {
        self.control.fill(0);
    }

    /// The frame before and the place of the next.
    fn frames(&mut self) -> (&[Particle], &mut [Particle]) {
        let count = (self.control[1] as usize).min(self.first.len());
        if self.control[0] == 0 { (&self.first[..count], self.second) } else { (&self.second[..count], self.first) }
    }

    /// The frame that was coded or read last.
    pub fn newest(&self) -> &[Particle] {
        let count = (self.control[1] as usize).min(self.first.len());
        if self.control[0] == 0 { &self.first[..count] } else { &self.second[..count] }
    }

    /// As [`Self::newest`], for as long as the memory is lent.
    pub fn into_newest(self) -> &'a [Particle] {
        let count = (self.control[1] as usize).min(self.first.len());
        if self.control[0] == 0 { &self.first[..count] } else { &self.second[..count] }
    }

    /// The frame before that one.
    pub fn previous(&self) -> &[Particle] {
        let count = (self.control[3] as usize).min(self.first.len());
        if self.control[0] == 0 { &self.second[..count] } else { &self.first[..count] }
    }

    fn done(&mut self, count: usize, whole: bool) {
        self.control[0] ^= 1;
        self.control[3] = self.control[1];
        self.control[1] = count as u64;
        self.control[2] = if whole { 1 } else { self.control[2] + 1 };
    }

    /// Codes a frame.
    ///
    /// # Errors
    /// If the buffer is smaller than [`Self::most_bytes`] and too small, or a particle is too far away.
    pub fn code(&mut self, source: &Source, quantum: f64, out: &mut [u8]) -> Result<Coded, Trouble> {
        let rows = self.sort(source)?;
        let due = self.control[2] == 0 || self.control[2] >= WHOLE_EVERY;
        let (guess, same) = self.gather(source, rows, 1.0 / quantum)?;
        let guess = if due { Guess::Neighbour } else { guess };
        let whole = guess == Guess::Neighbour;
        let kind = guess as u32 | if same && !whole { SAME_NAMES } else { 0 };
        let needed = Self::most_bytes(rows) as u64;
        let mut writer = Writer::new(out);
        let (old, new) = self.frames();
        let mut lines = Lines::new(kind, old);
        new[..rows].iter_mut().for_each(|particle| lines.put(&mut writer, particle));
        let bytes = writer.finish().ok_or(Trouble::Room { needed })?;
        self.done(rows, whole);
        Ok(Coded { bytes, count: rows as u32, kind })
    }

    /// Rows of the living by identity, into `order`.
    fn sort(&mut self, source: &Source) -> Result<usize, Trouble> {
        let rows = source.id.len();
        if rows > self.order.len() {
            return Err(Trouble::Room { needed: Self::words(rows) as u64 * 8 });
        }
        let mut count = 0;
        for row in (0..rows).filter(|row| source.alive(*row)) {
            self.order[count] = u64::from(source.id[row]) << 32 | row as u64;
            count += 1;
        }
        self.order[..count].sort_unstable();
        Ok(count)
    }

    /// Quantises all particles and finds the guess that comes nearest, and whether their names are those of the frame before.
    fn gather(&mut self, source: &Source, rows: usize, per_length: f64) -> Result<(Guess, bool), Trouble> {
        let order = core::mem::take(&mut self.order);
        let (old, new) = self.frames();
        let mut costs = [0u64; 3];
        let mut same = old.len() == rows;
        let mut merge = Merge::new(old);
        let mut last = Particle::default();
        let mut gathered = Ok(());
        for (place, entry) in new.iter_mut().zip(&order[..rows]) {
            let mut particle = match source.particle(*entry as u32 as usize, per_length) {
                Ok(particle) => particle,
                Err(trouble) => {
                    gathered = Err(trouble);
                    break;
                }
            };
            let found = merge.find(particle.id);
            same &= found.is_some_and(|old| old.species == particle.species);
            particle.before = found.map_or(particle.at, |old| old.at);
            for (cost, guess) in costs.iter_mut().zip([Guess::Neighbour, Guess::Still, Guess::Onward]) {
                let from = expect(guess, found, &last);
                *cost += (0..3).map(|k| length(fold(particle.at[k].wrapping_sub(from[k])))).sum::<u64>();
            }
            last = particle;
            *place = particle;
        }
        self.order = order;
        gathered?;
        let [neighbour, still, onward] = costs;
        let guess = if onward < still && onward < neighbour {
            Guess::Onward
        } else if still < neighbour {
            Guess::Still
        } else {
            Guess::Neighbour
        };
        Ok((guess, same))
    }

    /// Reads a frame that [`Self::code`] wrote, after those that it needs.
    ///
    /// # Errors
    /// If it cannot be one. Bytes that were changed may read as another frame; a checksum must tell that before.
    pub fn read(&mut self, coded: Coded, payload: &[u8]) -> Result<&[Particle], Trouble> {
        let damaged = |what| Trouble::Damaged { offset: 0, what };
        let (count, limit) = (coded.count as usize, (coded.bytes as u64 + 64) * PARTICLES_PER_BYTE);
        if coded.kind > SAME_NAMES | Guess::Onward as u32 || coded.kind & 3 == 3 || coded.kind == SAME_NAMES {
            return Err(damaged("the frame is of no known kind"));
        }
        if count > self.first.len() || u64::from(coded.count) > limit {
            return Err(damaged("the frame names more particles than it can have"));
        }
        if coded.depends() && self.control[2] == 0 {
            return Err(damaged("the frame needs the one before, which is not there"));
        }
        let mut reader = Reader::new(payload);
        let (old, new) = self.frames();
        if coded.kind & SAME_NAMES != 0 && old.len() != count {
            return Err(damaged("the frame has another number of particles than the one before"));
        }
        let mut lines = Lines::new(coded.kind, old);
        new[..count].iter_mut().for_each(|particle| lines.get(&mut reader, particle));
        self.done(count, !coded.depends());
        Ok(self.newest())
    }
}

/// Finds particles of the frame before, whose identities rise as those that are asked for do.
pub struct Merge<'a> {
    old: &'a [Particle],
    next: usize,
}

impl<'a> Merge<'a> {
    /// Begins with the first.
    pub fn new(old: &'a [Particle]) -> Self {
        Merge { old, next: 0 }
    }

    /// The particle of that identity, if there is one.
    #[inline]
    pub fn find(&mut self, id: u32) -> Option<Particle> {
        while self.old.get(self.next).is_some_and(|old| old.id < id) {
            self.next += 1;
        }
        self.old.get(self.next).filter(|old| old.id == id).copied()
    }
}

/// Where a particle is expected.
#[inline]
fn expect(guess: Guess, found: Option<Particle>, last: &Particle) -> [i32; 3] {
    match (guess, found) {
        (Guess::Still, Some(old)) => old.at,
        (Guess::Onward, Some(old)) => core::array::from_fn(|k| old.at[k].wrapping_mul(2).wrapping_sub(old.before[k])),
        _ => last.at,
    }
}

/// The particles of a frame one after the other, written or read.
struct Lines<'a> {
    guess: Guess,
    same: bool,
    merge: Merge<'a>,
    last: Particle,
    next_id: u32,
    gaps: Numbers,
    species: Numbers,
    axes: [Numbers; 3],
}

impl<'a> Lines<'a> {
    fn new(kind: u32, old: &'a [Particle]) -> Self {
        Lines {
            guess: [Guess::Neighbour, Guess::Still, Guess::Onward][(kind & 3).min(2) as usize],
            same: kind & SAME_NAMES != 0,
            merge: Merge::new(old),
            last: Particle::default(),
            next_id: 0,
            gaps: Numbers::new(),
            species: Numbers::new(),
            axes: [const { Numbers::new() }; 3],
        }
    }

    #[inline]
    fn put(&mut self, writer: &mut Writer, particle: &mut Particle) {
        if !self.same {
            self.gaps.put(writer, particle.id.wrapping_sub(self.next_id));
            self.species.put(writer, particle.species);
        }
        let found = self.merge.find(particle.id);
        let from = expect(self.guess, found, &self.last);
        if self.guess == Guess::Neighbour {
            particle.before = particle.at;
        }
        for k in 0..3 {
            self.axes[k].put(writer, fold(particle.at[k].wrapping_sub(from[k])));
        }
        self.next_id = particle.id.wrapping_add(1);
        self.last = *particle;
    }

    #[inline]
    fn get(&mut self, reader: &mut Reader, particle: &mut Particle) {
        let (id, species) = if self.same {
            // With names as before each old particle has its new one.
            self.merge.old.get(self.merge.next).map_or((0, 0), |old| (old.id, old.species))
        } else {
            (self.gaps.get(reader).wrapping_add(self.next_id), self.species.get(reader))
        };
        let found = if self.same { self.merge.old.get(self.merge.next).copied() } else { self.merge.find(id) };
        self.merge.next += usize::from(self.same);
        let from = expect(self.guess, found, &self.last);
        let at = core::array::from_fn(|k| from[k].wrapping_add(unfold(self.axes[k].get(reader))));
        let before = found.filter(|_| self.guess != Guess::Neighbour).map_or(at, |old| old.at);
        *particle = Particle { id, species, at, before };
        self.next_id = id.wrapping_add(1);
        self.last = *particle;
    }
}
