//! A camera that orbits a point, y up, and its matrix.

use glam::{DMat4, DVec3, DVec4, Mat4, Vec3};

/// Angle that the shorter side of the picture spans.
const FIELD: f64 = 40.0 * std::f64::consts::PI / 180.0;
/// Nearest that is drawn, in diagonals of the bounds.
const NEAR: f64 = 1e-3;
/// Degrees for a pixel of the pointer.
const DEGREES_PER_PIXEL: f64 = 0.4;
const STEEPEST: f64 = 89.0;

/// Where the camera stands: its state in a scene, in a link, in a saved file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Orbit {
    /// Degrees about the y axis; 0 looks along -z.
    pub azimuth: f64,
    /// Degrees above the horizon, -89 to 89.
    pub elevation: f64,
    /// From the target, in diagonals of the bounds.
    pub distance: f64,
    /// The point looked at, in the world.
    pub target: [f64; 3],
}

/// An orbiting camera over a domain of a certain size.
#[derive(Clone, Copy, Debug)]
pub struct Camera {
    orbit: Orbit,
    diagonal: f64,
}

/// What the shaders need to know of the camera.
pub(crate) struct Eye {
    pub(crate) clip_from_world: Mat4,
    pub(crate) position: Vec3,
    pub(crate) right: Vec3,
    pub(crate) up: Vec3,
    pub(crate) forward: Vec3,
    /// Pixels that a length of 1 covers at distance 1.
    pub(crate) pixels_per_tangent: f32,
    /// From the target, in the world.
    pub(crate) distance: f64,
}

impl Default for Camera {
    fn default() -> Self {
        Self { orbit: Orbit { azimuth: 30.0, elevation: 20.0, distance: 1.4, target: [0.0; 3] }, diagonal: 1.0 }
    }
}

fn tangents(width: f64, height: f64) -> (f64, f64) {
    let tangent = (FIELD / 2.0).tan();
    let aspect = width.max(1.0) / height.max(1.0);
    if aspect >= 1.0 { (tangent * aspect, tangent) } else { (tangent, tangent / aspect) }
}

impl Camera {
    /// Tells how large the domain is; distances are in units of its diagonal.
    pub fn set_diagonal(&mut self, diagonal: f64) {
        if diagonal.is_finite() && diagonal > 0.0 {
            self.diagonal = diagonal;
        }
    }

    /// Where the camera stands.
    pub const fn orbit(&self) -> Orbit {
        self.orbit
    }

    /// Places the camera; numbers that are not finite leave it as it is.
    pub fn place(&mut self, orbit: Orbit) {
        let Orbit { azimuth, elevation, distance, target } = orbit;
        if [azimuth, elevation, distance].into_iter().chain(target).all(f64::is_finite) {
            self.orbit =
                Orbit { azimuth: azimuth.rem_euclid(360.0), elevation: elevation.clamp(-STEEPEST, STEEPEST), distance: distance.clamp(0.01, 100.0), target };
        }
    }

    /// Turns about the target by a pointer's movement in pixels.
    pub fn turn(&mut self, dx: f64, dy: f64) {
        let Orbit { azimuth, elevation, .. } = self.orbit;
        self.place(Orbit { azimuth: azimuth - dx * DEGREES_PER_PIXEL, elevation: elevation + dy * DEGREES_PER_PIXEL, ..self.orbit });
    }

    /// Moves the target with the pointer, in pixels of a picture of this size.
    pub fn pan(&mut self, dx: f64, dy: f64, (width, height): (u32, u32)) {
        let (right, up, _) = self.axes();
        let length = 2.0 * tangents(width.into(), height.into()).1 * self.orbit.distance * self.diagonal / f64::from(height.max(1));
        let target = DVec3::from(self.orbit.target) + (up * dy - right * dx) * length;
        self.place(Orbit { target: target.to_array(), ..self.orbit });
    }

    /// Comes nearer by a factor below 1, goes away by one above.
    pub fn dolly(&mut self, factor: f64) {
        self.place(Orbit { distance: self.orbit.distance * factor, ..self.orbit });
    }

    /// Right, up and backward.
    fn axes(&self) -> (DVec3, DVec3, DVec3) {
        let (sa, ca) = self.orbit.azimuth.to_radians().sin_cos();
        let (se, ce) = self.orbit.elevation.to_radians().sin_cos();
        (DVec3::new(ca, 0.0, -sa), DVec3::new(-se * sa, ce, -se * ca), DVec3::new(ce * sa, se, ce * ca))
    }

    /// Matrix for a picture of this size, column by column.
    pub fn clip_from_world(&self, size: (u32, u32)) -> [f32; 16] {
        self.eye(size).clip_from_world.to_cols_array()
    }

    /// For a picture of `width` by `height` pixels. Depth is 1 near and 0 infinitely far: f32 is finest near 0, where
    /// perspective is coarsest.
    pub(crate) fn eye(&self, (width, height): (u32, u32)) -> Eye {
        let (right, up, back) = self.axes();
        let distance = self.orbit.distance * self.diagonal;
        let position = DVec3::from(self.orbit.target) + back * distance;
        let (tangent_x, tangent_y) = tangents(width.into(), height.into());
        let row = |axis: DVec3, scale: f64| DVec4::from((axis * scale, -axis.dot(position) * scale));
        let near = DVec4::new(0.0, 0.0, 0.0, self.diagonal * NEAR);
        let rows = [row(right, 1.0 / tangent_x), row(up, 1.0 / tangent_y), near, row(back, -1.0)];
        Eye {
            clip_from_world: DMat4::from_cols_array_2d(&rows.map(|row| row.to_array())).transpose().as_mat4(),
            position: position.as_vec3(),
            right: right.as_vec3(),
            up: up.as_vec3(),
            forward: (-back).as_vec3(),
            pixels_per_tangent: (f64::from(height) / (2.0 * tangent_y)) as f32,
            distance,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (u32, u32) = (320, 240);

    fn placed(camera: &Camera, point: Vec3) -> Vec3 {
        let clip = camera.eye(SIZE).clip_from_world * point.extend(1.0);
        clip.truncate() / clip.w
    }

    #[test]
    fn the_target_is_in_the_middle_and_nearer_is_deeper() {
        let mut camera = Camera::default();
        camera.place(Orbit { azimuth: 0.0, elevation: 0.0, distance: 2.0, target: [1.0, 2.0, 3.0] });
        let middle = placed(&camera, Vec3::new(1.0, 2.0, 3.0));
        assert!(middle.x.abs() < 1e-6 && middle.y.abs() < 1e-6 && middle.z > 0.0 && middle.z < 1.0, "{middle}");
        assert!(placed(&camera, Vec3::new(1.0, 2.0, 4.0)).z > middle.z);
        assert!(placed(&camera, Vec3::new(1.5, 2.0, 3.0)).x > 0.1 && placed(&camera, Vec3::new(1.0, 2.5, 3.0)).y > 0.1);
    }

    #[test]
    fn panning_moves_the_picture_with_the_pointer() {
        let mut camera = Camera::default();
        let before = placed(&camera, Vec3::ZERO);
        camera.pan(30.0, -12.0, SIZE);
        let moved = placed(&camera, Vec3::ZERO) - before;
        assert!((moved.x * 160.0 - 30.0).abs() < 0.01 && (moved.y * 120.0 - 12.0).abs() < 0.01, "{moved}");
    }

    #[test]
    fn numbers_that_are_not_finite_leave_the_camera_alone() {
        let mut camera = Camera::default();
        let before = camera.orbit();
        camera.turn(f64::NAN, 0.0);
        camera.dolly(f64::INFINITY);
        camera.set_diagonal(f64::NAN);
        assert_eq!(camera.orbit(), before);
        camera.dolly(1e-30);
        assert_eq!(camera.orbit().distance, 0.01);
        camera.turn(0.0, 1e6);
        assert_eq!(camera.orbit().elevation, 89.0);
    }
}
