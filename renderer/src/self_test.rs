//! Before a device is trusted: three known particles are drawn offscreen and looked for in the picture.

use crate::layout::{FRAME_ROW, NOT_ALIVE};
use glam::Vec3;

use crate::camera::{Camera, Orbit};
use crate::capture::Readback;
use crate::colormap::Colormap;
use crate::gpu::{Failure, Gpu};
use crate::look::{Look, Mode};
use crate::passes::Passes;
use crate::picture::Picture;

const SIZE: (u32, u32) = (96, 64);
/// Placed so that a picture upside down or mirrored is noticed.
const PARTICLES: [[f32; 4]; 3] = [[-0.7, 0.3, 0.0, 0.0], [0.1, -0.35, 0.2, 0.5], [0.75, 0.1, -0.2, 1.0]];
const DEAD: [f32; 4] = [-0.2, 0.3, 0.0, NOT_ALIVE];
const BACKGROUND: [f32; 3] = [0.1, 0.1, 0.1];

/// A self-test under way.
pub struct SelfTest {
    readback: Readback,
    camera: Camera,
}

impl SelfTest {
    pub(crate) fn start(gpu: &Gpu, passes: &Passes) -> Result<Self, Failure> {
        let mut picture = Picture::new(gpu, passes);
        let bounds_drawn = false;
        picture.look = Look { mode: Mode::Spheres, radius: 0.12, bounds_drawn, background: BACKGROUND, ..Look::default() };
        picture.camera.place(Orbit { azimuth: 0.0, elevation: 0.0, distance: 3.0, target: [0.0; 3] });
        let mut frame = vec![DEAD; FRAME_ROW as usize];
        frame[..PARTICLES.len()].copy_from_slice(&PARTICLES);
        write(gpu, passes, &mut picture, &frame)?;
        Ok(Self { readback: picture.capture(gpu, passes, SIZE), camera: picture.camera })
    }

    /// Waits for the picture and judges it.
    ///
    /// # Errors
    /// [`Failure::SelfTest`] with what was seen where.
    pub async fn verdict(self) -> Result<(), Failure> {
        judge(&self.camera, &self.readback.pixels().await?)
    }
}

/// As frames are written on this platform.
#[cfg(not(target_arch = "wasm32"))]
fn write(gpu: &Gpu, passes: &Passes, picture: &mut Picture, frame: &[[f32; 4]]) -> Result<(), Failure> {
    picture.particles.write(gpu, &passes.particles_layout, frame)
}

#[cfg(target_arch = "wasm32")]
fn write(gpu: &Gpu, passes: &Passes, picture: &mut Picture, frame: &[[f32; 4]]) -> Result<(), Failure> {
    let buffer = js_sys::Float32Array::from(frame.as_flattened()).buffer();
    picture.particles.write_from(gpu, &passes.particles_layout, &buffer, 0, frame.len())
}

/// How a colour leans, apart from how bright it is.
pub(crate) fn lean(rgb: [u8; 3]) -> Vec3 {
    let color = Vec3::from(rgb.map(f32::from));
    (color - Vec3::splat(color.element_sum() / 3.0)).normalize_or_zero()
}

fn pixel_at(camera: &Camera, pixels: &[u8], at: [f32; 4]) -> [u8; 3] {
    let clip = camera.eye(SIZE).clip_from_world * Vec3::new(at[0], at[1], at[2]).extend(1.0);
    let (width, height) = (SIZE.0 as f32, SIZE.1 as f32);
    let (x, y) = (((clip.x / clip.w + 1.0) * width / 2.0) as usize, ((1.0 - clip.y / clip.w) * height / 2.0) as usize);
    let first = 4 * (y * SIZE.0 as usize + x);
    [pixels[first], pixels[first + 1], pixels[first + 2]]
}

fn judge(camera: &Camera, pixels: &[u8]) -> Result<(), Failure> {
    let table = Colormap::default().bytes();
    for at in PARTICLES {
        let entry = 4 * (at[3] * 255.0).round() as usize;
        let wanted = [table[entry], table[entry + 1], table[entry + 2]];
        let seen = pixel_at(camera, pixels, at);
        if lean(wanted).dot(lean(seen)) < 0.85 {
            return Err(Failure::SelfTest(format!("a particle of the colour {wanted:?} shows as {seen:?}")));
        }
    }
    let background = BACKGROUND.map(|c| (c * 255.0) as i16);
    for at in [DEAD, [0.0, 0.45, 0.0, 0.0], [-0.7, -0.3, 0.0, 0.0]] {
        let seen = pixel_at(camera, pixels, at);
        if (0..3).any(|k| (i16::from(seen[k]) - background[k]).abs() > 6) {
            return Err(Failure::SelfTest(format!("where nothing is, {seen:?} shows and not the background")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_picture_and_a_wrong_one_are_refused() {
        let camera = Camera::default();
        let pixels = (SIZE.0 * SIZE.1) as usize;
        let empty = judge(&camera, &[25, 25, 25, 255].repeat(pixels));
        assert!(matches!(empty, Err(Failure::SelfTest(why)) if why.contains("shows as [25, 25, 25]")));
        assert!(judge(&camera, &[0x44, 0x01, 0x54, 255].repeat(pixels)).is_err());
    }
}
