//! How particles move: kicks, drifts, drag, walls. One pass over all particles each; integrators compose them.
//!
//! Drag is solved exactly for half a step on both sides of the kick (Strang 1968): with dv/dt = -(a + b |v|) v relative to the
//! wind the factor is e^(-a t) / (1 + b |v| (1 - e^(-a t)) / a). So fall at terminal speed stays at terminal speed to second
//! order. Positions of scenes with forces are sums of two `f32`, so that the sum of many small moves loses nothing.

use crate::colliders::{Collider, MAX_COLLIDERS, Mover};
use crate::finite;
use crate::flight::{Flight, Stretch};
use crate::forces::{drag::Drag, gravity};
use crate::stage::{SpeciesTable, Stage};
use crate::team::{self, RowsMut};
use crate::term;
use core::ops::Range;

/// Numbers of the passes, made once a stage.
pub struct Motion {
    pub(crate) gravity: [f32; 3],
    pub(crate) wind: [f32; 3],
    pub(crate) drag: bool,
    /// e^(-a h) and b (1 - e^(-a h)) / a for h = dt/2.
    pub(crate) decay: f32,
    pub(crate) slope: f32,
    pub(crate) table: SpeciesTable,
    pub(crate) colliders: [Option<Collider>; MAX_COLLIDERS],
    pub(crate) walls: Option<Collider>,
    pub(crate) wrap: [Option<(f32, f32)>; 3],
    pub(crate) flat: bool,
    /// Whether some species stay where they are.
    pub(crate) fixed: bool,
}

impl Motion {
    /// Reads what acts on single particles, for steps of `dt`.
    pub fn new(stage: &Stage, dt: f64) -> Self {
        let domain = stage.world.domain;
        let drag: Drag = stage.records().one();
        let half = 0.5 * dt;
        let (a, b) = (drag.linear, drag.quadratic);
        let mut colliders = [None; MAX_COLLIDERS];
        let bounces = !term::present(stage.records()).any(|(_, t)| t.takes_walls());
        for (slot, collider) in colliders.iter_mut().zip(stage.records().iter().filter_map(|r| Collider::from_record(&r)).filter(|_| bounces)) {
            *slot = Some(collider);
        }
        Motion {
            gravity: gravity::acceleration(stage).map(|c| c as f32),
            wind: drag.wind.map(|c| c as f32),
            drag: a > 0.0 || b > 0.0,
            decay: libm::exp(-a * half) as f32,
            slope: if a > 0.0 { b * -libm::expm1(-a * half) / a } else { b * half } as f32,
            table: stage.world.species,
            colliders,
            walls: Collider::from_domain(&domain).filter(|_| bounces),
            wrap: core::array::from_fn(|k| domain.periodic[k].then_some((domain.min[k] as f32, domain.max[k] as f32))),
            flat: domain.dimensions() == 2,
            fixed: stage.world.species.fixed.contains(&true),
        }
    }

    /// Whether particles of that species stay where they are.
    #[inline]
    fn holds(&self, species: u32) -> bool {
        self.fixed && self.table.fixed[species as usize % crate::stage::MAX_SPECIES]
    }

    /// Velocity after half a step of drag.
    #[inline]
    fn slowed(&self, v: [f32; 3]) -> [f32; 3] {
        if !self.drag {
            return v;
        }
        let u: [f32; 3] = core::array::from_fn(|k| v[k] - self.wind[k]);
        if self.slope == 0.0 {
            return core::array::from_fn(|k| self.wind[k] + self.decay * u[k]);
        }
        let speed = libm::sqrtf(u[0] * u[0] + u[1] * u[1] + u[2] * u[2]);
        let factor = self.decay / (1.0 + self.slope * speed);
        core::array::from_fn(|k| self.wind[k] + factor * u[k])
    }

    /// Velocity after a step of gravity between two halves of drag.
    #[inline]
    fn flown(&self, v: [f32; 3], dt: f32) -> [f32; 3] {
        if self.drag && self.slope == 0.0 {
            return core::array::from_fn(|k| self.wind[k] + self.decay * (self.decay * (v[k] - self.wind[k]) + dt * self.gravity[k]));
        }
        let slowed = self.slowed(v);
        self.slowed(core::array::from_fn(|k| slowed[k] + dt * self.gravity[k]))
    }

    #[inline]
    fn bounced(&self, mut mover: Mover, dt: f32) -> Mover {
        for collider in self.colliders.iter().map_while(|c| c.as_ref()) {
            collider.collide(&mut mover, self.gravity, dt);
        }
        if let Some(walls) = &self.walls {
            let mut point = Mover { radius: 0.0, ..mover };
            walls.collide(&mut point, self.gravity, dt);
            mover = Mover { radius: mover.radius, ..point };
        }
        if self.flat {
            mover.x[2] = 0.0;
            mover.v[2] = 0.0;
        }
        mover
    }

    /// A whole step of a particle that nothing but gravity, drag and walls acts on.
    #[inline]
    fn fly(&self, x: &mut [f32], v: &mut [f32], species: u32, dt: f32) {
        if self.holds(species) {
            return;
        }
        let before = [v[0], v[1], v[2]];
        let after = self.flown(before, dt);
        let half = 0.5 * dt;
        let radius = self.table.radius[species as usize % crate::stage::MAX_SPECIES];
        let mover = Mover { x: core::array::from_fn(|k| x[k] + half * (before[k] + after[k])), v: after, radius };
        let mover = self.bounced(mover, dt);
        for k in 0..3 {
            x[k] = match self.wrap[k] {
                Some((min, max)) if mover.x[k] < min => mover.x[k] + (max - min),
                Some((min, max)) if mover.x[k] >= max => mover.x[k] - (max - min),
                _ => mover.x[k],
            };
            v[k] = mover.v[k];
        }
    }
}

/// Particles that make all their steps while they are in the fastest cache: 12 kB of positions and velocities.
const CACHED: usize = 512;

/// Whole steps of scenes without forces between particles: one pass. The first row that is not finite after them, or
/// `finite::NONE`: looked for here, since what is in the cache costs nothing to look at.
pub fn fly(stage: &mut Stage, dt: f64, steps: u32) -> u64 {
    stage.team.mark("motion");
    let motion = Motion::new(stage, dt);
    let block = &mut *stage.block;
    let species = &*block.take::<u32>("species");
    let age = &*block.take::<f32>("age");
    let arrays = (RowsMut::<f32, 3>(block.take("position")), RowsMut::<f32, 3>(block.take("velocity")));
    let (isa, dt) = (stage.team.isa(), dt as f32);
    let flight = if age.is_empty() { Flight::new(&motion, dt) } else { None };
    let made = |range: Range<usize>, (position, velocity): (RowsMut<f32, 3>, RowsMut<f32, 3>)| {
        let mut bad = finite::NONE;
        let parts = position.0.chunks_mut(3 * CACHED).zip(velocity.0.chunks_mut(3 * CACHED)).zip(range.step_by(CACHED));
        for ((position, velocity), first) in parts {
            let alone = |position: &mut [f32], velocity: &mut [f32], from: usize| {
                for ((x, v), i) in position.chunks_exact_mut(3).zip(velocity.chunks_exact_mut(3)).zip(first + from..) {
                    if age.get(i).is_none_or(|age| *age >= 0.0) {
                        motion.fly(x, v, species[i], dt);
                    }
                }
            };
            for _ in 0..steps {
                match &flight {
                    Some(flight) => isa.run(Stretch { flight, position, velocity, alone }),
                    None => alone(position, velocity, 0),
                }
            }
            bad = bad.min(finite::first_not_finite(position, velocity, first));
        }
        bad
    };
    let first = team::fold_chunks(stage.team, arrays, finite::NONE, made, u64::min);
    block.release();
    first
}

/// Adds force / mass + gravity for `dt` to all velocities, and half of the step's drag on the side that `order` says.
pub fn kick(stage: &mut Stage, motion: &Motion, dt: f64, order: Half) {
    stage.team.mark("motion");
    let block = &mut *stage.block;
    let force = &*block.take::<f32>("force");
    let species = &*block.take::<u32>("species");
    let rate: [f32; crate::stage::MAX_SPECIES] = core::array::from_fn(|s| (dt / motion.table.mass[s] as f64) as f32);
    let fall = motion.gravity.map(|g| g * dt as f32);
    let one = motion.table.count <= 1 && !motion.drag && !motion.fixed;
    team::each_chunk(stage.team, (RowsMut::<f32, 3>(block.take("velocity")),), |range, (velocity,)| {
        let rows = range.start * 3..range.end * 3;
        if one {
            for (v, f) in velocity.0.chunks_exact_mut(3).zip(force[rows].chunks_exact(3)) {
                for k in 0..3 {
                    v[k] += rate[0] * f[k] + fall[k];
                }
            }
            return;
        }
        for ((v, f), i) in velocity.0.chunks_exact_mut(3).zip(force[rows].chunks_exact(3)).zip(range) {
            if motion.holds(species[i]) {
                continue;
            }
            let rate = rate[species[i] as usize % crate::stage::MAX_SPECIES];
            let mut u = [v[0], v[1], v[2]];
            if order == Half::First {
                u = motion.slowed(u);
            }
            u = core::array::from_fn(|k| u[k] + (rate * f[k] + fall[k]));
            if order == Half::Second {
                u = motion.slowed(u);
            }
            v.copy_from_slice(&u);
        }
    });
    block.release();
}

/// Which half of a step a kick belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// Drag before the kick.
    First,
    /// Drag after the kick.
    Second,
    /// No drag.
    Neither,
}

/// Moves all particles by their velocity for `dt`, off walls.
pub fn drift(stage: &mut Stage, motion: &Motion, dt: f64) {
    stage.team.mark("motion");
    let block = &mut *stage.block;
    let dt = dt as f32;
    let species = &*block.take::<u32>("species");
    let age = &*block.take::<f32>("age");
    let plain = motion.colliders[0].is_none() && motion.walls.is_none() && !motion.flat && !motion.fixed && age.is_empty();
    let arrays = (RowsMut::<f32, 3>(block.take("position")), RowsMut::<f32, 3>(block.take("position_low")), RowsMut::<f32, 3>(block.take("velocity")));
    team::each_chunk(stage.team, arrays, |range, (position, low, velocity)| {
        if plain {
            for ((x, low), v) in position.0.iter_mut().zip(low.0.iter_mut()).zip(velocity.0.iter()) {
                (*x, *low) = sum(*x, *low + dt * *v);
            }
            return;
        }
        let rows = position.0.chunks_exact_mut(3).zip(low.0.chunks_exact_mut(3)).zip(velocity.0.chunks_exact_mut(3));
        for (((x, low), v), i) in rows.zip(range) {
            if age.get(i).is_some_and(|age| *age < 0.0) || motion.holds(species[i]) {
                continue;
            }
            for k in 0..3 {
                (x[k], low[k]) = sum(x[k], low[k] + dt * v[k]);
            }
            let radius = motion.table.radius[species[i] as usize % crate::stage::MAX_SPECIES];
            let moved = motion.bounced(Mover { x: [x[0], x[1], x[2]], v: [v[0], v[1], v[2]], radius }, dt);
            for k in 0..3 {
                if moved.x[k] != x[k] {
                    (x[k], low[k]) = (moved.x[k], 0.0);
                }
                v[k] = moved.v[k];
            }
        }
    });
    block.release();
}

/// A sum of two floats and what the addition rounded away, exactly (Knuth's form, which asks for no order of size).
#[inline(always)]
pub(crate) fn sum(x: f32, step: f32) -> (f32, f32) {
    let sum = x + step;
    let taken = sum - x;
    (sum, (x - (sum - taken)) + (step - taken))
}

/// Brings particles that left through a periodic side back in at the other.
pub fn wrap(stage: &mut Stage) {
    let world = stage.world;
    let block = &mut *stage.block;
    let arrays = (RowsMut::<f32, 3>(block.take("position")), RowsMut::<f32, 3>(block.take("position_low")));
    team::each_chunk(stage.team, arrays, |_, (x, low)| {
        for (x, low) in x.0.chunks_exact_mut(3).zip(low.0.chunks_exact_mut(3)) {
            for k in (0..3).filter(|&k| world.domain.periodic[k]) {
                let whole = x[k] as f64 + low[k] as f64;
                let boxes = libm::floor((whole - world.domain.min[k]) / world.length(k));
                if boxes != 0.0 {
                    (x[k], low[k]) = crate::fill::split(whole - boxes * world.length(k));
                }
            }
        }
    });
    block.release();
}
