//! The numbers of a fluid that its passes share, and what walls give to each particle.

use super::Fluid;
use super::smoothing::{HalfSpace, Smoothing};
use crate::colliders::Walls;
use crate::records::Records;
use crate::scene_records::Domain;
use crate::stage::{MAX_SPECIES, SpeciesTable};

/// Numbers of the fluid.
#[derive(Clone, Copy)]
pub(super) struct Numbers {
    pub(super) fluid: Fluid,
    pub(super) smoothing: Smoothing,
    /// Mass of a particle.
    pub(super) mass: f64,
    /// Mass over rest density.
    pub(super) volume: f64,
    /// Distance of particles at rest.
    pub(super) spacing: f64,
    /// Species that stay where they are: particles of the boundary.
    pub(super) fixed: [bool; MAX_SPECIES],
    /// Whether there are any.
    pub(super) bounded: bool,
}

impl Numbers {
    /// Reads the scene.
    pub(super) fn new(records: Records) -> Self {
        let fluid: Fluid = records.one();
        let table = SpeciesTable::new(records);
        let dimensions = records.one::<Domain>().dimensions();
        let moving = (0..table.count.max(1)).find(|&s| !table.fixed[s]).unwrap_or(0);
        let mass = f64::from(table.mass[moving]);
        let volume = mass / fluid.rest_density;
        let spacing = if dimensions == 2 { libm::sqrt(volume) } else { libm::cbrt(volume) };
        let smoothing = Smoothing { wendland: fluid.kernel == 1, radius: fluid.support_radius, dimensions };
        Numbers { fluid, smoothing, mass, volume, spacing, fixed: table.fixed, bounded: table.fixed.contains(&true) }
    }

    /// True if the particles of that species are of the boundary.
    #[inline]
    pub(super) fn is_fixed(&self, species: u32) -> bool {
        self.fixed[species as usize % MAX_SPECIES]
    }

    /// Relative density that a particle half a distance from a wall would have from simple cubic layers of particles beyond it.
    fn layers_beyond(&self) -> f64 {
        let (d, reach) = (self.spacing, libm::ceil(self.smoothing.radius / self.spacing) as i32);
        let across = if self.smoothing.dimensions == 2 { 0 } else { reach };
        let mut sum = 0.0;
        for layer in 1..=reach {
            for x in -reach..=reach {
                for z in -across..=across {
                    sum += self.volume * self.smoothing.weight(d * libm::sqrt(f64::from(layer * layer + x * x + z * z)));
                }
            }
        }
        sum
    }

    /// Relative density that a particle has by itself.
    pub(super) fn own_weight(&self) -> f32 {
        (self.volume * self.smoothing.weight(0.0)) as f32
    }
}

/// Walls of the scene as half spaces of fluid at rest.
pub(super) struct Shores {
    walls: Walls,
    half: HalfSpace,
    radius: f32,
    /// What makes a half space weigh as much as the layers of particles that it stands for.
    scale: f32,
}

impl Shores {
    /// Reads the scene.
    pub(super) fn new(records: Records, numbers: &Numbers) -> Self {
        let half = HalfSpace::new(&numbers.smoothing);
        let [beyond, _] = half.at((0.5 * numbers.spacing) as f32);
        let scale = (numbers.layers_beyond() / f64::from(beyond)) as f32;
        Shores { walls: Walls::new(records), half, radius: numbers.smoothing.radius as f32, scale }
    }

    /// Gradient of the relative density that walls give at a place, and that density. Of several walls each takes its part of what the
    /// others have left, so that the edge between two is not there twice.
    #[inline]
    pub(super) fn at(&self, x: [f32; 3]) -> [f32; 4] {
        let (mut slope, mut left) = ([0.0f32; 3], 1.0f32);
        self.walls.touches(x, 0.0, self.radius, |touch| {
            let [beyond, across] = self.half.at(-touch.depth).map(|part| self.scale * part);
            for k in 0..3 {
                slope[k] = slope[k] * (1.0 - beyond) - left * across * touch.normal[k];
            }
            left *= 1.0 - beyond;
        });
        [slope[0], slope[1], slope[2], 1.0 - left]
    }
}
