//! The listener: what sprang between two looks at the velocities.
//!
//! Of the change of a velocity it takes off what uniform gravity alone would have made of it. What is left is a jump if it is large beside the
//! mean speed and beside the jumps of others: so the pushes of a liquid's neighbours are no collisions, and the hardest of them are. Jumps of
//! one particle in a row add up to one impulse, told when they end: soft contacts sound once, and what rests on the ground not at all.

use crate::fraction;
use crate::ring::{self, Entry, Kind};
use crate::shared::{EVENTS, FAINT, FULL, Words};
use bytemuck::{Pod, Zeroable};
use motes_physics::block::Block;
use motes_physics::forces::gravity::Gravity;
use motes_physics::records::Records;
use motes_physics::scene_records::{Domain, Species};

/// Events told at a time at most: the loudest.
pub const LOUDEST: usize = 64;
/// A jump is more than this share of the mean speed,
const OF_SPEED: f64 = 0.05;
/// of the greatest mean speed so far,
const OF_GREATEST: f64 = 0.005;
/// more than so many mean changes,
const OF_CHANGES: f64 = 3.0;
/// and more than what the ground takes from whatever lies on it.
const OF_FALL: f64 = 1.5;
/// How fast the mean change follows.
const FOLLOW: f64 = 1.0 / 16.0;
/// Species that are told apart.
const SPECIES: usize = 16;
/// Steps of a scale of five notes, one a species.
const SCALE: [f64; 5] = [1.0, 1.2, 4.0 / 3.0, 1.5, 1.8];

/// What is kept of one particle: its velocity, and the jumps so far of a contact that goes on.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub struct Heard {
    velocity: [f32; 3],
    impulse: f32,
}

/// An impulse that is over.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
struct Struck {
    id: u32,
    row: u32,
    strength: f32,
}

/// State of the listener; zeros are one that has heard nothing yet.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct Listener {
    /// Step of the last look, and one more; 0 for none.
    next_step: u64,
    time: f64,
    /// Mean speed, the greatest so far, and the mean change of a velocity that gravity does not explain.
    speed: f64,
    greatest: f64,
    change: f64,
    /// Mean mass times speed so far at the greatest: what a strike is measured by.
    momentum: f64,
    count: u32,
    /// Particles that there were; where some joined, all are looked at as if for the first time.
    rows: u32,
    loudest: [Struck; LOUDEST],
}

/// The arrays that it reads.
struct Particles<'a> {
    velocity: &'a [[f32; 3]],
    id: &'a [u32],
    species: &'a [u32],
    position: &'a [[f32; 3]],
    age: &'a [f32],
    mass: [f32; SPECIES],
    pitch: [f64; SPECIES],
}

impl<'a> Particles<'a> {
    fn of(block: &mut Block<'a>) -> Self {
        block.release();
        let (mut mass, mut radius) = ([1.0f32; SPECIES], [0.0; SPECIES]);
        let (mut sum, mut count) = (0.0, 0.0);
        for (k, species) in Records::Running(block).all::<Species>().take(SPECIES).enumerate() {
            (mass[k], radius[k]) = (species.mass as f32, species.radius);
            (sum, count) = if species.radius > 0.0 { (sum + species.radius, count + 1.0) } else { (sum, count) };
        }
        let pitch = core::array::from_fn(|k| {
            let small = if radius[k] > 0.0 { (sum / count / radius[k]).clamp(0.25, 4.0) } else { 1.0 };
            small * SCALE[k % SCALE.len()]
        });
        let particles = Particles {
            velocity: block.take("velocity"),
            id: block.take("id"),
            species: block.take("species"),
            position: block.take("position"),
            age: block.take("age"),
            mass,
            pitch,
        };
        block.release();
        particles
    }

    fn kind(&self, row: usize) -> usize {
        (self.species[row] as usize).min(SPECIES - 1)
    }
}

/// Sums of one look.
#[derive(Default)]
struct Sums {
    heard: f64,
    speed: f64,
    momentum: f64,
    change: f64,
}

fn length(v: [f32; 3]) -> f32 {
    libm::sqrtf(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
}

impl Listener {
    /// Looks at a block between two steps and writes what happened since the last look into the ring. `heard` has a place for each particle
    /// that is listened to; where there are more particles, those of every second, fourth, ... identity are.
    pub fn listen<W: Words + ?Sized>(&mut self, block: &mut Block, heard: &mut [Heard], words: &W) {
        let (step, time) = (block.header().step, block.header().time);
        let particles = Particles::of(block);
        let shift = particles.id.len().div_ceil(heard.len().max(1)).next_power_of_two().trailing_zeros();
        let joined = self.rows as usize != particles.id.len();
        if self.next_step == 0 || step + 1 < self.next_step || time < self.time {
            self.begin(&particles, heard, shift);
            ring::push(words, &Entry::of(Kind::Start, time, self.level()));
        } else if joined {
            self.begin(&particles, heard, shift);
            ring::push(words, &Entry::of(Kind::Mark, time, self.level()));
        } else if time > self.time {
            self.compare(block, &particles, heard, shift, time - self.time);
            self.tell(block, &particles, words, time);
            ring::push(words, &Entry::of(Kind::Mark, time, self.level()));
        }
        (self.next_step, self.time) = (step + 1, time);
    }

    /// Mean speed as a share of the greatest so far.
    fn level(&self) -> f32 {
        if self.greatest > 0.0 { (self.speed / self.greatest) as f32 } else { 0.0 }
    }

    /// Keeps all velocities as they are.
    fn begin(&mut self, particles: &Particles, heard: &mut [Heard], shift: u32) {
        *self = Listener { rows: particles.id.len() as u32, ..Listener::zeroed() };
        let mut sums = Sums::default();
        visit(particles, heard, shift, |row, _, place| {
            *place = Heard { velocity: particles.velocity[row], impulse: 0.0 };
            sums.add(particles, row);
        });
        self.mean(&sums);
    }

    fn mean(&mut self, sums: &Sums) {
        let count = sums.heard.max(1.0);
        self.speed = sums.speed / count;
        self.greatest = self.greatest.max(self.speed);
        self.momentum = self.momentum.max(sums.momentum / count);
        self.change += (sums.change / count - self.change) * FOLLOW;
    }

    /// Finds the impulses that ended within `elapsed`.
    fn compare(&mut self, block: &Block, particles: &Particles, heard: &mut [Heard], shift: u32, elapsed: f64) {
        let gravity = Records::Running(block).all::<Gravity>().fold([0.0; 3], |sum, g| core::array::from_fn(|k| sum[k] + g.acceleration[k]));
        let fall = gravity.map(|g| (g * elapsed) as f32);
        let motion = (OF_SPEED * self.speed).max(OF_GREATEST * self.greatest).max(OF_CHANGES * self.change);
        let least = motion.max(OF_FALL * f64::from(length(fall))) as f32;
        let mut sums = Sums::default();
        self.count = 0;
        visit(particles, heard, shift, |row, id, place| {
            let velocity = particles.velocity[row];
            let born = particles.age.get(row).is_some_and(|age| f64::from(*age) <= 1.5 * elapsed);
            if born {
                *place = Heard { velocity, impulse: 0.0 };
                return;
            }
            let change = length(core::array::from_fn(|k| velocity[k] - place.velocity[k] - fall[k]));
            place.velocity = velocity;
            sums.add(particles, row);
            sums.change += f64::from(change);
            if change > least {
                place.impulse += change;
            } else if place.impulse > 0.0 {
                let strength = particles.mass[particles.kind(row)] * core::mem::take(&mut place.impulse);
                self.keep(Struck { id, row: row as u32, strength });
            }
        });
        self.mean(&sums);
    }

    /// Keeps an impulse if it is among the loudest; `count` goes on counting those that are not.
    fn keep(&mut self, struck: Struck) {
        let kept = (self.count as usize).min(LOUDEST);
        self.count += 1;
        if kept < LOUDEST {
            self.loudest[kept] = struck;
        } else if let Some(faintest) = self.loudest.iter_mut().min_by(|a, b| a.strength.total_cmp(&b.strength))
            && faintest.strength < struck.strength
        {
            *faintest = struck;
        }
    }

    /// Writes the loudest into the ring. Their times are spread over the time since the last look, each particle's at its own fraction of it.
    fn tell<W: Words + ?Sized>(&mut self, block: &Block, particles: &Particles, words: &W, now: f64) {
        let kept = (self.count as usize).min(LOUDEST);
        words.count(FAINT, self.count - kept as u32);
        let loudest = &mut self.loudest[..kept];
        loudest.sort_unstable_by(|a, b| fraction(a.id, 1).total_cmp(&fraction(b.id, 1)).then(a.row.cmp(&b.row)));
        let domain: Domain = Records::Running(block).one();
        for struck in loudest {
            // The last place is for the mark.
            if ring::room(words) < 2 {
                words.count(FULL, 1);
                continue;
            }
            let (row, hard) = (struck.row as usize, f64::from(struck.strength) / (2.0 * self.momentum).max(1e-300));
            let across = (f64::from(particles.position[row][0]) - domain.min[0]) / (domain.max[0] - domain.min[0]);
            let entry = Entry {
                time: self.time + fraction(struck.id, 1) * (now - self.time),
                kind: Kind::Strike,
                level: (1.0 / (1.0 + 1.0 / hard)) as f32,
                pan: (2.0 * across - 1.0).clamp(-1.0, 1.0) as f32,
                pitch: (particles.pitch[particles.kind(row)] * (1.0 + 0.06 * (fraction(struck.id, 2) - 0.5))) as f32,
            };
            ring::push(words, &entry);
            words.count(EVENTS, 1);
        }
    }
}

impl Sums {
    fn add(&mut self, particles: &Particles, row: usize) {
        let speed = f64::from(length(particles.velocity[row]));
        self.heard += 1.0;
        self.speed += speed;
        self.momentum += speed * f64::from(particles.mass[particles.kind(row)]);
    }
}

/// Visits the particles that are listened to, each with its row, its identity and its place.
fn visit(particles: &Particles, heard: &mut [Heard], shift: u32, mut each: impl FnMut(usize, u32, &mut Heard)) {
    let others = (1u32 << shift.min(31)) - 1;
    for (row, &id) in particles.id.iter().enumerate() {
        if id & others == 0
            && let Some(place) = heard.get_mut((id >> shift.min(31)) as usize)
        {
            each(row, id, place);
        }
    }
}
