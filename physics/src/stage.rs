//! What every stage of a step is given: the block, the team, and the numbers of the scene that all of them need.

use crate::block::Block;
use crate::records::{Declared, Records, Section};
use crate::scene_records::{Domain, Simulation, Species};
use crate::team::Team;
use crate::{Fault, term};

/// Most species in a scene.
pub const MAX_SPECIES: usize = 16;

/// Masses, radii and charges by species.
#[derive(Clone, Copy)]
pub struct SpeciesTable {
    /// Masses.
    pub mass: [f32; MAX_SPECIES],
    /// Radii.
    pub radius: [f32; MAX_SPECIES],
    /// Whether they stay where they are.
    pub fixed: [bool; MAX_SPECIES],
    /// Charges.
    pub charge: [f32; MAX_SPECIES],
    /// Species of the scene.
    pub count: usize,
}

impl SpeciesTable {
    /// Reads all species of the scene; what is not declared has mass 1, radius 0 and no charge.
    pub fn new(records: Records) -> Self {
        let mut table =
            SpeciesTable { mass: [1.0; MAX_SPECIES], radius: [0.0; MAX_SPECIES], charge: [0.0; MAX_SPECIES], fixed: [false; MAX_SPECIES], count: 0 };
        for (i, species) in records.all::<Species>().take(MAX_SPECIES).enumerate() {
            table.mass[i] = species.mass as f32;
            table.radius[i] = species.radius as f32;
            table.charge[i] = species.charge as f32;
            table.fixed[i] = species.fixed;
            table.count = i + 1;
        }
        table
    }

    /// The mass of that species.
    #[inline]
    pub fn mass_of(&self, species: u32) -> f32 {
        self.mass[species as usize % MAX_SPECIES]
    }

    /// The charge of that species.
    #[inline]
    pub fn charge_of(&self, species: u32) -> f32 {
        self.charge[species as usize % MAX_SPECIES]
    }
}

/// Numbers of the scene, read once a call.
#[derive(Clone, Copy)]
pub struct World {
    /// Time step.
    pub dt: f64,
    /// Seed of all random numbers.
    pub seed: u64,
    /// The box.
    pub domain: Domain,
    /// Masses, radii and charges.
    pub species: SpeciesTable,
}

impl World {
    /// Reads the scene.
    pub fn new(records: Records) -> Self {
        let Simulation { dt, seed } = records.one();
        World { dt, seed, domain: records.one(), species: SpeciesTable::new(records) }
    }

    /// Length of the box along an axis.
    pub fn length(&self, k: usize) -> f64 {
        self.domain.max[k] - self.domain.min[k]
    }

    /// Axes that particles move along: 2 or 3.
    pub fn dimensions(&self) -> usize {
        self.domain.dimensions()
    }

    /// Area or volume of the box.
    pub fn volume(&self) -> f64 {
        (0..self.dimensions()).map(|k| self.length(k)).product()
    }
}

/// A stage of a step, or of another call.
pub struct Stage<'s, 'a> {
    /// The block; arrays that were taken are released between stages.
    pub block: &'s mut Block<'a>,
    /// Who shares the work.
    pub team: &'s dyn Team,
    /// Numbers of the scene.
    pub world: World,
}

impl<'s, 'a> Stage<'s, 'a> {
    /// The first stage of a call.
    pub fn new(block: &'s mut Block<'a>, team: &'s dyn Team) -> Self {
        block.release();
        let world = World::new(Records::Running(block));
        Stage { block, team, world }
    }

    /// All records of the scene.
    pub fn records(&self) -> Records<'_> {
        Records::Running(self.block)
    }

    /// True if a record of that section exists.
    pub fn has(&self, section: Section) -> bool {
        self.records().iter().any(|r| r.record_type().section == section)
    }

    /// Calls `call` with the number and the values of every record of a type.
    pub fn each_record<T: Declared>(&mut self, mut call: impl FnMut(&mut Self, u32, T)) {
        for number in 0.. {
            let Some(record) = self.records().all().nth(number as usize) else { return };
            call(self, number, record);
        }
    }

    /// Runs one stage of every term of the scene.
    pub fn each_term(&mut self, mut call: impl FnMut(&'static dyn term::Term, &mut Self) -> Result<(), Fault>) -> Result<(), Fault> {
        for (name, term) in term::present(Records::Running(self.block)) {
            self.team.mark(name);
            call(term, self)?;
            self.block.release();
        }
        Ok(())
    }
}
