//! Vicsek's flock: everyone takes the mean direction of those around, with an error.
//!
//! Vicsek, Czirok, Ben-Jacob, Cohen & Shochet, Phys. Rev. Lett. 75, 1226 (1995): all move at the same speed; at the end of each
//! step a particle's direction becomes that of the sum of velocities within the radius, its own included, plus an angle that is
//! uniform between -noise/2 and noise/2. In three dimensions the new direction is uniform on the cap of the sphere around the mean
//! with half angle noise/2, so that noise 2 pi means no order at all in both. Neighbours are those of the new positions.

use crate::emitter;
use crate::heading;
use crate::layout::Element;
use crate::neighbors::{Group, PairBody, Pairs};
use crate::plan::Planner;
use crate::random::{Random, Stream};
use crate::records::Records;
use crate::simd::{Kernel, Sum, Vector};
use crate::stage::Stage;
use crate::team::{self, RowsMut};
use crate::term::Term;
use crate::{Fault, record};

record! {
    /// All move at one speed and take the mean direction of their neighbours, with noise (Vicsek et al. 1995).
    Vicsek in Constraint as "vicsek" {
        /// Speed of every particle.
        speed: Float = 0.03, 0..=1e6, "length/time", live;
        /// Distance within which directions are averaged.
        radius: Float = 1.0, 1e-6..=1e6, "length";
        /// Width of the uniform error of the angle: 0 for none, 2 pi and more for no order.
        noise: Float = 1.0, 0..=6.3, "rad", live;
        /// Distance between particles where they crowd most, which sizes the neighbour lists; 0 takes a tenth of the radius, in space a fifth.
        spacing: Float = 0.0, 0..=1e6, "length";
    }
}

/// The table of what velocities were before any changed.
const TABLE: &str = "vicsek_velocity";

/// The stages of [`Vicsek`].
pub struct Stages;

impl Term for Stages {
    fn check(&self, records: Records) -> Result<(), &'static str> {
        if records.all::<Vicsek>().count() > 1 { Err("a scene has room for one constraint `vicsek`") } else { Ok(()) }
    }

    fn reach(&self, records: Records) -> f64 {
        records.one::<Vicsek>().radius
    }

    fn spacing(&self, records: Records) -> f64 {
        let Vicsek { spacing, radius, .. } = records.one();
        heading::spacing(records, spacing, radius)
    }

    fn plan(&self, _records: Records, particles: u64, planner: &mut Planner) {
        planner.field(TABLE, Element::F32, 4, particles, 0);
    }

    fn init(&self, stage: &mut Stage, first: usize) -> Result<(), Fault> {
        let speed = stage.records().one::<Vicsek>().speed;
        heading::start(stage, speed, first);
        Ok(())
    }

    fn end(&self, stage: &mut Stage, _dt: f64) -> Result<(), Fault> {
        let vicsek: Vicsek = stage.records().one();
        let noise = vicsek.noise.min(core::f64::consts::TAU);
        heading::remember(stage, TABLE);
        let (isa, flat, seed, step) = (stage.team.isa(), stage.world.dimensions() == 2, stage.world.seed, stage.block.header().step);
        let pairs = Pairs::new(stage);
        let table = &*stage.block.take::<[f32; 4]>(TABLE);
        let (id, age) = (&*stage.block.take::<u32>("id"), &*stage.block.take::<f32>("age"));
        team::each_chunk(stage.team, (RowsMut::<f32, 3>(stage.block.take("velocity")),), |range, (velocity,)| {
            isa.run(Means { pairs: &pairs, table, radius: vicsek.radius as f32, first: range.start, velocity: velocity.0 });
            for (v, i) in velocity.0.chunks_exact_mut(3).zip(range) {
                let mean = [v[0], v[1], v[2]].map(f64::from);
                v.copy_from_slice(&table[i][..3]);
                if mean == [0.0; 3] || age.get(i).is_some_and(|a| *a < 0.0) {
                    continue;
                }
                let mut random = Random::new(seed, Stream::Heading, 0, step << 32 | id[i] as u64);
                let direction = if flat { heading::turned(mean, noise * (random.uniform() - 0.5)) } else { emitter::in_cone(mean, 0.5 * noise, &mut random) };
                heading::set_velocity(v, direction, vicsek.speed);
            }
        });
        stage.block.release();
        Ok(())
    }
}

/// Sums of the velocities within the radius, written over the velocities of the chunk.
struct Means<'a> {
    pairs: &'a Pairs<'a>,
    table: &'a [[f32; 4]],
    radius: f32,
    first: usize,
    velocity: &'a mut [f32],
}

impl Kernel for Means<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let unit = self.pairs.unit::<V>();
        let squared = V::splat(self.radius * self.radius);
        for (k, v) in self.velocity.chunks_exact_mut(3).enumerate() {
            let mut near = Near { table: self.table, squared, sum: [Sum::<V>::new(); 3] };
            self.pairs.visit(self.first + k, &unit, &mut near);
            for c in 0..3 {
                v[c] += near.sum[c].total();
            }
        }
    }
}

struct Near<'a, V> {
    table: &'a [[f32; 4]],
    squared: V,
    sum: [Sum<V>; 3],
}

impl<V: Vector> PairBody<V> for Near<'_, V> {
    #[inline(always)]
    fn group(&mut self, half: usize, group: Group<V>) {
        let inside = V::splat(0.0).lt(group.r2) & group.r2.lt(self.squared);
        let v = group.gather(self.table);
        for c in 0..3 {
            self.sum[c].add(half, v[c].keep(inside));
        }
    }
}
