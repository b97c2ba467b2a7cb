//! How far every particle has come since the start, across periodic sides; diagnostics have the mean of the squares.
//!
//! At the end of each step a particle's move since the last one, to the nearest image, is added to its displacement. From the
//! mean square comes the coefficient of diffusion, <d^2> = 2 n D t in n dimensions (Einstein 1905). A particle that an emitter has
//! just made begins at zero.

use crate::layout::{Diagnostics, Element, FIELD_STATE};
use crate::plan::Planner;
use crate::records::Records;
use crate::stage::Stage;
use crate::team::{self, RowsMut};
use crate::term::Term;
use crate::{Fault, record};

record! {
    /// Follows how far particles have come since the start, across periodic sides; diagnostics have the mean of the squares.
    Displacement in Measure as "displacement" {
    }
}

/// The displacements, and the positions to which they belong.
const SUM: &str = "displacement";
const LAST: &str = "displacement_last";

/// The stages of [`Displacement`].
pub struct Stages;

impl Term for Stages {
    fn plan(&self, _records: Records, particles: u64, planner: &mut Planner) {
        planner.field(SUM, Element::F64, 3, particles, FIELD_STATE);
        planner.field(LAST, Element::F32, 3, particles, FIELD_STATE);
    }

    fn init(&self, stage: &mut Stage, first: usize) -> Result<(), Fault> {
        let position = &*stage.block.take::<f32>("position");
        stage.block.take::<f32>(LAST)[first * 3..].copy_from_slice(&position[first * 3..]);
        stage.block.release();
        Ok(())
    }

    fn end(&self, stage: &mut Stage, dt: f64) -> Result<(), Fault> {
        let world = stage.world;
        let side: [Option<f64>; 3] = core::array::from_fn(|k| (world.domain.periodic[k] && k < world.dimensions()).then_some(world.length(k)));
        let (position, age) = (&*stage.block.take::<f32>("position"), &*stage.block.take::<f32>("age"));
        let arrays = (RowsMut::<f64, 3>(stage.block.take(SUM)), RowsMut::<f32, 3>(stage.block.take(LAST)));
        team::each_chunk(stage.team, arrays, |range, (sum, last)| {
            for ((sum, last), i) in sum.0.chunks_exact_mut(3).zip(last.0.chunks_exact_mut(3)).zip(range) {
                let new = age.get(i).is_some_and(|age| f64::from(*age) <= dt);
                for k in 0..3 {
                    let x = position[3 * i + k];
                    let moved = f64::from(x) - f64::from(last[k]);
                    let moved = side[k].map_or(moved, |side| moved - side * libm::rint(moved / side));
                    sum[k] = if new { 0.0 } else { sum[k] + moved };
                    last[k] = x;
                }
            }
        });
        stage.block.release();
        Ok(())
    }

    fn diagnose(&self, stage: &mut Stage, sums: &mut Diagnostics) -> Result<(), Fault> {
        let (sum, age) = (&*stage.block.take::<f64>(SUM), &*stage.block.take::<f32>("age"));
        let [squares] = team::sum_f64(stage.team, sum.len() / 3, |range| {
            let alive = range.filter(|&i| age.get(i).is_none_or(|a| *a >= 0.0));
            [alive.map(|i| sum[3 * i] * sum[3 * i] + sum[3 * i + 1] * sum[3 * i + 1] + sum[3 * i + 2] * sum[3 * i + 2]).sum()]
        });
        stage.block.release();
        sums.mean_square_displacement = if sums.alive > 0.0 { squares / sums.alive } else { 0.0 };
        Ok(())
    }
}
