//! Hard balls: they push each other and walls out of the way, with restitution, Coulomb friction and spin, in large time steps.
//!
//! After the drift every overlap C of the new positions is a contact, and balls there exchange the impulse that parts them within
//! the step, m C / dt, or more where they bounce. All contacts are solved at once, from the same state (Jacobi). So that they do
//! not overshoot where many meet, a ball of mass M with n contacts meets each of them as a ball of mass M / n (mass splitting: Tonge,
//! Benevolenski & Voroshilov 2012, doi 10.1145/2185520.2185601). Each of these parts loses energy, and joining them to one velocity
//! again loses more: no number of contacts brings energy in but what overlap has stored. Both balls of a pair find the same
//! impulse to the bit, so momentum is kept to rounding.
//!
//! One pass a step, and many small steps in place of many passes (Macklin et al. 2019, doi 10.1145/3309486.3340247): the load of a pile
//! stands in its overlaps, which shrink with the square of the step. Nothing is remembered of a contact, so a slope that only
//! friction holds creeps. Spheres have 2/5 m r^2 about their centre, disks (in two dimensions) 1/2 m r^2.

mod impulse;
mod law;
mod share;
mod solve;

use crate::layout::Element;
use crate::neighbors;
use crate::plan::Planner;
use crate::records::Records;
use crate::scene_records::Species;
use crate::simd::GROUP;
use crate::stage::Stage;
use crate::term::Term;
use crate::{Fault, record};

record! {
    /// Balls with their species' radii do not pass through each other or through walls: hard contact for large time steps.
    Contact in Constraint as "contact" {
        /// Speed after a bounce of two balls over speed before.
        restitution: Float = 0.3, 0..=1, "", live;
        /// Coefficient of Coulomb friction between balls.
        friction: Float = 0.3, 0..=10, "", live;
        /// Approach up to this speed does not bounce, nor up to twice what gravity gives in a step.
        bounce_speed: Float = 0.0, 0..=1e6, "length/time", live;
        /// Species that it acts on.
        species: Species = -1, -1..=15, "";
        /// Species that it acts on them from.
        with: Species = -1, -1..=15, "";
    }
}

/// Velocity of each ball, and its number of contacts over its mass; zero there for none.
const SHARE: &str = "contact_share";
/// Speed of each ball's surface about its centre.
const SPIN: &str = "contact_spin";
/// Offsets of the balls that each one touches, up to sixteen.
const NEAR: &str = "contact_near";
/// Angular velocities.
const ANGULAR: &str = "angular_velocity";

/// The stages of [`Contact`].
pub struct Stages;

/// Radii of all species.
fn radii(records: Records) -> impl Iterator<Item = f64> {
    records.all::<Species>().map(|s| s.radius).filter(|r| *r > 0.0)
}

impl Term for Stages {
    fn check(&self, records: Records) -> Result<(), &'static str> {
        if radii(records).next().is_some() { Ok(()) } else { Err("the constraint `contact` needs a species with a radius above 0") }
    }

    fn reach(&self, records: Records) -> f64 {
        2.0 * radii(records).fold(5e-7, f64::max)
    }

    /// Balls at the bottom of a pile overlap a little.
    fn spacing(&self, records: Records) -> f64 {
        1.9 * radii(records).fold(f64::MAX, f64::min).min(1e6)
    }

    /// It adds none, but needs the steps of scenes with forces, which drift before positions are put right.
    fn has_forces(&self) -> bool {
        true
    }

    fn takes_walls(&self) -> bool {
        true
    }

    fn plan(&self, _records: Records, particles: u64, planner: &mut Planner) {
        planner.field(SHARE, Element::F32, 4, particles, 0);
        planner.field(SPIN, Element::F32, 4, particles, 0);
        planner.field(NEAR, Element::U32, GROUP as u32, particles, 0);
        planner.angular_velocity(particles);
    }

    fn position(&self, stage: &mut Stage, dt: f64) -> Result<(), Fault> {
        neighbors::update(stage)?;
        stage.team.mark("contact");
        solve::solve(stage, dt);
        Ok(())
    }
}
