//! Particle life: species attract and repel each other without returning the favour, and clusters that move, hunt and divide follow.
//!
//! The idea is Ventrella's ("Clusters"), the kernel Mohr's ("Particle Life"): below r_min all pairs push apart, by
//! repulsion * strength (1 - r / r_min); from there to r_max a particle is drawn towards the other by attraction * strength times a tent that
//! is zero at both ends and one in the middle. What species a feels from b and what b feels from a are two numbers, so momentum is
//! kept only where they are equal, and there is no potential energy. Friction is the force `drag`, whose linear coefficient is
//! ln 2 / half-life; it is solved exactly, so how fast things slow down does not depend on the time step.

use crate::neighbors::{self, CentralLaw};
use crate::random::{Random, Stream};
use crate::records::Records;
use crate::simd::{Vector, lookup};
use crate::species::{Given, PairTable};
use crate::stage::{MAX_SPECIES, Stage};
use crate::term::Term;
use crate::{Fault, record};

record! {
    /// Species feel others without being felt alike: all push apart when close, and attract or repel farther out (Ventrella, Mohr).
    ParticleLife in Force as "particle-life" {
        /// Greatest pull on `species` from `with`, in units of the strength; negative repels.
        attraction: Float = 0.0, -1..=1, "", live;
        /// Distance below which all pairs push apart.
        r_min: Float = 0.3, 1e-6..=1e6, "length", live;
        /// Distance beyond which nothing is felt.
        r_max: Float = 1.0, 1e-6..=1e6, "length";
        /// Force that attractions are parts of.
        strength: Float = 1.0, 0..=1e9, "force", live;
        /// Push at no distance, in units of the strength: the more, the looser are clusters.
        repulsion: Float = 1.0, 0..=1e3, "", live;
        /// Seed of random attractions for all pairs that the record is for; 0 takes `attraction`.
        matrix_seed: Integer = 0, 0.0..=9007199254740991.0, "", live;
        /// Distance between particles where they crowd most, which sizes the neighbour lists; 0 takes half of r_min.
        spacing: Float = 0.0, 0..=1e6, "length";
        /// Species that feels.
        species: Species = -1, -1..=15, "";
        /// Species that is felt.
        with: Species = -1, -1..=15, "";
    }
}

/// What one species feels from another.
#[derive(Clone, Copy, Default)]
struct Pair {
    attraction: f64,
    r_min: f64,
    r_max: f64,
    strength: f64,
    repulsion: f64,
    matrix_seed: u64,
}

impl Pair {
    fn new(record: &ParticleLife) -> Self {
        let ParticleLife { attraction, r_min, r_max, strength, repulsion, matrix_seed, .. } = *record;
        Pair { attraction, r_min, r_max, strength, repulsion, matrix_seed }
    }

    /// The pull on species a from b: given, or number (a, b) of the random matrix.
    fn pull(&self, a: usize, b: usize) -> f64 {
        match self.matrix_seed {
            0 => self.attraction,
            seed => Random::new(seed, Stream::Matrix, 0, (a * MAX_SPECIES + b) as u64).between(-1.0, 1.0),
        }
    }

    /// r_min, r_max and the slopes of the push and of the tent, for kernels.
    fn row(&self, a: usize, b: usize) -> [f32; 4] {
        if self.strength == 0.0 {
            return [0.0; 4];
        }
        // A change of r_min while running may pass r_max; the tent is gone then.
        let width = self.r_max - self.r_min;
        let tent = if width > 0.0 { 2.0 * self.pull(a, b) * self.strength / width } else { 0.0 };
        let r_min = if width > 0.0 { self.r_min } else { self.r_max };
        [r_min, self.r_max, self.repulsion * self.strength / r_min, tent].map(|x| x as f32)
    }
}

fn pairs(records: Records) -> PairTable<Pair> {
    let given = records.all::<ParticleLife>().map(|r| Given { species: r.species, with: r.with, value: Pair::new(&r) });
    PairTable::directed(given, None::<fn(&Pair, &Pair) -> Pair>)
}

/// One row for each pair of species.
struct Law {
    rows: [[f32; 4]; MAX_SPECIES * MAX_SPECIES],
}

impl CentralLaw for Law {
    #[inline(always)]
    fn over_r<V: Vector>(&self, r2: V, own: u32, other: V::Int) -> V {
        let [r_min, r_max, push, tent] = lookup::<V>(&self.rows, own, other);
        let zero = V::splat(0.0);
        let over = r2.inverse_sqrt();
        let r = r2 * over;
        let near = (r_min - r).max(zero);
        let far = (r - r_min).min(r_max - r).max(zero);
        ((near * push - far * tent) * over).keep(zero.lt(r2))
    }
}

/// The stages of [`ParticleLife`].
pub struct Stages;

impl Term for Stages {
    fn check(&self, records: Records) -> Result<(), &'static str> {
        let fits = records.all::<ParticleLife>().all(|r| r.r_min < r.r_max);
        if fits { Ok(()) } else { Err("r_min of particle-life must be less than r_max") }
    }

    fn reach(&self, records: Records) -> f64 {
        records.all::<ParticleLife>().map(|r| r.r_max).fold(0.0, f64::max)
    }

    fn spacing(&self, records: Records) -> f64 {
        records.all::<ParticleLife>().map(|r| if r.spacing > 0.0 { r.spacing } else { 0.5 * r.r_min }).fold(f64::MAX, f64::min)
    }

    fn has_forces(&self) -> bool {
        true
    }

    fn force(&self, stage: &mut Stage) -> Result<(), Fault> {
        let table = pairs(stage.records());
        let rows = core::array::from_fn(|at| {
            let (a, b) = (at / MAX_SPECIES, at % MAX_SPECIES);
            table.get(a as u32, b as u32).row(a, b)
        });
        neighbors::add_central_forces(stage, &Law { rows });
        Ok(())
    }
}
