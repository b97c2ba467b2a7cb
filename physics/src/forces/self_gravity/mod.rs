//! Self-gravity: every particle attracts every other, softened after Plummer: a = G m d / (r^2 + epsilon^2)^(3/2).
//!
//! By direct summation, or by a tree (Barnes & Hut 1986) whose cells carry mass and quadrupole and which is walked once for a
//! group of neighbouring particles; lists of what the walk accepts are summed many at a time.

mod build;
mod direct;
mod moments;
pub(in crate::forces) mod sources;
mod walk;

use crate::Fault;
use crate::layout::{Diagnostics, Element};
use crate::plan::Planner;
use crate::record;
use crate::records::Records;
use crate::stage::Stage;
use crate::team::{self, RowsMut};
use crate::term::Term;

record! {
    /// Every particle attracts every other; masses are those of the species.
    SelfGravity in Force as "self-gravity" {
        /// Constant of gravitation.
        strength: Float = 1.0, 0..=1e12, "length^3/(mass time^2)", live;
        /// Plummer softening.
        softening: Float = 0.01, 0..=1e6, "length", live;
        /// How forces are summed: by a tree of cells, or over all pairs.
        method: Choice(&["tree", "direct"]) = 0, 0..=1, "";
        /// Opening angle: a cell counts as one body when its radius over its distance is less than this.
        opening: Float = 0.7, 0.05..=1, "", live;
    }
}

/// Numbers of one evaluation.
#[derive(Clone, Copy)]
struct Setup {
    strength: f64,
    softening_squared: f32,
    opening: f32,
    tree: bool,
    /// Half of the side of the cube around all of them.
    half: f64,
}

/// Energies of no more particles than this are summed over all pairs in double precision.
const EXACT: usize = 20_000;

/// The stages of [`SelfGravity`].
pub struct Stages;

impl Term for Stages {
    fn check(&self, records: Records) -> Result<(), &'static str> {
        if records.all::<SelfGravity>().count() > 1 {
            return Err("there are two self-gravities; leave one out");
        }
        let domain: crate::scene_records::Domain = records.one();
        if domain.periodic != [false; 3] { Err("self-gravity needs an open domain; set domain.periodic to false") } else { Ok(()) }
    }

    fn has_forces(&self) -> bool {
        true
    }

    fn plan(&self, records: Records, particles: u64, planner: &mut Planner) {
        planner.field("body", Element::F32, 4, particles, 0);
        planner.field("pull", Element::F32, 4, particles, 0);
        if records.one::<SelfGravity>().method == 0 {
            build::plan(particles, planner);
            walk::plan(particles, planner);
        } else {
            planner.field("source", Element::F32, 4, particles.next_multiple_of(16), 0);
        }
    }

    fn force(&self, stage: &mut Stage) -> Result<(), Fault> {
        let setup = gather(stage);
        if setup.tree {
            build::build(stage, &setup);
            moments::sum(stage, &setup);
            walk::walk(stage, &setup);
        } else {
            direct::sum(stage, &setup);
        }
        add(stage, &setup);
        Ok(())
    }

    fn diagnose(&self, stage: &mut Stage, sums: &mut Diagnostics) -> Result<(), Fault> {
        let setup = gather(stage);
        let energy = if stage.block.rows("position") <= EXACT { exact_energy(stage, &setup) } else { summed_energy(stage, &setup) };
        sums.potential += energy;
        Ok(())
    }
}

/// Writes every particle as a body: position from the common origin, and mass; the dead have none.
fn gather(stage: &mut Stage) -> Setup {
    let gravity: SelfGravity = stage.records().one();
    let (low, high) = crate::neighbors::extent(stage);
    // Positions are taken from the mean, where particles are most crowded: there single precision is finest.
    let origin = crate::distributions::center(stage);
    let half = (0..3).map(|k| (high[k] - origin[k]).max(origin[k] - low[k])).fold(1e-30, f64::max);
    let table = stage.world.species;
    let block = &mut *stage.block;
    let (high, low) = (&*block.take::<f32>("position"), &*block.take::<f32>("position_low"));
    let (species, age) = (&*block.take::<u32>("species"), &*block.take::<f32>("age"));
    team::each_chunk(stage.team, (RowsMut::<[f32; 4], 1>(block.take("body")),), |range, (body,)| {
        for (body, i) in body.0.iter_mut().zip(range) {
            let alive = age.get(i).is_none_or(|a| *a >= 0.0);
            let x = |k: usize| if alive { (high[3 * i + k] as f64 + low[3 * i + k] as f64 - origin[k]) as f32 } else { 0.0 };
            *body = [x(0), x(1), x(2), if alive { table.mass_of(species[i]) } else { 0.0 }];
        }
    });
    block.release();
    Setup {
        strength: gravity.strength,
        softening_squared: (gravity.softening * gravity.softening) as f32,
        opening: gravity.opening as f32,
        tree: gravity.method == 0,
        half,
    }
}

/// Adds mass times what was summed to the forces.
fn add(stage: &mut Stage, setup: &Setup) {
    let block = &mut *stage.block;
    let (body, pull) = (&*block.take::<[f32; 4]>("body"), &*block.take::<[f32; 4]>("pull"));
    team::each_chunk(stage.team, (RowsMut::<f32, 3>(block.take("force")),), |range, (force,)| {
        for (f, i) in force.0.chunks_exact_mut(3).zip(range) {
            let scale = (setup.strength * body[i][3] as f64) as f32;
            for k in 0..3 {
                f[k] += scale * pull[i][k];
            }
        }
    });
    block.release();
}

/// Potential energy over all pairs, each counted at both particles, half a share each.
fn exact_energy(stage: &mut Stage, setup: &Setup) -> f64 {
    let block = &mut *stage.block;
    let (high, low) = (&*block.take::<f32>("position"), &*block.take::<f32>("position_low"));
    let body = &*block.take::<[f32; 4]>("body");
    let at = |i: usize, k: usize| high[3 * i + k] as f64 + low[3 * i + k] as f64;
    let softening = setup.softening_squared as f64;
    let [sum] = team::sum_f64(stage.team, body.len(), |range| {
        let of = |i: usize| -> f64 {
            let pair = |j: usize| body[j][3] as f64 / libm::sqrt((0..3).map(|k| at(i, k) - at(j, k)).map(|d| d * d).sum::<f64>() + softening);
            body[i][3] as f64 * (0..body.len()).filter(|&j| j != i && body[j][3] > 0.0).map(pair).sum::<f64>()
        };
        [range.filter(|&i| body[i][3] > 0.0).map(of).sum()]
    });
    block.release();
    -0.5 * setup.strength * sum
}

/// Potential energy from the potentials that the last evaluation of forces left.
fn summed_energy(stage: &mut Stage, setup: &Setup) -> f64 {
    let block = &mut *stage.block;
    let (body, pull) = (&*block.take::<[f32; 4]>("body"), &*block.take::<[f32; 4]>("pull"));
    let [sum] = team::sum_f64(stage.team, body.len(), |range| [range.map(|i| body[i][3] as f64 * pull[i][3] as f64).sum()]);
    block.release();
    -0.5 * setup.strength * sum
}
