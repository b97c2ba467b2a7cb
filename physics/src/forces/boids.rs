//! Boids: keep apart, fly alike, stay together.
//!
//! Reynolds, SIGGRAPH '87, doi 10.1145/37401.37406. A particle sees those within the radius and within its angle of view, and
//! accelerates by
//!   separation: w_s sum (1 - r / r_s) e over those nearer than r_s, e pointing from them to it,
//!   alignment: w_a (mean velocity of the seen - its own),
//!   cohesion: w_c (mean place of the seen - its own).
//! Outside a ball around the roost it is drawn back, as starlings are (Hildenbrandt, Carere & Hemelrijk 2010). Speeds are kept
//! between two limits at the end of each step. Rules act alike on all masses. Velocities are those of half a step earlier, as
//! velocity Verlet has them when it asks for forces.

use crate::heading;
use crate::layout::Element;
use crate::neighbors::{Group, PairBody, Pairs};
use crate::plan::Planner;
use crate::records::Records;
use crate::simd::{Kernel, Sum, Vector};
use crate::stage::{SpeciesTable, Stage};
use crate::team::{self, RowsMut};
use crate::term::Term;
use crate::{Fault, record};

record! {
    /// Keep apart, fly alike, stay together: the flock of Reynolds (1987).
    Boids in Force as "boids" {
        /// Distance within which others are seen.
        radius: Float = 1.0, 1e-6..=1e6, "length";
        /// Distance within which others are avoided.
        separation_radius: Float = 0.4, 1e-6..=1e6, "length", live;
        /// Acceleration away from one other at no distance.
        separation: Float = 10.0, 0..=1e6, "length/time^2", live;
        /// Acceleration per difference to the others' mean velocity.
        alignment: Float = 2.0, 0..=1e6, "1/time", live;
        /// Acceleration per distance to the others' mean place.
        cohesion: Float = 1.0, 0..=1e6, "1/time^2", live;
        /// Angle of view around the direction of flight; 360 sees all around.
        view: Float = 360.0, 0..=360, "deg", live;
        /// Least speed.
        min_speed: Float = 0.0, 0..=1e6, "length/time", live;
        /// Greatest speed.
        max_speed: Float = 1e6, 0..=1e6, "length/time", live;
        /// Centre of the roost.
        roost: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length", live;
        /// Distance from the roost up to which it does not draw.
        roost_radius: Float = 0.0, 0..=1e6, "length", live;
        /// Acceleration per distance beyond that; 0 for no roost.
        roost_pull: Float = 0.0, 0..=1e6, "1/time^2", live;
        /// Distance between particles where they crowd most, which sizes the neighbour lists; 0 takes a quarter of the radius.
        spacing: Float = 0.0, 0..=1e6, "length";
    }
}

/// The table of velocities that neighbours are asked for.
const TABLE: &str = "boids_velocity";

/// The stages of [`Boids`].
pub struct Stages;

impl Term for Stages {
    fn check(&self, records: Records) -> Result<(), &'static str> {
        if records.all::<Boids>().count() > 1 {
            return Err("a scene has room for one force `boids`");
        }
        let Boids { min_speed, max_speed, .. } = records.one();
        if min_speed <= max_speed { Ok(()) } else { Err("min_speed of boids must not be greater than max_speed") }
    }

    fn reach(&self, records: Records) -> f64 {
        let Boids { radius, separation_radius, .. } = records.one();
        radius.max(separation_radius)
    }

    fn spacing(&self, records: Records) -> f64 {
        let Boids { spacing, radius, .. } = records.one();
        if spacing > 0.0 { spacing } else { 0.25 * radius }
    }

    fn has_forces(&self) -> bool {
        true
    }

    fn plan(&self, _records: Records, particles: u64, planner: &mut Planner) {
        planner.field(TABLE, Element::F32, 4, particles, 0);
    }

    fn force(&self, stage: &mut Stage) -> Result<(), Fault> {
        let boids: Boids = stage.records().one();
        heading::remember(stage, TABLE);
        let isa = stage.team.isa();
        let pairs = Pairs::new(stage);
        let flock = Flock {
            pairs: &pairs,
            velocity: &*stage.block.take(TABLE),
            position: &*stage.block.take("position"),
            species: &stage.world.species,
            rules: Rules::new(&boids, stage.world.dimensions()),
        };
        team::each_chunk(stage.team, (RowsMut::<f32, 3>(stage.block.take("force")),), |range, (force,)| {
            isa.run(Chunk { flock: &flock, first: range.start, force: force.0 });
        });
        stage.block.release();
        Ok(())
    }

    fn end(&self, stage: &mut Stage, _dt: f64) -> Result<(), Fault> {
        let Boids { min_speed, max_speed, .. } = stage.records().one();
        team::each_chunk(stage.team, (RowsMut::<f32, 3>(stage.block.take("velocity")),), |_, (velocity,)| {
            for v in velocity.0.chunks_exact_mut(3) {
                let wide = [v[0], v[1], v[2]].map(f64::from);
                let squared: f64 = wide.iter().map(|c| c * c).sum();
                if squared > max_speed * max_speed {
                    heading::set_velocity(v, wide, max_speed);
                } else if squared < min_speed * min_speed {
                    heading::set_velocity(v, wide, min_speed);
                }
            }
        });
        stage.block.release();
        Ok(())
    }
}

/// The numbers of the record, for kernels.
struct Rules {
    radius: f32,
    separation_radius: f32,
    separation: f32,
    alignment: f32,
    cohesion: f32,
    /// Cosine of half the angle of view; none where all is seen.
    edge: Option<f32>,
    roost: [f32; 3],
    roost_radius: f32,
    roost_pull: f32,
}

impl Rules {
    fn new(boids: &Boids, dimensions: usize) -> Self {
        Rules {
            radius: boids.radius as f32,
            separation_radius: boids.separation_radius as f32,
            separation: boids.separation as f32,
            alignment: boids.alignment as f32,
            cohesion: boids.cohesion as f32,
            edge: (boids.view < 360.0).then(|| libm::cos(0.5 * boids.view.to_radians()) as f32),
            roost: core::array::from_fn(|k| if k < dimensions { boids.roost[k] as f32 } else { 0.0 }),
            roost_radius: boids.roost_radius as f32,
            roost_pull: boids.roost_pull as f32,
        }
    }

    /// Acceleration towards the roost along each axis.
    #[inline]
    fn home(&self, x: [f32; 3]) -> [f32; 3] {
        let d: [f32; 3] = core::array::from_fn(|k| self.roost[k] - x[k]);
        let far = libm::sqrtf(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
        let beyond = far - self.roost_radius;
        if beyond > 0.0 && self.roost_pull > 0.0 { d.map(|c| self.roost_pull * beyond * c / far) } else { [0.0; 3] }
    }
}

/// What all chunks read.
struct Flock<'a> {
    pairs: &'a Pairs<'a>,
    velocity: &'a [[f32; 4]],
    position: &'a [f32],
    species: &'a SpeciesTable,
    rules: Rules,
}

struct Chunk<'a> {
    flock: &'a Flock<'a>,
    first: usize,
    force: &'a mut [f32],
}

impl Kernel for Chunk<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let Flock { pairs, velocity, position, species, rules } = self.flock;
        let unit = pairs.unit::<V>();
        for (k, force) in self.force.chunks_exact_mut(3).enumerate() {
            let i = self.first + k;
            let own = velocity[i];
            let mut seen = Seen::<V>::new(velocity, own, rules);
            pairs.visit(i, &unit, &mut seen);
            let count = seen.count.total();
            let each = if count > 0.0 { 1.0 / count } else { 0.0 };
            let home = rules.home([position[3 * i], position[3 * i + 1], position[3 * i + 2]]);
            let mass = species.mass_of(pairs.species(i));
            for c in 0..3 {
                let alike = if count > 0.0 { seen.velocity[c].total() * each - own[c] } else { 0.0 };
                let together = -(seen.away[c].total() * each);
                force[c] += mass * (seen.apart[c].total() + rules.alignment * alike + rules.cohesion * together + home[c]);
            }
        }
    }
}

/// Sums over the neighbours of one particle.
struct Seen<'a, V> {
    table: &'a [[f32; 4]],
    /// Own direction of flight.
    ahead: [V; 3],
    /// Least cosine of the angle to what is seen.
    edge: V,
    squared: V,
    separation_radius: V,
    /// Separation over its radius.
    slope: V,
    apart: [Sum<V>; 3],
    velocity: [Sum<V>; 3],
    away: [Sum<V>; 3],
    count: Sum<V>,
}

impl<'a, V: Vector> Seen<'a, V> {
    #[inline(always)]
    fn new(table: &'a [[f32; 4]], own: [f32; 4], rules: &Rules) -> Self {
        let speed = libm::sqrtf(own[0] * own[0] + own[1] * own[1] + own[2] * own[2]);
        // Who rests looks everywhere; so does who has no edge to the view, which rounding must not give one.
        let (edge, over) = match rules.edge {
            Some(edge) if speed > 0.0 => (edge, 1.0 / speed),
            _ => (-2.0, 0.0),
        };
        Seen {
            table,
            ahead: [own[0] * over, own[1] * over, own[2] * over].map(V::splat),
            edge: V::splat(edge),
            squared: V::splat(rules.radius * rules.radius),
            separation_radius: V::splat(rules.separation_radius),
            slope: V::splat(rules.separation / rules.separation_radius),
            apart: [Sum::new(); 3],
            velocity: [Sum::new(); 3],
            away: [Sum::new(); 3],
            count: Sum::new(),
        }
    }
}

impl<V: Vector> PairBody<V> for Seen<'_, V> {
    #[inline(always)]
    fn group(&mut self, half: usize, group: Group<V>) {
        let (zero, d) = (V::splat(0.0), group.d);
        let over = group.r2.inverse_sqrt();
        let r = group.r2 * over;
        let behind = d[0] * self.ahead[0] + d[1] * self.ahead[1] + d[2] * self.ahead[2];
        let visible = zero.lt(group.r2) & (self.edge * r).lt(zero - behind);
        let push = ((self.separation_radius - r).max(zero) * self.slope * over).keep(visible);
        let inside = visible & group.r2.lt(self.squared);
        let v = group.gather(self.table);
        for c in 0..3 {
            self.apart[c].add(half, push * d[c]);
            self.velocity[c].add(half, v[c].keep(inside));
            self.away[c].add(half, d[c].keep(inside));
        }
        self.count.add(half, V::splat(1.0).keep(inside));
    }
}
