//! Numbers for pairs of species: given for all, for one species, or for a pair; what is not given is mixed.

use crate::stage::MAX_SPECIES;

/// What a record says of a pair.
pub struct Given<T> {
    /// The species, or all.
    pub species: Option<usize>,
    /// The other species, or all.
    pub with: Option<usize>,
    /// The numbers.
    pub value: T,
}

/// A value for every pair of species.
pub struct PairTable<T> {
    values: [T; MAX_SPECIES * MAX_SPECIES],
    uniform: bool,
}

/// How particular the source of a value is: the more particular wins, the later among equals.
const ALL: u8 = 1;
const MIXED: u8 = 2;
const ONE_SIDED: u8 = 3;
const OWN: u8 = 4;

impl<T: Copy + Default> PairTable<T> {
    /// The table of what was given, symmetric; pairs of species that both have values for themselves are mixed from them.
    pub fn new(given: impl Iterator<Item = Given<T>>, mix: impl Fn(&T, &T) -> T) -> Self {
        Self::directed(given.flat_map(|g| [Given { species: g.with, with: g.species, value: g.value }, g]), Some(mix))
    }

    /// The table of what was given, where (a, b) and (b, a) may differ.
    pub fn directed(given: impl Iterator<Item = Given<T>>, mix: Option<impl Fn(&T, &T) -> T>) -> Self {
        let mut values = [T::default(); MAX_SPECIES * MAX_SPECIES];
        let mut from = [0u8; MAX_SPECIES * MAX_SPECIES];
        let mut uniform = true;
        for g in given {
            let rank = match (g.species, g.with) {
                (None, None) => ALL,
                (Some(_), Some(_)) => OWN,
                _ => ONE_SIDED,
            };
            uniform &= rank == ALL;
            for a in g.species.map_or(0..MAX_SPECIES, |s| s..s + 1) {
                for b in g.with.map_or(0..MAX_SPECIES, |s| s..s + 1) {
                    let at = a % MAX_SPECIES * MAX_SPECIES + b % MAX_SPECIES;
                    if rank >= from[at] {
                        (values[at], from[at]) = (g.value, rank);
                    }
                }
            }
        }
        for (a, b) in (0..MAX_SPECIES).flat_map(|a| (0..MAX_SPECIES).map(move |b| (a, b))) {
            let (own_a, own_b, at) = (a * (MAX_SPECIES + 1), b * (MAX_SPECIES + 1), a * MAX_SPECIES + b);
            if let Some(mix) = &mix
                && from[own_a] == OWN
                && from[own_b] == OWN
                && from[at] < MIXED
            {
                values[at] = mix(&values[own_a], &values[own_b]);
            }
        }
        PairTable { values, uniform }
    }

    /// The value for a particle of species a and one of species b.
    #[inline]
    pub fn get(&self, a: u32, b: u32) -> &T {
        &self.values[a as usize % MAX_SPECIES * MAX_SPECIES + b as usize % MAX_SPECIES]
    }

    /// All values.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.values.iter()
    }

    /// Rows for kernels, in the order of [`crate::simd::lookup`].
    pub fn map<U>(&self, row: impl Fn(&T) -> U) -> [U; MAX_SPECIES * MAX_SPECIES] {
        core::array::from_fn(|at| row(&self.values[at]))
    }

    /// True if all pairs have the same value.
    pub fn is_uniform(&self) -> bool {
        self.uniform
    }
}
