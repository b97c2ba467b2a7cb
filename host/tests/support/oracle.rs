//! What kernels are held to: sums over all pairs in `f64`, from the state as the block has it, and random states to try them on.

use motes_host::Simulation;
use motes_scene::xyz::Configuration;
use motes_scene::{Compiled, Options, compile};

/// Numbers that look random: SplitMix64 (Steele, Lea & Flood 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * (self.next() >> 11) as f64 * (1.0 / 9007199254740992.0)
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }
}

/// Particles at random on a lattice of that spacing whose sites are shaken and partly empty; `filled` is the fraction that is not.
pub(crate) fn particles(random: &mut Random, side: [f64; 3], spacing: f64, shake: f64, filled: f64, species: usize) -> Configuration {
    // A box of thickness 1 is a plane, in which all stand and move.
    let cells = side.map(|l| if l > 1.0 { (l / spacing).floor().max(1.0) as usize } else { 1 });
    let thick = cells.map(|count| f64::from(u8::from(count > 1)));
    let mut configuration =
        Configuration { elements: (0..species).map(|s| format!("s{s}")).collect(), velocities: Some(Vec::new()), ..Configuration::default() };
    for site in 0..cells[0] * cells[1] * cells[2] {
        let at = [site % cells[0], site / cells[0] % cells[1], site / cells[0] / cells[1]];
        if random.between(0.0, 1.0) < filled {
            let x = std::array::from_fn(|k| (at[k] as f64 + 0.5 + thick[k] * random.between(-shake, shake)) * side[k] / cells[k] as f64);
            configuration.positions.push(x);
            configuration.element.push(random.below(species) as u32);
            configuration.velocities.iter_mut().for_each(|v| v.push(std::array::from_fn(|k| thick[k] * random.between(-1.0, 1.0))));
        }
    }
    configuration
}

/// The scene with these particles.
pub(crate) fn with_particles(text: &str, particles: Configuration) -> Compiled {
    compile(text, &Options { init: Some(particles), ..Options::default() }).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// Positions in full, velocities and species, in storage order, in a box.
pub(crate) struct State {
    pub(crate) x: Vec<[f64; 3]>,
    pub(crate) v: Vec<[f64; 3]>,
    pub(crate) species: Vec<usize>,
    /// Sides of the box, and 0 where it is open.
    side: [f64; 3],
}

impl State {
    pub(crate) fn of(simulation: &mut Simulation, side: [f64; 3]) -> Self {
        let [high, low, velocity] = ["position", "position_low", "velocity"].map(|name| simulation.field::<f32>(name).unwrap());
        let species = simulation.field::<u32>("species").unwrap();
        let count = species.len();
        State {
            x: (0..count).map(|i| std::array::from_fn(|k| f64::from(high[3 * i + k]) + f64::from(low[3 * i + k]))).collect(),
            v: (0..count).map(|i| std::array::from_fn(|k| f64::from(velocity[3 * i + k]))).collect(),
            species: species.into_iter().map(|s| s as usize).collect(),
            side,
        }
    }

    /// From particle i to the nearest image of j.
    pub(crate) fn to(&self, i: usize, j: usize) -> [f64; 3] {
        std::array::from_fn(|k| {
            let (d, side) = (self.x[j][k] - self.x[i][k], self.side[k]);
            if side > 0.0 { d - side * (d / side).round() } else { d }
        })
    }

    /// Each particle's sum of `pull(r, own species, other species)` towards the others: the pull, and how large the terms are that it is made of.
    pub(crate) fn central(&self, pull: impl Fn(f64, usize, usize) -> [f64; 2]) -> Vec<Force> {
        let of = |i: usize| {
            let mut force = Force::default();
            for j in (0..self.x.len()).filter(|&j| j != i) {
                let d = self.to(i, j);
                let r = length(d);
                let [along, terms] = pull(r, self.species[i], self.species[j]);
                (0..3).for_each(|k| force.sum[k] += d[k] * along / r);
                force.scale += terms;
            }
            force
        };
        (0..self.x.len()).map(of).collect()
    }
}

/// A sum, and of how large parts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Force {
    pub(crate) sum: [f64; 3],
    pub(crate) scale: f64,
}

impl Force {
    pub(crate) fn add(&mut self, part: [f64; 3]) {
        (0..3).for_each(|k| self.sum[k] += part[k]);
        self.scale += length(part);
    }
}

pub(crate) fn length(d: [f64; 3]) -> f64 {
    d.iter().map(|c| c * c).sum::<f64>().sqrt()
}

/// The greatest difference between the block's forces and these, against the size of what was summed.
pub(crate) fn worst(simulation: &mut Simulation, want: &[Force]) -> f64 {
    let got = simulation.field::<f32>("force").unwrap();
    let of = |(got, want): (&[f32], &Force)| (0..3).map(|k| (f64::from(got[k]) - want.sum[k]).abs()).fold(0.0, f64::max) / want.scale.max(1e-3);
    assert!(got.iter().all(|f| f.is_finite()));
    got.chunks_exact(3).zip(want).map(of).fold(0.0, f64::max)
}

/// A box with its lower corner at the origin.
pub(crate) fn domain(side: [f64; 3], periodic: bool, dimensions: u32) -> String {
    let [x, y, z] = side;
    format!(
        "version = 1\ndt = 0.001\n[domain]\nmin = [0, 0, 0]\nmax = [{x}, {y}, {z}]\nperiodic = [{periodic}, {periodic}, {}]\ndimensions = {dimensions}\n",
        periodic && dimensions == 3
    )
}
