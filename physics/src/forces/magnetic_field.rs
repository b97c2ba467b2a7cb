//! Magnetic fields, by Boris's rotation: velocities turn about B, their size stays to the last bits.
//!
//! Boris 1970; as in Birdsall & Langdon, Plasma Physics via Computer Simulation, section 4-4: with t = q B dt / 2m,
//!   v' = v + v x t,  v+ = v + 2 v' x t / (1 + t^2).
//! It stands between two halves of the drift and of the kick. In a uniform field the step is then the implicit midpoint rule:
//! gyroradius m v / qB and drift E x B / B^2 are exact for every time step, only the phase is of second order.
//!
//! With a length L the field is a bottle: along its axis, s from the centre, it grows as 1 + (s / L)^2, and it has neither sources
//! nor currents: B = B0 (1 + (s^2 - r^2 / 2) / L^2) along the axis and -B0 s r / L^2 away from it.

use crate::stage::{MAX_SPECIES, Stage};
use crate::team::{self, RowsMut};
use crate::term::Term;
use crate::{Fault, record};

record! {
    /// A magnetic field, uniform or a bottle; it turns the velocities of the species that have a charge (Boris 1970).
    MagneticField in Force as "magnetic-field" {
        /// Field, at the centre of the bottle if it is one.
        field: Vector3 = [0.0, 0.0, 1.0], -1e9..=1e9, "force time/(charge length)", live;
        /// Distance from the centre along the field at which a bottle has twice the field; 0 for a uniform field.
        bottle: Float = 0.0, 0..=1e6, "length", live;
        /// Centre of the bottle.
        center: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length", live;
    }
}

/// The stages of [`MagneticField`].
pub struct Stages;

impl Term for Stages {
    /// It adds none, but needs the steps of scenes with forces.
    fn has_forces(&self) -> bool {
        true
    }

    fn splits_drift(&self) -> bool {
        true
    }

    fn keeps_momentum(&self) -> bool {
        false
    }

    fn mid_drift(&self, stage: &mut Stage, dt: f64) -> Result<(), Fault> {
        let table = stage.world.species;
        let half: [f32; MAX_SPECIES] = core::array::from_fn(|s| (0.5 * dt * table.charge[s] as f64 / table.mass[s] as f64) as f32);
        let flat = stage.world.dimensions() == 2;
        stage.each_record(|stage, _, record: MagneticField| {
            let field = Field::new(&record, flat);
            let block = &mut *stage.block;
            let (position, species) = (&*block.take::<f32>("position"), &*block.take::<u32>("species"));
            team::each_chunk(stage.team, (RowsMut::<f32, 3>(block.take("velocity")),), |range, (velocity,)| {
                for (v, i) in velocity.0.chunks_exact_mut(3).zip(range) {
                    let half = half[species[i] as usize % MAX_SPECIES];
                    if half != 0.0 {
                        let b = field.at([position[3 * i], position[3 * i + 1], position[3 * i + 2]]);
                        v.copy_from_slice(&turned([v[0], v[1], v[2]], b.map(|b| half * b)));
                    }
                }
            });
            block.release();
        });
        Ok(())
    }
}

/// Boris's rotation of v, t being the field times q dt / 2m.
#[inline]
fn turned(v: [f32; 3], t: [f32; 3]) -> [f32; 3] {
    let [v, t] = [v, t].map(|c| c.map(f64::from));
    let (half, twice) = (cross(v, t), 2.0 / (1.0 + t[0] * t[0] + t[1] * t[1] + t[2] * t[2]));
    let full = cross(core::array::from_fn(|k| v[k] + half[k]), t);
    core::array::from_fn(|k| (v[k] + twice * full[k]) as f32)
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// A field in the numbers of the loop.
struct Field {
    uniform: [f32; 3],
    axis: [f32; 3],
    /// Field at the centre over the square of the bottle's length.
    curvature: f32,
    center: [f32; 3],
}

impl Field {
    /// In the plane only the component across it acts.
    fn new(record: &MagneticField, flat: bool) -> Self {
        let field = if flat { [0.0, 0.0, record.field[2]] } else { record.field };
        let strength = libm::sqrt(field.iter().map(|c| c * c).sum());
        let curvature = if record.bottle > 0.0 { (strength / (record.bottle * record.bottle)) as f32 } else { 0.0 };
        let axis = field.map(|c| if strength > 0.0 { (c / strength) as f32 } else { 0.0 });
        Field { uniform: field.map(|c| c as f32), axis, curvature, center: record.center.map(|c| c as f32) }
    }

    #[inline]
    fn at(&self, x: [f32; 3]) -> [f32; 3] {
        if self.curvature == 0.0 {
            return self.uniform;
        }
        let d: [f32; 3] = core::array::from_fn(|k| x[k] - self.center[k]);
        let along = d[0] * self.axis[0] + d[1] * self.axis[1] + d[2] * self.axis[2];
        let across: [f32; 3] = core::array::from_fn(|k| d[k] - along * self.axis[k]);
        let r2 = across[0] * across[0] + across[1] * across[1] + across[2] * across[2];
        let more = self.curvature * (along * along - 0.5 * r2);
        core::array::from_fn(|k| self.uniform[k] + more * self.axis[k] - self.curvature * along * across[k])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bottle's field has no divergence and no curl, by differences.
    #[test]
    fn a_bottle_has_neither_sources_nor_currents() {
        let record = MagneticField { field: [0.6, 0.0, 0.8], bottle: 2.0, center: [0.1, -0.2, 0.3] };
        let field = Field::new(&record, false);
        let x = [0.4f32, 0.5, -0.7];
        let slope = |k: usize, c: usize| {
            let at = |step: f32| field.at(core::array::from_fn(|j| if j == k { x[j] + step } else { x[j] }))[c];
            (at(0.25) - at(-0.25)) / 0.5
        };
        assert!((slope(0, 0) + slope(1, 1) + slope(2, 2)).abs() < 1e-5);
        assert!((0..3).all(|k| (slope(k, (k + 1) % 3) - slope((k + 1) % 3, k)).abs() < 1e-5));
        let end: [f32; 3] = core::array::from_fn(|k| (record.center[k] + 2.0 * record.field[k]) as f32);
        assert!((0..3).all(|k| (field.at(end)[k] - 2.0 * record.field[k] as f32).abs() < 1e-5), "twice the field at the length of the bottle");
    }
}
