//! Points from positions, and how far they have gone since the list was built.

use super::Geometry;
use crate::simd::{Integers, Kernel, Vector};
use crate::stage::Stage;
use crate::team::{self, RowsMut};

/// Particles whose points are made together.
const TILE: usize = 32;

/// Writes every particle's point (x, y, z, species); comes back with the greatest squared distance from the points of the list.
pub(super) fn refresh(stage: &mut Stage, geometry: &Geometry) -> f64 {
    let isa = stage.team.isa();
    let block = &mut *stage.block;
    let source = Source {
        geometry: *geometry,
        position: block.take("position"),
        low: block.take("position_low"),
        species: block.take("species"),
        age: block.take("age"),
        list: [block.take("list_x"), block.take("list_y"), block.take("list_z")],
    };
    let moved = team::fold_chunks(
        stage.team,
        (RowsMut::<i32, 4>(block.take("point")),),
        0.0f32,
        |range, (point,)| isa.run_eight(Refresh { source: &source, first: range.start, point: point.0 }),
        |a, b| if b > a { b } else { a },
    );
    block.release();
    moved as f64
}

struct Source<'a> {
    geometry: Geometry,
    position: &'a [f32],
    low: &'a [f32],
    species: &'a [u32],
    age: &'a [f32],
    list: [&'a [i32]; 3],
}

/// The points of one chunk.
struct Refresh<'a> {
    source: &'a Source<'a>,
    first: usize,
    point: &'a mut [i32],
}

impl Kernel for Refresh<'_> {
    /// Greatest squared distance from the points of the list.
    type Output = f32;

    #[inline(always)]
    fn run<V: Vector>(self) -> f32 {
        let mut most = V::splat(0.0);
        for (tile, point) in self.point.chunks_mut(4 * TILE).enumerate() {
            let moved = self.source.tile::<V>(self.first + tile * TILE, point);
            most = moved.select(most.lt(moved), most);
        }
        let mut lanes = [0.0; 8];
        most.store(&mut lanes);
        lanes.into_iter().fold(0.0, |a, b| if b > a { b } else { a })
    }
}

impl Source<'_> {
    /// Writes the points of particles from `first` on.
    #[inline(always)]
    fn tile<V: Vector>(&self, first: usize, point: &mut [i32]) -> V {
        let many = point.len() / 4;
        let mut whole = [0; 3 * TILE];
        let rows = 3 * first..3 * (first + many);
        self.convert(&self.position[rows.clone()], &self.low[rows], &mut whole[..3 * many]);
        // What has no particle has not moved.
        let mut columns = [[0; TILE]; 3];
        let mut list = [[0; TILE]; 3];
        for (i, (p, whole)) in point.chunks_exact_mut(4).zip(whole.chunks_exact(3)).enumerate() {
            for k in 0..3 {
                p[k] = whole[k];
                columns[k][i] = whole[k];
            }
        }
        for (p, species) in point.chunks_exact_mut(4).zip(&self.species[first..]) {
            p[3] = *species as i32;
        }
        for k in 0..3 {
            list[k][..many].copy_from_slice(&self.list[k][first..first + many]);
        }
        for (i, _) in self.age.iter().skip(first).take(many).enumerate().filter(|(_, age)| **age < 0.0) {
            (0..3).for_each(|k| list[k][i] = columns[k][i]);
        }
        self.moved(&columns, &list)
    }

    /// Greatest squared distance between two tiles, in lanes.
    #[inline(always)]
    fn moved<V: Vector>(&self, a: &[[i32; TILE]; 3], b: &[[i32; TILE]; 3]) -> V {
        let unit = self.geometry.units().map(V::splat);
        let mut most = V::splat(0.0);
        for i in (0..TILE).step_by(V::LANES) {
            let d: [V; 3] = core::array::from_fn(|k| V::Int::load(&a[k][i..]).sub(V::Int::load(&b[k][i..])).to_float() * unit[k]);
            let squared = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
            most = squared.select(most.lt(squared), most);
        }
        most
    }

    /// Fixed-point coordinates of interleaved positions.
    #[inline(always)]
    fn convert(&self, high: &[f32], low: &[f32], out: &mut [i32]) {
        // Four particles at a time have the same three axes four times.
        let origin: [f64; 12] = core::array::from_fn(|k| self.geometry.origin[k % 3]);
        let per_unit: [f64; 12] = core::array::from_fn(|k| 1.0 / self.geometry.unit[k % 3]);
        // As `Geometry::point`, by multiplication.
        let point = |k: usize, high: f32, low: f32| ((high as f64 + low as f64 - origin[k]) * per_unit[k] + 6755399441055744.0).to_bits() as i32;
        let (high_four, high) = high.as_chunks::<12>();
        let (low_four, low) = low.as_chunks::<12>();
        let (out_four, out) = out.as_chunks_mut::<12>();
        for ((out, high), low) in out_four.iter_mut().zip(high_four).zip(low_four) {
            for k in 0..12 {
                out[k] = point(k, high[k], low[k]);
            }
        }
        for (k, ((out, high), low)) in out.iter_mut().zip(high).zip(low).enumerate() {
            *out = point(k, *high, *low);
        }
    }
}

/// Keeps the points as those that the list is built from.
pub(super) fn remember(stage: &mut Stage) {
    let block = &mut *stage.block;
    let point = &*block.take::<[i32; 4]>("point");
    let rows = point.len();
    let [x, y, z] = ["list_x", "list_y", "list_z"].map(|name| RowsMut::<i32, 1>(&mut block.take::<i32>(name)[..rows]));
    team::each_chunk(stage.team, (x, y, z), |range, (x, y, z)| {
        for (((p, x), y), z) in point[range].iter().zip(x.0).zip(y.0).zip(z.0) {
            (*x, *y, *z) = (p[0], p[1], p[2]);
        }
    });
    block.release();
}
