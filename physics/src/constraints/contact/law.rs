//! What kernels know of contact: radii, restitution and friction of every pair of species, and of walls.

use super::Contact;
use crate::colliders::{Touch, Walls};
use crate::forces::gravity;
use crate::records::Records;
use crate::simd::{Vector, lookup};
use crate::species::{Given, PairTable};
use crate::stage::{MAX_SPECIES, SpeciesTable, Stage};

/// Contact of two species.
#[derive(Clone, Copy, Default)]
struct Pair {
    touch: bool,
    restitution: f64,
    friction: f64,
}

impl Pair {
    fn new(record: &Contact) -> Self {
        Pair { touch: true, restitution: record.restitution, friction: record.friction }
    }

    fn mixed(a: &Pair, b: &Pair) -> Pair {
        Pair { touch: true, restitution: 0.5 * (a.restitution + b.restitution), friction: libm::sqrt(a.friction * b.friction) }
    }
}

/// The numbers of a step.
pub(super) struct Law {
    /// Sum of radii (zero where species pass through each other), restitution, friction of each pair of species.
    rows: [[f32; 4]; MAX_SPECIES * MAX_SPECIES],
    /// Whether one row does for all.
    uniform: bool,
    /// Whether anything has friction.
    pub(super) friction: bool,
    pub(super) walls: Walls,
    pub(super) species: SpeciesTable,
    pub(super) dt: f32,
    pub(super) per_dt: f32,
    /// Approach up to this speed does not bounce.
    pub(super) calm: f32,
    /// m r^2 over moment of inertia.
    pub(super) inertia: f32,
    pub(super) flat: bool,
}

impl Law {
    pub(super) fn new(stage: &Stage, dt: f64) -> Self {
        let records = stage.records();
        let table = pairs(records);
        let species = stage.world.species;
        let radius = |s: usize| species.radius[s % MAX_SPECIES] as f64;
        let rows: [[f32; 4]; MAX_SPECIES * MAX_SPECIES] = core::array::from_fn(|at| {
            let (a, b) = (at / MAX_SPECIES, at % MAX_SPECIES);
            let pair = table.get(a as u32, b as u32);
            [if pair.touch { radius(a) + radius(b) } else { 0.0 }, pair.restitution, pair.friction, 0.0].map(|x| x as f32)
        });
        let walls = Walls::new(records);
        let pull = gravity::acceleration(stage);
        let pull = libm::sqrt(pull[0] * pull[0] + pull[1] * pull[1] + pull[2] * pull[2]);
        let given = records.all::<Contact>().map(|c| c.bounce_speed).fold(0.0, f64::max);
        let calm = 2.0 * pull * dt;
        Law {
            uniform: species.count <= 1,
            friction: rows.iter().any(|row| row[2] > 0.0) || walls.have_friction(),
            rows,
            walls,
            species,
            dt: dt as f32,
            per_dt: (1.0 / dt) as f32,
            calm: (if given > calm { given } else { calm }) as f32,
            inertia: if stage.world.dimensions() == 2 { 2.0 } else { 2.5 },
            flat: stage.world.dimensions() == 2,
        }
    }

    /// Sum of radii, restitution, friction for a ball of species `own` and others.
    #[inline(always)]
    pub(super) fn row<V: Vector>(&self, own: u32, other: V::Int) -> [V; 4] {
        if self.uniform {
            let row = &self.rows[0];
            return [V::splat(row[0]), V::splat(row[1]), V::splat(row[2]), V::splat(row[3])];
        }
        lookup::<V>(&self.rows, own, other)
    }

    /// Shows every wall that a ball overlaps.
    #[inline]
    pub(super) fn walls(&self, x: [f32; 3], radius: f32, mut each: impl FnMut(Touch)) {
        // In two dimensions the walls in front and behind are not there.
        self.walls.touches(x, radius, 0.0, |touch| {
            if !self.flat || touch.normal[2] == 0.0 {
                each(touch);
            }
        });
    }
}

fn pairs(records: Records) -> PairTable<Pair> {
    let given = records.all::<Contact>().map(|r| Given { species: r.species, with: r.with, value: Pair::new(&r) });
    PairTable::new(given, Pair::mixed)
}
