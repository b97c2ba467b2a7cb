//! Particles that fly on their own: gravity, drag against wind, colliders, emitters.
//!
//! A step is the symmetric splitting D(dt/2) G(dt) D(dt/2) (Strang 1968): drag is solved exactly for half a step, gravity
//! kicks, drag again; positions move by the mean of the velocities before and after. With dv/dt = -(a + b |v|) v relative to
//! the wind the exact factor is e^(-a t) / (1 + b |v| (1 - e^(-a t)) / a). A parabola comes out exact to rounding, and
//! fall at terminal speed stays at terminal speed to second order.

use super::{MAX_SPECIES, Model, SpeciesTable};
use crate::Fault;
use crate::block::Block;
use crate::collider::{Collider, MAX_COLLIDERS, Mover};
use crate::emitter;
use crate::layout::Diagnostics;
use crate::plan::Planner;
use crate::record;
use crate::records::{Record, Section};
use crate::scene_records::{Domain, Simulation};
use crate::team::{self, RowsMut, Team};

record! {
    /// Independent particles under gravity and drag that bounce off colliders.
    Ballistic in Model as "ballistic" {
        /// Acceleration of gravity.
        gravity: Vector3 = [0.0, -9.81, 0.0], -1e6..=1e6, "length/time^2", live;
        /// Linear drag: deceleration per speed relative to the wind.
        linear_drag: Float = 0.0, 0..=1e6, "1/time", live;
        /// Quadratic drag: deceleration per squared speed relative to the wind.
        quadratic_drag: Float = 0.0, 0..=1e6, "1/length", live;
        /// Velocity of the air.
        wind: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length/time", live;
    }
}

/// Numbers of the kernel, made once a step.
struct Kernel {
    dt: f32,
    gravity: [f32; 3],
    wind: [f32; 3],
    drag: bool,
    /// e^(-a h) and b (1 - e^(-a h)) / a for h = dt/2.
    decay: f32,
    slope: f32,
    table: SpeciesTable,
    colliders: [Option<Collider>; MAX_COLLIDERS],
    wrap: [Option<(f32, f32)>; 3],
}

impl Kernel {
    fn new(block: &Block, dt: f64) -> Self {
        let model = Ballistic::read(block.record(Section::Model, 0));
        let domain = Domain::read(block.record(Section::Domain, 0));
        let half = 0.5 * dt;
        let (a, b) = (model.linear_drag, model.quadratic_drag);
        let mut colliders = [None; MAX_COLLIDERS];
        for (slot, collider) in colliders.iter_mut().zip(block.records().filter_map(|r| Collider::from_record(&r))) {
            *slot = Some(collider);
        }
        Kernel {
            dt: dt as f32,
            gravity: model.gravity.map(|c| c as f32),
            wind: model.wind.map(|c| c as f32),
            drag: a > 0.0 || b > 0.0,
            decay: libm::exp(-a * half) as f32,
            slope: if a > 0.0 { b * -libm::expm1(-a * half) / a } else { b * half } as f32,
            table: SpeciesTable::new(block),
            colliders,
            wrap: core::array::from_fn(|k| domain.periodic[k].then_some((domain.min[k] as f32, domain.max[k] as f32))),
        }
    }

    /// Velocity after half a step of drag.
    #[inline]
    fn slowed(&self, v: [f32; 3]) -> [f32; 3] {
        if !self.drag {
            return v;
        }
        let u: [f32; 3] = core::array::from_fn(|k| v[k] - self.wind[k]);
        let speed = libm::sqrtf(u[0] * u[0] + u[1] * u[1] + u[2] * u[2]);
        let factor = self.decay / (1.0 + self.slope * speed);
        core::array::from_fn(|k| self.wind[k] + factor * u[k])
    }

    #[inline]
    fn advance(&self, x: &mut [f32], v: &mut [f32], species: u32) {
        let before = [v[0], v[1], v[2]];
        let slowed = self.slowed(before);
        let after = self.slowed(core::array::from_fn(|k| slowed[k] + self.dt * self.gravity[k]));
        let half = 0.5 * self.dt;
        let radius = self.table.radius[species as usize % MAX_SPECIES];
        let mut mover = Mover { x: core::array::from_fn(|k| x[k] + half * (before[k] + after[k])), v: after, radius };
        for collider in self.colliders.iter().map_while(|c| c.as_ref()) {
            collider.collide(&mut mover, self.gravity, self.dt);
        }
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

/// The model behind [`Ballistic`].
pub struct BallisticModel;

impl Model for BallisticModel {
    fn check(&self, records: &[Record]) -> Result<(), &'static str> {
        let colliders = records.iter().filter(|r| r.record_type().section == Section::Collider).count();
        if colliders > MAX_COLLIDERS { Err("there are more than 32 colliders; leave some out") } else { Ok(()) }
    }

    fn plan(&self, _records: &[Record], _particles: u64, _planner: &mut Planner) {}

    fn init(&self, block: &mut Block, team: &dyn Team) -> Result<(), Fault> {
        if block.records().any(|r| r.record_type().section == Section::Emitter) {
            emitter::init(block, team);
        }
        Ok(())
    }

    fn restored(&self, _block: &mut Block) {}

    fn step(&self, block: &mut Block, team: &dyn Team) -> Result<(), Fault> {
        let simulation = Simulation::read(block.record(Section::Simulation, 0));
        let kernel = Kernel::new(block, simulation.dt);
        block.release();
        let species = &*block.take::<u32>("species");
        let age = &*block.take::<f32>("age");
        let arrays = (RowsMut::<f32, 3>(block.take("position")), RowsMut::<f32, 3>(block.take("velocity")));
        team::each_chunk(team, arrays, |range, (position, velocity)| {
            for ((x, v), i) in position.0.chunks_exact_mut(3).zip(velocity.0.chunks_exact_mut(3)).zip(range) {
                if age.get(i).is_none_or(|age| *age >= 0.0) {
                    kernel.advance(x, v, species[i]);
                }
            }
        });
        if !age.is_empty() {
            emitter::stage(block, team, simulation.dt, simulation.seed);
        }
        Ok(())
    }

    fn diagnose(&self, block: &mut Block, team: &dyn Team, sums: &mut Diagnostics) -> Result<(), Fault> {
        let gravity = Ballistic::read(block.record(Section::Model, 0)).gravity;
        let table = SpeciesTable::new(block);
        block.release();
        let (position, species, age) = (&*block.take::<f32>("position"), &*block.take::<u32>("species"), &*block.take::<f32>("age"));
        let [height] = team::sum_f64(team, species.len(), |range| {
            let energy = |i: usize| -> f64 {
                let mass = table.mass[species[i] as usize % MAX_SPECIES] as f64;
                let work: f64 = (0..3).map(|k| gravity[k] * position[i * 3 + k] as f64).sum();
                if age.get(i).is_some_and(|a| *a < 0.0) { 0.0 } else { -mass * work }
            };
            [range.map(energy).sum()]
        });
        block.release();
        sums.potential = height;
        Ok(())
    }
}
