//! The law of contact, as many contacts at a time as a vector has lanes.
//!
//! With n from the other grain to this one, overlap delta, and s = sqrt(delta) for Hertz, 1 for the linear spring:
//!   normal       F_n = K delta s - c_n sqrt(s) u.n,  u = v_i - v_j
//!   tangential   F_t = T - c_t sqrt(s) u_t, cut to |F_t| <= mu F_n;  dT = -k_t s u_t dt, |T| <= mu F_n
//!   rolling      M = Q - c_r sqrt(s) w_r, cut to |M| <= m F_n;  dQ = -k_r s w_r dt, |Q| <= m F_n
//! where u_t includes the spin of both surfaces and w_r is the difference of spins without its part along n. T is kept as a force: it
//! stays while the overlap grows and shrinks with s while it falls, so that no energy comes from a spring that stiffens (Walton 1987,
//! Thornton, Cummins & Cleary 2013). T and Q turn with the plane of contact and keep their lengths.

use crate::simd::{GROUP, Vector};

/// One number of each contact of a batch.
pub(super) type Lane = [f32; GROUP];

/// Contacts of one grain, side by side.
pub(super) struct Lanes {
    /// Unit vector from the other to this one.
    pub(super) normal: [Lane; 3],
    /// Overlap.
    pub(super) depth: Lane,
    /// Velocity relative to the other.
    pub(super) velocity: [Lane; 3],
    /// Sum of both spins, each times the distance from its centre to the contact.
    pub(super) surface: [Lane; 3],
    /// Spin relative to the other.
    pub(super) spin: [Lane; 3],
    /// Distance from this one's centre to the contact.
    pub(super) lever: Lane,
    /// What it is made of: [`super::material::Row`].
    pub(super) row: [Lane; 8],
    /// What it remembers: T, s, Q.
    pub(super) memory: [Lane; 7],
}

impl Lanes {
    pub(super) fn new() -> Self {
        let lane = [0.0; GROUP];
        Lanes { normal: [lane; 3], depth: lane, velocity: [lane; 3], surface: [lane; 3], spin: [lane; 3], lever: lane, row: [lane; 8], memory: [lane; 7] }
    }
}

#[inline(always)]
fn dot<V: Vector>(a: [V; 3], b: [V; 3]) -> V {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[inline(always)]
fn cross<V: Vector>(a: [V; 3], b: [V; 3]) -> [V; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

#[inline(always)]
fn load<V: Vector, const N: usize>(lanes: &[Lane; N], at: usize) -> [V; N] {
    core::array::from_fn(|k| V::load(&lanes[k][at..]))
}

/// The part across n.
#[inline(always)]
fn across<V: Vector>(a: [V; 3], n: [V; 3]) -> [V; 3] {
    let along = dot(a, n);
    core::array::from_fn(|k| a[k] - along * n[k])
}

/// Turned into the plane across n, of the same length; what has almost no part in it is forgotten.
#[inline(always)]
fn turned<V: Vector>(a: [V; 3], n: [V; 3]) -> [V; 3] {
    let flat = across(a, n);
    let (before, after) = (dot(a, a), dot(flat, flat));
    let factor = (before / after).sqrt().keep((before * V::splat(1e-6)).lt(after));
    flat.map(|c| c * factor)
}

/// No longer than `most`.
#[inline(always)]
fn cut<V: Vector>(a: [V; 3], most: V) -> [V; 3] {
    let squared = dot(a, a);
    let factor = (most / squared.sqrt()).select((most * most).lt(squared), V::splat(1.0));
    a.map(|c| c * factor)
}

/// Force and torque on this grain by the contacts `at..`, and what they remember next.
#[inline(always)]
pub(super) fn contact<V: Vector>(lanes: &mut Lanes, at: usize, dt: V, hertz: bool, rolls: bool) -> ([V; 3], [V; 3]) {
    let zero = V::splat(0.0);
    let n: [V; 3] = load(&lanes.normal, at);
    let [k, cn, kt, ct, mu, kr, cr, most]: [V; 8] = load(&lanes.row, at);
    let depth = V::load(&lanes.depth[at..]).max(zero);
    let s = if hertz { depth.sqrt() } else { V::splat(1.0) };
    let root = if hertz { s.sqrt() } else { s };

    let u: [V; 3] = load(&lanes.velocity, at);
    let normal = k * depth * s - cn * root * dot(u, n);
    let pressed = normal.max(zero);

    let carried = cross(load(&lanes.surface, at), n);
    let slip = across(core::array::from_fn(|c| u[c] - carried[c]), n);
    let [tx, ty, tz, s_before, qx, qy, qz]: [V; 7] = load(&lanes.memory, at);
    let unload = (s / s_before).select(s.lt(s_before), V::splat(1.0));
    let (limit, stretch) = (mu * pressed, kt * s * dt);
    let kept = turned([tx, ty, tz], n);
    let spring = cut(core::array::from_fn(|c| kept[c] * unload - stretch * slip[c]), limit);
    let drag = ct * root;
    let friction = cut(core::array::from_fn(|c| spring[c] - drag * slip[c]), limit);

    let lever = V::load(&lanes.lever[at..]);
    let force = core::array::from_fn(|c| normal * n[c] + friction[c]);
    let mut torque = cross(friction, n).map(|c| lever * c);
    let mut bent = [zero; 3];
    if rolls {
        let rolling = across(load(&lanes.spin, at), n);
        let (limit, stretch, drag) = (most * pressed, kr * s * dt, cr * root);
        let kept = turned([qx, qy, qz], n);
        bent = cut(core::array::from_fn(|c| kept[c] * unload - stretch * rolling[c]), limit);
        let moment = cut(core::array::from_fn(|c| bent[c] - drag * rolling[c]), limit);
        torque = core::array::from_fn(|c| torque[c] + moment[c]);
    }
    for (lane, value) in lanes.memory.iter_mut().zip([spring[0], spring[1], spring[2], s, bent[0], bent[1], bent[2]]) {
        value.store(&mut lane[at..]);
    }
    (force, torque)
}
