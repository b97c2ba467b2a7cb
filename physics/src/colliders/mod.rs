//! Walls: boxes, spheres, planes, cylinders, cones and triangles that particles bounce off, with restitution and Coulomb friction.
//!
//! A particle found past a wall at the end of a step is taken back to the moment of impact (constant acceleration along the
//! normal), reflected there, and moved on for the rest of the step. So a bouncing ball keeps its energy at restitution 1 and
//! loses exactly its share otherwise, whatever the time step.

mod shapes;
mod touch;

pub use shapes::{Cone, Cylinder, Plane, Triangle};
pub use touch::{PLACES, Touch, Walls};

use crate::record;
use crate::records::Record;
use crate::scene_records::Domain;
use shapes::Moving;

record! {
    /// A box with walls.
    BoxCollider in Collider as "box" {
        /// Lower corner.
        min: Vector3 = [-1.0, -1.0, -1.0], -1e6..=1e6, "length", live;
        /// Upper corner.
        max: Vector3 = [1.0, 1.0, 1.0], -1e6..=1e6, "length", live;
        /// Side of the walls on which particles stay.
        side: Choice(&["inside", "outside"]) = 0, 0..=1, "", live;
        /// Normal speed after a bounce over normal speed before.
        restitution: Float = 0.8, 0..=1, "", live;
        /// Coefficient of Coulomb friction.
        friction: Float = 0.0, 0..=10, "", live;
    }
}

record! {
    /// A sphere with a wall.
    SphereCollider in Collider as "sphere" {
        /// Centre.
        center: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length", live;
        /// Radius.
        radius: Float = 1.0, 0..=1e6, "length", live;
        /// Side of the wall on which particles stay.
        side: Choice(&["inside", "outside"]) = 1, 0..=1, "", live;
        /// Normal speed after a bounce over normal speed before.
        restitution: Float = 0.8, 0..=1, "", live;
        /// Coefficient of Coulomb friction.
        friction: Float = 0.0, 0..=10, "", live;
    }
}

/// Most colliders in a scene.
pub const MAX_COLLIDERS: usize = 64;

/// A particle while it is being moved.
#[derive(Clone, Copy)]
pub struct Mover {
    /// Position.
    pub x: [f32; 3],
    /// Velocity.
    pub v: [f32; 3],
    /// Radius.
    pub radius: f32,
}

#[derive(Clone, Copy)]
enum Shape {
    Box { min: [f32; 3], max: [f32; 3] },
    Sphere { center: [f32; 3], radius: f32 },
    Plane { point: [f32; 3], normal: [f32; 3], radius: f32 },
    Cylinder { center: [f32; 3], axis: [f32; 3], radius: f32, half: f32 },
    Cone { base: [f32; 3], axis: [f32; 3], height: f32, radii: [f32; 2] },
    Triangle([[f32; 3]; 3]),
}

/// A collider in the numbers of the kernel.
#[derive(Clone, Copy)]
pub struct Collider {
    shape: Shape,
    inside: bool,
    moving: Moving,
    restitution: f32,
    friction: f32,
}

fn single(v: [f64; 3]) -> [f32; 3] {
    core::array::from_fn(|k| v[k] as f32)
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

impl Collider {
    /// The collider that a record declares.
    pub fn from_record(record: &Record) -> Option<Self> {
        if let Some(b) = record.get::<BoxCollider>() {
            let shape = Shape::Box { min: single(b.min), max: single(b.max) };
            return Some(Self::still(shape, b.side == 0, b.restitution, b.friction));
        }
        if let Some(s) = record.get::<SphereCollider>() {
            let shape = Shape::Sphere { center: single(s.center), radius: s.radius as f32 };
            return Some(Self::still(shape, s.side == 0, s.restitution, s.friction));
        }
        Self::of_shapes(record)
    }

    fn still(shape: Shape, inside: bool, restitution: f64, friction: f64) -> Self {
        Collider { shape, inside, moving: Moving::default(), restitution: restitution as f32, friction: friction as f32 }
    }

    /// Lowest and highest place of a particle that does not touch the wall, where that is a box.
    pub(crate) fn room(&self, radius: f32) -> Option<([f32; 3], [f32; 3])> {
        match self.shape {
            Shape::Box { min, max } if self.inside => Some((min.map(|m| m + radius), max.map(|m| m - radius))),
            _ => None,
        }
    }

    /// Walls at the sides of the box, on the axes that have them, for points; they lose nothing.
    pub fn from_domain(domain: &Domain) -> Option<Self> {
        let side = |k: usize, at: f64, open: f32| if domain.walls[k] { at as f32 } else { open };
        let min = core::array::from_fn(|k| side(k, domain.min[k], -f32::MAX));
        let max = core::array::from_fn(|k| side(k, domain.max[k], f32::MAX));
        let shape = Shape::Box { min, max };
        (domain.walls != [false; 3]).then_some(Self::still(shape, true, 1.0, 0.0))
    }

    /// Puts a particle that ended its step past the wall back on its side. `g` is the acceleration, `dt` the step.
    #[inline]
    pub fn collide(&self, p: &mut Mover, g: [f32; 3], dt: f32) {
        match self.shape {
            Shape::Box { min, max } if self.inside => {
                for k in 0..3 {
                    let (low, high) = (min[k] + p.radius - p.x[k], p.x[k] - (max[k] - p.radius));
                    if low > 0.0 {
                        self.bounce(p, axis(k, 1.0), low, g, dt);
                    } else if high > 0.0 {
                        self.bounce(p, axis(k, -1.0), high, g, dt);
                    }
                }
            }
            Shape::Box { min, max } => self.leave_box(p, min, max, g, dt),
            Shape::Sphere { center, radius } => self.sphere(p, center, radius, g, dt),
            _ => {
                let (x, radius) = (p.x, p.radius);
                self.touches(x, radius, 0, &mut |touch: Touch| {
                    if touch.depth > 0.0 {
                        // In the frame of the wall.
                        p.v = core::array::from_fn(|k| p.v[k] - touch.velocity[k]);
                        self.bounce(p, touch.normal, touch.depth, g, dt);
                        p.v = core::array::from_fn(|k| p.v[k] + touch.velocity[k]);
                    }
                });
            }
        }
    }

    fn leave_box(&self, p: &mut Mover, min: [f32; 3], max: [f32; 3], g: [f32; 3], dt: f32) {
        let mut nearest = (f32::MAX, 0, 1.0);
        for k in 0..3 {
            for (depth, sign) in [(p.x[k] - (min[k] - p.radius), -1.0), (max[k] + p.radius - p.x[k], 1.0)] {
                if depth <= 0.0 {
                    return;
                }
                if depth < nearest.0 {
                    nearest = (depth, k, sign);
                }
            }
        }
        self.bounce(p, axis(nearest.1, nearest.2), nearest.0, g, dt);
    }

    fn sphere(&self, p: &mut Mover, center: [f32; 3], radius: f32, g: [f32; 3], dt: f32) {
        let d = core::array::from_fn(|k| p.x[k] - center[k]);
        let squared = dot(d, d);
        let reach = if self.inside { radius - p.radius } else { radius + p.radius };
        if self.inside == (squared <= reach * reach) {
            return;
        }
        let distance = libm::sqrtf(squared);
        let sign = if self.inside { -1.0 } else { 1.0 };
        let normal = if distance > 0.0 { d.map(|c| sign * c / distance) } else { axis(1, sign) };
        self.bounce(p, normal, sign * (reach - distance), g, dt);
    }

    /// Reflection at the moment of impact; `n` points to the allowed side, `depth` > 0 is how far past the wall it is.
    fn bounce(&self, p: &mut Mover, n: [f32; 3], depth: f32, g: [f32; 3], dt: f32) {
        let speed = -dot(p.v, n);
        if speed <= 0.0 {
            p.x = core::array::from_fn(|k| p.x[k] + depth * n[k]);
            return;
        }
        let pull = -dot(g, n);
        let at_impact = libm::sqrtf(select(speed * speed - 2.0 * pull * depth, 0.0));
        let since = depth / (0.5 * (speed + at_impact));
        let since = if since < dt { since } else { dt };
        let out = self.restitution * at_impact;
        let (mut height, mut after) = (since * (out - 0.5 * pull * since), out - pull * since);
        if height < 0.0 {
            (height, after) = (0.0, 0.0);
        }
        let tangent: [f32; 3] = core::array::from_fn(|k| p.v[k] + speed * n[k]);
        let sliding = libm::sqrtf(dot(tangent, tangent));
        let lost = self.friction * (speed + after);
        let keep = if sliding > lost { 1.0 - lost / sliding } else { 0.0 };
        let keep = if self.friction == 0.0 { 1.0 } else { keep };
        p.x = core::array::from_fn(|k| p.x[k] + (depth + height) * n[k]);
        p.v = core::array::from_fn(|k| keep * tangent[k] + after * n[k]);
    }
}

fn select(a: f32, least: f32) -> f32 {
    if a > least { a } else { least }
}

fn axis(k: usize, sign: f32) -> [f32; 3] {
    let mut n = [0.0; 3];
    n[k] = sign;
    n
}
