//! Everything that a scene can name. A new force, thermostat, constraint, integrator, collider or generator adds its line here.
//!
//! Every build declares every record, so that all of them can work on one block. Terms marked `in all` have code only in builds with the
//! feature `all`: native programs and physics-all.wasm. Pages whose scenes need none of them load the small physics.wasm.

use crate::integrators::Integrator;
use crate::records::{Declared, RecordType, Section};
use crate::term::Term;
use crate::{colliders, constraints, emitter, fill, forces, integrators, measures, neighbors, plug_ins, scene_records, thermostats};

macro_rules! registry {
    (@code $folder:ident :: $term:ident all) => { if cfg!(feature = "all") { Some(&$folder::$term::Stages) } else { None } };
    (@code $folder:ident :: $term:ident) => { Some(&$folder::$term::Stages) };
    (@everywhere all) => { false };
    (@everywhere) => { true };
    (
        plain { $( $($plain:ident)::+ ; )* }
        integrators { $( $integrator:ident :: $integrator_record:ident ; )* }
        terms { $( $folder:ident :: $term:ident :: $term_record:ident $(in $build:ident)? ; )* }
    ) => {
        /// Every record type there is, as it was declared.
        pub(crate) const DECLARED: &[&RecordType] = &[
            $( &<$($plain)::+ as Declared>::TYPE, )*
            $( &integrators::$integrator::$integrator_record::TYPE, )*
            $( &$folder::$term::$term_record::TYPE, )*
        ];
        /// Every record type there is.
        pub const ALL: &[&RecordType] = &[
            $( &<$($plain)::+ as Declared>::TYPE.lean(), )*
            $( &integrators::$integrator::$integrator_record::TYPE.lean(), )*
            $( &$folder::$term::$term_record::TYPE.lean(), )*
        ];
        const PLAIN: usize = [$( stringify!($($plain)::+) ),*].len();
        const INTEGRATORS: &[&dyn Integrator] = &[$( &integrators::$integrator::Steps ),*];
        const TERMS: &[Option<&dyn Term>] = &[$( registry!(@code $folder::$term $($build)?) ),*];
        /// Whether the term's code is in every build.
        const EVERYWHERE: &[bool] = &[$( registry!(@everywhere $($build)?) ),*];
    };
}

registry! {
    plain {
        scene_records::Simulation;
        scene_records::Domain;
        scene_records::Species;
        scene_records::View;
        neighbors::Neighbors;
        fill::Lattice;
        fill::RandomFill;
        fill::Plummer;
        fill::Disc;
        fill::Single;
        colliders::BoxCollider;
        colliders::SphereCollider;
        colliders::Plane;
        colliders::Cylinder;
        colliders::Cone;
        colliders::Triangle;
        emitter::Emitter;
    }
    integrators {
        velocity_verlet::VelocityVerlet;
        yoshida4::Yoshida4;
        brownian::Brownian;
    }
    terms {
        forces::gravity::Gravity;
        forces::drag::Drag;
        forces::lennard_jones::LennardJones;
        forces::self_gravity::SelfGravity in all;
        forces::particle_life::ParticleLife in all;
        forces::boids::Boids in all;
        forces::fluid::Fluid in all;
        forces::bond::Bond in all;
        forces::coulomb::Coulomb in all;
        forces::morse::Morse in all;
        forces::yukawa::Yukawa in all;
        forces::trap::Trap in all;
        forces::electric_field::ElectricField in all;
        forces::magnetic_field::MagneticField in all;
        forces::self_propulsion::SelfPropulsion in all;
        thermostats::langevin::Langevin;
        thermostats::stochastic_rescaling::StochasticRescaling in all;
        thermostats::berendsen::Berendsen in all;
        thermostats::andersen::Andersen in all;
        thermostats::nose_hoover::NoseHoover in all;
        forces::granular::Granular in all;
        constraints::distance::Distance in all;
        constraints::contact::Contact in all;
        constraints::vicsek::Vicsek in all;
        constraints::primordial::Primordial in all;
        measures::displacement::Displacement in all;
        plug_ins::stages::PlugIn;
    }
}

/// The integrator of a record type.
pub fn integrator(index: usize) -> Option<&'static dyn Integrator> {
    INTEGRATORS.get(index.checked_sub(PLAIN)?).copied()
}

/// The term of a record type, if it has one and this build has its code.
pub fn term(index: usize) -> Option<&'static dyn Term> {
    TERMS.get(number(index)?).copied().flatten()
}

/// Whether that is a term whose code this build lacks.
pub fn lacks(index: usize) -> bool {
    number(index).and_then(|number| TERMS.get(number)).is_some_and(Option::is_none)
}

/// File of the smallest module that runs scenes with records of these types.
pub fn module(types: impl Iterator<Item = usize>) -> &'static str {
    let mut terms = types.filter_map(number).filter_map(|number| EVERYWHERE.get(number));
    if terms.all(|everywhere| *everywhere) { "physics.wasm" } else { "physics-all.wasm" }
}

fn number(index: usize) -> Option<usize> {
    index.checked_sub(PLAIN + INTEGRATORS.len())
}

/// Index into [`ALL`] of the type of that section and kind.
pub const fn index_of(section: Section, name: &str) -> Option<usize> {
    let mut index = 0;
    while index < DECLARED.len() {
        if DECLARED[index].section as u32 == section as u32 && same(DECLARED[index].name.as_bytes(), name.as_bytes()) {
            return Some(index);
        }
        index += 1;
    }
    None
}

const fn same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([first, a_rest @ ..], [second, b_rest @ ..]) = (a, b) {
        if *first != *second {
            return false;
        }
        (a, b) = (a_rest, b_rest);
    }
    a.is_empty() && b.is_empty()
}
