//! Grains: soft spheres that touch, slide, roll and spin (the discrete element method of Cundall & Strack 1979).
//!
//! Two laws of contact: a linear spring with a dashpot, whose restitution is exact; and Hertz's sphere with the damping of Tsuji,
//! Tanaka & Ishida 1992 (delta^1/4), for which Antypov & Elliott 2011 (EPL 94:50004) give restitution in closed form, and Mindlin's
//! stiffness along the surface (`law.rs`). Sliding is Coulomb's. Rolling friction is the elastic-plastic spring of type C of
//! Ai, Chen, Rotter & Ooi 2011 (Powder Technology 206:269), which alone of their types lets a heap rest.
//!
//! What a contact remembers stands with the particle, in slots with the identity of the other grain or the number of the wall
//! (`contacts.rs`): so it is saved, sorted along, and outlives the list. Each grain works out its own side; every term of the law is odd
//! under exchange of the two, so the sides are opposite bit by bit. Forces use the velocities of half a step, as velocity Verlet has them.

mod contacts;
mod energy;
mod law;
mod material;
mod spin;

use crate::integrators::yoshida4::Yoshida4;
use crate::layout::{Diagnostics, Element, FIELD_SAVED, FIELD_STATE};
use crate::plan::Planner;
use crate::records::Records;
use crate::scene_records::{Domain, Species};
use crate::stage::Stage;
use crate::term::Term;
use crate::{Fault, record};

record! {
    /// Grains: soft spheres with friction, spin and rolling friction; walls act on them by their own restitution and friction (Cundall & Strack 1979).
    Granular in Force as "granular" {
        /// How force grows with overlap: as Hertz and Mindlin have it, or in proportion. The same in all records.
        law: Choice(&["hertz", "linear"]) = 0, 0..=1, "";
        /// Young's modulus, for hertz; walls are rigid.
        young: Float = 1e7, 1e-6..=1e15, "force/length^2", live;
        /// Poisson's ratio, for hertz.
        poisson: Float = 0.25, 0..=0.5, "", live;
        /// Force per overlap, for linear.
        stiffness: Float = 1e4, 1e-6..=1e15, "force/length", live;
        /// Stiffness along the surface over that across it, for linear.
        tangential: Float = 0.2857142857142857, 0..=1, "", live;
        /// Normal speed after a collision over normal speed before.
        restitution: Float = 0.5, 0..=1, "", live;
        /// Coefficient of Coulomb friction.
        friction: Float = 0.5, 0..=10, "", live;
        /// Greatest moment against rolling over normal force and effective radius (type C of Ai et al. 2011), at walls too.
        rolling_friction: Float = 0.0, 0..=10, "", live;
        /// Species that it acts on.
        species: Species = -1, -1..=15, "";
        /// Species that it acts on them from.
        with: Species = -1, -1..=15, "";
        /// Contacts that a grain can remember; 0 makes room for as many of the smallest as fit around the largest, at most 64.
        contacts: Integer = 0, 0..=64, "";
    }
}

/// The stages of [`Granular`].
pub struct Stages;

/// Largest and smallest radius that is not zero; zeros if there is none.
fn radii(records: Records) -> (f64, f64) {
    let sizes = || records.all::<Species>().map(|s| s.radius).filter(|r| *r > 0.0);
    let largest = sizes().fold(0.0, f64::max);
    (largest, sizes().fold(largest, f64::min))
}

/// Slots of a grain.
fn slots(records: Records) -> usize {
    let (largest, smallest) = radii(records);
    let given = records.all::<Granular>().map(|g| g.contacts).max().unwrap_or(0);
    let sine = smallest / (largest + smallest).max(1e-30);
    // As many as their shadows fit on the grain, and room for walls.
    let around = if records.one::<Domain>().dimensions() == 2 {
        core::f64::consts::PI / libm::asin(sine.max(0.05)) + 2.0
    } else {
        1.8 / (1.0 - libm::sqrt(1.0 - sine * sine)).max(1e-3) + 2.0
    };
    if given > 0 { given as usize } else { (around as usize).clamp(4, contacts::MOST) }.min(contacts::MOST)
}

impl Term for Stages {
    fn check(&self, records: Records) -> Result<(), &'static str> {
        let first: Granular = records.one();
        if records.all::<Granular>().any(|g| g.law != first.law) {
            return Err("all forces `granular` of a scene must have the same law");
        }
        if radii(records).0 <= 0.0 {
            return Err("the force `granular` needs a species with a radius");
        }
        if records.all::<Yoshida4>().next().is_some() {
            return Err("the force `granular` depends on velocities, so yoshida-4 cannot step it; use the integrator velocity-verlet");
        }
        Ok(())
    }

    fn reach(&self, records: Records) -> f64 {
        (2.0 * radii(records).0).max(1e-6)
    }

    fn spacing(&self, records: Records) -> f64 {
        (2.0 * radii(records).1).max(1e-6)
    }

    fn has_forces(&self) -> bool {
        true
    }

    fn takes_walls(&self) -> bool {
        true
    }

    fn plan(&self, records: Records, particles: u64, planner: &mut Planner) {
        planner.angular_velocity(particles);
        planner.field("torque", Element::F32, 3, particles, FIELD_SAVED);
        planner.field("contacts", Element::U32, (slots(records) * contacts::WORDS) as u32, particles, FIELD_STATE);
    }

    fn force(&self, stage: &mut Stage) -> Result<(), Fault> {
        let hertz = stage.records().one::<Granular>().law == 0;
        contacts::add_forces(stage, hertz);
        Ok(())
    }

    /// The first half of the step's turning.
    fn position(&self, stage: &mut Stage, dt: f64) -> Result<(), Fault> {
        spin::turn(stage, 0.5 * dt);
        Ok(())
    }

    /// The second half.
    fn end(&self, stage: &mut Stage, dt: f64) -> Result<(), Fault> {
        spin::turn(stage, 0.5 * dt);
        Ok(())
    }

    fn diagnose(&self, stage: &mut Stage, sums: &mut Diagnostics) -> Result<(), Fault> {
        energy::add(stage, sums);
        Ok(())
    }
}
