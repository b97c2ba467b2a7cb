//! Potentials of pairs that are declared species by species: what a file with a potential need not say again.

use crate::layout::Diagnostics;
use crate::neighbors::{self, CentralLaw};
use crate::records::{Declared, Records};
use crate::simd::{Vector, lookup};
use crate::species::{Given, PairTable};
use crate::stage::{MAX_SPECIES, Stage};
use core::marker::PhantomData;

/// A potential up to a cut-off, with a record for all pairs, for those of one species, or for two species.
pub trait Potential: Declared + Copy + Sync {
    /// The species of the record.
    fn species(&self) -> [Option<usize>; 2];

    /// Distance beyond which there is no force.
    fn cutoff(&self) -> f64;

    /// Three numbers for the kernel.
    fn numbers(&self) -> [f32; 3];

    /// Force over distance, positive to push apart, from the distance and its inverse. Must be `#[inline(always)]`.
    fn over_r<V: Vector>(r: V, inverse: V, numbers: [V; 3]) -> V;

    /// Energy and r.f within the cut-off, with nothing taken off.
    fn energy(&self, r: f64) -> [f64; 2];
}

/// Longest cut-off.
pub fn reach<P: Potential>(records: Records) -> f64 {
    records.all::<P>().map(|p| p.cutoff()).fold(0.0, f64::max)
}

/// What a pair interacts by, if at all.
fn table<P: Potential>(records: Records) -> PairTable<Option<P>> {
    let given = records.all::<P>().flat_map(|p| {
        let [a, b] = p.species();
        [Given { species: b, with: a, value: Some(p) }, Given { species: a, with: b, value: Some(p) }]
    });
    PairTable::directed(given, None::<fn(&Option<P>, &Option<P>) -> Option<P>>)
}

/// Adds the forces.
pub fn add_forces<P: Potential>(stage: &mut Stage) {
    let table = table::<P>(stage.records());
    let rows = table.map(|p| {
        let [a, b, c] = p.map_or([0.0; 3], |p| p.numbers());
        let cutoff = p.map_or(0.0, |p| p.cutoff());
        [a, b, c, (cutoff * cutoff) as f32]
    });
    neighbors::add_central_forces(stage, &Law::<P> { rows, potential: PhantomData });
}

/// Adds energy and virial; energies are shifted so that they end at the cut-off with zero.
pub fn diagnose<P: Potential>(stage: &mut Stage, sums: &mut Diagnostics) {
    let table = table::<P>(stage.records());
    let [energy, virial] = neighbors::potential_sums(stage, |r2, a, b| match table.get(a, b) {
        Some(p) if r2 < p.cutoff() * p.cutoff() => {
            let [energy, virial] = p.energy(libm::sqrt(r2));
            [energy - p.energy(p.cutoff())[0], virial]
        }
        _ => [0.0; 2],
    });
    sums.potential += energy;
    sums.virial += virial;
}

/// The potential for kernels: a row for each pair of species.
struct Law<P> {
    rows: [[f32; 4]; MAX_SPECIES * MAX_SPECIES],
    potential: PhantomData<P>,
}

impl<P: Potential> CentralLaw for Law<P> {
    #[inline(always)]
    fn over_r<V: Vector>(&self, r2: V, own: u32, other: V::Int) -> V {
        let [a, b, c, cutoff2] = lookup::<V>(&self.rows, own, other);
        let inverse = r2.inverse_sqrt();
        P::over_r(r2 * inverse, inverse, [a, b, c]).keep(V::splat(0.0).lt(r2) & r2.lt(cutoff2))
    }
}
