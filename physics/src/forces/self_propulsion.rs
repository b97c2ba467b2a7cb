//! Active particles: each is driven along a direction of its own, which turns at random.
//!
//! With Brownian motion these are active Brownian particles (Romanczuk et al., Eur. Phys. J. Special Topics 202, 1 (2012)): at
//! speed v = force / friction and rate of turning D_r they spread with D + v^2 / (d (d - 1) D_r) in d dimensions. Angles take
//! steps of variance 2 D_r dt in the plane; in space a direction gets a normal step of that variance along both axes across it
//! and is made a unit vector again.

use crate::heading;
use crate::layout::Element;
use crate::plan::Planner;
use crate::random::{self, Random, Stream};
use crate::records::Records;
use crate::stage::Stage;
use crate::team::{self, RowsMut};
use crate::term::Term;
use crate::{Fault, record};

record! {
    /// Every particle drives itself along a direction of its own, which turns at random.
    SelfPropulsion in Force as "self-propulsion" {
        /// Force along the direction.
        force: Float = 1.0, -1e9..=1e9, "force", live;
        /// Rotational diffusion coefficient; in the plane directions are forgotten in the time 1 / turning, in space in half of it.
        turning: Float = 1.0, 0..=1e9, "1/time", live;
        /// Species that it acts on.
        species: Species = -1, -1..=15, "";
    }
}

/// The array of directions.
const DIRECTION: &str = "direction";

/// The stages of [`SelfPropulsion`].
pub struct Stages;

impl Term for Stages {
    fn check(&self, records: Records) -> Result<(), &'static str> {
        if records.all::<SelfPropulsion>().count() > 1 { Err("a scene has room for one force self-propulsion") } else { Ok(()) }
    }

    fn has_forces(&self) -> bool {
        true
    }

    fn keeps_momentum(&self) -> bool {
        false
    }

    fn plan(&self, _records: Records, particles: u64, planner: &mut Planner) {
        planner.field(DIRECTION, Element::F32, 3, particles, crate::layout::FIELD_STATE);
    }

    fn init(&self, stage: &mut Stage, joined: usize) -> Result<(), Fault> {
        let (seed, flat) = (stage.world.seed, stage.world.dimensions() == 2);
        let id = &*stage.block.take::<u32>("id");
        team::each_chunk(stage.team, (RowsMut::<f32, 3>(stage.block.take(DIRECTION)),), |range, (direction,)| {
            for (d, i) in direction.0.chunks_exact_mut(3).zip(range).filter(|(_, i)| *i >= joined) {
                let first = heading::random_direction(&mut Random::new(seed, Stream::FirstDirection, 0, id[i] as u64), flat);
                heading::set_velocity(d, first, 1.0);
            }
        });
        stage.block.release();
        Ok(())
    }

    fn force(&self, stage: &mut Stage) -> Result<(), Fault> {
        let drive: SelfPropulsion = stage.records().one();
        let (direction, species) = (&*stage.block.take::<f32>(DIRECTION), &*stage.block.take::<u32>("species"));
        team::each_chunk(stage.team, (RowsMut::<f32, 3>(stage.block.take("force")),), |range, (force,)| {
            for (f, i) in force.0.chunks_exact_mut(3).zip(range) {
                if drive.species.is_none_or(|s| s == species[i] as usize) {
                    (0..3).for_each(|k| f[k] += drive.force as f32 * direction[3 * i + k]);
                }
            }
        });
        stage.block.release();
        Ok(())
    }

    fn end(&self, stage: &mut Stage, dt: f64) -> Result<(), Fault> {
        let drive: SelfPropulsion = stage.records().one();
        let (seed, step, flat) = (stage.world.seed, stage.block.header().step, stage.world.dimensions() == 2);
        let width = libm::sqrt(2.0 * drive.turning * dt);
        let id = &*stage.block.take::<u32>("id");
        team::each_chunk(stage.team, (RowsMut::<f32, 3>(stage.block.take(DIRECTION)),), |range, (direction,)| {
            for (d, i) in direction.0.chunks_exact_mut(3).zip(range) {
                let xi = random::normals(seed, Stream::Turning, 0, step << 32 | id[i] as u64).map(|x| width * x as f64);
                let old = [d[0], d[1], d[2]].map(f64::from);
                let new = if flat {
                    heading::turned(old, xi[0])
                } else {
                    // The part of the step along the direction is taken out.
                    let along: f64 = (0..3).map(|k| xi[k] * old[k]).sum();
                    core::array::from_fn(|k| old[k] + xi[k] - along * old[k])
                };
                heading::set_velocity(d, new, 1.0);
            }
        });
        stage.block.release();
        Ok(())
    }
}
