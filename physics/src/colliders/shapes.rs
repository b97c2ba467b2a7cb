//! Planes, discs, cylinders, cones and triangles: where their walls are nearest to a point.
//!
//! A plane and the inside of a cylinder are sides of a room. Discs, cones and triangles are *shells*: thin sheets with two sides, met at
//! their nearest point from whichever side the centre is on (nearest point of a triangle: Ericson, Real-Time Collision Detection, 5.1.5).
//! Surfaces may move in themselves while the place stays: belts and drums.

use super::{Collider, Shape, axis, dot, single};
use crate::record;
use crate::records::Record;

record! {
    /// A plane with a wall; particles stay on the side of its normal. With a radius it is a disc that is met from both sides.
    Plane in Collider as "plane" {
        /// A point of it; the centre of the disc.
        point: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length", live;
        /// Direction away from it; its length does not matter.
        normal: Vector3 = [0.0, 1.0, 0.0], -1e6..=1e6, "", live;
        /// Radius of the disc; 0 for a plane without end.
        radius: Float = 0.0, 0..=1e6, "length", live;
        /// Velocity of its surface; the place stays.
        velocity: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length/time", live;
        /// Angular velocity of its surface about the normal through the point.
        spin: Float = 0.0, -1e6..=1e6, "rad/time", live;
        /// Normal speed after a bounce over normal speed before.
        restitution: Float = 0.8, 0..=1, "", live;
        /// Coefficient of Coulomb friction.
        friction: Float = 0.0, 0..=10, "", live;
    }
}

record! {
    /// A cylinder with a wall, or a drum that turns.
    Cylinder in Collider as "cylinder" {
        /// Centre.
        center: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length", live;
        /// Direction of the axis; its length does not matter.
        axis: Vector3 = [0.0, 1.0, 0.0], -1e6..=1e6, "", live;
        /// Radius.
        radius: Float = 1.0, 0..=1e6, "length", live;
        /// Length, with walls at both ends; 0 for a cylinder without end.
        length: Float = 0.0, 0..=1e6, "length", live;
        /// Side of the wall on which particles stay.
        side: Choice(&["inside", "outside"]) = 0, 0..=1, "", live;
        /// Angular velocity of its surface about the axis.
        spin: Float = 0.0, -1e6..=1e6, "rad/time", live;
        /// Normal speed after a bounce over normal speed before.
        restitution: Float = 0.8, 0..=1, "", live;
        /// Coefficient of Coulomb friction.
        friction: Float = 0.0, 0..=10, "", live;
    }
}

record! {
    /// The side of a cone between two circles, open at both ends and met from both sides: a funnel, a tube, a ring.
    Cone in Collider as "cone" {
        /// Centre of the first circle.
        base: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length", live;
        /// From there to the centre of the second circle.
        axis: Vector3 = [0.0, 1.0, 0.0], -1e6..=1e6, "length", live;
        /// Radius of the first circle.
        base_radius: Float = 1.0, 0..=1e6, "length", live;
        /// Radius of the second circle.
        top_radius: Float = 0.5, 0..=1e6, "length", live;
        /// Angular velocity of its surface about the axis.
        spin: Float = 0.0, -1e6..=1e6, "rad/time", live;
        /// Normal speed after a bounce over normal speed before.
        restitution: Float = 0.8, 0..=1, "", live;
        /// Coefficient of Coulomb friction.
        friction: Float = 0.0, 0..=10, "", live;
    }
}

record! {
    /// A triangle that is met from both sides; where two share an edge, a ball rolls over it as over one surface.
    Triangle in Collider as "triangle" {
        /// First corner.
        a: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length", live;
        /// Second corner.
        b: Vector3 = [1.0, 0.0, 0.0], -1e6..=1e6, "length", live;
        /// Third corner.
        c: Vector3 = [0.0, 0.0, 1.0], -1e6..=1e6, "length", live;
        /// Velocity of its surface; the place stays.
        velocity: Vector3 = [0.0, 0.0, 0.0], -1e6..=1e6, "length/time", live;
        /// Normal speed after a bounce over normal speed before.
        restitution: Float = 0.8, 0..=1, "", live;
        /// Coefficient of Coulomb friction.
        friction: Float = 0.0, 0..=10, "", live;
    }
}

/// How a surface moves in itself.
#[derive(Clone, Copy, Default)]
pub(super) struct Moving {
    velocity: [f32; 3],
    /// Angular velocity about a point.
    spin: [f32; 3],
    about: [f32; 3],
}

impl Moving {
    fn turning(about: [f64; 3], axis: [f32; 3], spin: f64) -> Self {
        Moving { velocity: [0.0; 3], spin: axis.map(|c| spin as f32 * c), about: single(about) }
    }

    /// Velocity of the surface at a point.
    #[inline]
    pub(super) fn at(&self, x: [f32; 3]) -> [f32; 3] {
        if self.spin == [0.0; 3] {
            return self.velocity;
        }
        let (w, d) = (self.spin, minus(x, self.about));
        let turned = [w[1] * d[2] - w[2] * d[1], w[2] * d[0] - w[0] * d[2], w[0] * d[1] - w[1] * d[0]];
        core::array::from_fn(|k| self.velocity[k] + turned[k])
    }
}

/// Length and direction, of a vector without length upwards.
fn unit(v: [f64; 3]) -> (f64, [f32; 3]) {
    let length = libm::sqrt(v.iter().map(|c| c * c).sum());
    (length, if length > 0.0 { v.map(|c| (c / length) as f32) } else { axis(1, 1.0) })
}

impl Collider {
    /// The collider of a record of this file.
    pub(super) fn of_shapes(record: &Record) -> Option<Self> {
        let collider = |shape, inside, moving, (restitution, friction): (f64, f64)| {
            Some(Collider { shape, inside, moving, restitution: restitution as f32, friction: friction as f32 })
        };
        if let Some(p) = record.get::<Plane>() {
            let normal = unit(p.normal).1;
            let moving = Moving { velocity: single(p.velocity), ..Moving::turning(p.point, normal, p.spin) };
            let shape = Shape::Plane { point: single(p.point), normal, radius: p.radius as f32 };
            return collider(shape, false, moving, (p.restitution, p.friction));
        }
        if let Some(c) = record.get::<Cylinder>() {
            let along = unit(c.axis).1;
            let half = if c.length > 0.0 { 0.5 * c.length as f32 } else { f32::MAX };
            let shape = Shape::Cylinder { center: single(c.center), axis: along, radius: c.radius as f32, half };
            return collider(shape, c.side == 0, Moving::turning(c.center, along, c.spin), (c.restitution, c.friction));
        }
        if let Some(c) = record.get::<Cone>() {
            let (height, along) = unit(c.axis);
            let shape = Shape::Cone { base: single(c.base), axis: along, height: height as f32, radii: [c.base_radius as f32, c.top_radius as f32] };
            return collider(shape, false, Moving::turning(c.base, along, c.spin), (c.restitution, c.friction));
        }
        let t = record.get::<Triangle>()?;
        let moving = Moving { velocity: single(t.velocity), ..Moving::default() };
        collider(Shape::Triangle([single(t.a), single(t.b), single(t.c)]), false, moving, (t.restitution, t.friction))
    }
}

/// The nearest point of a wall.
#[derive(Clone, Copy, Debug)]
pub(super) struct Near {
    /// Unit vector from it.
    pub(super) normal: [f32; 3],
    /// Distance; negative past a wall that has only one side.
    pub(super) distance: f32,
    /// True where the wall ends there.
    pub(super) edge: bool,
}

impl Near {
    /// From a vector that points from the wall to the point; `face` is used where that has no length.
    fn from(off: [f32; 3], face: [f32; 3], edge: bool) -> Self {
        let distance = libm::sqrtf(dot(off, off));
        Near { normal: if distance > 0.0 { off.map(|c| c / distance) } else { face }, distance, edge }
    }
}

fn minus(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    core::array::from_fn(|k| a[k] - b[k])
}

/// Distance along the axis, distance from it, and the direction away from it.
pub(super) fn around(x: [f32; 3], from: [f32; 3], axis: [f32; 3]) -> (f32, f32, [f32; 3]) {
    let d = minus(x, from);
    let along = dot(d, axis);
    let off: [f32; 3] = core::array::from_fn(|k| d[k] - along * axis[k]);
    let distance = libm::sqrtf(dot(off, off));
    if distance > 0.0 {
        return (along, distance, off.map(|c| c / distance));
    }
    // Any direction across the axis does.
    let least = if axis[0] * axis[0] < 0.5 { [1.0, 0.0, 0.0] } else { [0.0, 1.0, 0.0] };
    let part = dot(least, axis);
    let off: [f32; 3] = core::array::from_fn(|k| least[k] - part * axis[k]);
    let length = libm::sqrtf(dot(off, off));
    (along, 0.0, off.map(|c| c / length))
}

impl Shape {
    /// The nearest point, of walls that have one: planes, shells, and cylinders from outside.
    #[inline]
    pub(super) fn nearest(&self, x: [f32; 3]) -> Option<Near> {
        match *self {
            Shape::Plane { point, normal, radius } if radius > 0.0 => Some(disc(x, point, normal, radius)),
            Shape::Plane { point, normal, .. } => Some(Near { normal, distance: dot(minus(x, point), normal), edge: false }),
            Shape::Cylinder { center, axis, radius, half } => Some(outside_cylinder(x, center, axis, radius, half)),
            Shape::Cone { base, axis, height, radii } => Some(cone(x, base, axis, height, radii)),
            Shape::Triangle(corners) => Some(triangle(x, corners)),
            _ => None,
        }
    }

    /// Whether it is a thin sheet.
    #[inline]
    pub(super) fn is_shell(&self) -> bool {
        match self {
            Shape::Plane { radius, .. } => *radius > 0.0,
            Shape::Cone { .. } | Shape::Triangle(_) => true,
            _ => false,
        }
    }
}

fn disc(x: [f32; 3], point: [f32; 3], normal: [f32; 3], radius: f32) -> Near {
    let (height, distance, out) = around(x, point, normal);
    let beyond = distance - radius;
    if beyond <= 0.0 {
        let sign = if height < 0.0 { -1.0 } else { 1.0 };
        return Near { normal: normal.map(|c| sign * c), distance: sign * height, edge: false };
    }
    Near::from(core::array::from_fn(|k| beyond * out[k] + height * normal[k]), normal, true)
}

fn outside_cylinder(x: [f32; 3], center: [f32; 3], axis: [f32; 3], radius: f32, half: f32) -> Near {
    let (height, distance, out) = around(x, center, axis);
    let sign = if height < 0.0 { -1.0 } else { 1.0 };
    let (side, end) = (distance - radius, sign * height - half);
    if side > 0.0 && end > 0.0 {
        return Near::from(core::array::from_fn(|k| side * out[k] + sign * end * axis[k]), out, false);
    }
    // Between the ends, above one of them, or within: the nearer of both.
    if side > end { Near { normal: out, distance: side, edge: false } } else { Near { normal: axis.map(|c| sign * c), distance: end, edge: false } }
}

fn cone(x: [f32; 3], base: [f32; 3], axis: [f32; 3], height: f32, radii: [f32; 2]) -> Near {
    let (along, distance, out) = around(x, base, axis);
    // In the plane of axis and point the wall is a line from (radii[0], 0) to (radii[1], height).
    let (dr, dz) = (radii[1] - radii[0], height);
    let squared = dr * dr + dz * dz;
    let t = if squared > 0.0 { ((distance - radii[0]) * dr + along * dz) / squared } else { 0.0 };
    let (t, edge) = if t < 0.0 {
        (0.0, true)
    } else if t > 1.0 {
        (1.0, true)
    } else {
        (t, false)
    };
    let (r, z) = (distance - (radii[0] + t * dr), along - t * dz);
    // On the wall itself: inwards.
    let length = if squared > 0.0 { libm::sqrtf(squared) } else { 1.0 };
    let face = core::array::from_fn(|k| (dr * axis[k] - dz * out[k]) / length);
    Near::from(core::array::from_fn(|k| r * out[k] + z * axis[k]), face, edge)
}

fn triangle(x: [f32; 3], [a, b, c]: [[f32; 3]; 3]) -> Near {
    let (ab, ac) = (minus(b, a), minus(c, a));
    let [n0, n1, n2] = [ab[1] * ac[2] - ab[2] * ac[1], ab[2] * ac[0] - ab[0] * ac[2], ab[0] * ac[1] - ab[1] * ac[0]];
    let area = libm::sqrtf(n0 * n0 + n1 * n1 + n2 * n2);
    let face = if area > 0.0 { [n0 / area, n1 / area, n2 / area] } else { axis(1, 1.0) };
    let (p, edge) = on_triangle(x, a, b, c, ab, ac);
    if edge {
        return Near::from(minus(x, p), face, true);
    }
    let height = dot(minus(x, a), face);
    let sign = if height < 0.0 { -1.0 } else { 1.0 };
    Near { normal: face.map(|c| sign * c), distance: sign * height, edge: false }
}

/// The nearest point of a triangle, and whether it lies on its edge.
fn on_triangle(x: [f32; 3], a: [f32; 3], b: [f32; 3], c: [f32; 3], ab: [f32; 3], ac: [f32; 3]) -> ([f32; 3], bool) {
    let along = |from: [f32; 3], way: [f32; 3], part: f32, whole: f32| {
        let t = if whole > 0.0 { part / whole } else { 0.0 };
        (core::array::from_fn(|k| from[k] + t * way[k]), true)
    };
    let (ax, bx, cx) = (minus(x, a), minus(x, b), minus(x, c));
    let (d1, d2) = (dot(ab, ax), dot(ac, ax));
    if d1 <= 0.0 && d2 <= 0.0 {
        return (a, true);
    }
    let (d3, d4) = (dot(ab, bx), dot(ac, bx));
    if d3 >= 0.0 && d4 <= d3 {
        return (b, true);
    }
    let vc = d1 * d4 - d3 * d2;
    if vc <= 0.0 && d1 >= 0.0 && d3 <= 0.0 {
        return along(a, ab, d1, d1 - d3);
    }
    let (d5, d6) = (dot(ab, cx), dot(ac, cx));
    if d6 >= 0.0 && d5 <= d6 {
        return (c, true);
    }
    let vb = d5 * d2 - d1 * d6;
    if vb <= 0.0 && d2 >= 0.0 && d6 <= 0.0 {
        return along(a, ac, d2, d2 - d6);
    }
    let va = d3 * d6 - d5 * d4;
    if va <= 0.0 && d4 - d3 >= 0.0 && d5 - d6 >= 0.0 {
        return along(b, minus(c, b), d4 - d3, (d4 - d3) + (d5 - d6));
    }
    let whole = va + vb + vc;
    let (v, w) = (vb / whole, vc / whole);
    (core::array::from_fn(|k| a[k] + v * ab[k] + w * ac[k]), false)
}
