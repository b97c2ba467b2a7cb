//! Every instruction set against plain arithmetic, lane by lane, bit by bit.

use super::*;
use std::vec::Vec;

struct Probe<'a> {
    a: &'a [f32; LANES],
    b: &'a [f32; LANES],
    table: &'a [[i32; 4]],
    index: &'a [u32; LANES],
}

impl Kernel for Probe<'_> {
    type Output = Vec<u32>;

    #[inline(always)]
    fn run<V: Vector>(self) -> Vec<u32> {
        let (a, b) = (V::load(self.a), V::load(self.b));
        let ints = V::Int::load(&self.a.map(|x| x.to_bits() as i32));
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
            V::splat(a.total()),
            ints.to_float(),
            ints.half().to_float(),
            ints.sub(V::Int::splat(77)).to_float(),
            ints.add(ints).to_float(),
            ints.as_float(),
            a.to_bits().as_float(),
        ];
        let mut out: Vec<u32> = floats.iter().flat_map(|v| v.to_array()).map(f32::to_bits).collect();
        out.push(V::bits(mask & b.lt(V::splat(1.0))));
        let columns = gathered::<V>(self.table, self.index);
        out.extend(columns.into_iter().flat_map(|v| v.to_array()).map(|x| x as u32));
        out
    }
}

#[test]
fn all_instruction_sets_give_the_same_bits() {
    let table: Vec<[i32; 4]> = (0..100).map(|i| [i, i * 7 - 3, -i, i << 20]).collect();
    for seed in 0..2000u32 {
        let draw = |k: u32| crate::random::philox([seed, k, 0, 0], [1, 2]);
        let real = |x: u32| (x as f32 / 4e9 - 0.3) * f32::powi(10.0, (x % 9) as i32 - 4);
        let a = core::array::from_fn(|k| real(draw(k as u32)[0]));
        let b = core::array::from_fn(|k| real(draw(k as u32)[1]).abs() + 1e-6);
        let index = core::array::from_fn(|k| draw(k as u32)[2] % 100);
        let probe = |isa: Isa| isa.run(Probe { a: &a, b: &b, table: &table, index: &index });
        let want = probe(Isa::PORTABLE);
        for isa in Isa::available() {
            assert_eq!(probe(isa), want, "{} for seed {seed}", isa.name());
        }
    }
}

#[test]
fn inverse_square_roots_are_good_to_single_precision() {
    for exponent in -20..20 {
        for step in 0..1000 {
            let x: f32 = (1.0 + step as f32 / 250.0) * f32::powi(2.0, exponent);
            let got = portable::F32x8::splat(x).inverse_sqrt().to_array()[0] as f64;
            let want = 1.0 / f64::from(x).sqrt();
            assert!((got / want - 1.0).abs() < 3e-7, "{x}: {got} for {want}");
        }
    }
}
