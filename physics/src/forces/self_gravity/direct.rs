//! The sum over all pairs.

use super::Setup;
use super::near::{Targets, load, own, store};
use crate::simd::{Kernel, Vector};
use crate::stage::Stage;
use crate::team::{self, RowsMut};

/// Bodies whose pulls are summed before they are added to the rest: long sums in one lane would lose digits.
const BLOCK: usize = 256;

/// Sums what all bodies do to each.
pub(super) fn sum(stage: &mut Stage, setup: &Setup) {
    let isa = stage.team.isa();
    let block = &mut *stage.block;
    let body = &*block.take::<[f32; 4]>("body");
    team::each_chunk(stage.team, (RowsMut::<[f32; 4], 1>(block.take("pull")),), |range, (pull,)| {
        isa.run(Part { all: body, softening: setup.softening_squared, body: &body[range], pull: pull.0 });
    });
    block.release();
}

/// The pulls of all bodies on some of them; charges are summed like masses.
pub(in crate::forces) struct Part<'a> {
    /// Place and mass of all.
    pub(in crate::forces) all: &'a [[f32; 4]],
    /// Squared softening.
    pub(in crate::forces) softening: f32,
    /// Those that are pulled.
    pub(in crate::forces) body: &'a [[f32; 4]],
    /// Acceleration and potential of each.
    pub(in crate::forces) pull: &'a mut [[f32; 4]],
}

impl Kernel for Part<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        self.pull.fill([0.0; 4]);
        let softening = V::splat(self.softening);
        for (body, pull) in self.body.chunks(V::LANES).zip(self.pull.chunks_mut(V::LANES)) {
            for sources in self.all.chunks(BLOCK) {
                let mut targets = Targets::new(body, [V::splat(0.0); 4]);
                targets.add::<false>(softening, sources);
                let (before, more) = (load::<V>(pull), targets.pull());
                store([before[0] + more[0], before[1] + more[1], before[2] + more[2], before[3] + more[3]], pull);
            }
        }
        for (pull, body) in self.pull.iter_mut().zip(self.body) {
            pull[3] -= own(body[3], self.softening);
        }
    }
}
