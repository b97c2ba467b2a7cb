//! Particles of a file as arrays of the block, and its box as overrides of the domain.

use std::collections::HashSet;

use motes_physics::fill::split;

use crate::error::{Collector, ErrorClass};
use crate::scene::{Scene, show_number};
use crate::stream::Outline;
use crate::xyz::Configuration;

/// The file's box as overrides; explicit ones come after these and win.
pub(crate) fn cell_overrides(outline: &Outline) -> Vec<String> {
    let Some(cell) = outline.cell else { return Vec::new() };
    let max: [f64; 3] = std::array::from_fn(|k| outline.min[k] + cell[k]);
    let list = |key: &str, items: [String; 3]| format!("domain.{key}=[{}]", items.join(", "));
    let mut texts = vec![list("min", outline.min.map(show_number)), list("max", max.map(show_number))];
    texts.extend(outline.periodic.map(|flags| list("periodic", flags.map(|flag| flag.to_string()))));
    texts
}

/// Particles in the numbers of the block.
pub(crate) struct Given {
    position: Vec<f32>,
    low: Vec<f32>,
    velocity: Vec<f32>,
    species: Vec<u32>,
    ids: Vec<u32>,
}

impl Given {
    /// Takes the particles over; elements become species of the scene.
    pub(crate) fn new(scene: &Scene, init: &Configuration, errors: &mut Collector) -> Self {
        let (position, low) = init.positions.iter().flatten().map(|x| split(*x)).unzip();
        let velocity = init.velocities.iter().flatten().flatten().map(|v| *v as f32).collect();
        let of_element: Vec<u32> = init.elements.iter().map(|element| species_of(scene, element, init, errors)).collect();
        let species = init.element.iter().map(|e| of_element.get(*e as usize).copied().unwrap_or(0)).collect();
        let ids = init.ids.clone().unwrap_or_else(|| (0..init.particle_count() as u32).collect());
        Given { position, low, velocity, species, ids }
    }

    /// The arrays of a block with room for `particles`: those of the file, and then emitters' slots, which get the lowest free ids.
    pub(crate) fn arrays(&self, particles: u32, with_low: bool) -> Vec<(&'static str, Vec<u8>)> {
        let bytes = |values: &[u32]| bytemuck::cast_slice(values).to_vec();
        let single = |values: &[f32]| bytemuck::cast_slice(values).to_vec();
        let used: HashSet<u32> = self.ids.iter().copied().collect();
        let free = (0..).filter(|id| !used.contains(id));
        let ids: Vec<u32> = self.ids.iter().copied().chain(free).take(particles as usize).collect();
        let mut arrays = vec![("position", single(&self.position)), ("id", bytes(&ids)), ("species", bytes(&self.species))];
        if with_low {
            arrays.push(("position_low", single(&self.low)));
        }
        if !self.velocity.is_empty() {
            arrays.push(("velocity", single(&self.velocity)));
        }
        arrays
    }
}

/// With one species every element is that one; otherwise names must agree.
fn species_of(scene: &Scene, element: &str, init: &Configuration, errors: &mut Collector) -> u32 {
    if scene.species_names.len() == 1 {
        return 0;
    }
    match scene.species_names.iter().position(|name| name == element) {
        Some(index) => index as u32,
        None => {
            let help = format!("name a species `{element}` in the scene; it has {}", scene.species_names.join(", "));
            errors.add(ErrorClass::Input, None, format!("{}: element `{element}` is no species of the scene", init.file), help);
            0
        }
    }
}
