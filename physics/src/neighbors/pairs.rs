//! Walking over pairs: a vector's worth of neighbours of one particle at a time.
#![expect(unsafe_code, reason = "gathers rows whose numbers the list has vouched for")]

use super::Geometry;
use crate::broken::{self, Flaw};
use crate::simd::{GROUP, Integers, Kernel, ROW, Sum, Vector};
use crate::stage::Stage;
use crate::team::{self, RowsMut};

/// Points and list, to read.
#[derive(Clone, Copy)]
pub struct Pairs<'a> {
    point: &'a [[i32; 4]],
    start: &'a [u32],
    count: &'a [u32],
    entries: &'a [u32],
    geometry: Geometry,
}

/// As many neighbours as a vector has lanes.
pub struct Group<'a, V: Vector> {
    /// Vectors from the neighbours to the particle.
    pub d: [V; 3],
    /// Squared distances; zero for the particle itself, which fills up the last group.
    pub r2: V,
    /// Species of the neighbours.
    pub species: V::Int,
    /// Byte offsets of their rows, as the list has them: nobody else can make a group, so they are rows of particles.
    offsets: &'a [u32],
    particles: usize,
}

impl<'a, V: Vector> Group<'a, V> {
    /// Row of the neighbour in lane `k`.
    #[inline(always)]
    pub fn row(&self, k: usize) -> usize {
        (self.offsets[k] / ROW) as usize
    }

    /// The neighbours' rows of a table that has one for each particle: lane k of vector c is component c of neighbour k.
    #[inline(always)]
    pub fn gather(&self, table: &[[f32; 4]]) -> [V; 4] {
        assert!(table.len() >= self.particles, "a table with a row for each particle");
        // SAFETY: the rows are those of the list, less than the number of particles, which the table has; as in `near`.
        unsafe { V::Int::gather4(bytemuck::cast_slice(table), self.offsets) }.map(|c| c.as_float())
    }
}

/// What is done with each group.
pub trait PairBody<V: Vector> {
    /// Takes the next neighbours, which belong to that half of a group of sixteen ([`Sum`]); must be `#[inline(always)]`.
    fn group(&mut self, half: usize, group: Group<V>);
}

impl<'a> Pairs<'a> {
    /// Takes points and list.
    pub fn new(stage: &Stage<'_, 'a>) -> Self {
        let block = &stage.block;
        Pairs {
            point: block.take("point"),
            start: block.take("neighbor_start"),
            count: block.take("neighbor_count"),
            entries: block.take("neighbors"),
            geometry: Geometry::saved(stage),
        }
    }

    /// Shows all neighbours of particle `i` to `body`.
    #[inline(always)]
    pub fn visit<V: Vector>(&self, i: usize, unit: &[V; 3], body: &mut impl PairBody<V>) {
        self.visit_in::<V, false>(i, unit, body);
    }

    /// As `visit`; with `CUBIC` for a unit that is the same along all axes, where vectors, but not squares, stay in units.
    #[inline(always)]
    fn visit_in<V: Vector, const CUBIC: bool>(&self, i: usize, unit: &[V; 3], body: &mut impl PairBody<V>) {
        let p = self.point[i];
        let own = [V::Int::splat(p[0]), V::Int::splat(p[1]), V::Int::splat(p[2])];
        let start = self.start[i] as usize;
        let row = &self.entries[start..start + (self.count[i] as usize).next_multiple_of(V::LANES)];
        let row = if broken::has(Flaw::Kernel) && i.is_multiple_of(1024) { &row[..row.len().saturating_sub(GROUP)] } else { row };
        for group in row.chunks(GROUP) {
            for half in 0..V::HALVES {
                // The last group may have its first half alone.
                if let Some(offsets) = group.get(half * V::LANES..(half + 1) * V::LANES) {
                    body.group(half, self.near::<V, CUBIC>(&own, unit, offsets));
                }
            }
        }
    }

    /// Shows to `body` those neighbours of particle `i` that a row names, by byte offsets as [`Self::offset`] gives them; the row ends
    /// with the first offset of `i` itself, and what follows is the same.
    #[inline(always)]
    pub fn visit_row<V: Vector>(&self, i: usize, row: &[u32; GROUP], unit: &[V; 3], body: &mut impl PairBody<V>) {
        let end = self.point.len() as u32 * ROW;
        // No branch, so that all sixteen are looked at together.
        assert!(row.iter().fold(true, |good, offset| good & (offset % ROW == 0) & (*offset < end)), "rows of particles");
        let p = self.point[i];
        let own = [V::Int::splat(p[0]), V::Int::splat(p[1]), V::Int::splat(p[2])];
        for half in 0..V::HALVES {
            if row[half * V::LANES] != Self::offset(i) {
                body.group(half, self.near::<V, false>(&own, unit, &row[half * V::LANES..][..V::LANES]));
            }
        }
    }

    /// Byte offset of a particle's row.
    #[inline(always)]
    pub fn offset(i: usize) -> u32 {
        i as u32 * ROW
    }

    #[inline(always)]
    fn near<'r, V: Vector, const CUBIC: bool>(&self, own: &[V::Int; 3], unit: &[V; 3], offsets: &'r [u32]) -> Group<'r, V> {
        // SAFETY: the list holds offsets of particles that exist: `list.rs` writes no others, and nobody else writes it; `visit_row`
        // has checked its own.
        let [x, y, z, species] = unsafe { V::Int::gather4(self.point, offsets) };
        let mut d = [own[0].sub(x).to_float(), own[1].sub(y).to_float(), own[2].sub(z).to_float()];
        if !CUBIC {
            d = [d[0] * unit[0], d[1] * unit[1], d[2] * unit[2]];
        }
        let mut r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
        if CUBIC {
            // The unit's square.
            r2 = r2 * unit[0];
        }
        Group { d, r2, species, offsets, particles: self.point.len() }
    }

    /// Place of the first entry of particle `i` among all entries, a multiple of [`GROUP`]: for numbers kept beside them.
    #[inline(always)]
    pub fn start(&self, i: usize) -> usize {
        self.start[i] as usize
    }

    /// Entries that the list has room for, per particle; those of a chunk of particles lie within its share.
    pub fn width(&self) -> usize {
        self.entries.len() / self.len().max(1) / GROUP * GROUP
    }

    /// Lengths of the units, for `visit`.
    #[inline(always)]
    pub fn unit<V: Vector>(&self) -> [V; 3] {
        self.geometry.units().map(V::splat)
    }

    /// The unit, if it is the same along all axes and its square is a number.
    fn cubic(&self) -> Option<f32> {
        let [x, y, z] = self.geometry.units();
        (x == y && x == z && x > 1e-18 && x < 1e3).then_some(x)
    }

    /// Species of particle `i`.
    #[inline(always)]
    pub fn species(&self, i: usize) -> u32 {
        self.point[i][3] as u32
    }

    /// Rows of the neighbours of particle `i`.
    pub fn neighbors(&self, i: usize) -> impl Iterator<Item = usize> + use<'a> {
        let start = self.start[i] as usize;
        self.entries[start..start + self.count[i] as usize].iter().map(|offset| (offset / ROW) as usize)
    }

    /// Particles.
    pub fn len(&self) -> usize {
        self.point.len()
    }

    /// True if there are no particles.
    pub fn is_empty(&self) -> bool {
        self.point.is_empty()
    }
}

/// A force along the line between two particles.
pub trait CentralLaw: Sync {
    /// Whether its loop is worth a second build for units that are the same along all axes.
    const HOT: bool = false;

    /// Force over distance on a particle of species `own` from neighbours of species `other`, positive to push apart. Lanes in
    /// which r2 is not below the cut-off, or zero, must give +0. Must be `#[inline(always)]`.
    fn over_r<V: Vector>(&self, r2: V, own: u32, other: V::Int) -> V;
}

/// Adds the law's forces on all particles to the array of forces.
pub fn add_central_forces<L: CentralLaw>(stage: &mut Stage, law: &L) {
    let isa = stage.team.isa();
    let pairs = Pairs::new(stage);
    team::each_chunk(stage.team, (RowsMut::<f32, 3>(stage.block.take("force")),), |range, (force,)| {
        let (pairs, first, force) = (&pairs, range.start, force.0);
        match pairs.cubic() {
            Some(unit) if L::HOT => isa.run(Chunk::<L, true> { pairs, law, units: [unit * unit; 3], scale: unit, first, force }),
            _ => isa.run(Chunk::<L, false> { pairs, law, units: pairs.geometry.units(), scale: 1.0, first, force }),
        }
    });
    stage.block.release();
}

struct Chunk<'a, L, const CUBIC: bool> {
    pairs: &'a Pairs<'a>,
    law: &'a L,
    /// What `visit_in` asks for.
    units: [f32; 3],
    /// Length of the unit of the vectors it shows.
    scale: f32,
    first: usize,
    force: &'a mut [f32],
}

impl<L: CentralLaw, const CUBIC: bool> Kernel for Chunk<'_, L, CUBIC> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let units = self.units.map(V::splat);
        for (k, force) in self.force.chunks_exact_mut(3).enumerate() {
            let i = self.first + k;
            let mut sum = CentralSum { law: self.law, own: self.pairs.species(i), force: [Sum::new(); 3] };
            self.pairs.visit_in::<V, CUBIC>(i, &units, &mut sum);
            for c in 0..3 {
                force[c] += sum.force[c].total() * self.scale;
            }
        }
    }
}

struct CentralSum<'a, V, L> {
    law: &'a L,
    own: u32,
    force: [Sum<V>; 3],
}

impl<V: Vector, L: CentralLaw> PairBody<V> for CentralSum<'_, V, L> {
    #[inline(always)]
    fn group(&mut self, half: usize, group: Group<V>) {
        let over_r = self.law.over_r(group.r2, self.own, group.species);
        for c in 0..3 {
            self.force[c].add(half, over_r * group.d[c]);
        }
    }
}

/// Sums over all pairs of energy and of r.f, in `f64` from the full positions; `law(r2, a, b)` gives both for one pair of
/// species a and b.
pub fn potential_sums(stage: &mut Stage, law: impl Fn(f64, u32, u32) -> [f64; 2] + Sync) -> [f64; 2] {
    let world = stage.world;
    let pairs = Pairs::new(stage);
    let (high, low) = (&*stage.block.take::<f32>("position"), &*stage.block.take::<f32>("position_low"));
    let at = |i: usize, k: usize| high[i * 3 + k] as f64 + low[i * 3 + k] as f64;
    let distance = |i: usize, j: usize, k: usize| {
        let d = at(i, k) - at(j, k);
        if world.domain.periodic[k] { d - world.length(k) * libm::round(d / world.length(k)) } else { d }
    };
    let sums = team::sum_f64(stage.team, pairs.len(), |range| {
        let mut sum = [0.0; 2];
        for i in range {
            for j in pairs.neighbors(i) {
                let r2: f64 = (0..3).map(|k| distance(i, j, k)).map(|d| d * d).sum();
                let [energy, virial] = law(r2, pairs.species(i), pairs.species(j));
                // Half of the pair: its partner adds the other half.
                sum[0] += 0.5 * energy;
                sum[1] += 0.5 * virial;
            }
        }
        sum
    });
    stage.block.release();
    sums
}
