//! Points from positions, and how far they have gone since the list was built.

use super::Geometry;
use crate::stage::Stage;
use crate::team::{self, RowsMut};

/// Writes every particle's point (x, y, z, species); comes back with the greatest squared distance from the points of the list.
pub(super) fn refresh(stage: &mut Stage, geometry: &Geometry) -> f64 {
    let block = &mut *stage.block;
    let (high, low) = (&*block.take::<f32>("position"), &*block.take::<f32>("position_low"));
    let (species, age) = (&*block.take::<u32>("species"), &*block.take::<f32>("age"));
    let list = [&*block.take::<i32>("list_x"), &*block.take::<i32>("list_y"), &*block.take::<i32>("list_z")];
    let per_unit = geometry.unit.map(|u| 1.0 / u);
    let unit = geometry.units();
    let moved = team::fold_chunks(
        stage.team,
        (RowsMut::<i32, 4>(block.take("point")),),
        0.0f32,
        |range, (point,)| {
            let mut most = 0.0f32;
            for (p, i) in point.0.chunks_exact_mut(4).zip(range) {
                let mut squared = 0.0;
                for k in 0..3 {
                    let x = high[3 * i + k] as f64 + low[3 * i + k] as f64;
                    // As `Geometry::point`, by multiplication.
                    p[k] = ((x - geometry.origin[k]) * per_unit[k] + 6755399441055744.0).to_bits() as i32;
                    let d = p[k].wrapping_sub(list[k][i]) as f32 * unit[k];
                    squared += d * d;
                }
                p[3] = species[i] as i32;
                if squared > most && age.get(i).is_none_or(|a| *a >= 0.0) {
                    most = squared;
                }
            }
            most
        },
        |a, b| if b > a { b } else { a },
    );
    block.release();
    moved as f64
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
