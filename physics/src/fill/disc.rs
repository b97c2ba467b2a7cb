//! A disc galaxy: stars on nearly circular orbits with exponential surface density (Freeman 1970) about a centre of Plummer form.
//!
//! The speed of a circle of radius R is that in the field of centre and disc, v^2 = G M R^2 / (R^2 + a^2)^(3/2) + G m(R) / R, with the disc's mass
//! m(R) within R taken as if it were a sphere. The centre's own particles come from a fill of kind plummer, or from one heavy particle
//! with a = 0.

use crate::random::{Random, Stream};
use crate::record;

record! {
    /// Particles of an exponential disc on nearly circular orbits about a central mass, with G = `strength`.
    Disc in Fill as "disc" {
        /// How many.
        count: Integer = 1000, 0..=1e19, "";
        /// Scale length h: the surface density falls as exp(-R / h).
        scale_length: Float = 0.3, 1e-9..=1e6, "length";
        /// Particles beyond this many scale lengths are drawn again.
        cut: Float = 5.0, 1..=100, "";
        /// Thickness over scale length; the density falls with height as sech^2(z / thickness h).
        thickness: Float = 0.05, 0..=10, "";
        /// Random velocities along each axis over that of the circle.
        dispersion: Float = 0.05, 0..=1, "";
        /// Mass at the centre, M.
        central_mass: Float = 1.0, 0..=1e12, "mass";
        /// Scale radius of the centre, a.
        central_radius: Float = 0.0, 0..=1e6, "length";
        /// Angle between the axis of rotation and z.
        inclination: Float = 0.0, -360..=360, "deg";
        /// Angle from x to the line in which the disc cuts the xy plane.
        node: Float = 0.0, -360..=360, "deg";
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

/// Share of an exponential disc's mass within x scale lengths.
fn within(x: f64) -> f64 {
    1.0 - (1.0 + x) * libm::exp(-x)
}

impl Disc {
    /// Position and velocity of particle `index` about the centre, for the mass of one particle.
    pub(super) fn draw(&self, seed: u64, group: u32, index: u64, mass: f64) -> ([f64; 3], [f64; 3]) {
        let mut random = Random::new(seed, Stream::Disc, group, index);
        let x = self.radius(&mut random);
        let turn = core::f64::consts::TAU * random.uniform();
        let (sine, cosine) = (libm::sin(turn), libm::cos(turn));
        let side = random.uniform().clamp(1e-12, 1.0 - 1e-12);
        let height = 0.5 * self.thickness * self.scale_length * libm::log(side / (1.0 - side));
        let (radius, speed) = (x * self.scale_length, self.circular_speed(x, mass * self.count as f64));
        let noise = random.normal3().map(|n| n * self.dispersion * speed);
        let place = [radius * cosine, radius * sine, height];
        (self.tilt(place), self.tilt([noise[0] - speed * sine, noise[1] + speed * cosine, noise[2]]))
    }

    /// Radius in scale lengths: x exp(-x) is how the sum of two exponential numbers is distributed.
    fn radius(&self, random: &mut Random) -> f64 {
        loop {
            let x = -libm::log((random.uniform() * random.uniform()).max(1e-300));
            if x < self.cut {
                return x;
            }
        }
    }

    /// Speed on a circle of x scale lengths.
    fn circular_speed(&self, x: f64, disc_mass: f64) -> f64 {
        let (r, a) = ((x * self.scale_length).max(1e-12), self.central_radius);
        let softened = r * r + a * a;
        let center = self.central_mass * r * r / (softened * libm::sqrt(softened));
        libm::sqrt(self.strength * (center + disc_mass * within(x) / within(self.cut) / r))
    }

    /// From the plane of the disc to its place in space.
    fn tilt(&self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        let (i, o) = (self.inclination.to_radians(), self.node.to_radians());
        let (y, z) = (y * libm::cos(i) - z * libm::sin(i), y * libm::sin(i) + z * libm::cos(i));
        [x * libm::cos(o) - y * libm::sin(o), x * libm::sin(o) + y * libm::cos(o), z]
    }
}
