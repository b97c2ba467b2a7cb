//! Nose-Hoover chains: a friction that is itself in motion, driven by how far kinetic energy is from its mean.
//!
//! Martyna, Klein & Tuckerman, J. Chem. Phys. 97, 2635 (1992); the step is the symmetric one of Martyna et al., Mol. Phys. 87,
//! 1117 (1996), with masses N T time^2, T time^2, T time^2. It acts at the end of each step for the whole of it, which is the usual
//! half before and half after, seen from the middle. Deterministic; the chain of three is in the saved state.

use crate::records::Records;
use crate::stage::Stage;
use crate::term::Term;
use crate::thermostats::{CHAIN, check_inertia, kinetic, ramp, rescale};
use crate::{Fault, record};

record! {
    /// A chain of three frictions with inertia (Martyna, Klein & Tuckerman 1992): canonical, deterministic, momentum is kept.
    NoseHoover in Thermostat as "nose-hoover" {
        /// Temperature (k_B = 1).
        temperature: Float = 1.0, 0..=1e9, "energy", live;
        /// Time in which kinetic energy swings.
        time: Float = 0.5, 1e-6..=1e9, "time", live;
        /// Temperature at the end of the ramp.
        ramp_to: Float = 1.0, 0..=1e9, "energy", live;
        /// Time from the start that it takes to get there; 0 for no ramp.
        ramp_time: Float = 0.0, 0..=1e12, "time", live;
        /// Species that it is for.
        species: Species = -1, -1..=15, "";
    }
}

/// Rate times step beyond which no link of the chain turns: what is far off its temperature must not overflow.
const FASTEST: f64 = 4.0;

/// The stages of [`NoseHoover`].
pub struct Stages;

impl Term for Stages {
    fn check(&self, records: Records) -> Result<(), &'static str> {
        check_inertia(records)?;
        if records.all::<NoseHoover>().count() > 1 { Err("a scene has room for one thermostat nose-hoover") } else { Ok(()) }
    }

    fn end(&self, stage: &mut Stage, dt: f64) -> Result<(), Fault> {
        let bath: NoseHoover = stage.records().one();
        let temperature = ramp(stage, bath.temperature, bath.ramp_to, bath.ramp_time);
        let [energy, freedom] = kinetic(stage, bath.species);
        if energy > 0.0 && freedom > 0.0 && temperature > 0.0 && bath.time > 0.0 {
            let words = &mut stage.block.header_mut().run_state[CHAIN..CHAIN + 3];
            let mut chain = Chain { rate: core::array::from_fn(|k| f64::from_bits(words[k])), freedom, dt, square: bath.time * bath.time };
            let factor = chain.step(2.0 * energy / temperature);
            words.iter_mut().zip(chain.rate).for_each(|(word, rate)| *word = rate.to_bits());
            rescale(stage, bath.species, energy, factor);
        }
        Ok(())
    }
}

struct Chain {
    rate: [f64; 3],
    freedom: f64,
    dt: f64,
    square: f64,
}

impl Chain {
    /// A step, `twice` being 2 K / T; comes back with the factor for velocities.
    fn step(&mut self, twice: f64) -> f64 {
        for k in [2, 1, 0] {
            self.turn(k, twice);
        }
        let factor = libm::exp(-self.rate[0] * self.dt);
        for k in [0, 1, 2] {
            self.turn(k, twice * factor * factor);
        }
        factor
    }

    /// Half a step of one link: damped by the next, driven by the one before, damped again.
    fn turn(&mut self, k: usize, twice: f64) {
        let damping = self.rate.get(k + 1).map_or(1.0, |next| libm::exp(-0.25 * self.dt * next));
        let push = match k {
            0 => (twice / self.freedom - 1.0) / self.square,
            1 => self.freedom * self.rate[0] * self.rate[0] - 1.0 / self.square,
            _ => self.rate[1] * self.rate[1] - 1.0 / self.square,
        };
        let rate = (self.rate[k] * damping + 0.5 * self.dt * push) * damping;
        self.rate[k] = rate.clamp(-FASTEST / self.dt, FASTEST / self.dt);
    }
}
