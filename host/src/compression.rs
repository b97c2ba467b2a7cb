//! How much a fluid that should keep its density is compressed: the accuracy of SPH.

use crate::{HostError, Simulation};

/// Mean of how far densities are above that at rest, as a fraction of it; what is below counts as zero.
///
/// # Errors
/// If the state cannot be read.
pub fn mean_compression(simulation: &mut Simulation) -> Result<f64, HostError> {
    let density = simulation.field::<f32>("density")?;
    Ok(density.iter().map(|c| f64::from(*c - 1.0).max(0.0)).sum::<f64>() / density.len().max(1) as f64)
}
