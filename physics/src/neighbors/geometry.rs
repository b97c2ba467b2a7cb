//! The fixed-point coordinates of points: where they begin and how long one unit is, along each axis.

use crate::stage::Stage;
use crate::team::{self, Count};

/// Words of the header's run state that hold the geometry, six of them.
const WORDS: usize = 1;
/// Units along a periodic side: all that 32 bits can tell apart.
const WHOLE: f64 = 4294967296.0;
/// Units that particles of an open axis may span, so that differences never overflow.
const SPAN: f64 = 1073741824.0;

/// Origin and unit along each axis.
#[derive(Clone, Copy, PartialEq)]
pub struct Geometry {
    /// Position of coordinate zero.
    pub origin: [f64; 3],
    /// Length of one unit.
    pub unit: [f64; 3],
}

impl Geometry {
    /// The geometry that suits the particles where they are: the box along periodic axes, their extent along open ones.
    pub fn around(stage: &mut Stage) -> Self {
        let domain = stage.world.domain;
        let (low, high) = extent(stage);
        let mut geometry = Geometry { origin: domain.min, unit: [1.0; 3] };
        for k in 0..3 {
            if domain.periodic[k] {
                geometry.unit[k] = stage.world.length(k) / WHOLE;
            } else {
                geometry.origin[k] = 0.5 * (low[k] + high[k]);
                geometry.unit[k] = (2.0 * (high[k] - low[k])).max(1e-6 * stage.world.length(k)).max(1e-30) / SPAN;
            }
        }
        geometry
    }

    /// The coordinates of a position.
    #[inline]
    pub fn point(&self, k: usize, x: f64) -> i32 {
        // Adding 1.5 * 2^52 leaves the nearest whole number in the low bits, which wrap around as the coordinates should.
        let units = (x - self.origin[k]) / self.unit[k];
        (units + 6755399441055744.0).to_bits() as i32
    }

    /// Units as `f32`, for kernels.
    pub fn units(&self) -> [f32; 3] {
        self.unit.map(|u| u as f32)
    }

    /// Keeps the geometry in the header, with the state.
    pub(super) fn save(&self, stage: &mut Stage) {
        let words = &mut stage.block.header_mut().run_state[WORDS..WORDS + 6];
        for (word, value) in words.iter_mut().zip(self.origin.into_iter().chain(self.unit)) {
            *word = value.to_bits();
        }
    }

    /// The geometry that was kept.
    pub fn saved(stage: &Stage) -> Self {
        let word = |k: usize| f64::from_bits(stage.block.header().run_state[WORDS + k]);
        Geometry { origin: core::array::from_fn(word), unit: core::array::from_fn(|k| word(3 + k)) }
    }
}

/// Lowest and highest coordinates of all living particles; zeros when there are none.
pub fn extent(stage: &mut Stage) -> ([f64; 3], [f64; 3]) {
    let (position, age) = (&*stage.block.take::<f32>("position"), &*stage.block.take::<f32>("age"));
    let none = ([f32::MAX; 3], [-f32::MAX; 3]);
    let join = |a: ([f32; 3], [f32; 3]), b: ([f32; 3], [f32; 3])| -> ([f32; 3], [f32; 3]) {
        let low = core::array::from_fn(|k| if b.0[k] < a.0[k] { b.0[k] } else { a.0[k] });
        (low, core::array::from_fn(|k| if b.1[k] > a.1[k] { b.1[k] } else { a.1[k] }))
    };
    let of_rows = |range: core::ops::Range<usize>, _: Count| {
        range.filter(|&i| age.get(i).is_none_or(|a| *a >= 0.0)).fold(none, |found, i| {
            let x = [position[3 * i], position[3 * i + 1], position[3 * i + 2]];
            join(found, (x, x))
        })
    };
    let (low, high) = team::fold_chunks(stage.team, Count(position.len() / 3), none, of_rows, join);
    stage.block.release();
    if low[0] > high[0] { ([0.0; 3], [0.0; 3]) } else { (low.map(f64::from), high.map(f64::from)) }
}
