//! The Morse potential: U = depth ((1 - e^(-a (r - r0)))^2 - 1), a bond that can break (Morse, Phys. Rev. 34, 57 (1929)).

use crate::forces::pair::{self, Potential};
use crate::layout::Diagnostics;
use crate::records::Records;
use crate::simd::Vector;
use crate::stage::Stage;
use crate::term::Term;
use crate::{Fault, record};

record! {
    /// Pairs attract and repel by the Morse potential, shifted to zero at the cut-off; species without a record for their pair do not interact.
    Morse in Force as "morse" {
        /// Depth of the well.
        depth: Float = 1.0, 0..=1e6, "energy", live;
        /// Inverse width of the well.
        steepness: Float = 6.0, 1e-6..=1e6, "1/length", live;
        /// Distance at the bottom of the well.
        distance: Float = 1.0, 1e-6..=1e6, "length", live;
        /// Distance beyond which pairs do not interact.
        cutoff: Float = 2.5, 1e-6..=1e6, "length";
        /// Species that it acts on.
        species: Species = -1, -1..=15, "";
        /// Species that it acts on them from.
        with: Species = -1, -1..=15, "";
    }
}

impl Potential for Morse {
    fn species(&self) -> [Option<usize>; 2] {
        [self.species, self.with]
    }

    fn cutoff(&self) -> f64 {
        self.cutoff
    }

    fn numbers(&self) -> [f32; 3] {
        [2.0 * self.depth * self.steepness, self.steepness, self.distance].map(|x| x as f32)
    }

    #[inline(always)]
    fn over_r<V: Vector>(r: V, inverse: V, [strength, steepness, distance]: [V; 3]) -> V {
        let e = ((distance - r) * steepness).exp();
        strength * (e * e - e) * inverse
    }

    fn energy(&self, r: f64) -> [f64; 2] {
        let e = libm::exp(-self.steepness * (r - self.distance));
        [self.depth * (e * e - 2.0 * e), 2.0 * self.depth * self.steepness * (e * e - e) * r]
    }
}

/// The stages of [`Morse`].
pub struct Stages;

impl Term for Stages {
    fn reach(&self, records: Records) -> f64 {
        pair::reach::<Morse>(records)
    }

    fn spacing(&self, records: Records) -> f64 {
        records.all::<Morse>().map(|m| m.distance).fold(f64::MAX, f64::min)
    }

    fn has_forces(&self) -> bool {
        true
    }

    fn force(&self, stage: &mut Stage) -> Result<(), Fault> {
        pair::add_forces::<Morse>(stage);
        Ok(())
    }

    fn diagnose(&self, stage: &mut Stage, sums: &mut Diagnostics) -> Result<(), Fault> {
        pair::diagnose::<Morse>(stage, sums);
        Ok(())
    }
}
