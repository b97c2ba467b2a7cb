//! Thermostats, one file each, and what they share: target temperatures, kinetic energies, and the account of heat.
//!
//! Every thermostat writes down the kinetic energy that it brings in. Energy less that heat is what a run with a thermostat
//! conserves, as far as its time step is fine enough (the effective energy of Bussi, Donadio & Parrinello 2007).

pub mod andersen;
pub mod berendsen;
pub mod langevin;
pub mod nose_hoover;
pub mod stochastic_rescaling;

use crate::diagnostics;
use crate::layout::Header;
use crate::records::{Records, Section};
use crate::stage::Stage;
use crate::team::{self, RowsMut};

/// Word of the header's run state: bits of the energy that thermostats have brought in since the start.
const HEAT: usize = 8;
/// First of the three words of the header's run state that hold a Nose-Hoover chain.
const CHAIN: usize = 9;

/// Energy that thermostats have brought in since the start.
pub fn heat(header: &Header) -> f64 {
    f64::from_bits(header.run_state[HEAT])
}

fn add_heat(stage: &mut Stage, energy: f64) {
    let word = &mut stage.block.header_mut().run_state[HEAT];
    *word = (f64::from_bits(*word) + energy).to_bits();
}

/// Thermostats change velocities, which are no state of overdamped motion.
fn check_inertia(records: Records) -> Result<(), &'static str> {
    let overdamped = records.iter().any(|r| r.record_type().section == Section::Integrator && r.record_type().name == "brownian");
    if overdamped { Err("the integrator brownian has a temperature of its own; leave the thermostat out") } else { Ok(()) }
}

/// The temperature of this moment: on the way from one to another for as long as `time`, where that is not zero.
fn ramp(stage: &Stage, from: f64, to: f64, time: f64) -> f64 {
    let now = stage.block.header().time;
    if time == 0.0 {
        from
    } else if now < time {
        from + (to - from) * (now / time)
    } else {
        to
    }
}

/// Whether a particle of that species is one that a thermostat is for.
fn is_for(species: u32, wanted: Option<usize>) -> bool {
    wanted.is_none_or(|w| w == species as usize)
}

/// Kinetic energy and degrees of freedom of the living of a species.
fn kinetic(stage: &mut Stage, wanted: Option<usize>) -> [f64; 2] {
    let table = stage.world.species;
    let (velocity, species, age) = (&*stage.block.take::<f32>("velocity"), &*stage.block.take::<u32>("species"), &*stage.block.take::<f32>("age"));
    let [kinetic, count] = team::sum_f64(stage.team, species.len(), |range| {
        range.filter(|&i| is_for(species[i], wanted) && age.get(i).is_none_or(|a| *a >= 0.0)).fold([0.0; 2], |sum, i| {
            let v = |k: usize| velocity[3 * i + k] as f64;
            [sum[0] + 0.5 * table.mass_of(species[i]) as f64 * (v(0) * v(0) + v(1) * v(1) + v(2) * v(2)), sum[1] + 1.0]
        })
    });
    stage.block.release();
    let alone = wanted.is_some() && table.count > 1;
    let freedom = if alone { stage.world.dimensions() as f64 * count } else { diagnostics::freedom(stage, count) };
    [kinetic, freedom]
}

/// Multiplies all velocities of a species, whose kinetic energy is given, by a factor.
fn rescale(stage: &mut Stage, wanted: Option<usize>, kinetic: f64, factor: f64) {
    let species = &*stage.block.take::<u32>("species");
    let single = factor as f32;
    team::each_chunk(stage.team, (RowsMut::<f32, 3>(stage.block.take("velocity")),), |range, (velocity,)| {
        for (v, i) in velocity.0.chunks_exact_mut(3).zip(range) {
            if is_for(species[i], wanted) {
                v.iter_mut().for_each(|c| *c *= single);
            }
        }
    });
    stage.block.release();
    add_heat(stage, kinetic * (single as f64 * single as f64 - 1.0));
}

/// Gives living particles of a species the velocity that `change` makes of number, mass and old velocity.
fn change_each(stage: &mut Stage, wanted: Option<usize>, change: impl Fn(usize, f32, [f32; 3]) -> [f32; 3] + Sync) {
    let table = stage.world.species;
    let flat = stage.world.dimensions() == 2;
    let (species, age) = (&*stage.block.take::<u32>("species"), &*stage.block.take::<f32>("age"));
    let arrays = (RowsMut::<f32, 3>(stage.block.take("velocity")),);
    let of_chunk = |range: core::ops::Range<usize>, (velocity,): (RowsMut<f32, 3>,)| {
        let mut gained = 0.0;
        for (v, i) in velocity.0.chunks_exact_mut(3).zip(range) {
            if !is_for(species[i], wanted) || age.get(i).is_some_and(|a| *a < 0.0) {
                continue;
            }
            let (mass, before) = (table.mass_of(species[i]), [v[0], v[1], v[2]]);
            let mut after = change(i, mass, before);
            if flat {
                after[2] = 0.0;
            }
            v.copy_from_slice(&after);
            gained += 0.5 * mass as f64 * (squared(after) - squared(before));
        }
        gained
    };
    let gained = team::fold_chunks(stage.team, arrays, 0.0, of_chunk, |a, b| a + b);
    stage.block.release();
    add_heat(stage, gained);
}

fn squared(v: [f32; 3]) -> f64 {
    v.iter().map(|c| *c as f64 * *c as f64).sum()
}
