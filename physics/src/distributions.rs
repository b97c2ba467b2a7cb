//! Distributions over all particles, made when asked: radial distribution function, speeds, density profiles, enclosed mass.
//!
//! Particles and pairs are counted in whole numbers, so the counts do not depend on the order of counting. Each chunk of particles
//! has a row of counters of its own in the block.

use crate::layout::Element;
use crate::plan::Planner;
use crate::stage::Stage;
use crate::team::{self, RowsOf};
use crate::{Fault, Status};

/// Bins of every distribution.
pub const BINS: usize = 128;

/// What is counted, over what, and what a bin's value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Distribution {
    /// g(r): pairs at distance r against as many in a uniform fluid of the box's volume.
    Radial = 0,
    /// Probability density of the speed.
    Speed = 1,
    /// Number density in slabs along x; the range is not used, the domain is.
    ProfileX = 2,
    /// Number density in slabs along y.
    ProfileY = 3,
    /// Number density in slabs along z.
    ProfileZ = 4,
    /// Fraction of the particles whose distance from the mean position is less than the bin's upper end.
    Enclosed = 5,
}

impl Distribution {
    /// All of them with their names.
    pub const ALL: &[(Distribution, &str)] = &[
        (Distribution::Radial, "radial"),
        (Distribution::Speed, "speed"),
        (Distribution::ProfileX, "profile-x"),
        (Distribution::ProfileY, "profile-y"),
        (Distribution::ProfileZ, "profile-z"),
        (Distribution::Enclosed, "enclosed"),
    ];

    /// The distribution of that number.
    pub fn from_index(index: u32) -> Option<Self> {
        Self::ALL.get(index as usize).map(|(distribution, _)| *distribution)
    }
}

/// Adds the arrays: the result, and counters.
pub(crate) fn plan(particles: u64, planner: &mut Planner) {
    planner.field("distribution", Element::F64, 1, BINS as u64, 0);
    planner.field("tally", Element::U32, BINS as u32, team::chunk_count(particles as usize) as u64, 0);
}

/// Particles as the counting sees them.
struct Particles<'a> {
    position: &'a [f32],
    velocity: &'a [f32],
    age: &'a [f32],
    center: [f64; 3],
    low: [f64; 3],
    /// Length of periodic axes, 0 of others.
    length: [f64; 3],
}

impl Particles<'_> {
    fn alive(&self, i: usize) -> bool {
        self.age.get(i).is_none_or(|a| *a >= 0.0)
    }

    fn at(&self, i: usize, k: usize) -> f64 {
        self.position[3 * i + k] as f64
    }

    /// Squared distance of two, by the nearest image.
    fn squared(&self, i: usize, j: usize) -> f64 {
        let along = |k: usize| {
            let d = self.at(i, k) - self.at(j, k);
            if self.length[k] > 0.0 { d - self.length[k] * libm::rint(d / self.length[k]) } else { d }
        };
        (0..3).map(along).map(|d| d * d).sum()
    }

    /// Where along an axis, from the lower side; periodic axes wrap.
    fn place(&self, i: usize, k: usize) -> f64 {
        let x = self.at(i, k) - self.low[k];
        if self.length[k] > 0.0 { x - self.length[k] * libm::floor(x / self.length[k]) } else { x }
    }

    fn speed(&self, i: usize) -> f64 {
        let v = |k: usize| self.velocity[3 * i + k] as f64;
        libm::sqrt(v(0) * v(0) + v(1) * v(1) + v(2) * v(2))
    }

    fn radius(&self, i: usize) -> f64 {
        libm::sqrt((0..3).map(|k| self.at(i, k) - self.center[k]).map(|d| d * d).sum())
    }
}

/// Writes a distribution over bins of width `range / 128` into the array `distribution`.
pub fn make(stage: &mut Stage, kind: Distribution, range: f64) -> Result<(), Fault> {
    let axis = (kind as usize).wrapping_sub(Distribution::ProfileX as usize);
    let range = if axis < 3 { stage.world.length(axis) } else { range };
    if !(range > 0.0 && range.is_finite()) {
        return Err(Status::OutOfRange.into());
    }
    let per_length = BINS as f64 / range;
    let alive = count(stage, |particles, others, i, tally| {
        let mut add = |x: f64| {
            if let Some(bin) = tally.get_mut((x * per_length) as usize).filter(|_| x >= 0.0) {
                *bin += 1;
            }
        };
        match kind {
            Distribution::Radial => (i + 1..others).filter(|&j| particles.alive(j)).for_each(|j| add(libm::sqrt(particles.squared(i, j)))),
            Distribution::Speed => add(particles.speed(i)),
            Distribution::Enclosed => add(particles.radius(i)),
            _ => add(particles.place(i, axis)),
        }
    });
    write(stage, kind, range, alive);
    Ok(())
}

/// Counts over all living particles, chunk by chunk; comes back with how many there are.
fn count(stage: &mut Stage, body: impl Fn(&Particles, usize, usize, &mut [u32]) + Sync) -> f64 {
    let center = center(stage);
    let world = stage.world;
    let block = &mut *stage.block;
    let particles = Particles {
        position: block.take("position"),
        velocity: block.take("velocity"),
        age: block.take("age"),
        center,
        low: world.domain.min,
        length: core::array::from_fn(|k| if world.domain.periodic[k] && k < world.dimensions() { world.length(k) } else { 0.0 }),
    };
    let rows = particles.position.len() / 3;
    let tally = RowsOf { values: block.take::<u32>("tally"), width: BINS };
    team::each_row(stage.team, tally, |chunk, tally| {
        tally.fill(0);
        for i in team::chunk_rows(chunk, rows).filter(|&i| particles.alive(i)) {
            body(&particles, rows, i, tally);
        }
    });
    let alive = (0..rows).filter(|&i| particles.alive(i)).count() as f64;
    block.release();
    alive
}

/// Mean position of the living.
pub(crate) fn center(stage: &mut Stage) -> [f64; 3] {
    let (position, age) = (&*stage.block.take::<f32>("position"), &*stage.block.take::<f32>("age"));
    let sums = team::sum_f64::<4>(stage.team, position.len() / 3, |range| {
        range.filter(|&i| age.get(i).is_none_or(|a| *a >= 0.0)).fold([0.0; 4], |s, i| {
            let x = |k: usize| position[3 * i + k] as f64;
            [s[0] + x(0), s[1] + x(1), s[2] + x(2), s[3] + 1.0]
        })
    });
    stage.block.release();
    core::array::from_fn(|k| if sums[3] > 0.0 { sums[k] / sums[3] } else { 0.0 })
}

/// From counts to values.
fn write(stage: &mut Stage, kind: Distribution, range: f64, alive: f64) {
    let (volume, dimensions) = (stage.world.volume(), stage.world.dimensions());
    let block = &mut *stage.block;
    let (tally, out) = (&*block.take::<u32>("tally"), block.take::<f64>("distribution"));
    let width = range / BINS as f64;
    let mut below = 0.0;
    for (bin, value) in out.iter_mut().enumerate() {
        let count: f64 = tally.chunks_exact(BINS).map(|row| row[bin] as f64).sum();
        let (inner, outer) = (bin as f64 * width, (bin + 1) as f64 * width);
        below += count;
        let expected = match kind {
            Distribution::Radial if dimensions == 2 => 0.5 * alive * alive / volume * core::f64::consts::PI * (outer * outer - inner * inner),
            Distribution::Radial => 0.5 * alive * alive / volume * 4.0 / 3.0 * core::f64::consts::PI * (outer * outer * outer - inner * inner * inner),
            Distribution::Speed => alive * width,
            Distribution::Enclosed => alive,
            _ => volume / BINS as f64,
        };
        let counted = if kind == Distribution::Enclosed { below } else { count };
        *value = if expected > 0.0 { counted / expected } else { 0.0 };
    }
    block.release();
}
