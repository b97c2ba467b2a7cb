//! Sources of particles with a lifetime.
//!
//! An emitter owns a ring of slots at the end of the arrays, as many as it can have alive at once. Particle number n of the
//! emitter goes into slot n modulo that; its random numbers depend on (seed, emitter, n) alone.

use crate::block::Block;
use crate::random::{Random, Stream};
use crate::record;
use crate::records::{Record, Section};
use crate::team::{self, RowsMut, Team};

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
        species: Integer = 0, 0..=15, "";
    }
}

/// Age of a slot with no living particle in it.
pub const DEAD: f32 = -1.0;

/// Slots that an emitter needs; 0 for records of other sections.
pub fn slots(record: &Record) -> u64 {
    if *record.record_type() != Emitter::TYPE {
        return 0;
    }
    let emitter = Emitter::read(record.values);
    libm::ceil(emitter.rate * emitter.lifetime) as u64
}

/// First slot of all emitters: they follow the particles that exist from the start.
fn first_slot(block: &Block) -> usize {
    let slots: u64 = block.records().map(|r| slots(&r)).sum();
    (block.header().particle_count as u64).saturating_sub(slots) as usize
}

/// Empties all slots.
pub fn init(block: &mut Block, team: &dyn Team) {
    block.release();
    let start = first_slot(block);
    let age = block.take::<f32>("age");
    let position = block.take::<f32>("position");
    let species = block.take::<u32>("species");
    let mut first = start;
    for record in block.records().filter(|r| r.record_type().section == Section::Emitter) {
        let emitter = Emitter::read(record.values);
        let rows = first..first + slots(&record) as usize;
        first = rows.end;
        species[rows.clone()].fill(emitter.species as u32);
        team::each_chunk(team, (RowsMut::<f32, 3>(&mut position[rows.start * 3..rows.end * 3]), RowsMut::<f32, 1>(&mut age[rows])), |_, (x, age)| {
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
pub fn stage(block: &mut Block, team: &dyn Team, dt: f64, seed: u64) {
    block.release();
    let start = first_slot(block);
    let time = block.header().time;
    let age = block.take::<f32>("age");
    let position = block.take::<f32>("position");
    let velocity = block.take::<f32>("velocity");
    let mut first = start;
    for (number, record) in block.records().filter(|r| r.record_type().section == Section::Emitter).enumerate() {
        let emitter = Emitter::read(record.values);
        let count = slots(&record) as usize;
        let lifetime = emitter.lifetime as f32;
        team::each_chunk(team, (RowsMut::<f32, 1>(&mut age[first..first + count]),), |_, (age,)| {
            for age in age.0.iter_mut().filter(|a| **a >= 0.0) {
                *age += dt as f32;
                *age = if *age > lifetime { DEAD } else { *age };
            }
        });
        let emitted = &mut block.header_mut().emitted[number];
        let due = libm::floor(emitter.rate * (time + dt)) as u64;
        // More than a ring's worth in one step would overwrite itself.
        *emitted = (*emitted).max(due.saturating_sub(count as u64));
        while *emitted < due && count > 0 {
            let slot = first + (*emitted % count as u64) as usize;
            let mut random = Random::new(seed, Stream::Emitter, number as u32, *emitted);
            *emitted += 1;
            let since = (time + dt - *emitted as f64 / emitter.rate).clamp(0.0, dt);
            emit(&emitter, &mut random, since, &mut position[slot * 3..slot * 3 + 3], &mut velocity[slot * 3..slot * 3 + 3]);
            age[slot] = since as f32;
        }
        first += count;
    }
    block.release();
}

/// One particle, `since` after it left.
fn emit(emitter: &Emitter, random: &mut Random, since: f64, x: &mut [f32], v: &mut [f32]) {
    let direction = in_cone(emitter.direction, emitter.spread.to_radians(), random);
    let offset = random.in_ball();
    let speed = emitter.speed * (1.0 + emitter.speed_variation * random.between(-1.0, 1.0));
    for k in 0..3 {
        v[k] = (speed * direction[k]) as f32;
        x[k] = (emitter.position[k] + emitter.radius * offset[k] + speed * direction[k] * since) as f32;
    }
}

/// A unit vector uniform on the cap of the sphere around `axis`.
fn in_cone(axis: [f64; 3], half_angle: f64, random: &mut Random) -> [f64; 3] {
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
