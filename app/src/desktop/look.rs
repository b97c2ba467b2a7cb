//! From a scene's parameters to the renderer's settings, as the page does it.

use motes_physics::records::Kind;
use motes_renderer::{Camera, Colormap, Look, MOST_OBSTACLES, Mode, Orbit};
use motes_scene::{Compiled, Parameter};

fn number(scene: &Compiled, path: &str, otherwise: f64) -> f64 {
    scene.parameter(path).and_then(|p| p.values.first().copied()).unwrap_or(otherwise)
}

/// The word that a choice stands at.
fn word(parameter: Option<&Parameter>) -> Option<&'static str> {
    let parameter = parameter?;
    match parameter.declaration.kind {
        Kind::Choice(names) => names.get(*parameter.values.first()? as usize).copied(),
        _ => None,
    }
}

/// The largest species, scaled.
fn radius(scene: &Compiled) -> f64 {
    let radii = scene.parameters.iter().filter(|p| p.path.starts_with("species[") && p.path.ends_with("].radius"));
    radii.filter_map(|p| p.values.first()).fold(0.0, |most: f64, &r| most.max(r)) * number(scene, "view.radius_scale", 1.0)
}

/// Spheres that particles stay outside of.
fn obstacles(scene: &Compiled) -> Vec<[f32; 4]> {
    let centers = scene.parameters.iter().filter(|p| p.path.starts_with("collider[") && p.path.ends_with("].center") && p.record_type.name == "sphere");
    let sphere = |p: &Parameter| {
        let collider = p.path.strip_suffix(".center")?;
        let outside = word(scene.parameter(&format!("{collider}.side"))).is_none_or(|side| side == "outside");
        let &[x, y, z] = p.values.as_slice() else { return None };
        let radius = number(scene, &format!("{collider}.radius"), 0.0);
        outside.then_some([x, y, z, radius].map(|v| v as f32))
    };
    centers.filter_map(sphere).take(MOST_OBSTACLES).collect()
}

/// What the scene says of its picture.
pub(super) fn look(scene: &Compiled) -> Look {
    let choice = |path: &str| word(scene.parameter(path));
    Look {
        mode: choice("view.mode").and_then(Mode::from_name).unwrap_or_default(),
        colormap: choice("view.colormap").and_then(Colormap::from_name).unwrap_or_default(),
        color_range: [number(scene, "view.color_min", 0.0) as f32, number(scene, "view.color_max", 1.0) as f32],
        radius: radius(scene) as f32,
        bounds: ["domain.min", "domain.max"].map(|path| scene.vector(path).map(|v| v as f32)),
        bounds_drawn: number(scene, "view.bounds", 1.0) != 0.0,
        obstacles: obstacles(scene),
        ..Look::default()
    }
}

/// A camera that stands where the scene says.
pub(super) fn camera(scene: &Compiled, look: &Look) -> Camera {
    let mut camera = Camera::default();
    camera.set_diagonal(look.diagonal());
    camera.place(Orbit {
        azimuth: number(scene, "view.azimuth", 30.0),
        elevation: number(scene, "view.elevation", 20.0),
        distance: number(scene, "view.distance", 1.4),
        target: look.middle(),
    });
    camera
}

#[cfg(test)]
mod tests {
    use super::*;
    use motes_scene::{Options, compile, preset};

    #[test]
    fn a_scene_is_looked_at_as_it_says() {
        let overrides = ["view.mode=points", "view.azimuth=75", "view.radius_scale=2"].map(str::to_owned).to_vec();
        let text = preset("marbles").unwrap().text;
        let scene = compile(text, &Options { name: "marbles".to_owned(), overrides, ..Options::default() }).unwrap();
        let look = look(&scene);
        assert_eq!((look.mode, look.colormap, look.color_range), (Mode::Points, Colormap::Cividis, [0.0, 8.0]));
        assert!((look.radius - 0.06).abs() < 1e-6);
        assert_eq!(look.bounds, [[-3.0, 0.0, -3.0], [3.0, 5.0, 3.0]]);
        assert_eq!((look.obstacles.len(), look.obstacles[0]), (5, [0.0, 1.2, 0.0, 1.0]));
        let orbit = camera(&scene, &look).orbit();
        assert_eq!((orbit.azimuth, orbit.target), (75.0, [0.0, 2.5, 0.0]));
    }
}
