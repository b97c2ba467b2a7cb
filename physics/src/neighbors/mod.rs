//! Who is near whom: one structure that all short-range terms share.
//!
//! Positions become *points*: 32-bit fixed-point coordinates, in which a periodic side is the whole range of the integer, so
//! that a difference of two is the nearest image by overflow and loses nothing however long the box. When some particle has
//! moved half of the skin since the last time, particles are sorted by cell, with all their state, and the Verlet list is built
//! again: for each particle all others within reach plus skin, each pair at both particles.
//!
//! The list is a function of the points at its last build, which are part of the saved state: after a restore it is built
//! from them again and the run goes on with the same bits.

mod geometry;
mod grid;
mod list;
mod order;
mod pairs;
mod points;
mod search;

pub use geometry::{Geometry, extent};
pub use pairs::{CentralLaw, Group, PairBody, Pairs, add_central_forces, potential_sums};

use crate::layout::{Element, FIELD_SAVED, FIELD_STATE};
use crate::plan::Planner;
use crate::records::{Records, Section};
use crate::scene_records::Domain;
use crate::simd::GROUP;
use crate::stage::Stage;
use crate::{Fault, motion, record, term};
use grid::Grid;

record! {
    /// How particles that interact over short distances are found.
    Neighbors in Neighbors as "neighbors" {
        /// Extra reach of the neighbour list: more skin means longer lists that last longer; 0 chooses an eighth of the reach.
        skin: Float = 0.0, 0..=1e6, "length";
    }
}

/// Word of the header's run state: 1 while the list belongs to the points of its build.
pub const LIST_VALID: usize = 0;

/// Longest distance that any term asks for; 0 if none does.
pub fn reach(records: Records) -> f64 {
    term::present(records).map(|(_, t)| t.reach(records)).fold(0.0, f64::max)
}

/// Skin, less what the box has no room for: every pair's nearest image must be unique.
fn skin(records: Records, reach: f64) -> f64 {
    let Neighbors { skin } = records.one();
    let domain: Domain = records.one();
    let room = |k: usize| if domain.periodic[k] && k < domain.dimensions() { 0.5 * (domain.max[k] - domain.min[k]) - reach } else { f64::MAX };
    let wanted = if skin > 0.0 { skin } else { 0.125 * reach };
    wanted.min(room(0)).min(room(1)).min(room(2)).max(0.0)
}

/// Refuses reaches that do not fit into the box.
pub fn check(records: Records) -> Result<(), &'static str> {
    let (reach, domain) = (reach(records), records.one::<Domain>());
    let fits = |k: usize| !domain.periodic[k] || k >= domain.dimensions() || reach <= 0.5 * (domain.max[k] - domain.min[k]);
    if (0..3).all(fits) { Ok(()) } else { Err("the cut-off is larger than half of a periodic side; enlarge the domain or lower the cut-off") }
}

/// Adds the arrays of points, order and list.
pub fn plan(records: Records, particles: u64, planner: &mut Planner) {
    let reach = reach(records);
    if reach <= 0.0 {
        return;
    }
    if records.iter().any(|r| r.record_type().section == Section::Emitter) || term::present(records).any(|(_, t)| t.needs_slots()) {
        planner.field("slot", Element::U32, 1, particles, FIELD_STATE);
        planner.field("row_of_slot", Element::U32, 1, particles, FIELD_SAVED);
    }
    let far = reach + skin(records, reach);
    let domain: Domain = records.one();
    planner.field("point", Element::U32, 4, particles, 0);
    for name in ["list_x", "list_y", "list_z"] {
        // The search reads whole groups, up to a group beyond the last row.
        planner.field(name, Element::U32, 1, particles + GROUP as u64, FIELD_SAVED);
    }
    planner.field("cell_start", Element::U32, 1, Grid::cells(&domain, far, particles) + 2, 0);
    planner.field("sort_key", Element::U32, 1, particles, 0);
    planner.field("sort_row", Element::U32, 1, particles, 0);
    planner.field("sort_scratch", Element::U32, 1, order::scratch_words(particles, planner), 0);
    planner.field("neighbor_start", Element::U32, 1, particles, 0);
    planner.field("neighbor_count", Element::U32, 1, particles, 0);
    planner.field("neighbors", Element::U32, 1, entries(records, particles), 0);
}

/// Entries that the list has room for.
pub fn entries(records: Records, particles: u64) -> u64 {
    let spacing = term::present(records).filter(|(_, t)| t.reach(records) > 0.0).map(|(_, t)| t.spacing(records)).fold(f64::MAX, f64::min);
    let reach = reach(records);
    list::entries((reach + skin(records, reach)) / spacing, records.one::<Domain>().dimensions(), particles)
}

/// What searches and stages need to know of the structure.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    geometry: Geometry,
    grid: Grid,
    far: f64,
}

impl Shape {
    fn new(stage: &Stage, geometry: Geometry) -> Self {
        let records = stage.records();
        let reach = reach(records);
        let far = reach + skin(records, reach);
        let particles = stage.block.header().particle_capacity as u64;
        let room = stage.block.rows("cell_start").saturating_sub(2) as u64;
        Shape { geometry, grid: Grid::new(&stage.world.domain, &geometry, far, particles, room), far }
    }
}

/// Builds list and order from the positions of this moment.
pub fn rebuild(stage: &mut Stage) -> Result<(), Fault> {
    if !stage.block.has("point") {
        return Ok(());
    }
    motion::wrap(stage);
    let geometry = Geometry::around(stage);
    geometry.save(stage);
    points::refresh(stage, &geometry);
    let shape = Shape::new(stage, geometry);
    order::sort(stage, &shape);
    points::remember(stage);
    build(stage, &shape)
}

/// Makes list and points good again after state was copied back.
pub fn ensure(stage: &mut Stage) -> Result<(), Fault> {
    if !stage.block.has("point") || stage.block.header().run_state[LIST_VALID] == 1 {
        return Ok(());
    }
    let geometry = Geometry::saved(stage);
    points::refresh(stage, &geometry);
    let shape = Shape::new(stage, geometry);
    build(stage, &shape)
}

/// Brings points up to date with the positions, and the list when some particle has moved half of the skin.
pub fn update(stage: &mut Stage) -> Result<(), Fault> {
    if !stage.block.has("point") {
        return Ok(());
    }
    stage.team.mark("neighbors");
    let geometry = Geometry::saved(stage);
    let moved = points::refresh(stage, &geometry);
    let half = 0.5 * skin(stage.records(), reach(stage.records()));
    if stage.block.header().run_state[LIST_VALID] == 1 && moved <= half * half { Ok(()) } else { rebuild(stage) }
}

/// Says that particles were put elsewhere: the next update builds everything again.
pub fn invalidate(stage: &mut Stage) {
    stage.block.header_mut().run_state[LIST_VALID] = 2;
}

fn build(stage: &mut Stage, shape: &Shape) -> Result<(), Fault> {
    // A list that found no room is not to be read.
    stage.block.header_mut().run_state[LIST_VALID] = 0;
    grid::count(stage, shape);
    list::build(stage, shape)?;
    stage.block.header_mut().run_state[LIST_VALID] = 1;
    Ok(())
}
