//! Every instruction set against plain arithmetic, lane by lane, bit by bit.

use super::*;
use std::vec::Vec;

/// A group of numbers through every operation, in the order of lanes whatever their number.
struct Probe<'a> {
    a: &'a [f32; GROUP],
    b: &'a [f32; GROUP],
    table: &'a [[i32; 4]],
    index: &'a [u32; GROUP],
}

impl Kernel for Probe<'_> {
    type Output = Vec<u32>;

    #[inline(always)]
    fn run<V: Vector>(self) -> Vec<u32> {
        let mut rows: Vec<[u32; GROUP]> = vec![[0; GROUP]; 26];
        let (mut sum, mut flags) = (Sum::<V>::new(), 0);
        for half in 0..V::HALVES {
            let at = half * V::LANES;
            let (a, b) = (V::load(&self.a[at..]), V::load(&self.b[at..]));
            let ints = V::Int::load(&self.a.map(|x| x.to_bits() as i32)[at..]);
            let mask = a.lt(b);
            let floats = [
                a + b,
                a - b,
                a * b,
                a / b,
                b.sqrt(),
                a.keep(mask),
                a.select(mask, b),
                a.max(b),
                a.min(b),
                b.inverse_sqrt(),
                ints.to_float(),
                ints.half().to_float(),
                ints.exponent().as_float(),
                a.exp(),
                ints.sub(V::Int::splat(77)).to_float(),
                ints.add(ints).to_float(),
                ints.as_float(),
                a.to_bits().as_float(),
                V::splat(3.5),
            ];
            let columns = gathered::<V>(self.table, &self.index[at..]);
            for (row, x) in rows.iter_mut().zip(floats.into_iter().chain(columns.map(|c| c.as_float()))) {
                x.store(bytemuck::cast_slice_mut(&mut row[at..]));
            }
            let last = rows.last_mut().expect("rows");
            columns[1].store(bytemuck::cast_slice_mut(&mut last[at..]));
            sum.add(half, a);
            sum.add(half, b);
            flags |= V::bits(mask & b.lt(V::splat(1.0))) << at;
        }
        rows.push([flags; GROUP]);
        rows.push([sum.total().to_bits(); GROUP]);
        rows.concat()
    }
}

#[test]
fn all_instruction_sets_give_the_same_bits() {
    let table: Vec<[i32; 4]> = (0..100).map(|i| [i, i * 7 - 3, -i, i << 20]).collect();
    for seed in 0..2000u32 {
        let draw = |k: usize| crate::random::philox([seed, k as u32, 0, 0], [1, 2]);
        let real = |x: u32| (x as f32 / 4e9 - 0.3) * f32::powi(10.0, (x % 9) as i32 - 4);
        let a = core::array::from_fn(|k| real(draw(k)[0]));
        let b = core::array::from_fn(|k| real(draw(k)[1]).abs() + 1e-6);
        let index = core::array::from_fn(|k| draw(k)[2] % 100 * ROW);
        let probe = || Probe { a: &a, b: &b, table: &table, index: &index };
        let want = Isa::PORTABLE.run(probe());
        for isa in Isa::available() {
            assert_eq!(isa.run(probe()), want, "{} for seed {seed}", isa.name());
            assert_eq!(isa.run_eight(probe()), want, "{} with eight lanes for seed {seed}", isa.name());
        }
    }
}

#[test]
fn inverse_square_roots_are_good_to_single_precision() {
    for exponent in -20..20 {
        for step in 0..1000 {
            let x: f32 = (1.0 + step as f32 / 250.0) * f32::powi(2.0, exponent);
            let mut got = [0.0; 8];
            portable::F32x8::splat(x).inverse_sqrt().store(&mut got);
            let want = 1.0 / f64::from(x).sqrt();
            assert!((f64::from(got[0]) / want - 1.0).abs() < 3e-7, "{x}: {} for {want}", got[0]);
        }
    }
}

#[test]
fn exponentials_are_good_to_single_precision() {
    for step in -8699..8799 {
        let x = step as f32 * 0.01;
        let mut got = [0.0; 8];
        portable::F32x8::splat(x).exp().store(&mut got);
        assert!((f64::from(got[0]) / f64::from(x).exp() - 1.0).abs() < 3e-7, "{x}: {}", got[0]);
    }
    let mut got = [0.0; 8];
    portable::F32x8::splat(-1e30).exp().store(&mut got);
    assert!(got[0] < 2e-38);
}
