//! What a ball touches: the walls near it, as planes tangent to them, for models that have a law of contact of their own.

use super::shapes::around;
use super::{Collider, MAX_COLLIDERS, Shape, axis, dot};
use crate::records::Records;
use crate::scene_records::Domain;

/// Numbers of places that one collider takes in [`Touch::place`].
pub const PLACES: u32 = 8;

/// A wall near a ball.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Touch {
    /// Unit vector away from the wall, towards the side on which balls stay.
    pub normal: [f32; 3],
    /// How far the ball reaches past the wall; negative for a gap.
    pub depth: f32,
    /// Velocity of the wall where it is touched.
    pub velocity: [f32; 3],
    /// Normal speed after a bounce over normal speed before.
    pub restitution: f32,
    /// Coefficient of Coulomb friction.
    pub friction: f32,
    /// Which wall: [`PLACES`] times the number of the collider, and the wall's own number in it. The same from step to step.
    pub place: u32,
}

impl Touch {
    /// Number of the collider; the domain's own walls come after all others.
    pub fn collider(&self) -> usize {
        (self.place / PLACES) as usize
    }
}

/// All walls of a scene: its colliders, then the domain's own.
pub struct Walls {
    colliders: [Option<Collider>; MAX_COLLIDERS],
    domain: Option<Collider>,
    /// What the insides of all walls have in common, where all of them are boxes around the balls.
    room: Option<([f32; 3], [f32; 3])>,
}

impl Walls {
    /// Reads the scene.
    pub fn new(records: Records) -> Self {
        let mut colliders = [None; MAX_COLLIDERS];
        for (slot, collider) in colliders.iter_mut().zip(records.iter().filter_map(|r| Collider::from_record(&r))) {
            *slot = Some(collider);
        }
        Walls::of(colliders, Collider::from_domain(&records.one::<Domain>()))
    }

    fn of(colliders: [Option<Collider>; MAX_COLLIDERS], domain: Option<Collider>) -> Self {
        let everywhere = ([-f32::MAX; 3], [f32::MAX; 3]);
        let room = colliders.iter().flatten().chain(&domain).try_fold(everywhere, |(low, high), collider| {
            let (min, max) = collider.room(0.0)?;
            let later = |a: f32, b: f32| if a > b { a } else { b };
            let sooner = |a: f32, b: f32| if a < b { a } else { b };
            Some((core::array::from_fn(|k| later(low[k], min[k])), core::array::from_fn(|k| sooner(high[k], max[k]))))
        });
        Walls { colliders, domain, room }
    }

    /// True if no wall is near, as far as one look can tell.
    #[inline]
    fn are_far(&self, x: [f32; 3], radius: f32, margin: f32) -> bool {
        self.room.is_some_and(|(min, max)| (0..3).fold(true, |far, k| far & (min[k] + radius - x[k] <= -margin) & (x[k] - (max[k] - radius) <= -margin)))
    }

    /// True if some wall has friction.
    pub fn have_friction(&self) -> bool {
        self.colliders.iter().flatten().any(|c| c.friction > 0.0)
    }

    /// Restitutions by number of collider.
    pub fn restitutions(&self) -> impl Iterator<Item = f32> {
        self.all().map(|c| c.restitution)
    }

    #[inline]
    fn all(&self) -> impl Iterator<Item = &Collider> {
        self.colliders.iter().map_while(|c| c.as_ref()).chain(&self.domain)
    }

    /// Shows every wall that a ball touches, or comes within `margin` of.
    #[inline]
    pub fn touches(&self, x: [f32; 3], radius: f32, margin: f32, mut each: impl FnMut(Touch)) {
        if self.are_far(x, radius, margin) {
            return;
        }
        for (number, collider) in self.all().enumerate() {
            collider.touches(x, radius, number as u32 * PLACES, &mut |touch: Touch| {
                if touch.depth > -margin && !(collider.shape.is_shell() && self.goes_on(number, collider, x, radius)) {
                    each(touch);
                }
            });
        }
    }

    /// Whether a shell that is met at its edge goes on there as another one that is met as well: then that one alone counts, and of
    /// two that are both met at their common edge the first.
    fn goes_on(&self, number: usize, collider: &Collider, x: [f32; 3], radius: f32) -> bool {
        let Some(near) = collider.shape.nearest(x).filter(|near| near.edge) else { return false };
        let p: [f32; 3] = core::array::from_fn(|k| x[k] - near.distance * near.normal[k]);
        let close = 1e-3 * radius + 1e-6 * (p[0].abs() + p[1].abs() + p[2].abs());
        let others = self.all().enumerate().filter(|(other, c)| *other != number && c.shape.is_shell());
        let mut both = others.filter_map(|(other, c)| Some((other, c.shape.nearest(p)?, c.shape.nearest(x)?)));
        both.any(|(other, at_edge, met)| at_edge.distance <= close && (!met.edge || other < number))
    }
}

impl Collider {
    /// Shows every wall of the collider, touched or not; the place counts from `first`.
    #[inline]
    pub(super) fn touches(&self, x: [f32; 3], radius: f32, first: u32, each: &mut impl FnMut(Touch)) {
        let touch = |normal: [f32; 3], depth, place| {
            let velocity = self.moving.at(core::array::from_fn(|k| x[k] - (radius - depth) * normal[k]));
            Touch { normal, depth, velocity, restitution: self.restitution, friction: self.friction, place }
        };
        match self.shape {
            Shape::Box { min, max } if self.inside => {
                for k in 0..3 {
                    each(touch(axis(k, 1.0), min[k] + radius - x[k], first + 2 * k as u32));
                    each(touch(axis(k, -1.0), x[k] - (max[k] - radius), first + 2 * k as u32 + 1));
                }
            }
            Shape::Box { min, max } => {
                let (normal, distance) = outside_box(x, min, max);
                each(touch(normal, radius - distance, first));
            }
            Shape::Sphere { center, radius: wall } => {
                let d: [f32; 3] = core::array::from_fn(|k| x[k] - center[k]);
                let distance = libm::sqrtf(dot(d, d));
                let sign = if self.inside { -1.0 } else { 1.0 };
                let normal = if distance > 0.0 { d.map(|c| sign * c / distance) } else { axis(1, sign) };
                each(touch(normal, radius - sign * (distance - wall), first));
            }
            Shape::Cylinder { center, axis, radius: wall, half } if self.inside => {
                let (along, distance, out) = around(x, center, axis);
                each(touch(out.map(|c| -c), radius + distance - wall, first));
                if half < f32::MAX {
                    each(touch(axis, radius - along - half, first + 1));
                    each(touch(axis.map(|c| -c), radius + along - half, first + 2));
                }
            }
            _ => {
                if let Some(near) = self.shape.nearest(x) {
                    each(touch(near.normal, radius - near.distance, first));
                }
            }
        }
    }
}

/// Direction from a box to a point, and the distance; negative inside, along the axis of the nearest side.
fn outside_box(x: [f32; 3], min: [f32; 3], max: [f32; 3]) -> ([f32; 3], f32) {
    // By comparison: `clamp` panics where a running change has put the corners the wrong way round, `max` leaves open which zero it gives.
    let above: [f32; 3] = core::array::from_fn(|k| if x[k] < min[k] { min[k] } else { x[k] });
    let nearest: [f32; 3] = core::array::from_fn(|k| if above[k] > max[k] { max[k] } else { above[k] });
    let d: [f32; 3] = core::array::from_fn(|k| x[k] - nearest[k]);
    let distance = libm::sqrtf(dot(d, d));
    if distance > 0.0 {
        return (d.map(|c| c / distance), distance);
    }
    let mut side = (f32::MAX, 0, 1.0);
    for k in 0..3 {
        for (depth, sign) in [(x[k] - min[k], -1.0), (max[k] - x[k], 1.0)] {
            if depth < side.0 {
                side = (depth, k, sign);
            }
        }
    }
    (axis(side.1, side.2), -side.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(collider: Collider, x: [f32; 3], radius: f32, margin: f32) -> std::vec::Vec<Touch> {
        let mut colliders = [None; MAX_COLLIDERS];
        colliders[0] = Some(collider);
        let mut found = std::vec![];
        Walls::of(colliders, None).touches(x, radius, margin, |touch| found.push(touch));
        found
    }

    fn collider(shape: Shape, inside: bool) -> Collider {
        Collider::still(shape, inside, 0.5, 0.3)
    }

    #[test]
    fn a_corner_of_a_room_is_three_walls() {
        let room = collider(Shape::Box { min: [0.0; 3], max: [4.0; 3] }, true);
        let found = all(room, [0.25, 3.75, 0.5], 0.5, 0.01);
        let want = [([1.0, 0.0, 0.0], 0.25, 0), ([0.0, -1.0, 0.0], 0.25, 3), ([0.0, 0.0, 1.0], 0.0, 4)];
        assert_eq!(found.iter().map(|t| (t.normal, t.depth, t.place)).collect::<std::vec::Vec<_>>(), want);
        assert_eq!(all(room, [2.0; 3], 0.5, 0.0), []);
    }

    #[test]
    fn a_block_is_met_at_its_nearest_point() {
        let block = collider(Shape::Box { min: [0.0; 3], max: [1.0; 3] }, false);
        let corner = all(block, [1.0 + 0.3, 1.4, 0.5], 1.0, 0.0)[0];
        assert!((corner.depth - 0.5).abs() < 1e-6 && (corner.normal[0] - 0.6).abs() < 1e-6 && (corner.normal[1] - 0.8).abs() < 1e-6);
        let within = all(block, [0.5, 0.9, 0.5], 0.2, 0.0)[0];
        assert_eq!(within.normal, [0.0, 1.0, 0.0]);
        assert!((within.depth - 0.3).abs() < 1e-6);
    }

    #[test]
    fn planes_cylinders_and_cones_are_met_where_they_are() {
        let up = [0.0, 1.0, 0.0];
        let cases = [
            (Shape::Plane { point: [0.0, 1.0, 0.0], normal: up, radius: 0.0 }, false, [5.0, 1.25, 0.0], (up, 0.25)),
            (Shape::Plane { point: [0.0; 3], normal: up, radius: 1.0 }, false, [0.5, -0.25, 0.0], ([0.0, -1.0, 0.0], 0.25)),
            (Shape::Plane { point: [0.0; 3], normal: up, radius: 1.0 }, false, [1.3, 0.0, 0.0], ([1.0, 0.0, 0.0], 0.2)),
            (Shape::Cylinder { center: [0.0; 3], axis: up, radius: 2.0, half: f32::MAX }, true, [1.75, 9.0, 0.0], ([-1.0, 0.0, 0.0], 0.25)),
            (Shape::Cylinder { center: [0.0; 3], axis: up, radius: 2.0, half: f32::MAX }, false, [0.0, 9.0, 2.25], ([0.0, 0.0, 1.0], 0.25)),
            (Shape::Cylinder { center: [0.0; 3], axis: up, radius: 2.0, half: 1.0 }, false, [0.0, 1.25, 0.5], (up, 0.25)),
            // A cone of 45 degrees, from within and at its upper rim.
            (
                Shape::Cone { base: [0.0; 3], axis: up, height: 1.0, radii: [0.0, 1.0] },
                false,
                [0.0, 0.5, 0.0],
                ([0.0, core::f32::consts::FRAC_1_SQRT_2, 0.0], 0.5 - 0.35355338),
            ),
            (Shape::Cone { base: [0.0; 3], axis: up, height: 1.0, radii: [0.0, 1.0] }, false, [1.0, 1.3, 0.0], (up, 0.2)),
        ];
        for (shape, inside, x, (normal, depth)) in cases {
            let found = all(collider(shape, inside), x, 0.5, 0.0);
            assert_eq!(found.len(), 1, "{x:?} {found:?}");
            assert!((found[0].depth - depth).abs() < 1e-6, "{x:?} {found:?}");
            assert!((found[0].normal[1] - normal[1]).abs() < 1e-6, "{x:?} {found:?}");
            assert!((dot(found[0].normal, found[0].normal) - 1.0).abs() < 1e-6, "{x:?} {found:?}");
        }
    }

    /// A ball that rolls over the edge between two triangles of a plane touches one plane all the time.
    #[test]
    fn triangles_that_share_an_edge_are_one_surface() {
        let corners = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 1.0], [0.0, 0.0, 1.0]];
        let mut colliders = [None; MAX_COLLIDERS];
        colliders[0] = Some(collider(Shape::Triangle([corners[0], corners[1], corners[2]]), false));
        colliders[1] = Some(collider(Shape::Triangle([corners[0], corners[2], corners[3]]), false));
        let walls = Walls::of(colliders, None);
        for step in 0..=100 {
            let at = 0.3 + 0.004 * step as f32;
            let mut found = std::vec![];
            walls.touches([1.0 - at, 0.09, at], 0.1, 0.0, |touch| found.push(touch));
            assert!(found.len() == 1 && (found[0].depth - 0.01).abs() < 1e-6 && (found[0].normal[1] - 1.0).abs() < 1e-6, "{at} {found:?}");
        }
        // And at its outer edge it is met there.
        let mut found = std::vec![];
        walls.touches([-0.06, 0.08, 0.5], 0.11, 0.0, |touch| found.push(touch));
        assert!(found.len() == 1 && (found[0].normal[0] + 0.6).abs() < 1e-5, "{found:?}");
    }

    #[test]
    fn a_drum_turns_with_its_wall() {
        let values = [0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 1.0, 0.0, 0.0, 3.0, 0.5, 0.5];
        let type_index = crate::registry::index_of(crate::records::Section::Collider, "cylinder").unwrap();
        let drum = Collider::from_record(&crate::records::Record { type_index, values: &values }).unwrap();
        let touch = all(drum, [0.75, 0.0, 0.0], 0.25, 0.1)[0];
        assert_eq!((touch.normal, touch.depth, touch.velocity), ([-1.0, 0.0, 0.0], 0.0, [0.0, 3.0, 0.0]));
    }

    #[test]
    fn a_sphere_is_met_from_both_sides() {
        let shape = Shape::Sphere { center: [0.0; 3], radius: 2.0 };
        let outside = all(collider(shape, false), [0.0, 2.25, 0.0], 0.5, 0.0)[0];
        assert_eq!((outside.normal, outside.depth), ([0.0, 1.0, 0.0], 0.25));
        let inside = all(collider(shape, true), [0.0, 1.75, 0.0], 0.5, 0.0)[0];
        assert_eq!((inside.normal, inside.depth), ([0.0, -1.0, 0.0], 0.25));
    }
}
