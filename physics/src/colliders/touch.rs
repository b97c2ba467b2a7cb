//! What a ball touches: the walls near it, as planes tangent to them, for models that have a law of contact of their own.

use super::{Collider, MAX_COLLIDERS, Shape, axis, dot};
use crate::records::Records;
use crate::scene_records::Domain;

/// Numbers of places that one collider takes in [`Touch::place`].
const PLACES: u32 = 8;

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

    /// Shows every wall that a ball touches, or comes within `margin` of.
    #[inline]
    pub fn touches(&self, x: [f32; 3], radius: f32, margin: f32, mut each: impl FnMut(Touch)) {
        if self.are_far(x, radius, margin) {
            return;
        }
        for (number, collider) in self.colliders.iter().map_while(|c| c.as_ref()).chain(&self.domain).enumerate() {
            collider.touches(x, radius, number as u32 * PLACES, &mut |touch: Touch| {
                if touch.depth > -margin {
                    each(touch);
                }
            });
        }
    }
}

impl Collider {
    /// Shows every wall of the collider, touched or not; the place counts from `first`.
    #[inline]
    fn touches(&self, x: [f32; 3], radius: f32, first: u32, each: &mut impl FnMut(Touch)) {
        let touch = |normal, depth, place| Touch { normal, depth, velocity: [0.0; 3], restitution: self.restitution, friction: self.friction, place };
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
        Collider { shape, inside, restitution: 0.5, friction: 0.3 }
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
    fn a_sphere_is_met_from_both_sides() {
        let shape = Shape::Sphere { center: [0.0; 3], radius: 2.0 };
        let outside = all(collider(shape, false), [0.0, 2.25, 0.0], 0.5, 0.0)[0];
        assert_eq!((outside.normal, outside.depth), ([0.0, 1.0, 0.0], 0.25));
        let inside = all(collider(shape, true), [0.0, 1.75, 0.0], 0.5, 0.0)[0];
        assert_eq!((inside.normal, inside.depth), ([0.0, -1.0, 0.0], 0.25));
    }
}
