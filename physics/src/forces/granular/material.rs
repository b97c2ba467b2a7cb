//! What contacts are made of: numbers of the laws for every pair of species, and for a grain at a wall.
//!
//! Hertz: F = K delta^3/2 with K = 4/3 E* sqrt(R*), Mindlin: k_t = 8 G* sqrt(R* delta), where 1/E* and 1/G* add up (1 - nu^2)/E and
//! (2 - nu)/G of both sides, 1/R* and 1/m* the inverse radii and masses; a wall adds nothing. Damping by restitution e:
//! beta = -ln e / sqrt(pi^2 + ln^2 e); c_n = sqrt(5) beta sqrt(m* K) delta^1/4 for Hertz, 2 beta sqrt(m* k) for the linear spring, which is
//! damped along the surface as a sphere's reduced mass of 2/7 m* asks, so that both springs lose alike.

use super::Granular;
use super::spin;
use crate::records::Records;
use crate::species::{Given, PairTable};
use crate::stage::{MAX_SPECIES, World};
use core::f64::consts::PI;

/// Stiffness against rolling over normal stiffness, squared friction and squared radius (Ai et al. 2011).
const ROLLING_STIFFNESS: f64 = 2.25;
/// Damping of rolling over critical damping (the same).
const ROLLING_DAMPING: f64 = 0.3;

/// A material, or the pair of two.
#[derive(Clone, Copy, Default)]
struct Material {
    /// Effective moduli of a contact with the like.
    young: f64,
    shear: f64,
    stiffness: f64,
    tangential: f64,
    restitution: f64,
    friction: f64,
    rolling: f64,
}

impl Material {
    fn new(g: &Granular) -> Self {
        let shear = g.young / (2.0 * (1.0 + g.poisson));
        Material {
            young: 0.5 * g.young / (1.0 - g.poisson * g.poisson),
            shear: 0.5 * shear / (2.0 - g.poisson),
            stiffness: g.stiffness,
            tangential: g.tangential,
            restitution: g.restitution,
            friction: g.friction,
            rolling: g.rolling_friction,
        }
    }

    /// Compliances add up; what friction takes is the mean that keeps 0.
    fn mixed(a: &Material, b: &Material) -> Material {
        let series = |a: f64, b: f64| if a + b > 0.0 { 2.0 * a * b / (a + b) } else { 0.0 };
        let mean = |a: f64, b: f64| libm::sqrt(a * b);
        Material {
            young: series(a.young, b.young),
            shear: series(a.shear, b.shear),
            stiffness: series(a.stiffness, b.stiffness),
            tangential: mean(a.tangential, b.tangential),
            restitution: mean(a.restitution, b.restitution),
            friction: mean(a.friction, b.friction),
            rolling: mean(a.rolling, b.rolling),
        }
    }
}

/// Numbers of a law: K, c_n, k_t, c_t, friction, k_r, c_r, and the greatest moment per normal force. Those that grow with the overlap stand
/// without their powers of it.
pub(super) type Row = [f32; 8];

/// Rows for all pairs of species, and for grains at walls.
pub(super) struct Rows {
    /// Row `a * 16 + b`, the same as `b * 16 + a`.
    pub(super) pairs: [Row; MAX_SPECIES * MAX_SPECIES],
    /// Sums of radii in the first place, for [`crate::simd::lookup`].
    pub(super) reach: [[f32; 4]; MAX_SPECIES * MAX_SPECIES],
    /// Rows at walls, with the damping of restitution 0 and friction 1.
    walls: [Row; MAX_SPECIES],
    /// True where all grains are of one size.
    pub(super) one_size: bool,
    /// True where anything resists rolling.
    pub(super) rolls: bool,
}

/// Damping over that of restitution 0.
pub(super) fn damping(restitution: f64) -> f64 {
    if restitution <= 0.0 {
        return 1.0;
    }
    let log = libm::log(restitution);
    -log / libm::sqrt(PI * PI + log * log)
}

/// Radius, mass, and what resists rolling over the point of contact; of a pair, each by its inverses.
#[derive(Clone, Copy)]
struct Body {
    radius: f64,
    mass: f64,
    about_contact: f64,
}

impl Body {
    fn of(world: &World, species: usize) -> Self {
        let (radius, mass) = (world.species.radius[species] as f64, world.species.mass[species] as f64);
        Body { radius, mass, about_contact: spin::inertia(&world.species, species, world.dimensions()) + mass * radius * radius }
    }

    fn with(&self, other: &Body) -> Body {
        let half = |a: f64, b: f64| if a + b > 0.0 { a * b / (a + b) } else { 0.0 };
        let about_contact = half(self.about_contact, other.about_contact);
        Body { radius: half(self.radius, other.radius), mass: half(self.mass, other.mass), about_contact }
    }
}

fn row(m: &Material, hertz: bool, body: &Body, beta: f64) -> Row {
    let Body { radius, mass, about_contact } = *body;
    let root = libm::sqrt(radius);
    let (k, kt) = if hertz { (4.0 / 3.0 * m.young * root, 8.0 * m.shear * root) } else { (m.stiffness, m.tangential * m.stiffness) };
    let (cn, ct) = if hertz {
        (libm::sqrt(5.0) * beta * libm::sqrt(mass * k), 2.0 * libm::sqrt(5.0 / 6.0) * beta * libm::sqrt(mass * kt))
    } else {
        (2.0 * beta * libm::sqrt(mass * k), 2.0 * beta * libm::sqrt(2.0 / 7.0 * mass * kt))
    };
    let most = m.rolling * radius;
    let kr = ROLLING_STIFFNESS * most * most * if hertz { 1.5 * k } else { k };
    let cr = 2.0 * ROLLING_DAMPING * libm::sqrt(about_contact * kr);
    [k, cn, kt, ct, m.friction, kr, cr, most].map(|x| x as f32)
}

impl Rows {
    /// Reads the scene.
    #[inline(never)]
    pub(super) fn new(records: Records, world: &World) -> Self {
        let hertz = records.one::<Granular>().law == 0;
        let given = records.all::<Granular>().map(|g| Given { species: g.species, with: g.with, value: Material::new(&g) });
        let table = PairTable::new(given, Material::mixed);
        let body = |s: usize| Body::of(world, s);
        let pair = |at: usize| (at / MAX_SPECIES, at % MAX_SPECIES);
        let radius = |s: usize| world.species.radius[s];
        let pairs = core::array::from_fn(|at| {
            let (a, b) = pair(at);
            let m = table.get(a as u32, b as u32);
            row(m, hertz, &body(a).with(&body(b)), damping(m.restitution))
        });
        let walls = core::array::from_fn(|a| {
            let m = *table.get(a as u32, a as u32);
            // The other side gives way no more.
            row(&Material { young: 2.0 * m.young, shear: 2.0 * m.shear, friction: 1.0, ..m }, hertz, &body(a), 1.0)
        });
        let count = world.species.count.max(1);
        Rows {
            pairs,
            reach: core::array::from_fn(|at| {
                let (a, b) = pair(at);
                [radius(a) + radius(b), 0.0, 0.0, 0.0]
            }),
            walls,
            one_size: (0..count).all(|s| radius(s) == radius(0)),
            rolls: records.all::<Granular>().any(|g| g.rolling_friction > 0.0),
        }
    }

    /// The row of a grain at a wall of that damping and friction.
    #[inline]
    pub(super) fn at_wall(&self, species: u32, damping: f32, friction: f32) -> Row {
        let mut row = self.walls[species as usize % MAX_SPECIES];
        row[1] *= damping;
        row[3] *= damping;
        row[4] = friction;
        row
    }
}
