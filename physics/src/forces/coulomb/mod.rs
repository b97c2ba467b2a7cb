//! Coulomb's force between the charges of the species: k q q' / r^2.
//!
//! In periodic boxes damped and shifted (Fennell & Gezelter, J. Chem. Phys. 124, 234104 (2006), eqs 18 and 19): within a cut-off
//!   f(r) - f(rc), f(r) = k q q' (erfc(a r) / r^2 + 2 a e^(-a^2 r^2) / (sqrt(pi) r)),
//! which sums over images without a lattice sum. The energy has Wolf's self term -(erfc(a rc) / 2 rc + a / sqrt(pi)) k q^2, with
//! which ionic crystals have their Madelung energies. Without damping it is the plain force, shifted. In open domains there is
//! the direct sum over all pairs too, softened after Plummer if one wants it.

mod direct;

use crate::layout::{Diagnostics, Element};
use crate::neighbors::{self, CentralLaw};
use crate::plan::Planner;
use crate::record;
use crate::records::Records;
use crate::simd::Vector;
use crate::stage::{MAX_SPECIES, SpeciesTable, Stage};
use crate::team;
use crate::term::Term;
use crate::{Fault, scene_records::Domain};

record! {
    /// Charges attract and repel; they are those of the species.
    Coulomb in Force as "coulomb" {
        /// Coulomb's constant.
        strength: Float = 1.0, 0..=1e12, "energy length/charge^2", live;
        /// How forces are summed: damped and shifted within the cut-off (Fennell & Gezelter 2006), or over all pairs of an open domain.
        method: Choice(&["damped-shifted-force", "direct"]) = 0, 0..=1, "";
        /// Damping; 0 for none.
        damping: Float = 0.2, 0..=1e3, "1/length", live;
        /// Distance beyond which pairs do not interact.
        cutoff: Float = 5.0, 1e-6..=1e6, "length";
        /// Plummer softening of the direct sum.
        softening: Float = 0.0, 0..=1e6, "length", live;
        /// Distance between particles where they crowd most, which sizes the neighbour lists; 0 takes a fifth of the cut-off.
        spacing: Float = 0.0, 0..=1e6, "length";
    }
}

/// 2 / sqrt(pi).
const SLOPE: f64 = core::f64::consts::FRAC_2_SQRT_PI;

impl Coulomb {
    /// f(r) for charges and strength of one.
    fn force(&self, r: f64) -> f64 {
        let x = self.damping * r;
        (libm::erfc(x) / r + SLOPE * self.damping * libm::exp(-x * x)) / r
    }

    /// The energy of such a pair within the cut-off, and r.f.
    fn energy(&self, r: f64) -> [f64; 2] {
        let (at_cutoff, rc) = (self.force(self.cutoff), self.cutoff);
        let potential = |r: f64| libm::erfc(self.damping * r) / r;
        [potential(r) - potential(rc) + at_cutoff * (r - rc), (self.force(r) - at_cutoff) * r]
    }

    /// What a charge of one has for itself.
    fn own(&self) -> f64 {
        -0.5 * (libm::erfc(self.damping * self.cutoff) / self.cutoff + SLOPE * self.damping)
    }
}

/// The law for kernels.
struct Law {
    /// Charges times the strength.
    charge: [f32; MAX_SPECIES],
    own: [f32; MAX_SPECIES],
    damping: f32,
    at_cutoff: f32,
    cutoff2: f32,
}

impl Law {
    fn new(coulomb: &Coulomb, table: &SpeciesTable) -> Self {
        Law {
            charge: table.charge.map(|q| (coulomb.strength * q as f64) as f32),
            own: table.charge,
            damping: coulomb.damping as f32,
            at_cutoff: coulomb.force(coulomb.cutoff) as f32,
            cutoff2: (coulomb.cutoff * coulomb.cutoff) as f32,
        }
    }
}

impl CentralLaw for Law {
    #[inline(always)]
    fn over_r<V: Vector>(&self, r2: V, own: u32, other: V::Int) -> V {
        let charges = V::splat(self.own[own as usize % MAX_SPECIES]) * each(&self.charge, other);
        let inverse = r2.inverse_sqrt();
        let x = r2 * inverse * V::splat(self.damping);
        let (one, zero) = (V::splat(1.0), V::splat(0.0));
        let bell = (zero - x * x).exp();
        // erfc to 1.5e-7: Abramowitz & Stegun, 7.1.26.
        let t = one / (one + V::splat(0.327_591_1) * x);
        let mut sum = V::splat(1.061_405_4);
        for c in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
            sum = sum * t + V::splat(c);
        }
        let f = (sum * t * bell * inverse + V::splat(SLOPE as f32 * self.damping) * bell) * inverse;
        (charges * (f - V::splat(self.at_cutoff)) * inverse).keep(zero.lt(r2) & r2.lt(V::splat(self.cutoff2)))
    }
}

/// A number for the species in each lane.
#[inline(always)]
fn each<V: Vector>(values: &[f32; MAX_SPECIES], species: V::Int) -> V {
    use crate::simd::{GROUP, Integers};
    let mut lanes = [0; GROUP];
    species.store(&mut lanes);
    V::load(&lanes.map(|s| values[s as usize % MAX_SPECIES]))
}

/// The stages of [`Coulomb`].
pub struct Stages;

impl Term for Stages {
    fn check(&self, records: Records) -> Result<(), &'static str> {
        if records.all::<Coulomb>().count() > 1 {
            return Err("a scene has room for one force coulomb; leave the others out");
        }
        let open = records.one::<Domain>().periodic == [false; 3];
        if records.one::<Coulomb>().method == 1 && !open {
            return Err("the direct sum of coulomb needs an open domain; set domain.periodic to false or take damped-shifted-force");
        }
        Ok(())
    }

    fn reach(&self, records: Records) -> f64 {
        let Coulomb { method, cutoff, .. } = records.one();
        if method == 0 { cutoff } else { 0.0 }
    }

    fn spacing(&self, records: Records) -> f64 {
        let Coulomb { spacing, cutoff, .. } = records.one();
        if spacing > 0.0 { spacing } else { 0.2 * cutoff }
    }

    fn has_forces(&self) -> bool {
        true
    }

    fn plan(&self, records: Records, particles: u64, planner: &mut Planner) {
        if records.one::<Coulomb>().method == 1 {
            planner.field("charge", Element::F32, 4, particles, 0);
            planner.field("charge_pull", Element::F32, 4, particles, 0);
            planner.field("charge_source", Element::F32, 4, particles.next_multiple_of(16), 0);
        }
    }

    fn force(&self, stage: &mut Stage) -> Result<(), Fault> {
        let coulomb: Coulomb = stage.records().one();
        if coulomb.method == 1 {
            direct::add_forces(stage, &coulomb);
        } else {
            let law = Law::new(&coulomb, &stage.world.species);
            neighbors::add_central_forces(stage, &law);
        }
        Ok(())
    }

    fn diagnose(&self, stage: &mut Stage, sums: &mut Diagnostics) -> Result<(), Fault> {
        let coulomb: Coulomb = stage.records().one();
        if coulomb.method == 1 {
            let energy = direct::energy(stage, &coulomb);
            sums.potential += energy;
            sums.virial += if coulomb.softening == 0.0 { energy } else { 0.0 };
            return Ok(());
        }
        let table = stage.world.species;
        let charges = |a: u32, b: u32| table.charge_of(a) as f64 * table.charge_of(b) as f64;
        let cutoff2 = coulomb.cutoff * coulomb.cutoff;
        let [energy, virial] = neighbors::potential_sums(stage, |r2, a, b| match charges(a, b) {
            q if q != 0.0 && r2 < cutoff2 => coulomb.energy(libm::sqrt(r2)).map(|e| q * e),
            _ => [0.0; 2],
        });
        let species = &*stage.block.take::<u32>("species");
        let [squares] = team::sum_f64(stage.team, species.len(), |range| [range.map(|i| charges(species[i], species[i])).sum()]);
        stage.block.release();
        sums.potential += coulomb.strength * (energy + squares * coulomb.own());
        sums.virial += coulomb.strength * virial;
        Ok(())
    }
}
