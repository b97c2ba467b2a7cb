//! The iterations: colour by colour, each site reads where all were and writes where it goes.

use super::Distance;
use crate::block::Block;
use crate::fill::sheet::{Direction, Sheet};
use crate::stage::{Stage, World};
use crate::team::{self, RowsMut, Team};

/// Arrays and numbers of one solution.
pub(super) struct Solver<'a> {
    sheet: Sheet,
    distance: Distance,
    dt: f64,
    side: [Option<f32>; 3],
    from: &'a mut [[f32; 4]],
    to: &'a mut [[f32; 4]],
    before: &'a mut [[f32; 4]],
    lambda: &'a mut [f32],
}

/// Lengths of the periodic sides.
fn sides(world: &World) -> [Option<f32>; 3] {
    core::array::from_fn(|k| world.domain.periodic[k].then_some(world.length(k) as f32))
}

/// The vector from b to the nearest image of a.
#[inline]
fn between(a: &[f32; 4], b: &[f32; 4], side: &[Option<f32>; 3]) -> [f32; 3] {
    core::array::from_fn(|k| {
        let d = a[k] - b[k];
        side[k].map_or(d, |side| d - side * libm::roundf(d / side))
    })
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Numbers of one direction's edges.
struct Edge {
    rest: f32,
    /// Compliance over dt^2.
    soft: f32,
    /// Compliance times damping over dt.
    drag: f32,
}

impl<'a> Solver<'a> {
    /// Takes the arrays.
    pub(super) fn new(block: &Block<'a>, world: &World, sheet: &Sheet, distance: &Distance, dt: f64) -> Self {
        let sites = sheet.count();
        let table = |name: &str| &mut block.take::<[f32; 4]>(name)[..sites];
        Solver {
            sheet: *sheet,
            distance: *distance,
            dt,
            side: sides(world),
            from: table("distance_from"),
            to: table("distance_to"),
            before: table("distance_before"),
            lambda: block.take("distance_lambda"),
        }
    }

    /// All iterations; `load` gives a site's position and inverse mass, and its position before the step. Comes back with the
    /// positions of all sites.
    pub(super) fn run(mut self, team: &dyn Team, load: impl Fn(usize) -> ([f32; 4], [f32; 4]) + Sync) -> &'a [[f32; 4]] {
        let arrays = (RowsMut::<[f32; 4], 1>(&mut *self.from), RowsMut::<[f32; 4], 1>(&mut *self.before));
        team::each_chunk(team, arrays, |range, (from, before)| {
            for ((from, before), site) in from.0.iter_mut().zip(before.0.iter_mut()).zip(range) {
                (*from, *before) = load(site);
            }
        });
        team::each_chunk(team, (RowsMut::<f32, 1>(&mut *self.lambda),), |_, (lambda,)| lambda.0.fill(0.0));
        for _ in 0..self.distance.iterations {
            let mut batch = 0;
            for direction in self.sheet.directions(self.distance.families(), self.distance.rest) {
                for colour in 0..2 {
                    self.colour(team, &direction, colour, batch);
                    batch += 1;
                }
            }
        }
        self.from
    }

    /// Puts all edges of one direction and colour right.
    fn colour(&mut self, team: &dyn Team, direction: &Direction, colour: usize, batch: usize) {
        let soft = direction.value / (self.dt * self.dt);
        let edge = Edge { rest: direction.rest as f32, soft: soft as f32, drag: (direction.value * self.distance.damping / self.dt) as f32 };
        let (sheet, side, from, before) = (&self.sheet, &self.side, &*self.from, &*self.before);
        let sites = from.len();
        let lambda = &mut self.lambda[batch * sites..][..sites];
        team::each_chunk(team, (RowsMut::<[f32; 4], 1>(&mut *self.to), RowsMut::<f32, 1>(lambda)), |range, (to, lambda)| {
            let mut place = sheet.place(range.start);
            for ((to, lambda), site) in to.0.iter_mut().zip(lambda.0.iter_mut()).zip(range) {
                *to = from[site];
                if let Some(other) = sheet.partner(site, place, direction.step, colour) {
                    let moves = (moved(from, before, site), moved(from, before, other));
                    edge.pull(to, &from[other], moves, side, lambda);
                }
                place = sheet.next(place);
            }
        });
        core::mem::swap(&mut self.from, &mut self.to);
    }
}

/// How far a site has come since the step began.
#[inline]
fn moved(from: &[[f32; 4]], before: &[[f32; 4]], site: usize) -> [f32; 3] {
    core::array::from_fn(|k| from[site][k] - before[site][k])
}

impl Edge {
    /// Moves one end of an edge; the other end finds the same multiplier, to the bit, for its opposite move.
    #[inline]
    fn pull(&self, own: &mut [f32; 4], other: &[f32; 4], moves: ([f32; 3], [f32; 3]), side: &[Option<f32>; 3], lambda: &mut f32) {
        let d = between(own, other, side);
        let length = libm::sqrtf(dot(d, d));
        let weight = own[3] + other[3];
        if length == 0.0 || weight == 0.0 {
            return;
        }
        let n = d.map(|c| c / length);
        let speed = if self.drag > 0.0 { dot(n, core::array::from_fn(|k| moves.0[k] - moves.1[k])) } else { 0.0 };
        let change = (self.rest - length - self.soft * *lambda - self.drag * speed) / ((1.0 + self.drag) * weight + self.soft);
        *lambda += change;
        for k in 0..3 {
            own[k] += own[3] * change * n[k];
        }
    }
}

/// Energy of the edges that give way: half of C^2 / compliance each.
pub(super) fn energy(stage: &mut Stage, sheet: &Sheet, distance: &Distance) -> f64 {
    let side = sides(&stage.world);
    let block = &mut *stage.block;
    let (position, low, row_of_slot) = (&*block.take::<f32>("position"), &*block.take::<f32>("position_low"), &*block.take::<u32>("row_of_slot"));
    let at = |site: usize| -> [f64; 3] {
        let slot = sheet.first() + site;
        let row = row_of_slot.get(slot).map_or(slot, |row| *row as usize);
        core::array::from_fn(|k| position[3 * row + k] as f64 + low[3 * row + k] as f64)
    };
    let length = |a: usize, b: usize| {
        let (a, b) = (at(a), at(b));
        let d: [f64; 3] = core::array::from_fn(|k| {
            let d = a[k] - b[k];
            side[k].map_or(d, |side| d - side as f64 * libm::round(d / side as f64))
        });
        libm::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2])
    };
    let mut sum = 0.0;
    for direction in sheet.directions(distance.families(), distance.rest).filter(|d| d.value > 0.0) {
        let [squares] = team::sum_f64(stage.team, sheet.count(), |range| {
            let edges = range.flat_map(|site| [0, 1].map(|colour| (site, sheet.partner(site, sheet.place(site), direction.step, colour))));
            [edges.filter_map(|(site, other)| other.filter(|o| *o > site).map(|o| length(site, o) - direction.rest)).map(|c| c * c).sum()]
        });
        sum += 0.5 * squares / direction.value;
    }
    block.release();
    sum
}
