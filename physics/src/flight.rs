//! Free flight many particles at a time: where a group meets no wall, a step is the same arithmetic for every coordinate.
//!
//! Coordinates lie as x, y, z, x, y, z, ..., so three vectors hold as many particles as one has lanes, and what belongs to an axis
//! repeats every three lanes. A particle that crosses a wall or leaves a periodic side is handed to the caller as it was before,
//! to be taken alone: the bits are those that all would have had alone.

use crate::colliders::Collider;
use crate::motion::Motion;
use crate::simd::{GROUP, Kernel, Vector};

/// Numbers in three of the widest vectors.
const PATTERN: usize = 3 * GROUP;

/// What a step needs, repeated along lanes.
pub(crate) struct Flight {
    /// Velocity that gravity gives in a step.
    fall: [f32; PATTERN],
    wind: [f32; PATTERN],
    low: [f32; PATTERN],
    high: [f32; PATTERN],
    decay: f32,
    drag: bool,
    windy: bool,
    dt: f32,
}

impl Flight {
    /// The vector form of the motion, where it has one: linear drag, walls that are boxes around everything, one radius.
    pub(crate) fn new(motion: &Motion, dt: f32) -> Option<Self> {
        let radius = motion.table.radius[0];
        let one_radius = motion.table.radius[..motion.table.count.max(1)].iter().all(|r| *r == radius);
        if !one_radius || motion.slope != 0.0 || motion.flat || motion.fixed {
            return None;
        }
        let (mut low, mut high) = ([-f32::MAX; 3], [f32::MAX; 3]);
        let walls = motion.walls.iter().map(|w| (w, 0.0));
        for (collider, radius) in motion.colliders.iter().flatten().map(|c| (c, radius)).chain(walls) {
            let (min, max) = Collider::room(collider, radius)?;
            for k in 0..3 {
                low[k] = if min[k] > low[k] { min[k] } else { low[k] };
                high[k] = if max[k] < high[k] { max[k] } else { high[k] };
            }
        }
        for k in 0..3 {
            if let Some((min, max)) = motion.wrap[k] {
                low[k] = if min > low[k] { min } else { low[k] };
                // The upper side itself is the lower side's.
                let below = f32::from_bits(if max > 0.0 { max.to_bits() - 1 } else { max.to_bits() + 1 });
                high[k] = if below < high[k] { below } else { high[k] };
            }
        }
        let repeat = |axes: [f32; 3]| core::array::from_fn(|lane| axes[lane % 3]);
        let fall = motion.gravity.map(|g| dt * g);
        Some(Flight {
            fall: repeat(fall),
            wind: repeat(motion.wind),
            low: repeat(low),
            high: repeat(high),
            decay: motion.decay,
            drag: motion.drag,
            windy: motion.wind != [0.0; 3],
            dt,
        })
    }
}

/// A stretch of particles. Those that meet a wall, and those left over at its end, go to `alone` as they were before the step: from
/// the particle of that number on.
pub(crate) struct Stretch<'a, F> {
    pub(crate) flight: &'a Flight,
    pub(crate) position: &'a mut [f32],
    pub(crate) velocity: &'a mut [f32],
    pub(crate) alone: F,
}

impl<F: FnMut(&mut [f32], &mut [f32], usize)> Kernel for Stretch<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(mut self) {
        let width = 3 * V::LANES;
        let (mut first, mut kept) = (0, [[0.0; PATTERN]; 2]);
        for (x, v) in self.position.chunks_mut(width).zip(self.velocity.chunks_mut(width)) {
            if x.len() < width {
                (self.alone)(x, v, first);
            } else {
                self.flight.advance::<V>(x, v, &mut kept, first, &mut self.alone);
            }
            first += V::LANES;
        }
    }
}

impl Flight {
    /// Moves as many particles as a vector has lanes. What they were is kept if one of them meets a wall.
    #[inline(always)]
    fn advance<V: Vector>(
        &self,
        x: &mut [f32],
        v: &mut [f32],
        [old_x, old_v]: &mut [[f32; PATTERN]; 2],
        first: usize,
        alone: &mut impl FnMut(&mut [f32], &mut [f32], usize),
    ) {
        let (half, decay) = (V::splat(0.5 * self.dt), V::splat(self.decay));
        let (mut place, mut after, mut out) = ([V::splat(0.0); 3], [V::splat(0.0); 3], 0u64);
        for k in 0..3 {
            let at = k * V::LANES;
            let (start, before, fall) = (V::load(&x[at..]), V::load(&v[at..]), V::load(&self.fall[at..]));
            after[k] = match (self.drag, self.windy) {
                (false, _) => before + fall,
                (true, false) => decay * (decay * before + fall),
                (true, true) => {
                    let wind = V::load(&self.wind[at..]);
                    wind + decay * (decay * (before - wind) + fall)
                }
            };
            place[k] = start + half * (before + after[k]);
            // One that touches is taken for one that crosses: alone it goes the same way.
            let inside = V::bits(V::load(&self.low[at..]).lt(place[k]) & place[k].lt(V::load(&self.high[at..])));
            out |= u64::from(inside ^ V::ALL) << at;
        }
        if out != 0 {
            // By vectors: a call that copies bytes costs more than the step in some engines.
            for at in [0, V::LANES, 2 * V::LANES] {
                V::load(&x[at..]).store(&mut old_x[at..]);
                V::load(&v[at..]).store(&mut old_v[at..]);
            }
        }
        for k in 0..3 {
            place[k].store(&mut x[k * V::LANES..]);
            after[k].store(&mut v[k * V::LANES..]);
        }
        while out != 0 {
            let p = out.trailing_zeros() as usize / 3;
            out &= !(7 << (3 * p));
            let row = 3 * p..3 * p + 3;
            let (x, v) = (&mut x[row.clone()], &mut v[row]);
            for k in 0..3 {
                (x[k], v[k]) = (old_x[3 * p + k], old_v[3 * p + k]);
            }
            alone(x, v, first + p);
        }
    }
}
