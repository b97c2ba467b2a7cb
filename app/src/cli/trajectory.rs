//! Output of a run: extended XYZ, one whole frame at a time.

use super::failure::Failure;
use motes_host::Simulation;
use motes_scene::{Compiled, xyz};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A trajectory file being written.
pub(crate) struct Trajectory {
    path: PathBuf,
    out: BufWriter<File>,
    min: [f64; 3],
    cell: [f64; 3],
    periodic: [bool; 3],
    elements: Vec<String>,
}

impl Trajectory {
    /// Creates the file; one of that name is replaced.
    pub(crate) fn create(path: &Path, scene: &Compiled) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|error| Failure::Output { file: path.display().to_string(), error })?;
        let (min, max) = (scene.vector("domain.min"), scene.vector("domain.max"));
        Ok(Trajectory {
            path: path.to_owned(),
            out: BufWriter::with_capacity(1 << 20, file),
            min,
            cell: std::array::from_fn(|k| max[k] - min[k]),
            periodic: scene.vector("domain.periodic").map(|p| p != 0.0),
            elements: scene.species_names.clone(),
        })
    }

    /// Adds the present state.
    pub(crate) fn write(&mut self, simulation: &mut Simulation) -> Result<(), Failure> {
        let header = simulation.header()?;
        let (positions, velocities) = (simulation.field::<f32>("position")?, simulation.field::<f32>("velocity")?);
        let (low, age) = (simulation.field::<f32>("position_low")?, simulation.field::<f32>("age")?);
        let (ids, species) = (simulation.field::<u32>("id")?, simulation.field::<u32>("species")?);
        let absent: Vec<bool> = age.iter().map(|age| *age < 0.0).collect();
        let frame = xyz::Frame {
            origin: self.min,
            cell: self.cell,
            periodic: self.periodic,
            step: header.step,
            time: header.time,
            elements: &self.elements,
            species: &species,
            ids: &ids,
            positions: &positions,
            positions_low: (!low.is_empty()).then_some(&low),
            velocities: &velocities,
            absent: (!absent.is_empty()).then_some(&absent),
        };
        let written = xyz::write_frame(&mut self.out, &frame).and_then(|()| self.out.flush());
        written.map_err(|error| Failure::Output { file: self.path.display().to_string(), error })
    }
}
