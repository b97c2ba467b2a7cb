//! What a model is: which arrays it needs, how it starts, its step as named stages, and its energies.
//!
//! A new model is one file that declares its parameters, implements [`Model`], and gets a line in [`of_type`] and in
//! [`crate::records::ALL`].

pub mod ballistic;
pub mod lennard_jones;

use crate::block::Block;
use crate::layout::{Diagnostics, NOT_ALIVE};
use crate::plan::Planner;
use crate::records::{ALL, Record, Section};
use crate::scene_records::Species;
use crate::team::Team;
use crate::{Fault, Status};

/// Most particles in a scene, emitters' slots included, whatever the model.
pub const MAX_PARTICLES: u64 = 4_000_000;

/// Most species in a scene.
pub const MAX_SPECIES: usize = 16;

/// A kind of physics.
pub trait Model: Sync {
    /// Refuses parameters that do not fit each other; the text says what to change.
    fn check(&self, records: &[Record]) -> Result<(), &'static str>;

    /// Adds the arrays it needs beyond position, velocity, id and species.
    fn plan(&self, records: &[Record], particles: u64, planner: &mut Planner);

    /// Called once all particles stand.
    fn init(&self, block: &mut Block, team: &dyn Team) -> Result<(), Fault>;

    /// Called when state was copied back: whatever is derived from it must be made again.
    fn restored(&self, block: &mut Block);

    /// One time step.
    fn step(&self, block: &mut Block, team: &dyn Team) -> Result<(), Fault>;

    /// Potential energy, virial and tail corrections; kinetic sums are there already.
    fn diagnose(&self, block: &mut Block, team: &dyn Team, sums: &mut Diagnostics) -> Result<(), Fault>;
}

/// The model of a record type.
pub fn of_type(index: usize) -> Option<&'static dyn Model> {
    match ALL.get(index) {
        Some(t) if **t == ballistic::Ballistic::TYPE => Some(&ballistic::BallisticModel),
        Some(t) if **t == lennard_jones::LennardJones::TYPE => Some(&lennard_jones::LennardJonesModel),
        _ => None,
    }
}

/// The model of a block.
pub fn of(block: &Block) -> Result<&'static dyn Model, Fault> {
    of_type(block.header().model as usize).ok_or(Fault::from(Status::BadRecord))
}

/// Masses and radii by species.
#[derive(Clone, Copy)]
pub struct SpeciesTable {
    /// Masses.
    pub mass: [f32; MAX_SPECIES],
    /// Radii.
    pub radius: [f32; MAX_SPECIES],
}

impl SpeciesTable {
    /// Reads all species of the scene; what is not declared has mass 1 and radius 0.
    pub fn new(block: &Block) -> Self {
        let mut table = SpeciesTable { mass: [1.0; MAX_SPECIES], radius: [0.0; MAX_SPECIES] };
        for (i, record) in block.records().filter(|r| r.record_type().section == Section::Species).take(MAX_SPECIES).enumerate() {
            let species = Species::read(record.values);
            table.mass[i] = species.mass as f32;
            table.radius[i] = species.radius as f32;
        }
        table
    }
}

/// The scalar that frames are coloured by.
pub struct Scalars<'a> {
    choice: u64,
    position: &'a [f32],
    velocity: &'a [f32],
    age: &'a [f32],
    species: &'a [u32],
    id: &'a [u32],
    table: SpeciesTable,
}

impl<'a> Scalars<'a> {
    /// Takes the arrays that the choice needs; `position` stays with the caller.
    pub fn new(block: &Block<'a>, choice: u64, position: &'a [f32]) -> Self {
        let (velocity, age) = (&*block.take("velocity"), &*block.take("age"));
        Scalars { choice, position, velocity, age, species: block.take("species"), id: block.take("id"), table: SpeciesTable::new(block) }
    }

    /// The scalar of particle `i`.
    #[inline]
    pub fn at(&self, i: usize) -> f32 {
        if self.age.get(i).is_some_and(|age| *age < 0.0) {
            return NOT_ALIVE;
        }
        let squared = || {
            let v = &self.velocity[i * 3..i * 3 + 3];
            v[0] * v[0] + v[1] * v[1] + v[2] * v[2]
        };
        match self.choice {
            0 => libm::sqrtf(squared()),
            1 => 0.5 * self.table.mass[self.species[i] as usize % MAX_SPECIES] * squared(),
            2 => self.position[i * 3 + 1],
            3 => self.age.get(i).copied().unwrap_or(0.0),
            4 => self.species[i] as f32,
            _ => self.id[i] as f32,
        }
    }
}
