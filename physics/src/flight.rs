//! Free flight many particles at a time: where a group meets no wall, a step is the same arithmetic for every coordinate.
//!
//! Coordinates lie as x, y, z, x, y, z, ..., so three vectors hold as many particles as one has lanes, and what belongs to an axis
//! repeats every three lanes. Groups in which some particle crosses a wall or leaves a periodic side are left as they were and
//! named to the caller, who takes each of their particles alone: the bits are those that all would have had alone.

use crate::collider::Collider;
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
    dt: f32,
}

impl Flight {
    /// The vector form of the motion, where it has one: linear drag, walls that are boxes around everything, one radius.
    pub(crate) fn new(motion: &Motion, dt: f32) -> Option<Self> {
        let radius = motion.table.radius[0];
        let one_radius = motion.table.radius[..motion.table.count.max(1)].iter().all(|r| *r == radius);
        if !one_radius || motion.slope != 0.0 || motion.flat {
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
        Some(Flight { fall: repeat(fall), wind: repeat(motion.wind), low: repeat(low), high: repeat(high), decay: motion.decay, drag: motion.drag, dt })
    }
}

/// A stretch of particles; what is left over at its end and the groups that meet a wall go to `alone`, by the number of their
/// first particle and how many they are.
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
        let flight = self.flight;
        let mut first = 0;
        for (x, v) in self.position.chunks_mut(width).zip(self.velocity.chunks_mut(width)) {
            if x.len() < width || !advance::<V>(flight, x, v) {
                (self.alone)(x, v, first);
            }
            first += V::LANES;
        }
    }
}

/// Moves as many particles as a vector has lanes, unless one of them meets a wall; then nothing is changed.
#[inline(always)]
fn advance<V: Vector>(flight: &Flight, x: &mut [f32], v: &mut [f32]) -> bool {
    let (dt, half, decay) = (V::splat(flight.dt), V::splat(0.5 * flight.dt), V::splat(flight.decay));
    let mut moved = [(dt, dt); 3];
    let mut out = 0;
    for k in 0..3 {
        let at = k * V::LANES;
        let (before, wind) = (V::load(&v[at..]), V::load(&flight.wind[at..]));
        let slowed = |v: V| if flight.drag { wind + decay * (v - wind) } else { v };
        let after = slowed(slowed(before) + V::load(&flight.fall[at..]));
        let place = V::load(&x[at..]) + half * (before + after);
        out |= V::bits(place.lt(V::load(&flight.low[at..]))) | V::bits(V::load(&flight.high[at..]).lt(place));
        moved[k] = (place, after);
    }
    if out != 0 {
        return false;
    }
    for (k, (place, after)) in moved.into_iter().enumerate() {
        place.store(&mut x[k * V::LANES..]);
        after.store(&mut v[k * V::LANES..]);
    }
    true
}
