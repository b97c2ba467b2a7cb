//! Stochastic velocity rescaling: all velocities are multiplied by one random factor, such that kinetic energy has the
//! distribution that it should, and relaxes to it in the time that was asked for.
//!
//! Bussi, Donadio & Parrinello, J. Chem. Phys. 126, 014101 (2007), eq A7: with c = e^(-dt / time) and N degrees of freedom
//!   factor^2 = c + (1 - c) T / 2K (R1^2 + S) + 2 R1 sqrt(c (1 - c) T / 2K),
//! R1 standard normal and S the sum of N - 1 squares of such, which is twice a number of the gamma distribution with shape
//! (N - 1) / 2 and is drawn as that (Marsaglia & Tsang 2000).

use crate::random::{Random, Stream};
use crate::records::Records;
use crate::stage::Stage;
use crate::term::Term;
use crate::thermostats::{check_inertia, kinetic, ramp, rescale};
use crate::{Fault, record};

record! {
    /// All velocities times one random factor (Bussi, Donadio & Parrinello 2007): the canonical ensemble with hardly any disturbance; momentum is kept.
    StochasticRescaling in Thermostat as "stochastic-rescaling" {
        /// Temperature (k_B = 1).
        temperature: Float = 1.0, 0..=1e9, "energy", live;
        /// Time in which kinetic energy relaxes.
        time: Float = 0.5, 0..=1e9, "time", live;
        /// Temperature at the end of the ramp.
        ramp_to: Float = 1.0, 0..=1e9, "energy", live;
        /// Time from the start that it takes to get there; 0 for no ramp.
        ramp_time: Float = 0.0, 0..=1e12, "time", live;
        /// Species that it is for.
        species: Species = -1, -1..=15, "";
    }
}

/// The stages of [`StochasticRescaling`].
pub struct Stages;

impl Term for Stages {
    fn check(&self, records: Records) -> Result<(), &'static str> {
        check_inertia(records)
    }

    fn end(&self, stage: &mut Stage, dt: f64) -> Result<(), Fault> {
        stage.each_record(|stage, number, bath: StochasticRescaling| {
            let temperature = ramp(stage, bath.temperature, bath.ramp_to, bath.ramp_time);
            let [energy, freedom] = kinetic(stage, bath.species);
            if energy > 0.0 && freedom >= 1.0 {
                let keep = if bath.time > 0.0 { libm::exp(-dt / bath.time) } else { 0.0 };
                let mut random = Random::new(stage.world.seed, Stream::Rescaling, number, stage.block.header().step);
                let each = (1.0 - keep) * temperature / (2.0 * energy);
                let first = random.normal3()[0];
                let squared = keep + each * (first * first + 2.0 * gamma(0.5 * (freedom - 1.0), &mut random)) + 2.0 * first * libm::sqrt(keep * each);
                rescale(stage, bath.species, energy, libm::sqrt(squared.max(0.0)));
            }
        });
        Ok(())
    }
}

/// More rejections in a row than this do not happen: one in twenty is the most there is of a single one.
const TRIES: usize = 64;

/// A number of the gamma distribution of that shape and scale 1; 0 for shape 0.
fn gamma(shape: f64, random: &mut Random) -> f64 {
    if shape < 1.0 {
        return if shape > 0.0 { gamma(shape + 1.0, random) * libm::pow(1.0 - random.uniform(), 1.0 / shape) } else { 0.0 };
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / libm::sqrt(9.0 * d);
    for _ in 0..TRIES {
        let x = random.normal3()[0];
        let cube = 1.0 + c * x;
        let v = cube * cube * cube;
        if v > 0.0 && libm::log(1.0 - random.uniform()) < 0.5 * x * x + d - d * v + d * libm::log(v) {
            return d * v;
        }
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and variance of the gamma distribution are its shape.
    #[test]
    fn gamma_numbers_have_mean_and_variance_of_their_shape() {
        for shape in [0.5, 1.0, 3.5, 750.0] {
            let (mut sum, mut squares, n) = (0.0, 0.0, 40_000);
            for i in 0..n {
                let x = gamma(shape, &mut Random::new(3, Stream::Rescaling, 0, i)) - shape;
                sum += x;
                squares += x * x;
            }
            let (mean, variance) = (sum / n as f64, squares / n as f64);
            assert!(mean.abs() < 3.0 * f64::sqrt(shape / n as f64), "shape {shape}: mean {mean} too much");
            // The fourth central moment is 3 shape^2 + 6 shape.
            assert!((variance - shape).abs() < 3.0 * f64::sqrt((2.0 * shape * shape + 6.0 * shape) / n as f64), "shape {shape}: variance {variance}");
        }
    }
}
