//! Everything that a scene can name. A new force, thermostat, constraint, integrator, collider or generator adds its line here.

use crate::integrators::Integrator;
use crate::records::{Declared, RecordType, Section};
use crate::term::Term;
use crate::{colliders, constraints, emitter, fill, forces, integrators, measures, neighbors, scene_records, thermostats};

macro_rules! registry {
    (
        plain { $( $($plain:ident)::+ ; )* }
        integrators { $( $integrator:ident :: $integrator_record:ident ; )* }
        terms { $( $folder:ident :: $term:ident :: $term_record:ident ; )* }
    ) => {
        /// Every record type there is.
        pub const ALL: &[&RecordType] = &[
            $( &<$($plain)::+ as Declared>::TYPE, )*
            $( &integrators::$integrator::$integrator_record::TYPE, )*
            $( &$folder::$term::$term_record::TYPE, )*
        ];
        const PLAIN: usize = [$( stringify!($($plain)::+) ),*].len();
        const INTEGRATORS: &[&dyn Integrator] = &[$( &integrators::$integrator::Steps ),*];
        const TERMS: &[&dyn Term] = &[$( &$folder::$term::Stages ),*];
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
        forces::self_gravity::SelfGravity;
        forces::particle_life::ParticleLife;
        forces::boids::Boids;
        forces::fluid::Fluid;
        forces::bond::Bond;
        forces::coulomb::Coulomb;
        forces::morse::Morse;
        forces::yukawa::Yukawa;
        forces::trap::Trap;
        forces::electric_field::ElectricField;
        forces::magnetic_field::MagneticField;
        forces::self_propulsion::SelfPropulsion;
        thermostats::langevin::Langevin;
        thermostats::stochastic_rescaling::StochasticRescaling;
        thermostats::berendsen::Berendsen;
        thermostats::andersen::Andersen;
        thermostats::nose_hoover::NoseHoover;
        forces::granular::Granular;
        constraints::distance::Distance;
        constraints::contact::Contact;
        constraints::vicsek::Vicsek;
        constraints::primordial::Primordial;
        measures::displacement::Displacement;
    }
}

/// The integrator of a record type.
pub fn integrator(index: usize) -> Option<&'static dyn Integrator> {
    INTEGRATORS.get(index.checked_sub(PLAIN)?).copied()
}

/// The term of a record type.
pub fn term(index: usize) -> Option<&'static dyn Term> {
    TERMS.get(index.checked_sub(PLAIN + INTEGRATORS.len())?).copied()
}

/// Index into [`ALL`] of the type of that section and kind.
pub fn index_of(section: Section, name: &str) -> Option<usize> {
    ALL.iter().position(|t| t.section == section && t.name == name)
}
