//! What a force, thermostat or constraint is: the arrays it needs, and what it does at each stage of a step.
//!
//! A new one is one file that declares its parameters with `record!`, implements [`Term`] for a unit struct `Stages`, and gets
//! a line in `registry.rs`. All records of one type in a scene belong to one term: it reads them all (a force with a record
//! for each pair of species makes one table of them).

use crate::Fault;
use crate::layout::Diagnostics;
use crate::plan::Planner;
use crate::records::Records;
use crate::registry;
use crate::stage::Stage;

/// A force, thermostat or constraint. Every stage does nothing unless the term says otherwise.
pub trait Term: Sync {
    /// Refuses parameters that do not fit each other; the text says what to change.
    fn check(&self, _records: Records) -> Result<(), &'static str> {
        Ok(())
    }

    /// Whether all that it does to particles is part of their flight ([`crate::motion`]).
    fn is_flight(&self) -> bool {
        false
    }

    /// Distance up to which it must know each particle's neighbours; 0 for none.
    fn reach(&self, _records: Records) -> f64 {
        0.0
    }

    /// Distance at which neighbours crowd when there are as many as there can be; it sizes the lists.
    fn spacing(&self, records: Records) -> f64 {
        self.reach(records)
    }

    /// Whether it adds to the array of forces.
    fn has_forces(&self) -> bool {
        false
    }

    /// Longest step that it can follow from this state, for a step of `dt`; integrators cut theirs into equal parts no longer than that.
    fn longest_step(&self, _stage: &mut Stage, _dt: f64) -> f64 {
        f64::MAX
    }

    /// Whether it acts between two halves of the drift.
    fn splits_drift(&self) -> bool {
        false
    }

    /// Whether it holds particles off walls itself, by its own law of contact: they do not bounce off colliders then.
    fn takes_walls(&self) -> bool {
        false
    }

    /// Whether it leaves the total momentum of a periodic box as it is.
    fn keeps_momentum(&self) -> bool {
        true
    }

    /// Whether it finds particles by their slots, the numbers that they began with.
    fn needs_slots(&self) -> bool {
        false
    }

    /// Adds the arrays it needs beyond position, velocity, id, species, force and what lists need.
    fn plan(&self, _records: Records, _particles: u64, _planner: &mut Planner) {}

    /// Called once all particles stand, with 0, and when particles have joined a run, with the first row of these.
    fn init(&self, _stage: &mut Stage, _first: usize) -> Result<(), Fault> {
        Ok(())
    }

    /// Adds its forces. Positions and neighbours are those of this moment.
    fn force(&self, _stage: &mut Stage) -> Result<(), Fault> {
        Ok(())
    }

    /// Changes velocities after the kick and before the drift (velocity-level constraints, alignment).
    fn velocity(&self, _stage: &mut Stage, _dt: f64) -> Result<(), Fault> {
        Ok(())
    }

    /// Changes velocities between two halves of the drift (Langevin noise).
    fn mid_drift(&self, _stage: &mut Stage, _dt: f64) -> Result<(), Fault> {
        Ok(())
    }

    /// Changes positions after the drift (position-level constraints).
    fn position(&self, _stage: &mut Stage, _dt: f64) -> Result<(), Fault> {
        Ok(())
    }

    /// Changes velocities at the end of the step (velocity rescaling).
    fn end(&self, _stage: &mut Stage, _dt: f64) -> Result<(), Fault> {
        Ok(())
    }

    /// Adds its potential energy, virial and tail corrections.
    fn diagnose(&self, _stage: &mut Stage, _sums: &mut Diagnostics) -> Result<(), Fault> {
        Ok(())
    }
}

/// The terms of a scene with their names, each once, in the order of the registry.
pub fn present(records: Records) -> impl Iterator<Item = (&'static str, &'static dyn Term)> + use<> {
    const _: () = assert!(registry::ALL.len() <= 128);
    let types = records.iter().fold(0u128, |types, record| types | 1 << record.type_index);
    (0..registry::ALL.len())
        .filter(move |index| types >> index & 1 != 0)
        .filter_map(|index| registry::term(index).map(|term| (registry::ALL[index].name, term)))
}
