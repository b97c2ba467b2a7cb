//! What single declarations cannot see: parameters that must fit each other.

use motes_physics::records::{Kind, Section};

use crate::error::Collector;
use crate::scene::{Scene, SceneRecord};

/// Checks boxes and references of a scene.
pub(crate) fn scene(scene: &Scene, errors: &mut Collector) {
    for record in &scene.records {
        let strict = matches!(record.record_type().section, Section::Domain | Section::Collider);
        corners(record, strict, errors);
        species(record, scene.species_names.len(), errors);
        colors(record, errors);
    }
}

/// The ends of the colour map are apart.
fn colors(view: &SceneRecord, errors: &mut Collector) {
    if let (Some([min]), Some([max])) = (view.get("color_min"), view.get("color_max"))
        && min >= max
    {
        errors.scene(view.place_of("color_max"), "`view.color_max` must be greater than `view.color_min`", "exchange or change them");
    }
}

/// `max` lies above `min`; equal corners are a plane or a point, which only fills may be.
fn corners(record: &SceneRecord, strict: bool, errors: &mut Collector) {
    let (Some(min), Some(max)) = (record.get("min"), record.get("max")) else { return };
    let wrong = |k: usize| max[k] < min[k] || (strict && max[k] == min[k]);
    if let Some(k) = (0..3).find(|&k| wrong(k)) {
        let axis = ["x", "y", "z"][k];
        let message = format!("`{}` = {} is not above `{}` = {}", record.path(&format!("max.{axis}")), max[k], record.path(&format!("min.{axis}")), min[k]);
        errors.scene(record.place_of("max"), message, "min is the lower corner, max the upper");
    }
}

fn species(record: &SceneRecord, count: usize, errors: &mut Collector) {
    for (_, slot, declaration) in record.parameters().filter(|(_, _, d)| d.kind == Kind::Species) {
        let index = record.values[slot];
        if index >= count as f64 {
            let help = format!("the scene has {count} species, numbered from 0");
            errors.scene(record.place_of(declaration.name), format!("`{}` = {index} does not exist", record.path(declaration.name)), help);
        }
    }
}
