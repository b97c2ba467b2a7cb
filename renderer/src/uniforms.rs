//! What every pass reads: `View` of shaders/shared/view.wgsl, field for field.

use bytemuck::{Pod, Zeroable};
use glam::Vec3;

use crate::camera::Camera;
use crate::look::{Look, Mode};

#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(crate) struct View {
    pub(crate) clip_from_world: [[f32; 4]; 4],
    pub(crate) eye: [f32; 4],
    pub(crate) right: [f32; 4],
    pub(crate) up: [f32; 4],
    pub(crate) forward: [f32; 4],
    pub(crate) scalar: [f32; 4],
    pub(crate) background: [f32; 4],
    pub(crate) line_color: [f32; 4],
    pub(crate) bounds_min: [f32; 4],
    pub(crate) bounds_max: [f32; 4],
    pub(crate) haze: [f32; 4],
}

/// How far things fade into the background at the far side of the domain.
const HAZE: f32 = 0.35;

fn with([x, y, z]: [f32; 3], w: f32) -> [f32; 4] {
    [x, y, z, w]
}

impl View {
    /// `encode`: the target stores what it is given, so the shader must encode sRGB.
    pub(crate) fn new(camera: &Camera, look: &Look, size: (u32, u32), encode: bool) -> Self {
        let eye = camera.eye(size);
        let [low, high] = look.color_range;
        let span = if high - low == 0.0 { f32::MIN_POSITIVE } else { high - low };
        let diagonal = look.diagonal().max(f64::MIN_POSITIVE);
        let haze = if look.mode == Mode::Points { 0.0 } else { HAZE };
        let axis = |v: Vec3| with(v.to_array(), 0.0);
        Self {
            clip_from_world: eye.clip_from_world.to_cols_array_2d(),
            eye: with(eye.position.to_array(), eye.pixels_per_tangent),
            right: axis(eye.right),
            up: axis(eye.up),
            forward: axis(eye.forward),
            scalar: [low, 1.0 / span, look.colormap as u32 as f32, look.radius],
            background: with(look.background, 1.0),
            line_color: with(look.line_color, 1.0),
            bounds_min: with(look.bounds[0], 0.0),
            bounds_max: with(look.bounds[1], 0.0),
            haze: [(eye.distance - 0.4 * diagonal) as f32, (1.0 / diagonal) as f32, haze, f32::from(u8::from(encode))],
        }
    }
}
