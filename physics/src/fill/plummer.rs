//! A star cluster in equilibrium: the Plummer sphere (Plummer 1911), drawn as Aarseth, Henon & Wielen (1974) do.

use crate::random::{Random, Stream};
use crate::record;

record! {
    /// Particles at random from a Plummer sphere in equilibrium, of total mass count times that of their species, with G = `strength`.
    Plummer in Fill as "plummer" {
        /// How many.
        count: Integer = 1000, 0..=1e19, "";
        /// Scale radius a; 3 pi / 16 in units where G = M = 1 and E = -1/4.
        scale_radius: Float = 0.5890486225480862, 1e-9..=1e6, "length";
        /// Particles beyond this many scale radii are drawn again.
        cut: Float = 22.8, 1..=1e6, "";
        /// Constant of gravitation that the velocities are for.
        strength: Float = 1.0, 0..=1e12, "length^3/(mass time^2)";
        /// Centre.
        center: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length";
        /// Velocity of the whole.
        velocity: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length/time";
        /// Index of their species.
        species: Species = 0, 0..=15, "";
    }
}

impl Plummer {
    /// Position and velocity of particle `index` about the centre, for the mass of one particle.
    pub(super) fn draw(&self, seed: u64, group: u32, index: u64, mass: f64) -> ([f64; 3], [f64; 3]) {
        let mut random = Random::new(seed, Stream::Position, group, index);
        let radius = self.radius(&mut random);
        let x = direction(&mut random).map(|c| c * radius * self.scale_radius);
        let total = mass * self.count as f64;
        let escape = libm::sqrt(2.0 * self.strength * total / self.scale_radius) / libm::sqrt(libm::sqrt(1.0 + radius * radius));
        let speed = speed(&mut random) * escape;
        (x, direction(&mut random).map(|c| c * speed))
    }

    /// Radius in scale radii: the enclosed mass is uniform.
    fn radius(&self, random: &mut Random) -> f64 {
        loop {
            let inside = random.uniform();
            let radius = 1.0 / libm::sqrt(libm::pow(inside.max(1e-12), -2.0 / 3.0) - 1.0);
            if radius < self.cut {
                return radius;
            }
        }
    }
}

/// Speed over that of escape, by rejection from q^2 (1 - q^2)^(7/2), which stays below 0.1.
fn speed(random: &mut Random) -> f64 {
    loop {
        let (q, y) = (random.uniform(), 0.1 * random.uniform());
        let rest = 1.0 - q * q;
        if y < q * q * rest * rest * rest * libm::sqrt(rest) {
            return q;
        }
    }
}

/// A uniform direction.
fn direction(random: &mut Random) -> [f64; 3] {
    let z = random.between(-1.0, 1.0);
    let across = libm::sqrt((1.0 - z * z).max(0.0));
    let turn = core::f64::consts::TAU * random.uniform();
    [across * libm::cos(turn), across * libm::sin(turn), z]
}
