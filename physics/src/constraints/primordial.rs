//! The Primordial Particle System: one rule of turning, from which cells grow, divide and die.
//!
//! Schmickl, Stefanec & Crailsheim, Scientific Reports 6, 37969 (2016): all move at the same speed in the plane; in each step a
//! particle turns right by alpha + beta N sign(R - L), where L and R of its N neighbours within the radius stand on its left and
//! right. The published life-like set is alpha = 180 deg, beta = 17 deg, radius 5, speed 0.67 with a time step of 1. The rule is a
//! map from step to step; it has no limit of small steps.

use crate::heading;
use crate::layout::Element;
use crate::neighbors::{Group, PairBody, Pairs};
use crate::plan::Planner;
use crate::records::Records;
use crate::scene_records::Domain;
use crate::simd::{Kernel, Sum, Vector};
use crate::stage::Stage;
use crate::team::{self, RowsMut};
use crate::term::Term;
use crate::{Fault, record};

record! {
    /// All move at one speed and turn by a fixed angle and by one for each neighbour, to the side of the more (Schmickl et al. 2016).
    Primordial in Constraint as "primordial" {
        /// Speed of every particle.
        speed: Float = 0.67, 0..=1e6, "length/time", live;
        /// Distance up to which neighbours count.
        radius: Float = 5.0, 1e-6..=1e6, "length";
        /// Turn to the right in every step.
        alpha: Float = 180.0, -360..=360, "deg", live;
        /// Further turn for each neighbour, towards the side where more of them are.
        beta: Float = 17.0, -360..=360, "deg", live;
        /// Distance between particles where they crowd most, which sizes the neighbour lists; 0 takes a tenth of the radius.
        spacing: Float = 0.0, 0..=1e6, "length";
    }
}

/// Neighbours by particle: how many, and right less left.
const TABLE: &str = "primordial_count";

/// The stages of [`Primordial`].
pub struct Stages;

impl Term for Stages {
    fn check(&self, records: Records) -> Result<(), &'static str> {
        if records.all::<Primordial>().count() > 1 {
            return Err("a scene has room for one constraint `primordial`");
        }
        let flat = records.one::<Domain>().dimensions() == 2;
        if flat { Ok(()) } else { Err("the constraint `primordial` turns in the plane; set domain.dimensions = 2") }
    }

    fn reach(&self, records: Records) -> f64 {
        records.one::<Primordial>().radius
    }

    fn spacing(&self, records: Records) -> f64 {
        let Primordial { spacing, radius, .. } = records.one();
        heading::spacing(records, spacing, radius)
    }

    fn plan(&self, _records: Records, particles: u64, planner: &mut Planner) {
        planner.field(TABLE, Element::F32, 2, particles, 0);
    }

    fn init(&self, stage: &mut Stage, first: usize) -> Result<(), Fault> {
        let speed = stage.records().one::<Primordial>().speed;
        heading::start(stage, speed, first);
        Ok(())
    }

    fn end(&self, stage: &mut Stage, _dt: f64) -> Result<(), Fault> {
        let primordial: Primordial = stage.records().one();
        let (isa, radius) = (stage.team.isa(), primordial.radius as f32);
        let (alpha, beta) = (primordial.alpha.to_radians(), primordial.beta.to_radians());
        let pairs = Pairs::new(stage);
        let age = &*stage.block.take::<f32>("age");
        let arrays = (RowsMut::<f32, 3>(stage.block.take("velocity")), RowsMut::<f32, 2>(stage.block.take(TABLE)));
        team::each_chunk(stage.team, arrays, |range, (velocity, counts)| {
            isa.run(Sides { pairs: &pairs, radius, first: range.start, velocity: velocity.0, counts: counts.0 });
            for ((v, count), i) in velocity.0.chunks_exact_mut(3).zip(counts.0.chunks_exact(2)).zip(range) {
                if age.get(i).is_some_and(|a| *a < 0.0) {
                    continue;
                }
                let side = if count[1] > 0.0 { 1.0 } else { -f64::from(count[1] < 0.0) };
                let right = alpha + beta * count[0] as f64 * side;
                let direction = heading::turned([v[0], v[1], 0.0].map(f64::from), -right);
                heading::set_velocity(v, direction, primordial.speed);
            }
        });
        stage.block.release();
        Ok(())
    }
}

/// Counts the neighbours on both sides of all particles of a chunk.
struct Sides<'a> {
    pairs: &'a Pairs<'a>,
    radius: f32,
    first: usize,
    velocity: &'a [f32],
    counts: &'a mut [f32],
}

impl Kernel for Sides<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let unit = self.pairs.unit::<V>();
        let squared = V::splat(self.radius * self.radius);
        for (k, (count, v)) in self.counts.chunks_exact_mut(2).zip(self.velocity.chunks_exact(3)).enumerate() {
            let mut near = Near { squared, heading: [v[0], v[1]].map(V::splat), left: Sum::<V>::new(), right: Sum::new() };
            self.pairs.visit(self.first + k, &unit, &mut near);
            let (left, right) = (near.left.total(), near.right.total());
            count.copy_from_slice(&[left + right, right - left]);
        }
    }
}

struct Near<V> {
    squared: V,
    heading: [V; 2],
    left: Sum<V>,
    right: Sum<V>,
}

impl<V: Vector> PairBody<V> for Near<V> {
    #[inline(always)]
    fn group(&mut self, half: usize, group: Group<V>) {
        let (zero, one) = (V::splat(0.0), V::splat(1.0));
        let inside = zero.lt(group.r2) & group.r2.lt(self.squared);
        // The vector points away from the neighbour, so left and right change places.
        let cross = self.heading[0] * group.d[1] - self.heading[1] * group.d[0];
        self.left.add(half, one.keep(inside & cross.lt(zero)));
        self.right.add(half, one.keep(inside & zero.lt(cross)));
    }
}
