//! Directions of motion of self-propelled particles: the first ones, a copy of all before any is changed, and turning.

use crate::emitter;
use crate::random::{Random, Stream};
use crate::records::Records;
use crate::scene_records::Domain;
use crate::stage::Stage;
use crate::team::{self, RowsMut};

/// The distance at which neighbours crowd: what was given, or a small part of the radius, for nothing keeps these particles apart
/// and flocks are many times denser than their mean.
pub fn spacing(records: Records, given: f64, radius: f64) -> f64 {
    let part = if records.one::<Domain>().dimensions() == 2 { 0.1 } else { 0.2 };
    if given > 0.0 { given } else { part * radius }
}

/// Gives every particle from a row on that speed in the direction that it moves in; particles at rest get a random one.
pub fn start(stage: &mut Stage, speed: f64, first: usize) {
    let (seed, flat) = (stage.world.seed, stage.world.dimensions() == 2);
    let id = &*stage.block.take::<u32>("id");
    team::each_chunk(stage.team, (RowsMut::<f32, 3>(stage.block.take("velocity")),), |range, (velocity,)| {
        for (v, i) in velocity.0.chunks_exact_mut(3).zip(range).filter(|(_, i)| *i >= first) {
            let moving = [v[0], v[1], v[2]].map(f64::from);
            let direction = if moving == [0.0; 3] { random_direction(&mut Random::new(seed, Stream::FirstHeading, 0, id[i] as u64), flat) } else { moving };
            set_velocity(v, direction, speed);
        }
    });
    stage.block.release();
}

/// Copies all velocities to the table of that name, from which neighbours read what they were.
pub fn remember(stage: &mut Stage, name: &str) {
    let velocity = &*stage.block.take::<f32>("velocity");
    team::each_chunk(stage.team, (RowsMut::<[f32; 4], 1>(stage.block.take(name)),), |range, (table,)| {
        for (row, v) in table.0.iter_mut().zip(velocity[range.start * 3..range.end * 3].chunks_exact(3)) {
            *row = [v[0], v[1], v[2], 0.0];
        }
    });
    stage.block.release();
}

/// Sets a velocity of that speed; without a direction it stays what it is.
#[inline]
pub fn set_velocity(v: &mut [f32], direction: [f64; 3], speed: f64) {
    let length = libm::sqrt(direction.iter().map(|c| c * c).sum());
    if length > 0.0 {
        for (out, c) in v.iter_mut().zip(direction) {
            *out = (speed * (c / length)) as f32;
        }
    }
}

/// A direction in the plane, turned counter-clockwise by that angle in radians.
#[inline]
pub fn turned(d: [f64; 3], angle: f64) -> [f64; 3] {
    let (cosine, sine) = (libm::cos(angle), libm::sin(angle));
    [cosine * d[0] - sine * d[1], sine * d[0] + cosine * d[1], 0.0]
}

/// A direction, all alike.
pub fn random_direction(random: &mut Random, flat: bool) -> [f64; 3] {
    if flat { turned([1.0, 0.0, 0.0], core::f64::consts::TAU * random.uniform()) } else { emitter::in_cone([0.0, 1.0, 0.0], core::f64::consts::PI, random) }
}
