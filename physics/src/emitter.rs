//! Sources of particles with a lifetime.
//!
//! An emitter owns a ring of slots at the end of the arrays, as many as it can have alive at once. Particle number n of the
//! emitter goes into slot n modulo that; its random numbers depend on (seed, emitter, n) alone.

use crate::block::Block;
use crate::random::{Random, Stream};
use crate::records::{Record, Records};
use crate::stage::Stage;
use crate::team::{self, RowsMut};
use crate::{neighbors, record};
use core::ops::Range;

record! {
    /// A ball that particles come out of.
    Emitter in Emitter as "emitter" {
        /// Centre.
        position: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length", live;
        /// Radius.
        radius: Float = 0.05, 0..=1e6, "length", live;
        /// Direction of the beam; its length does not matter, zero gives all directions.
        direction: Vector3 = [0.0, 1.0, 0.0], -1e6..=1e6, "", live;
        /// Half angle of the cone around the direction.
        spread: Float = 10.0, 0..=180, "deg", live;
        /// Mean speed.
        speed: Float = 1.0, 0..=1e6, "length/time", live;
        /// Speeds are uniform within this fraction of the mean on both sides.
        speed_variation: Float = 0.1, 0..=1, "", live;
        /// Particles per unit of time.
        rate: Float = 1000.0, 0..=1e12, "1/time";
        /// Time that each particle lives.
        lifetime: Float = 5.0, 0..=1e6, "time";
        /// Index of the species.
        species: Species = 0, 0..=15, "";
    }
}

/// Age of a slot with no living particle in it.
pub const DEAD: f32 = -1.0;

/// Slots that an emitter needs; 0 for records of other sections.
pub fn slots(record: &Record) -> u64 {
    record.get::<Emitter>().map_or(0, |emitter| libm::ceil(emitter.rate * emitter.lifetime) as u64)
}

/// Emitters with their rings of slots, which follow the particles that exist from the start and are followed by those that were added.
fn rings(block: &Block) -> impl Iterator<Item = (Emitter, Range<usize>)> {
    let (records, header) = (Records::Running(block), block.header());
    let all: u64 = records.iter().map(|r| slots(&r)).sum();
    let mut end = u64::from(header.particle_count - header.added).saturating_sub(all) as usize;
    records.iter().filter_map(|record| record.get::<Emitter>().map(|emitter| (emitter, slots(&record) as usize))).map(move |(emitter, count)| {
        let first = end;
        end += count;
        (emitter, first..end)
    })
}

/// Empties all slots. Particles are in the order of slots still.
pub fn init(stage: &mut Stage) {
    let block = &mut *stage.block;
    let (age, position, species) = (block.take::<f32>("age"), block.take::<f32>("position"), block.take::<u32>("species"));
    for (emitter, rows) in rings(block) {
        species[rows.clone()].fill(emitter.species.unwrap_or(0) as u32);
        team::each_chunk(stage.team, (RowsMut::<f32, 3>(&mut position[rows.start * 3..rows.end * 3]), RowsMut::<f32, 1>(&mut age[rows])), |_, (x, age)| {
            age.0.fill(DEAD);
            for row in x.0.chunks_exact_mut(3) {
                row.copy_from_slice(&emitter.position.map(|c| c as f32));
            }
        });
    }
    block.header_mut().emitted = [0; crate::layout::MAX_EMITTERS];
    block.release();
}

/// Ages everything by `dt`, ends lives, and makes the particles due in this step.
pub fn stage(stage: &mut Stage, dt: f64) {
    if !stage.block.has("age") {
        return;
    }
    let (time, seed, flat) = (stage.block.header().time, stage.world.seed, stage.world.dimensions() == 2);
    let mut arrays = Arrays::take(stage.block);
    let mut born = 0;
    for (number, (emitter, ring)) in rings(stage.block).enumerate() {
        arrays.grow_old(stage, &ring, emitter.lifetime as f32, dt as f32);
        let emitted = &mut stage.block.header_mut().emitted[number];
        let due = libm::floor(emitter.rate * (time + dt)) as u64;
        // More than a ring's worth in one step would overwrite itself.
        *emitted = (*emitted).max(due.saturating_sub(ring.len() as u64));
        while *emitted < due && !ring.is_empty() {
            let slot = ring.start + (*emitted % ring.len() as u64) as usize;
            let row = arrays.row_of_slot.get(slot).map_or(slot, |row| *row as usize);
            let mut random = Random::new(seed, Stream::Emitter, number as u32, *emitted);
            *emitted += 1;
            born += 1;
            let since = (time + dt - *emitted as f64 / emitter.rate).clamp(0.0, dt);
            arrays.emit(&emitter, &mut random, since, row, flat);
        }
    }
    stage.block.release();
    if born > 0 {
        neighbors::invalidate(stage);
    }
}

/// The arrays that emitters write.
struct Arrays<'a> {
    age: &'a mut [f32],
    position: &'a mut [f32],
    low: &'a mut [f32],
    velocity: &'a mut [f32],
    /// Where particles are sorted: the row of each slot, and the slot of each row.
    row_of_slot: &'a [u32],
    slot: &'a [u32],
}

impl<'a> Arrays<'a> {
    fn take(block: &Block<'a>) -> Self {
        Arrays {
            age: block.take("age"),
            position: block.take("position"),
            low: block.take("position_low"),
            velocity: block.take("velocity"),
            row_of_slot: block.take("row_of_slot"),
            slot: block.take("slot"),
        }
    }

    /// Ages the particles of a ring and ends lives.
    fn grow_old(&mut self, stage: &Stage, ring: &Range<usize>, lifetime: f32, dt: f32) {
        let slot = self.slot;
        let rows = if slot.is_empty() { ring.clone() } else { 0..self.age.len() };
        team::each_chunk(stage.team, (RowsMut::<f32, 1>(&mut self.age[rows]),), |range, (age,)| {
            for (age, i) in age.0.iter_mut().zip(range).filter(|(a, _)| **a >= 0.0) {
                if slot.get(i).is_none_or(|slot| ring.contains(&(*slot as usize))) {
                    *age += dt;
                    *age = if *age > lifetime { DEAD } else { *age };
                }
            }
        });
    }

    /// One particle, `since` after it left.
    fn emit(&mut self, emitter: &Emitter, random: &mut Random, since: f64, row: usize, flat: bool) {
        let direction = in_cone(emitter.direction, emitter.spread.to_radians(), random);
        let offset = random.in_ball();
        let speed = emitter.speed * (1.0 + emitter.speed_variation * random.between(-1.0, 1.0));
        for k in 0..if flat { 2 } else { 3 } {
            self.velocity[3 * row + k] = (speed * direction[k]) as f32;
            self.position[3 * row + k] = (emitter.position[k] + emitter.radius * offset[k] + speed * direction[k] * since) as f32;
            if let Some(low) = self.low.get_mut(3 * row + k) {
                *low = 0.0;
            }
        }
        self.age[row] = since as f32;
    }
}

/// A unit vector uniform on the cap of the sphere around `axis`.
pub(crate) fn in_cone(axis: [f64; 3], half_angle: f64, random: &mut Random) -> [f64; 3] {
    let length = libm::sqrt(axis.iter().map(|c| c * c).sum());
    let (w, half_angle) = if length > 0.0 { (axis.map(|c| c / length), half_angle) } else { ([0.0, 1.0, 0.0], core::f64::consts::PI) };
    let cosine = random.between(libm::cos(half_angle), 1.0);
    let sine = libm::sqrt((1.0 - cosine * cosine).max(0.0));
    let turn = core::f64::consts::TAU * random.uniform();
    // Any vector not along w spans the plane with it.
    let helper = if w[0].abs() < 0.9 { [1.0, 0.0, 0.0] } else { [0.0, 1.0, 0.0] };
    let u = unit(cross(w, helper));
    let t = cross(w, u);
    core::array::from_fn(|k| cosine * w[k] + sine * (libm::cos(turn) * u[k] + libm::sin(turn) * t[k]))
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn unit(a: [f64; 3]) -> [f64; 3] {
    let length = libm::sqrt(a.iter().map(|c| c * c).sum());
    a.map(|c| c / length)
}
