//! The Yukawa potential: U = strength e^(-r / length) / r, charges that a plasma or a salt solution screens.

use crate::forces::pair::{self, Potential};
use crate::layout::Diagnostics;
use crate::records::Records;
use crate::simd::Vector;
use crate::stage::Stage;
use crate::term::Term;
use crate::{Fault, record};

record! {
    /// Pairs repel by a screened Coulomb potential, shifted to zero at the cut-off; species without a record for their pair do not interact.
    Yukawa in Force as "yukawa" {
        /// Energy times distance at no distance; negative attracts.
        strength: Float = 1.0, -1e9..=1e9, "energy length", live;
        /// Screening length.
        length: Float = 1.0, 1e-6..=1e6, "length", live;
        /// Distance beyond which pairs do not interact.
        cutoff: Float = 5.0, 1e-6..=1e6, "length";
        /// Distance between particles where they crowd most, which sizes the neighbour lists; 0 takes a fifth of the cut-off.
        spacing: Float = 0.0, 0..=1e6, "length";
        /// Species that it acts on.
        species: Species = -1, -1..=15, "";
        /// Species that it acts on them from.
        with: Species = -1, -1..=15, "";
    }
}

impl Potential for Yukawa {
    fn species(&self) -> [Option<usize>; 2] {
        [self.species, self.with]
    }

    fn cutoff(&self) -> f64 {
        self.cutoff
    }

    fn numbers(&self) -> [f32; 3] {
        [self.strength as f32, (1.0 / self.length) as f32, 0.0]
    }

    #[inline(always)]
    fn over_r<V: Vector>(r: V, inverse: V, [strength, rate, zero]: [V; 3]) -> V {
        strength * (zero - r * rate).exp() * (inverse + rate) * inverse * inverse
    }

    fn energy(&self, r: f64) -> [f64; 2] {
        let energy = self.strength * libm::exp(-r / self.length) / r;
        [energy, energy * (1.0 + r / self.length)]
    }
}

/// The stages of [`Yukawa`].
pub struct Stages;

impl Term for Stages {
    fn reach(&self, records: Records) -> f64 {
        pair::reach::<Yukawa>(records)
    }

    fn spacing(&self, records: Records) -> f64 {
        records.all::<Yukawa>().map(|y| if y.spacing > 0.0 { y.spacing } else { 0.2 * y.cutoff }).fold(f64::MAX, f64::min)
    }

    fn has_forces(&self) -> bool {
        true
    }

    fn force(&self, stage: &mut Stage) -> Result<(), Fault> {
        pair::add_forces::<Yukawa>(stage);
        Ok(())
    }

    fn diagnose(&self, stage: &mut Stage, sums: &mut Diagnostics) -> Result<(), Fault> {
        pair::diagnose::<Yukawa>(stage, sums);
        Ok(())
    }
}
