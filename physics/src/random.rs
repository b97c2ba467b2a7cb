//! Counter-based random numbers: Philox 4x32-10 (Salmon et al., SC'11, doi 10.1145/2063384.2063405).
//!
//! A number is a function of (seed, stream, particle, draw); there is no state to share between threads, and the only counters
//! (how many particles an emitter has made) stand in the block.

const MULTIPLIER: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// Ten rounds of Philox on a 128-bit counter with a 64-bit key.
pub fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let a = MULTIPLIER[0] as u64 * counter[0] as u64;
        let b = MULTIPLIER[1] as u64 * counter[2] as u64;
        counter = [(b >> 32) as u32 ^ counter[1] ^ key[0], b as u32, (a >> 32) as u32 ^ counter[3] ^ key[1], a as u32];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

/// What the numbers are for; numbers of different streams are independent.
#[derive(Clone, Copy)]
#[repr(u32)]
pub enum Stream {
    /// First positions.
    Position = 1,
    /// First velocities.
    Velocity = 2,
    /// Emitted particles.
    Emitter = 3,
    /// Attractions between species.
    Matrix = 40,
    /// Noise of headings.
    Heading = 41,
    /// First headings of particles at rest.
    FirstHeading = 42,
    /// Noise of the Langevin thermostat.
    Langevin = 50,
    /// Factors of stochastic velocity rescaling.
    Rescaling = 51,
    /// Whom the Andersen thermostat meets.
    Collision = 52,
    /// Their velocities.
    AfterCollision = 53,
    /// Steps of Brownian motion.
    Brownian = 54,
    /// Turns of active particles.
    Turning = 55,
    /// First directions of active particles.
    FirstDirection = 56,
}

/// Three independent standard normal numbers from a single block of Philox, in single precision: what noise draws for every
/// particle and step. None is beyond 6.7, where one in 10^11 should be.
pub fn normals(seed: u64, stream: Stream, group: u32, index: u64) -> [f32; 3] {
    const UNIT: f32 = 1.0 / 4294967296.0;
    let counter = [index as u32, (index >> 32) as u32, (stream as u32) << 16 | group, 0];
    let [a, b, c, d] = philox(counter, [seed as u32, (seed >> 32) as u32]);
    let radius = |bits: u32| libm::sqrtf(-2.0 * libm::logf((bits as f32 + 0.5) * UNIT));
    let (sine, cosine) = libm::sincosf(core::f32::consts::TAU * UNIT * b as f32);
    let (r, s) = (radius(a), radius(c));
    [r * cosine, r * sine, s * libm::cosf(core::f32::consts::TAU * UNIT * d as f32)]
}

/// The sequence of numbers of one particle (or of one emission).
pub struct Random {
    key: [u32; 2],
    counter: [u32; 4],
    block: [u32; 4],
    used: usize,
}

impl Random {
    /// The sequence of number `index` in a stream.
    pub fn new(seed: u64, stream: Stream, group: u32, index: u64) -> Self {
        let counter = [index as u32, (index >> 32) as u32, (stream as u32) << 16 | group, 0];
        Random { key: [seed as u32, (seed >> 32) as u32], counter, block: [0; 4], used: 4 }
    }

    /// 32 random bits.
    pub fn bits(&mut self) -> u32 {
        if self.used == 4 {
            self.block = philox(self.counter, self.key);
            self.counter[3] += 1;
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    /// Uniform in [0, 1), all 53 bits random.
    pub fn uniform(&mut self) -> f64 {
        let high = (self.bits() >> 5) as u64;
        let low = (self.bits() >> 6) as u64;
        (high << 26 | low) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in [a, b).
    pub fn between(&mut self, a: f64, b: f64) -> f64 {
        a + (b - a) * self.uniform()
    }

    /// Three independent standard normal numbers (Box & Muller 1958).
    pub fn normal3(&mut self) -> [f64; 3] {
        let pair = |random: &mut Self| {
            let radius = libm::sqrt(-2.0 * libm::log(1.0 - random.uniform()));
            let angle = core::f64::consts::TAU * random.uniform();
            (radius * libm::cos(angle), radius * libm::sin(angle))
        };
        let (a, b) = pair(self);
        let (c, _) = pair(self);
        [a, b, c]
    }

    /// Uniform in the unit ball.
    pub fn in_ball(&mut self) -> [f64; 3] {
        loop {
            let point = [self.between(-1.0, 1.0), self.between(-1.0, 1.0), self.between(-1.0, 1.0)];
            if point.iter().map(|x| x * x).sum::<f64>() <= 1.0 {
                return point;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers published with the generator (Random123, kat_vectors).
    #[test]
    fn philox_known_answers() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    /// Moments of the quick numbers, up to the fourth (3), and none of the three follows from another.
    #[test]
    fn quick_normal_numbers_are_normal() {
        let n = 200_000;
        let (mut moments, mut mixed) = ([0.0; 4], [0.0; 3]);
        for i in 0..n {
            let x = normals(7, Stream::Langevin, 0, i).map(f64::from);
            for c in x {
                moments.iter_mut().enumerate().for_each(|(k, m)| *m += c.powi(k as i32 + 1));
            }
            (0..3).for_each(|k| mixed[k] += x[k] * x[(k + 1) % 3]);
        }
        let all = 3.0 * n as f64;
        // Variances of the first four powers are 1, 2, 15 and 96.
        for ((k, want), variance) in [0.0, 1.0, 0.0, 3.0].into_iter().enumerate().zip([1.0, 2.0, 15.0, 96.0]) {
            assert!((moments[k] / all - want).abs() < 3.5 * f64::sqrt(variance / all), "moment {}: {}", k + 1, moments[k] / all);
        }
        assert!(mixed.iter().all(|m| (m / n as f64).abs() < 3.5 / f64::sqrt(n as f64)), "{mixed:?}");
    }

    #[test]
    fn normal_numbers_have_unit_variance() {
        let (mut sum, mut squares) = (0.0, 0.0);
        for i in 0..20_000 {
            for x in Random::new(7, Stream::Velocity, 0, i).normal3() {
                sum += x;
                squares += x * x;
            }
        }
        let n = 60_000.0;
        assert!((sum / n).abs() < 3.0 / f64::sqrt(n), "mean {}", sum / n);
        assert!((squares / n - 1.0).abs() < 3.0 * f64::sqrt(2.0 / n), "variance {}", squares / n);
    }
}
