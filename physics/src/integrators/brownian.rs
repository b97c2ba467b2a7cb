//! Brownian motion: friction so strong that velocities are forgotten within a step. dx = F dt / g + sqrt(2 T dt / g) xi.
//!
//! The noise of a step is the mean of two numbers, of which the next step takes up the second (Leimkuhler & Matthews, Appl. Math.
//! Res. eXpress 2013, 34, eq 1.6): so positions are distributed as they should be to second order of the step and in harmonic
//! traps exactly, at one evaluation of forces. Random numbers are functions of the step, so nothing has to be kept. The first step
//! takes sqrt(3) / 2 of its first number in place of a half: mean square displacements are 2 d D t from the beginning. Between walls,
//! which would feel what is carried over twice, every step has a number of its own (Euler & Maruyama), to first order of the step.
//!
//! The friction is that of the record and, with a viscosity, Stokes' 6 pi viscosity radius besides. Gravity pulls with the mass of
//! the species; drag does not act. A velocity is the displacement of the last step over its time.

use super::Integrator;
use crate::motion::{self, Motion};
use crate::random::{self, Stream};
use crate::stage::{MAX_SPECIES, Stage};
use crate::team::{self, RowsMut};
use crate::{Fault, emitter, forces, neighbors, record};

record! {
    /// Overdamped motion with noise: colloids in a liquid (Leimkuhler & Matthews 2013).
    Brownian in Integrator as "brownian" {
        /// Temperature (k_B = 1); 0 for no noise.
        temperature: Float = 1.0, 0..=1e9, "energy", live;
        /// Force over speed.
        friction: Float = 1.0, 1e-9..=1e9, "mass/time", live;
        /// Viscosity of the liquid: 6 pi viscosity radius is added to the friction of each species.
        viscosity: Float = 0.0, 0..=1e9, "mass/(length time)", live;
    }
}

/// The steps of [`Brownian`].
pub struct Steps;

impl Integrator for Steps {
    fn needs_forces(&self) -> bool {
        true
    }

    fn step(&self, stage: &mut Stage) -> Result<(), Fault> {
        let dt = stage.world.dt;
        neighbors::ensure(stage)?;
        // Walls reflect; gravity is in the displacement already.
        let motion = Motion { gravity: [0.0; 3], ..Motion::new(stage, dt) };
        choose(stage, dt, motion.colliders[0].is_some() || motion.walls.is_some());
        motion::drift(stage, &motion, dt);
        stage.each_term(|term, stage| term.position(stage, dt))?;
        emitter::stage(stage, dt);
        neighbors::update(stage)?;
        forces::evaluate(stage)?;
        stage.each_term(|term, stage| term.end(stage, dt))
    }
}

/// Makes velocities the displacements of this step over its time.
fn choose(stage: &mut Stage, dt: f64, walls: bool) {
    stage.team.mark("motion");
    let brownian: Brownian = stage.records().one();
    let table = stage.world.species;
    let friction = |s: usize| brownian.friction + 6.0 * core::f64::consts::PI * brownian.viscosity * table.radius[s] as f64;
    let mobility: [f32; MAX_SPECIES] = core::array::from_fn(|s| (1.0 / friction(s)) as f32);
    let width: [f32; MAX_SPECIES] = core::array::from_fn(|s| libm::sqrt(2.0 * brownian.temperature / (friction(s) * dt)) as f32);
    let gravity = forces::gravity::acceleration(stage).map(|g| g as f32);
    let (seed, step, flat) = (stage.world.seed, stage.block.header().step, stage.world.dimensions() == 2);
    let (old, new) = match step {
        _ if walls => (1.0, 0.0),
        0 => (libm::sqrtf(0.75), 0.5),
        _ => (0.5, 0.5),
    };
    let block = &mut *stage.block;
    let (force, species, id) = (&*block.take::<f32>("force"), &*block.take::<u32>("species"), &*block.take::<u32>("id"));
    team::each_chunk(stage.team, (RowsMut::<f32, 3>(block.take("velocity")),), |range, (velocity,)| {
        for (v, i) in velocity.0.chunks_exact_mut(3).zip(range) {
            let s = species[i] as usize % MAX_SPECIES;
            let draw = |step: u64, part: f32| {
                if width[s] * part == 0.0 { [0.0; 3] } else { random::normals(seed, Stream::Brownian, 0, step << 32 | id[i] as u64).map(|xi| part * xi) }
            };
            let (a, b) = (draw(step, old), draw(step + 1, new));
            for k in 0..3 {
                v[k] = mobility[s] * (force[3 * i + k] + table.mass[s] * gravity[k]) + width[s] * (a[k] + b[k]);
            }
            if flat {
                v[2] = 0.0;
            }
        }
    });
    block.release();
}
