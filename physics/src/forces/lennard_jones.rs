//! The Lennard-Jones fluid: U(r) = 4 epsilon ((sigma/r)^12 - (sigma/r)^6) up to a cut-off; with `truncation = "wca"` its
//! repulsive part alone (Weeks, Chandler & Andersen 1971).
//!
//! Plain cut-off, shifted potential or linear force shift (Allen & Tildesley, Computer Simulation of Liquids, 2nd ed., ch. 5).
//! Forces are `f32`, energies and virial `f64` from the full positions. Tail corrections for a uniform fluid beyond a plain
//! cut-off (eqs 2.144 and 2.145): U = (8/3) pi N rho epsilon sigma^3 ((sigma/rc)^9 / 3 - (sigma/rc)^3), and the virial gets
//! 16 pi N rho epsilon sigma^3 ((2/3) (sigma/rc)^9 - (sigma/rc)^3), so that the pressure gets W / 3V.

use crate::broken::{self, Flaw};
use crate::layout::Diagnostics;
use crate::neighbors::{self, CentralLaw};
use crate::record;
use crate::records::Records;
use crate::simd::{Vector, lookup};
use crate::species::{Given, PairTable};
use crate::stage::{MAX_SPECIES, Stage};
use crate::team;
use crate::term::Term;
use crate::{Fault, stage};

record! {
    /// Pairs repel and attract by the Lennard-Jones law; species without a record for their pair mix their own two (Lorentz-Berthelot).
    LennardJones in Force as "lennard-jones" {
        /// Depth of the well.
        epsilon: Float = 1.0, 0..=1e6, "energy", live;
        /// Distance at which the potential is zero.
        sigma: Float = 1.0, 1e-6..=1e6, "length";
        /// Distance beyond which pairs do not interact; not used with wca, which ends at 2^(1/6) sigma.
        cutoff: Float = 2.5, 1e-6..=1e6, "length";
        /// What happens at the cut-off: nothing; force and potential reach zero there; the potential is shifted to zero; repulsion alone.
        truncation: Choice(&["cut-off", "linear-force-shift", "shift", "wca"]) = 0, 0..=3, "";
        /// Species that it acts on.
        species: Species = -1, -1..=15, "";
        /// Species that it acts on them from.
        with: Species = -1, -1..=15, "";
    }
}

/// One pair of species.
#[derive(Clone, Copy, Default)]
struct Pair {
    epsilon: f64,
    sigma: f64,
    cutoff: f64,
    truncation: u64,
}

impl Pair {
    fn new(record: &LennardJones) -> Self {
        let cutoff = if record.truncation == 3 { record.sigma * libm::pow(2.0, 1.0 / 6.0) } else { record.cutoff };
        Pair { epsilon: record.epsilon, sigma: record.sigma, cutoff, truncation: record.truncation }
    }

    /// Lorentz-Berthelot.
    fn mixed(a: &Pair, b: &Pair) -> Pair {
        let sigma = 0.5 * (a.sigma + b.sigma);
        let cutoff = if a.truncation == 3 { sigma * libm::pow(2.0, 1.0 / 6.0) } else { 0.5 * (a.cutoff + b.cutoff) };
        Pair { epsilon: libm::sqrt(a.epsilon * b.epsilon), sigma, cutoff, truncation: a.truncation }
    }

    fn sixth_at_cutoff(&self) -> f64 {
        if self.cutoff > 0.0 { libm::pow(self.sigma / self.cutoff, 6.0) } else { 0.0 }
    }

    /// dU/dr at the cut-off, which linear force shift takes off.
    fn slope(&self) -> f64 {
        let s6 = self.sixth_at_cutoff();
        if self.truncation == 1 { -24.0 * self.epsilon * (2.0 * s6 * s6 - s6) / self.cutoff } else { 0.0 }
    }

    /// U at the cut-off, which all but the plain cut-off take off.
    fn at_cutoff(&self) -> f64 {
        let s6 = self.sixth_at_cutoff();
        if self.truncation == 0 { 0.0 } else { 4.0 * self.epsilon * (s6 * s6 - s6) }
    }

    /// Energy and r.f of a pair.
    fn energy(&self, r2: f64) -> [f64; 2] {
        if r2 >= self.cutoff * self.cutoff {
            return [0.0; 2];
        }
        let s2 = self.sigma * self.sigma / r2;
        let s6 = s2 * s2 * s2;
        let slope = self.slope();
        let r = if slope == 0.0 { 0.0 } else { libm::sqrt(r2) };
        let shift = if slope == 0.0 { 0.0 } else { (r - self.cutoff) * slope };
        [4.0 * self.epsilon * s6 * (s6 - 1.0) - self.at_cutoff() - shift, 24.0 * self.epsilon * s6 * (2.0 * s6 - 1.0) + r * slope]
    }

    /// sigma^2, 48 epsilon / sigma^2, rc^2 and slope for kernels.
    fn row(&self) -> [f32; 4] {
        let epsilon = if broken::has(Flaw::Force) { 1.01 * self.epsilon } else { self.epsilon };
        [self.sigma * self.sigma, 48.0 * epsilon / (self.sigma * self.sigma), self.cutoff * self.cutoff, self.slope()].map(|x| x as f32)
    }
}

fn pairs(records: Records) -> PairTable<Pair> {
    let given = records.all::<LennardJones>().map(|r| Given { species: r.species, with: r.with, value: Pair::new(&r) });
    PairTable::new(given, Pair::mixed)
}

/// The law for kernels: one row for all, or one for each pair of species.
struct Law<const UNIFORM: bool, const SHIFTED: bool> {
    rows: [[f32; 4]; MAX_SPECIES * MAX_SPECIES],
}

impl<const UNIFORM: bool, const SHIFTED: bool> CentralLaw for Law<UNIFORM, SHIFTED> {
    const HOT: bool = UNIFORM;

    #[inline(always)]
    fn over_r<V: Vector>(&self, r2: V, own: u32, other: V::Int) -> V {
        let [sigma2, strength, cutoff2, slope] = if UNIFORM { self.rows[0].map(V::splat) } else { lookup::<V>(&self.rows, own, other) };
        let inside = V::splat(0.0).lt(r2) & r2.lt(cutoff2);
        let s2 = sigma2 / r2;
        let s6 = s2 * s2 * s2;
        // (48 epsilon / sigma^2) (s6 - 1/2) s6 s2, with short chains of dependence.
        let mut over_r = ((s6 - V::splat(0.5)) * strength) * (s6 * s2);
        if SHIFTED {
            over_r = over_r + slope / r2.sqrt();
        }
        over_r.keep(inside)
    }
}

/// The stages of [`LennardJones`].
pub struct Stages;

impl Term for Stages {
    fn reach(&self, records: Records) -> f64 {
        pairs(records).iter().map(|p| if p.epsilon > 0.0 { p.cutoff } else { 0.0 }).fold(1e-6, f64::max)
    }

    fn spacing(&self, records: Records) -> f64 {
        records.all::<LennardJones>().map(|r| r.sigma).fold(f64::MAX, f64::min)
    }

    fn has_forces(&self) -> bool {
        true
    }

    fn force(&self, stage: &mut Stage) -> Result<(), Fault> {
        let table = pairs(stage.records());
        let rows = table.map(|p| p.row());
        let uniform = table.is_uniform() || stage.world.species.count <= 1;
        let shifted = table.iter().any(|p| p.truncation == 1);
        match (uniform, shifted) {
            (true, false) => neighbors::add_central_forces(stage, &Law::<true, false> { rows }),
            (true, true) => neighbors::add_central_forces(stage, &Law::<true, true> { rows }),
            (false, false) => neighbors::add_central_forces(stage, &Law::<false, false> { rows }),
            (false, true) => neighbors::add_central_forces(stage, &Law::<false, true> { rows }),
        }
        Ok(())
    }

    fn diagnose(&self, stage: &mut Stage, sums: &mut Diagnostics) -> Result<(), Fault> {
        let table = pairs(stage.records());
        let [energy, virial] = neighbors::potential_sums(stage, |r2, a, b| table.get(a, b).energy(r2));
        sums.potential += energy;
        sums.virial += virial;
        if stage.world.domain.periodic == [true; 3] && stage.world.dimensions() == 3 {
            add_tail(&table, stage, sums);
        }
        Ok(())
    }
}

fn add_tail(table: &PairTable<Pair>, stage: &mut stage::Stage, sums: &mut Diagnostics) {
    let volume = stage.world.volume();
    let counts = counts(stage);
    for a in 0..MAX_SPECIES {
        for b in 0..MAX_SPECIES {
            let pair = table.get(a as u32, b as u32);
            if pair.truncation != 0 || counts[a] * counts[b] == 0.0 || volume <= 0.0 {
                continue;
            }
            let s3 = libm::pow(pair.sigma / pair.cutoff, 3.0);
            let scale = core::f64::consts::PI * counts[a] * counts[b] / volume * pair.epsilon * libm::pow(pair.sigma, 3.0);
            sums.tail_energy += 8.0 / 3.0 * scale * (s3 * s3 * s3 / 3.0 - s3);
            sums.tail_virial += 16.0 * scale * (2.0 / 3.0 * s3 * s3 * s3 - s3);
        }
    }
}

/// Particles of each species.
fn counts(stage: &mut Stage) -> [f64; MAX_SPECIES] {
    let species = &*stage.block.take::<u32>("species");
    let counts = team::sum_f64(stage.team, species.len(), |range| {
        range.fold([0.0; MAX_SPECIES], |mut counts, i| {
            counts[species[i] as usize % MAX_SPECIES] += 1.0;
            counts
        })
    });
    stage.block.release();
    counts
}
