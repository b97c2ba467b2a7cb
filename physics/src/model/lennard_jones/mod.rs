//! The Lennard-Jones fluid: U(r) = 4 epsilon ((sigma/r)^12 - (sigma/r)^6) up to a cut-off.
//!
//! Velocity Verlet (Swope et al. 1982) with a cell list and a Verlet list with skin; plain cut-off or linear force shift
//! (Allen & Tildesley, Computer Simulation of Liquids, 2nd ed., ch. 5). Positions carry a second `f32` (`position_low`) so that
//! the sum of many small moves loses nothing; forces are `f32`, energies and virial `f64` from the full positions.
//!
//! The list is a function of the positions at which it was last built, which are part of the saved state: after a restore it
//! is built from them again and the run goes on with the same bits.

mod cells;
mod energy;
mod force;
mod list;

use super::Model;
use crate::Fault;
use crate::block::Block;
use crate::fill::split;
use crate::layout::{Diagnostics, Element, FIELD_SAVED, FIELD_STATE};
use crate::plan::Planner;
use crate::record;
use crate::records::{Record, Section};
use crate::scene_records::{Domain, Simulation};
use crate::team::{self, RowsMut, Team};
use cells::Cells;

record! {
    /// Atoms that repel and attract in pairs by the Lennard-Jones law.
    LennardJones in Model as "lennard-jones" {
        /// Depth of the well.
        epsilon: Float = 1.0, 0..=1e6, "energy", live;
        /// Distance at which the potential is zero.
        sigma: Float = 1.0, 1e-6..=1e6, "length";
        /// Distance beyond which pairs do not interact.
        cutoff: Float = 2.5, 1e-6..=1e6, "length";
        /// What happens at the cut-off: nothing, or force and potential are shifted to reach zero there.
        truncation: Choice(&["cut-off", "linear-force-shift"]) = 0, 0..=1, "";
        /// Extra reach of the neighbour list; more skin means longer lists that last longer.
        skin: Float = 0.3, 0..=1e6, "length";
    }
}

/// Word of the header's model state: 1 while list and forces belong to the positions.
const LIST_VALID: usize = 0;

/// What stages need to know, read once a call.
#[derive(Clone, Copy)]
struct Setup {
    model: LennardJones,
    domain: Domain,
    dt: f64,
    mass: f64,
    cells: Cells,
    /// Skin that the box has room for.
    skin: f64,
}

/// Model and domain of a scene that has no block yet.
fn parameters(records: &[Record]) -> (LennardJones, Domain) {
    let read = |section| records.iter().find(|r| r.record_type().section == section).map_or(&[][..], |r| r.values);
    (LennardJones::read(read(Section::Model)), Domain::read(read(Section::Domain)))
}

/// Largest skin that keeps every pair's nearest image unique.
fn fitting_skin(model: &LennardJones, domain: &Domain) -> f64 {
    let room = |k: usize| if domain.periodic[k] { 0.5 * (domain.max[k] - domain.min[k]) - model.cutoff } else { f64::MAX };
    model.skin.min(room(0)).min(room(1)).min(room(2)).max(0.0)
}

impl Setup {
    fn new(block: &Block) -> Self {
        let read = |section| block.record(section, 0);
        let (model, domain) = (LennardJones::read(read(Section::Model)), Domain::read(read(Section::Domain)));
        let skin = fitting_skin(&model, &domain);
        let cells = Cells::new(&domain, model.cutoff + skin, block.header().particle_count as u64);
        let mass = crate::scene_records::Species::read(read(Section::Species)).mass;
        let mass = if mass > 0.0 { mass } else { 1.0 };
        Setup { model, domain, dt: Simulation::read(read(Section::Simulation)).dt, mass, cells, skin }
    }

    fn length(&self, k: usize) -> f64 {
        self.domain.max[k] - self.domain.min[k]
    }

    /// dU/dr at the cut-off, which linear force shift takes off.
    fn slope_at_cutoff(&self) -> f64 {
        if self.model.truncation == 0 {
            return 0.0;
        }
        let s6 = libm::pow(self.model.sigma / self.model.cutoff, 6.0);
        -24.0 * self.model.epsilon * (2.0 * s6 * s6 - s6) / self.model.cutoff
    }
}

/// The model behind [`LennardJones`].
pub struct LennardJonesModel;

impl Model for LennardJonesModel {
    fn check(&self, records: &[Record]) -> Result<(), &'static str> {
        let (model, domain) = parameters(records);
        if records.iter().any(|r| matches!(r.record_type().section, Section::Collider | Section::Emitter)) {
            return Err("lennard-jones takes no colliders and no emitters; remove them or use the ballistic model");
        }
        let fits = |k: usize| !domain.periodic[k] || model.cutoff <= 0.5 * (domain.max[k] - domain.min[k]);
        if !(0..3).all(fits) {
            return Err("the cut-off is larger than half of a periodic side; enlarge the domain or lower model.cutoff");
        }
        Ok(())
    }

    fn plan(&self, records: &[Record], particles: u64, planner: &mut Planner) {
        let (model, domain) = parameters(records);
        let reach = model.cutoff + fitting_skin(&model, &domain);
        planner.field("position_low", Element::F32, 3, particles, FIELD_STATE);
        planner.field("force", Element::F32, 3, particles, FIELD_SAVED);
        planner.field("list_position", Element::F32, 3, particles, FIELD_SAVED);
        planner.field("neighbor_count", Element::U32, 1, particles, 0);
        planner.field("neighbors", Element::U32, list::room(reach / model.sigma, particles), particles, 0);
        planner.field("cell_start", Element::U32, 1, Cells::new(&domain, reach, particles).count() as u64 + 1, 0);
        planner.field("cell_particles", Element::U32, 1, particles, 0);
    }

    fn init(&self, block: &mut Block, team: &dyn Team) -> Result<(), Fault> {
        let setup = Setup::new(block);
        list::rebuild(block, team, &setup)?;
        force::evaluate(block, team, &setup, 0.0);
        Ok(())
    }

    fn restored(&self, block: &mut Block) {
        block.header_mut().model_state[LIST_VALID] = 0;
    }

    fn step(&self, block: &mut Block, team: &dyn Team) -> Result<(), Fault> {
        let setup = Setup::new(block);
        list::ensure(block, team, &setup)?;
        let moved = kick_and_drift(block, team, &setup);
        if moved > 0.25 * setup.skin * setup.skin {
            list::rebuild(block, team, &setup)?;
        }
        force::evaluate(block, team, &setup, 0.5 * setup.dt / setup.mass);
        Ok(())
    }

    fn diagnose(&self, block: &mut Block, team: &dyn Team, sums: &mut Diagnostics) -> Result<(), Fault> {
        let setup = Setup::new(block);
        list::ensure(block, team, &setup)?;
        energy::diagnose(block, team, &setup, sums);
        Ok(())
    }
}

/// Half a kick, then a drift; comes back with the largest squared distance that an atom has gone since the list was built.
fn kick_and_drift(block: &mut Block, team: &dyn Team, setup: &Setup) -> f64 {
    block.release();
    let half = (0.5 * setup.dt / setup.mass) as f32;
    let dt = setup.dt as f32;
    let (force, reference) = (&*block.take::<f32>("force"), &*block.take::<f32>("list_position"));
    let arrays = (RowsMut::<f32, 3>(block.take("position")), RowsMut::<f32, 3>(block.take("position_low")), RowsMut::<f32, 3>(block.take("velocity")));
    let moved = team::fold_chunks(
        team,
        arrays,
        0.0f32,
        |range, (x, low, v)| {
            let rows = range.start * 3..range.end * 3;
            for (((x, low), v), f) in x.0.iter_mut().zip(low.0.iter_mut()).zip(v.0.iter_mut()).zip(&force[rows.clone()]) {
                *v += half * f;
                let step = *low + dt * *v;
                let sum = *x + step;
                // What the addition rounded away, exactly (Dekker 1971; |x| need not exceed |step|: Knuth's form).
                let taken = sum - *x;
                *low = (*x - (sum - taken)) + (step - taken);
                *x = sum;
            }
            let mut most = 0.0f32;
            for (x, reference) in x.0.chunks_exact(3).zip(reference[rows].chunks_exact(3)) {
                let d = [x[0] - reference[0], x[1] - reference[1], x[2] - reference[2]];
                let squared = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
                most = if squared > most { squared } else { most };
            }
            most
        },
        |a, b| if b > a { b } else { a },
    );
    block.release();
    moved as f64
}

/// Brings atoms that left through a periodic side back in at the other.
fn wrap(block: &mut Block, team: &dyn Team, setup: &Setup) {
    block.release();
    let arrays = (RowsMut::<f32, 3>(block.take("position")), RowsMut::<f32, 3>(block.take("position_low")));
    team::each_chunk(team, arrays, |_, (x, low)| {
        for (x, low) in x.0.chunks_exact_mut(3).zip(low.0.chunks_exact_mut(3)) {
            for k in (0..3).filter(|&k| setup.domain.periodic[k]) {
                let whole = x[k] as f64 + low[k] as f64;
                let boxes = libm::floor((whole - setup.domain.min[k]) / setup.length(k));
                if boxes != 0.0 {
                    (x[k], low[k]) = split(whole - boxes * setup.length(k));
                }
            }
        }
    });
    block.release();
}
