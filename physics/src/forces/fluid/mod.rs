//! Fluids by smoothed particle hydrodynamics, with a free surface, walls, friction and surface tension.
//!
//! Density is a sum over neighbours of volumes V = mass / rest density under a kernel (`smoothing.rs`, `density.rs`). Two methods
//! keep it. Weakly compressible (Monaghan 1994, J. Comput. Phys. 110, 399): Tait's pressure P = rho_0 c^2 / 7 ((rho / rho_0)^7 - 1)
//! pushes. Divergence-free (DFSPH, Bender & Koschier 2017): velocities are made such that density stays (`projection.rs`), in
//! steps twenty times as long. Steps are cut so that no particle passes more than `cfl` of a particle's distance at once, or sound
//! more than a tenth of the support.
//!
//! Colliders and the domain's walls are half spaces of fluid at rest, smooth and exact for planes; particles of fixed species are
//! the boundary of Akinci et al. 2012 (`boundary.rs`), which also drags.

mod boundary;
mod density;
mod flow;
mod numbers;
mod projection;
mod shore;
pub mod smoothing;
mod tension;

use crate::forces::gravity;
use crate::layout::{Element, FIELD_STATE};
use crate::neighbors;
use crate::plan::Planner;
use crate::records::Records;
use crate::stage::{MAX_SPECIES, SpeciesTable, Stage};
use crate::team::{self, RowsMut};
use crate::term::Term;
use crate::{Fault, record};
use numbers::Numbers;

record! {
    /// A fluid by smoothed particle hydrodynamics: incompressible (Bender & Koschier 2017) or weakly compressible (Monaghan 1994). Its particles have mass = rest density times their distance^3 (in the plane ^2).
    Fluid in Force as "fluid" {
        /// How density is kept: by a solver, or by pressure that sound carries.
        method: Choice(&["dfsph", "wcsph"]) = 0, 0..=1, "";
        /// Distance up to which particles are smoothed over each other; about twice their distance.
        support_radius: Float = 0.1, 1e-9..=1e6, "length";
        /// Density at rest.
        rest_density: Float = 1000.0, 1e-9..=1e9, "mass/volume";
        /// Form of the kernel.
        kernel: Choice(&["cubic-spline", "wendland-c2"]) = 0, 0..=1, "", live;
        /// Kinematic viscosity.
        viscosity: Float = 0.0, 0..=1e6, "length^2/time", live;
        /// Artificial viscosity of Monaghan 1992 against particles that approach each other, in parts of sound speed times half the support.
        artificial_viscosity: Float = 0.0, 0..=10, "", live;
        /// Part of the difference to the neighbours' velocities that a particle loses in a part of a step (XSPH).
        xsph: Float = 0.0, 0..=1, "", live;
        /// Cohesion and least area of Akinci et al. 2013; acceleration per mass.
        surface_tension: Float = 0.0, 0..=1e6, "", live;
        /// Speed of sound of the weakly compressible method: ten times the greatest speed that is expected.
        sound_speed: Float = 20.0, 1e-6..=1e6, "length/time", live;
        /// Let pressure be negative too, for flows without a free surface.
        negative_pressure: Bool = 0, 0..=1, "", live;
        /// Mean compression up to which the density solver works.
        density_error: Float = 0.0005, 1e-6..=1, "", live;
        /// Mean compression in a step up to which the divergence solver works.
        divergence_error: Float = 0.001, 1e-6..=1, "", live;
        /// Most sweeps of each solver.
        max_iterations: Integer = 100, 1..=1000, "", live;
        /// Part of the particles' distance that the fastest may move in one part of a step.
        cfl: Float = 0.4, 0.01..=2, "", live;
        /// Most parts of a step.
        max_substeps: Integer = 50, 1..=1000, "", live;
    }
}

/// Sound, viscosity and particles may not pass this part of the support radius in a step: what velocity Verlet can follow.
const COURANT: f64 = 0.2;

/// The stages of [`Fluid`].
pub struct Stages;

impl Term for Stages {
    fn check(&self, records: Records) -> Result<(), &'static str> {
        if records.all::<Fluid>().count() > 1 {
            return Err("a scene has room for one force `fluid`");
        }
        let (table, numbers) = (SpeciesTable::new(records), Numbers::new(records));
        if (0..table.count).any(|s| !table.fixed[s] && f64::from(table.mass[s]) != numbers.mass) {
            return Err("all species of a scene with a fluid that are not fixed need the same mass");
        }
        if numbers.spacing > numbers.smoothing.radius {
            return Err("support_radius of the fluid is less than the distance of its particles, which is (mass / rest_density)^(1/3), in the plane ^(1/2)");
        }
        // The solver's sweeps diverge where very many particles overlap.
        let widest = if numbers.fluid.method == 0 { 3.2 } else { 10.0 };
        if widest * numbers.spacing < numbers.smoothing.radius {
            return Err(
                "support_radius of the fluid is more than 3.2 times (method wcsph: 10 times) the distance of its particles, which is (mass / rest_density)^(1/3), in the plane ^(1/2)",
            );
        }
        Ok(())
    }

    fn reach(&self, records: Records) -> f64 {
        records.one::<Fluid>().support_radius
    }

    fn spacing(&self, records: Records) -> f64 {
        // Spray may come down in heaps; a column of fluid does not crowd.
        0.85 * Numbers::new(records).spacing
    }

    fn has_forces(&self) -> bool {
        true
    }

    fn longest_step(&self, stage: &mut Stage, dt: f64) -> f64 {
        let numbers = Numbers::new(stage.records());
        let (fluid, h) = (numbers.fluid, numbers.smoothing.radius);
        let (speed, far) = (fastest(stage), fluid.cfl * numbers.spacing);
        let pull = libm::sqrt(gravity::acceleration(stage).iter().map(|g| g * g).sum());
        let mut longest = far / (speed + libm::sqrt(pull * far) + 1e-30);
        if fluid.viscosity > 0.0 {
            longest = longest.min(0.03 * h * h / fluid.viscosity);
        }
        if fluid.method == 1 {
            longest = longest.min(COURANT * h / (fluid.sound_speed * (1.0 + fluid.artificial_viscosity) + speed));
        }
        longest.max(dt / fluid.max_substeps as f64)
    }

    fn takes_walls(&self) -> bool {
        true
    }

    fn plan(&self, records: Records, particles: u64, planner: &mut Planner) {
        let numbers = Numbers::new(records);
        planner.field("density", Element::F32, 1, particles, FIELD_STATE);
        planner.field("pressure", Element::F32, 1, particles, FIELD_STATE);
        planner.field(flow::MOTION, Element::F32, 4, particles, 0);
        planner.field("fluid_wall", Element::F32, 4, particles, 0);
        if numbers.bounded {
            planner.field(boundary::WEIGHT, Element::F32, 4, particles, FIELD_STATE);
        }
        if numbers.fluid.method == 0 {
            planner.field(projection::WARM, Element::F32, 2, particles, FIELD_STATE);
            planner.field("fluid_change", Element::F32, 4, particles, 0);
            planner.field(density::GRADIENT, Element::F32, 3, neighbors::entries(records, particles), 0);
        }
    }

    fn force(&self, stage: &mut Stage) -> Result<(), Fault> {
        let numbers = Numbers::new(stage.records());
        if numbers.bounded && stage.block.header().step == 0 {
            boundary::weigh(stage, &numbers);
        }
        if numbers.fluid.surface_tension > 0.0 {
            tension::add(stage, &numbers);
        }
        if numbers.fluid.method == 1 {
            density::measure(stage, &numbers);
            tait(stage, &numbers);
            let (density, pressure) = (&*stage.block.take::<f32>("density"), &*stage.block.take::<f32>("pressure"));
            flow::remember(stage, |i| if density[i] > 0.0 { pressure[i] / (density[i] * density[i]) } else { 0.0 });
            flow::add(stage, &numbers, true);
        } else if numbers.fluid.viscosity > 0.0 || numbers.fluid.artificial_viscosity > 0.0 {
            flow::remember(stage, |_| 0.0);
            flow::add(stage, &numbers, false);
        }
        Ok(())
    }

    fn velocity(&self, stage: &mut Stage, dt: f64) -> Result<(), Fault> {
        let numbers = Numbers::new(stage.records());
        if numbers.fluid.xsph > 0.0 {
            flow::smooth(stage, &numbers);
        }
        if numbers.fluid.method == 0 {
            density::measure(stage, &numbers);
            projection::solve(stage, &numbers, dt);
        }
        Ok(())
    }

    fn position(&self, stage: &mut Stage, _dt: f64) -> Result<(), Fault> {
        let numbers = Numbers::new(stage.records());
        shore::hold(stage, &numbers);
        Ok(())
    }
}

/// Tait's pressure over rest density, c^2 / 7 ((rho / rho_0)^7 - 1), into `pressure`.
fn tait(stage: &mut Stage, numbers: &Numbers) {
    let stiffness = (numbers.fluid.sound_speed * numbers.fluid.sound_speed / 7.0) as f32;
    let pulls = numbers.fluid.negative_pressure;
    let density = &*stage.block.take::<f32>("density");
    team::each_chunk(stage.team, (RowsMut::<f32, 1>(stage.block.take("pressure")),), |range, (pressure,)| {
        for (p, c) in pressure.0.iter_mut().zip(&density[range]) {
            let c3 = c * c * c;
            let push = stiffness * (c3 * c3 * c - 1.0);
            *p = if push > 0.0 || (pulls && *c > 0.0) { push } else { 0.0 };
        }
    });
    stage.block.release();
}

/// The greatest speed of a particle that moves.
fn fastest(stage: &mut Stage) -> f64 {
    let fixed = stage.world.species.fixed;
    let (velocity, species) = (&*stage.block.take::<f32>("velocity"), &*stage.block.take::<u32>("species"));
    let of_rows = |range: core::ops::Range<usize>, _: team::Count| {
        range.fold(0.0f32, |most, i| {
            let v = &velocity[3 * i..3 * i + 3];
            let squared = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
            if squared > most && !fixed[species[i] as usize % MAX_SPECIES] { squared } else { most }
        })
    };
    let most = team::fold_chunks(stage.team, team::Count(species.len()), 0.0, of_rows, |a, b| if b > a { b } else { a });
    stage.block.release();
    libm::sqrt(f64::from(most))
}
