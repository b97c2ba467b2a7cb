//! Writer of extended XYZ. Numbers are the shortest that read back to the same bits.

use std::io::{self, Write};

/// A frame to write: arrays of equal length, xyz interleaved.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Lower corner of the box.
    pub origin: [f64; 3],
    /// Edge lengths of the box.
    pub cell: [f64; 3],
    /// Which axes are periodic.
    pub periodic: [bool; 3],
    /// Step of the frame.
    pub step: u64,
    /// Time of the frame.
    pub time: f64,
    /// Element names by species.
    pub elements: &'a [String],
    /// Species of each particle.
    pub species: &'a [u32],
    /// Id of each particle.
    pub ids: &'a [u32],
    /// Positions.
    pub positions: &'a [f32],
    /// What to add to positions for full precision, where the model keeps it.
    pub positions_low: Option<&'a [f32]>,
    /// Velocities; empty where nobody knows them.
    pub velocities: &'a [f32],
    /// Which particles to leave out (emitter slots without a particle).
    pub absent: Option<&'a [bool]>,
}

/// Writes one frame; the caller buffers and flushes.
///
/// # Errors
/// Those of `out`.
pub fn write_frame(out: &mut impl Write, frame: &Frame<'_>) -> io::Result<()> {
    let present = |i: &usize| frame.absent.is_none_or(|absent| !absent[*i]);
    let count = (0..frame.ids.len()).filter(present).count();
    writeln!(out, "{count}")?;
    write_comment(out, frame)?;
    for i in (0..frame.ids.len()).filter(present) {
        let element = frame.elements.get(frame.species[i] as usize).map_or("X", String::as_str);
        write!(out, "{element} {}", frame.ids[i])?;
        for k in 3 * i..3 * i + 3 {
            match frame.positions_low {
                Some(low) => write!(out, " {:?}", f64::from(frame.positions[k]) + f64::from(low[k]))?,
                None => write!(out, " {:?}", frame.positions[k])?,
            }
        }
        for v in frame.velocities.get(3 * i..3 * i + 3).unwrap_or(&[]) {
            write!(out, " {v:?}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn write_comment(out: &mut impl Write, frame: &Frame<'_>) -> io::Result<()> {
    let [x, y, z] = frame.cell;
    write!(out, "Lattice=\"{x:?} 0.0 0.0 0.0 {y:?} 0.0 0.0 0.0 {z:?}\"")?;
    if frame.origin != [0.0; 3] {
        let [x, y, z] = frame.origin;
        write!(out, " Origin=\"{x:?} {y:?} {z:?}\"")?;
    }
    let flag = |axis: usize| if frame.periodic[axis] { 'T' } else { 'F' };
    write!(out, " Properties=species:S:1:id:I:1:pos:R:3{}", if frame.velocities.is_empty() { "" } else { ":vel:R:3" })?;
    write!(out, " pbc=\"{} {} {}\"", flag(0), flag(1), flag(2))?;
    writeln!(out, " Time={:?} step={}", frame.time, frame.step)
}
