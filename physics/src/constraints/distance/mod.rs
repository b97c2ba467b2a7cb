//! Distances that are kept: chains, nets, cloth and blocks, by extended position-based dynamics.
//!
//! Macklin, Mueller & Chentanez, "XPBD", Motion in Games 2016, doi 10.1145/2994258.2994272. After the drift each edge moves its
//! ends along the line between them by (eqs 18 and 26)
//!   d lambda = (-C - a lambda - g n.(dx_i - dx_j)) / ((1 + g) (w_i + w_j) + a),  C = r - rest,
//! with a = compliance / dt^2, g = compliance * damping / dt, inverse masses w and moves dx since the step began. So stiffness is
//! 1 / compliance, whatever the time step and, once it has converged, whatever the number of iterations. Velocities get the move
//! divided by dt: edges act in mid-step, so at its end a hanging mass has the velocity g dt / 2 of the kick that follows. The method
//! takes energy out, the more the stiffer an edge is against the time step.
//!
//! The particles are those of a lattice fill, and who is joined follows from their places in it (`fill/sheet.rs`); edges of one
//! direction fall into two colours, no two edges of a colour share an end, and each end works its edge out for itself (`solve.rs`).

mod solve;

use crate::fill::sheet::{BATCHES, Sheet};
use crate::fill::split;
use crate::layout::{Diagnostics, Element};
use crate::plan::Planner;
use crate::records::Records;
use crate::stage::Stage;
use crate::team::{self, RowsMut};
use crate::term::Term;
use crate::{Fault, record};
use solve::Solver;

record! {
    /// Neighbouring sites of a lattice keep their distance: chains, nets, cloth (XPBD, Macklin et al. 2016).
    Distance in Constraint as "distance" {
        /// Number of the fill, counted from 0: a lattice of simple arrangement without radius.
        fill: Integer = 0, 0..=255, "";
        /// Length that an edge gives way per force; 0 for none.
        compliance: Float = 0.0, 0..=1e9, "length/force", live;
        /// Join diagonal neighbours too.
        shear: Bool = 0, 0..=1, "";
        /// Length that a diagonal gives way per force.
        shear_compliance: Float = 0.0, 0..=1e9, "length/force", live;
        /// Join neighbours of neighbours too, which resists bending.
        bend: Bool = 0, 0..=1, "";
        /// Length that an edge between neighbours of neighbours gives way per force.
        bend_compliance: Float = 0.0, 0..=1e9, "length/force", live;
        /// Friction of edges that give way, against the speed at which their length changes.
        damping: Float = 0.0, 0..=1e9, "force time/length", live;
        /// Length at rest over the distance of the lattice's sites.
        rest: Float = 1.0, 0..=100, "", live;
        /// Times that every edge is looked at in a step.
        iterations: Integer = 10, 1..=1000, "", live;
        /// Sites that stay where they began; the top is the last layer along the last axis with more than one cell.
        pin: Choice(&["none", "first", "corners", "top", "top-corners"]) = 0, 0..=4, "", live;
    }
}

impl Distance {
    /// Compliances of the families of edges that are wanted.
    fn families(&self) -> [Option<f64>; 3] {
        [Some(self.compliance), self.shear.then_some(self.shear_compliance), self.bend.then_some(self.bend_compliance)]
    }
}

/// The stages of [`Distance`].
pub struct Stages;

impl Term for Stages {
    fn check(&self, records: Records) -> Result<(), &'static str> {
        let fits = records.all::<Distance>().all(|d| Sheet::new(records, d.fill).is_some());
        if fits { Ok(()) } else { Err("the constraint `distance` needs a fill of kind lattice with simple arrangement and radius 0; `fill` says which") }
    }

    /// It adds none, but needs the steps of scenes with forces, which drift before positions are put right.
    fn has_forces(&self) -> bool {
        true
    }

    fn needs_slots(&self) -> bool {
        true
    }

    fn plan(&self, records: Records, _particles: u64, planner: &mut Planner) {
        let sites = records.all::<Distance>().filter_map(|d| Sheet::new(records, d.fill)).map(|s| s.count() as u64).max().unwrap_or(0);
        for name in ["distance_from", "distance_to", "distance_before"] {
            planner.field(name, Element::F32, 4, sites, 0);
        }
        planner.field("distance_lambda", Element::F32, BATCHES as u32, sites, 0);
    }

    fn position(&self, stage: &mut Stage, dt: f64) -> Result<(), Fault> {
        each_sheet(stage, |stage, sheet, distance| keep(stage, sheet, distance, dt));
        Ok(())
    }

    fn diagnose(&self, stage: &mut Stage, sums: &mut Diagnostics) -> Result<(), Fault> {
        each_sheet(stage, |stage, sheet, distance| sums.potential += solve::energy(stage, sheet, distance));
        Ok(())
    }
}

/// Calls `call` with every record and its sheet, as far as there are particles for all of its sites.
fn each_sheet(stage: &mut Stage, mut call: impl FnMut(&mut Stage, &Sheet, &Distance)) {
    for index in 0..stage.records().all::<Distance>().count() {
        let distance = stage.records().all::<Distance>().nth(index);
        let sheet = distance.and_then(|d| Sheet::new(stage.records(), d.fill));
        let particles = stage.block.header().particle_count as usize;
        if let (Some(distance), Some(sheet)) = (distance, sheet.filter(|s| s.end() <= particles)) {
            call(stage, &sheet, &distance);
        }
    }
}

/// Moves the particles of a sheet so that its edges have their lengths, and gives velocities what that says.
fn keep(stage: &mut Stage, sheet: &Sheet, distance: &Distance, dt: f64) {
    let world = stage.world;
    let block = &mut *stage.block;
    let (position, low) = (block.take::<f32>("position"), block.take::<f32>("position_low"));
    let velocity = block.take::<f32>("velocity");
    let (slot, row_of_slot, species) = (&*block.take::<u32>("slot"), &*block.take::<u32>("row_of_slot"), &*block.take::<u32>("species"));
    let anchor = |site: usize| sheet.anchor(site, world.dimensions());
    let load = |site: usize| -> ([f32; 4], [f32; 4]) {
        if sheet.pinned(site, distance.pin) {
            let [x, y, z] = anchor(site).map(|c| c as f32);
            return ([x, y, z, 0.0], [x, y, z, 0.0]);
        }
        let row = row_of_slot.get(sheet.first() + site).map_or(sheet.first() + site, |row| *row as usize);
        let at: [f32; 3] = core::array::from_fn(|k| position[3 * row + k] + low[3 * row + k]);
        let before: [f32; 3] = core::array::from_fn(|k| at[k] - dt as f32 * velocity[3 * row + k]);
        let weight = 1.0 / world.species.mass_of(species[row]);
        ([at[0], at[1], at[2], weight], [before[0], before[1], before[2], 0.0])
    };
    let moved = Solver::new(block, &world, sheet, distance, dt).run(stage.team, load);
    let arrays = (RowsMut::<f32, 3>(position), RowsMut::<f32, 3>(low), RowsMut::<f32, 3>(velocity));
    team::each_chunk(stage.team, arrays, |range, (position, low, velocity)| {
        let rows = position.0.chunks_exact_mut(3).zip(low.0.chunks_exact_mut(3)).zip(velocity.0.chunks_exact_mut(3));
        for (((x, low), v), i) in rows.zip(range) {
            let Some(site) = sheet.site(slot.get(i).map_or(i, |slot| *slot as usize)) else { continue };
            let (pinned, anchor) = (sheet.pinned(site, distance.pin), anchor(site));
            for k in 0..3 {
                if pinned {
                    ((x[k], low[k]), v[k]) = (split(anchor[k]), 0.0);
                } else {
                    let step = moved[site][k] - (x[k] + low[k]);
                    v[k] += step / dt as f32;
                    (x[k], low[k]) = split(x[k] as f64 + low[k] as f64 + step as f64);
                }
            }
        }
    });
    stage.block.release();
}
