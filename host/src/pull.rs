//! How far forces of self-gravity are from the sum over all pairs in `f64`: the accuracy of a tree.

use crate::{HostError, Simulation};

/// Root mean square of the relative error of every `stride`th force. All bodies have that mass, and G = 1.
///
/// # Errors
/// If the state cannot be read.
pub fn pull_error(simulation: &mut Simulation, mass: f64, softening: f64, stride: usize) -> Result<f64, HostError> {
    let (high, low, force) = (simulation.field::<f32>("position")?, simulation.field::<f32>("position_low")?, simulation.field::<f32>("force")?);
    let x: Vec<[f64; 3]> = (0..high.len() / 3).map(|i| std::array::from_fn(|k| f64::from(high[3 * i + k]) + f64::from(low[3 * i + k]))).collect();
    let square = |v: [f64; 3]| v.iter().map(|c| c * c).sum::<f64>();
    let of = |i: usize| {
        let pull = (0..x.len()).filter(|j| *j != i).fold([0.0; 3], |sum: [f64; 3], j| {
            let d: [f64; 3] = std::array::from_fn(|k| x[j][k] - x[i][k]);
            let r2 = square(d) + softening * softening;
            std::array::from_fn(|k| sum[k] + mass * d[k] / (r2 * r2.sqrt()))
        });
        square(std::array::from_fn(|k| f64::from(force[3 * i + k]) / mass - pull[k])) / square(pull)
    };
    let errors: Vec<f64> = (0..x.len()).step_by(stride.max(1)).map(of).collect();
    Ok((errors.iter().sum::<f64>() / errors.len().max(1) as f64).sqrt())
}
