//! What cases ask of a state: positions and velocities in the order of identities, energies, lengths.

use super::CaseError;
use crate::Simulation;

pub(super) type Rows = Vec<[f64; 3]>;

/// Length of a vector.
pub(super) fn length(d: [f64; 3]) -> f64 {
    d.iter().map(|c| c * c).sum::<f64>().sqrt()
}

/// The vector from b to a.
pub(super) fn between(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|k| a[k] - b[k])
}

/// Kinetic and potential energy together.
pub(super) fn energy(simulation: &mut Simulation) -> Result<f64, CaseError> {
    let sums = simulation.diagnose()?;
    Ok(sums.kinetic + sums.potential)
}

/// Positions, both parts of them, by identity.
pub(super) fn positions(simulation: &mut Simulation) -> Result<Rows, CaseError> {
    let low = simulation.field::<f32>("position_low")?;
    let high = simulation.field::<f32>("position")?;
    let whole = high.iter().enumerate().map(|(i, x)| f64::from(*x) + low.get(i).copied().map_or(0.0, f64::from)).collect::<Vec<_>>();
    by_identity(simulation, &whole)
}

/// Velocities by identity.
pub(super) fn velocities(simulation: &mut Simulation) -> Result<Rows, CaseError> {
    let velocity: Vec<f64> = simulation.field::<f32>("velocity")?.into_iter().map(f64::from).collect();
    by_identity(simulation, &velocity)
}

fn by_identity(simulation: &mut Simulation, values: &[f64]) -> Result<Rows, CaseError> {
    let id = simulation.field::<u32>("id")?;
    let mut rows = vec![[0.0; 3]; id.len()];
    for (row, id) in values.chunks_exact(3).zip(id) {
        rows[id as usize].copy_from_slice(row);
    }
    Ok(rows)
}

/// |sum of directions| / N: 1 when all move alike, about 1 / sqrt(N) when none knows of the others.
pub(super) fn order(simulation: &mut Simulation) -> Result<f64, CaseError> {
    let v = velocities(simulation)?;
    let sum = v.iter().fold([0.0; 3], |s, v| std::array::from_fn(|k| s[k] + v[k] / length(*v)));
    Ok(length(sum) / v.len() as f64)
}

/// Scales all velocities so that the temperature becomes that one.
pub(super) fn rescale(simulation: &mut Simulation, temperature: f64) -> Result<(), CaseError> {
    let scale = (temperature / simulation.diagnose()?.temperature).sqrt() as f32;
    let velocity: Vec<f32> = simulation.field::<f32>("velocity")?.iter().map(|v| v * scale).collect();
    Ok(simulation.set_field("velocity", &velocity)?)
}

/// Slope of the line that fits points best, and its standard error if the points are independent.
pub(super) fn slope(points: &[[f64; 2]]) -> [f64; 2] {
    let n = points.len() as f64;
    let mean = |axis: usize| points.iter().map(|p| p[axis]).sum::<f64>() / n;
    let (x, y) = (mean(0), mean(1));
    let across: f64 = points.iter().map(|p| (p[0] - x).powi(2)).sum();
    let slope = points.iter().map(|p| (p[0] - x) * (p[1] - y)).sum::<f64>() / across;
    let rest: f64 = points.iter().map(|p| (p[1] - y - slope * (p[0] - x)).powi(2)).sum();
    [slope, (rest / (n - 2.0) / across).sqrt()]
}
