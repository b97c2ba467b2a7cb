//! Particles that exist from the start: crystals and random regions, straight into the block.

mod plummer;
pub(crate) mod sheet;

pub use plummer::Plummer;

use crate::block::Block;
use crate::random::{Random as Numbers, Stream};
use crate::record;
use crate::records::{Record, Records, Section};
use crate::stage::World;
use crate::team::{self, RowsMut, Team};

record! {
    /// Particles on the sites of a crystal lattice that fills a box.
    Lattice in Fill as "lattice" {
        /// Arrangement of sites in a unit cell: face-centred (4), body-centred (2), simple (1).
        arrangement: Choice(&["fcc", "bcc", "simple"]) = 0, 0..=2, "";
        /// Lower corner of the box; the first site stands there.
        min: Vector3 = [-1.0, -1.0, -1.0], -1e6..=1e6, "length";
        /// Upper corner of the box: where the next cell would begin.
        max: Vector3 = [1.0, 1.0, 1.0], -1e6..=1e6, "length";
        /// Unit cells along each axis.
        cells: Integer3 = [4.0, 4.0, 4.0], 0..=100000, "";
        /// Keep only sites within this distance of the box's centre; 0 keeps all.
        radius: Float = 0.0, 0..=1e6, "length";
        /// Temperature of the first velocities (k_B = 1); their total momentum is zero.
        temperature: Float = 0.0, 0..=1e9, "energy";
        /// Velocity that all of them have besides.
        velocity: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length/time";
        /// Index of their species.
        species: Species = 0, 0..=15, "";
    }
}

record! {
    /// Particles at random in a box or in the ball (ellipsoid) that fits it.
    RandomFill in Fill as "random" {
        /// How many.
        count: Integer = 1000, 0..=1e19, "";
        /// Form of the region.
        shape: Choice(&["box", "ball"]) = 0, 0..=1, "";
        /// Lower corner of the region.
        min: Vector3 = [-1.0, -1.0, -1.0], -1e6..=1e6, "length";
        /// Upper corner of the region.
        max: Vector3 = [1.0, 1.0, 1.0], -1e6..=1e6, "length";
        /// Temperature of the first velocities (k_B = 1); their total momentum is zero.
        temperature: Float = 0.0, 0..=1e9, "energy";
        /// Velocity that all of them have besides.
        velocity: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length/time";
        /// Index of their species.
        species: Species = 0, 0..=15, "";
    }
}

record! {
    /// One particle.
    Single in Fill as "particle" {
        /// Where it begins.
        position: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length";
        /// Its first velocity.
        velocity: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length/time";
        /// Index of its species.
        species: Species = 0, 0..=15, "";
    }
}

const FCC: &[[f64; 3]] = &[[0.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.0, 0.5, 0.5]];
const BCC: &[[f64; 3]] = &[[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]];

/// Sites above which a ball cut from a lattice is not counted but refused: its box alone is over every limit.
const MOST_SITES: u64 = 1 << 26;

impl Lattice {
    fn basis(&self) -> &'static [[f64; 3]] {
        match self.arrangement {
            0 => FCC,
            1 => BCC,
            _ => &FCC[..1],
        }
    }

    fn sites(&self) -> u64 {
        self.cells.iter().fold(self.basis().len() as u64, |product, &n| product.saturating_mul(n))
    }

    /// Site number `index`: cells run x fastest, sites of a cell first of all.
    pub(crate) fn site(&self, index: u64) -> [f64; 3] {
        let basis = self.basis();
        let [nx, ny, _] = self.cells;
        let cell = index / basis.len() as u64;
        let offset = basis[(index % basis.len() as u64) as usize];
        let whole = [cell % nx, cell / nx % ny, cell / nx / ny];
        core::array::from_fn(|k| self.min[k] + (self.max[k] - self.min[k]) * ((whole[k] as f64 + offset[k]) / self.cells[k] as f64))
    }

    fn kept(&self, site: [f64; 3]) -> bool {
        let squared: f64 = (0..3).map(|k| site[k] - 0.5 * (self.min[k] + self.max[k])).map(|d| d * d).sum();
        self.radius == 0.0 || squared <= self.radius * self.radius
    }

    fn count(&self) -> u64 {
        if self.radius == 0.0 || self.sites() > MOST_SITES {
            return self.sites();
        }
        (0..self.sites()).filter(|&i| self.kept(self.site(i))).count() as u64
    }
}

/// Particles that a record makes; 0 for records of other sections.
pub fn count(record: &Record) -> u64 {
    let lattice = record.get::<Lattice>().map(|l| l.count());
    let random = record.get::<RandomFill>().map(|r| r.count);
    let plummer = record.get::<Plummer>().map(|p| p.count);
    lattice.or(random).or(plummer).or(record.get::<Single>().map(|_| 1)).unwrap_or(0)
}

/// A position in `f64` as the sum of two `f32`.
#[inline]
pub fn split(x: f64) -> (f32, f32) {
    let high = x as f32;
    (high, (x - high as f64) as f32)
}

/// Writes a coordinate as the sum of two numbers, where there is room for the second.
#[inline]
fn put(position: &mut [f32], low: &mut [f32], at: usize, x: f64) {
    let (high, rest) = split(x);
    position[at] = high;
    if let Some(low) = low.get_mut(at) {
        *low = rest;
    }
}

/// What the fills write.
struct Arrays<'a> {
    position: &'a mut [f32],
    low: &'a mut [f32],
    velocity: &'a mut [f32],
    species: &'a mut [u32],
}

/// Runs every fill of the scene; particle i gets identity i.
pub fn run(block: &mut Block, team: &dyn Team) {
    block.release();
    let world = World::new(Records::Running(block));
    let arrays = Arrays { position: block.take("position"), low: block.take("position_low"), velocity: block.take("velocity"), species: block.take("species") };
    let mut first = 0;
    for (group, record) in Records::Running(block).iter().filter(|r| r.record_type().section == Section::Fill).enumerate() {
        let rows = first..first + count(&record) as usize;
        first = rows.end;
        let part = Arrays {
            position: &mut arrays.position[rows.start * 3..rows.end * 3],
            low: if arrays.low.is_empty() { &mut [] } else { &mut arrays.low[rows.start * 3..rows.end * 3] },
            velocity: &mut arrays.velocity[rows.start * 3..rows.end * 3],
            species: &mut arrays.species[rows.clone()],
        };
        let maker = Maker { world, group: group as u32 };
        if let Some(lattice) = record.get::<Lattice>() {
            maker.lattice(&lattice, part.position, part.low);
            maker.finish(team, part, lattice.species, lattice.temperature, lattice.velocity);
        } else if let Some(random) = record.get::<RandomFill>() {
            maker.random(team, &random, part.position);
            maker.finish(team, part, random.species, random.temperature, random.velocity);
        } else if let Some(plummer) = record.get::<Plummer>() {
            maker.plummer(team, &plummer, part);
        } else if let Some(single) = record.get::<Single>() {
            part.species.fill(single.species.unwrap_or(0) as u32);
            for k in 0..world.dimensions() {
                part.velocity[k] = single.velocity[k] as f32;
                put(part.position, part.low, k, single.position[k]);
            }
        }
    }
    block.release();
}

struct Maker {
    world: World,
    group: u32,
}

impl Maker {
    fn lattice(&self, lattice: &Lattice, position: &mut [f32], low: &mut [f32]) {
        let sites = (0..lattice.sites()).map(|i| lattice.site(i)).filter(|&site| lattice.kept(site));
        for (i, site) in sites.take(position.len() / 3).enumerate() {
            for k in 0..3 {
                put(position, low, i * 3 + k, if k < self.world.dimensions() { site[k] } else { 0.0 });
            }
        }
    }

    fn random(&self, team: &dyn Team, fill: &RandomFill, position: &mut [f32]) {
        team::each_chunk(team, (RowsMut::<f32, 3>(position),), |range, (position,)| {
            for (row, i) in position.0.chunks_exact_mut(3).zip(range) {
                let mut numbers = Numbers::new(self.world.seed, Stream::Position, self.group, i as u64);
                let point = if fill.shape == 0 { core::array::from_fn(|_| numbers.between(-1.0, 1.0)) } else { numbers.in_ball() };
                for k in 0..3 {
                    row[k] = (0.5 * (fill.min[k] + fill.max[k]) + 0.5 * (fill.max[k] - fill.min[k]) * point[k]) as f32;
                }
                if self.world.dimensions() == 2 {
                    row[2] = 0.0;
                }
            }
        });
    }

    /// Drawn, then moved so that centre of mass and velocity are those that were asked for.
    fn plummer(&self, team: &dyn Team, plummer: &Plummer, part: Arrays) {
        let species = plummer.species.unwrap_or(0) as u32;
        part.species.fill(species);
        let mass = self.world.species.mass_of(species) as f64;
        let draw = |i: usize| plummer.draw(self.world.seed, self.group, i as u64, mass);
        let count = part.species.len();
        let sums = team::sum_f64::<6>(team, count, |range| {
            range.map(draw).fold([0.0; 6], |s, (x, v)| [s[0] + x[0], s[1] + x[1], s[2] + x[2], s[3] + v[0], s[4] + v[1], s[5] + v[2]])
        });
        let mean = sums.map(|s| s / count.max(1) as f64);
        for i in 0..count {
            let (x, v) = draw(i);
            for k in 0..self.world.dimensions() {
                put(part.position, part.low, 3 * i + k, plummer.center[k] + x[k] - mean[k]);
                part.velocity[3 * i + k] = (plummer.velocity[k] + v[k] - mean[3 + k]) as f32;
            }
        }
    }

    /// Species, and velocities: normal, their mean taken off, scaled to the temperature exactly, then the common velocity added.
    fn finish(&self, team: &dyn Team, part: Arrays, species: Option<usize>, temperature: f64, common: [f64; 3]) {
        let species = species.unwrap_or(0) as u32;
        part.species.fill(species);
        let count = part.species.len();
        let mass = self.world.species.mass_of(species) as f64;
        let flat = self.world.dimensions() == 2;
        let (mut mean, mut scale) = ([0.0; 3], 0.0);
        if temperature > 0.0 && count > 1 {
            let draw = |i: usize| Numbers::new(self.world.seed, Stream::Velocity, self.group, i as u64).normal3();
            let sums = team::sum_f64::<4>(team, count, |range| {
                range
                    .map(draw)
                    .map(|v| if flat { [v[0], v[1], 0.0] } else { v })
                    .fold([0.0; 4], |s, v| [s[0] + v[0], s[1] + v[1], s[2] + v[2], s[3] + v[0] * v[0] + v[1] * v[1] + v[2] * v[2]])
            });
            mean = [sums[0] / count as f64, sums[1] / count as f64, sums[2] / count as f64];
            let spread = sums[3] - count as f64 * mean.iter().map(|m| m * m).sum::<f64>();
            let dimensions = self.world.dimensions() as f64;
            scale = libm::sqrt(temperature / mass * (dimensions * count as f64 - dimensions) / spread);
        }
        team::each_chunk(team, (RowsMut::<f32, 3>(part.velocity),), |range, (velocity,)| {
            for (row, i) in velocity.0.chunks_exact_mut(3).zip(range) {
                let v = if scale > 0.0 { Numbers::new(self.world.seed, Stream::Velocity, self.group, i as u64).normal3() } else { mean };
                for k in 0..3 {
                    row[k] = (common[k] + scale * (v[k] - mean[k])) as f32;
                }
                if flat {
                    row[2] = 0.0;
                }
            }
        });
    }
}
