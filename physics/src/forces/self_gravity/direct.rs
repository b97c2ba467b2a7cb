//! The sum over all pairs.

use super::Setup;
use super::sources::{Bodies, Pull};
use crate::simd::{Kernel, Vector};
use crate::stage::Stage;
use crate::team::{self, RowsMut};

/// Sums what all bodies do to each.
pub(super) fn sum(stage: &mut Stage, setup: &Setup) {
    let isa = stage.team.isa();
    let block = &mut *stage.block;
    let body = &*block.take::<[f32; 4]>("body");
    let source = block.take::<f32>("source");
    let room = source.len() / 4;
    source.fill(0.0);
    for (k, values) in source.chunks_exact_mut(room.max(1)).enumerate() {
        values.iter_mut().zip(body).for_each(|(value, body)| *value = body[k]);
    }
    let bodies = Bodies { values: source, room, count: room };
    team::each_chunk(stage.team, (RowsMut::<[f32; 4], 1>(block.take("pull")),), |range, (pull,)| {
        isa.run(Targets { bodies: &bodies, softening: setup.softening_squared, body: &body[range], pull: pull.0 });
    });
    block.release();
}

struct Targets<'a> {
    bodies: &'a Bodies<'a>,
    softening: f32,
    body: &'a [[f32; 4]],
    pull: &'a mut [[f32; 4]],
}

impl Kernel for Targets<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let softening = V::splat(self.softening);
        for (body, out) in self.body.iter().zip(self.pull) {
            let at = [V::splat(body[0]), V::splat(body[1]), V::splat(body[2])];
            let mut pull = Pull::<V>::new();
            pull.bodies::<false>(&at, softening, self.bodies);
            *out = pull.total();
            out[3] -= own(body[3], self.softening);
        }
    }
}

/// What a body adds to the potential at its own place.
#[inline(always)]
pub(super) fn own(mass: f32, softening: f32) -> f32 {
    if softening > 0.0 { mass / libm::sqrtf(softening) } else { 0.0 }
}
