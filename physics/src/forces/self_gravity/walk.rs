//! The walk: for each group of particles that follow each other along the curve, which cells count as one body and which bodies
//! count alone; then the sum of both over the group's particles.
//!
//! What the walk finds is collected in tables of fixed size and summed when a table is full. Groups have nothing in common, so
//! threads share them as they come.

use super::Setup;
use super::direct::own;
use super::moments::Moments;
use super::sources::{Bodies, CELL_ARRAYS, Cells, Pull};
use crate::layout::Element;
use crate::plan::Planner;
use crate::simd::{GROUP, Kernel, Vector};
use crate::stage::Stage;
use crate::team::{self, RowsMut, RowsOf};

/// Particles of a group.
const TOGETHER: usize = 32;
/// Groups that share one set of tables.
const SHARE: usize = 32;
/// Places of the table of cells.
const CELLS: usize = 512;
/// Places of the table of bodies.
const BODIES: usize = 1024;
/// Cells that wait to be looked at: seven brothers a level, and the last eight.
const WAITING: usize = 8 * super::build::LEVELS;
/// Words of one set of tables.
const WORDS: usize = CELLS * CELL_ARRAYS + BODIES * 4;

/// Adds the tables, and the pulls in the order of the curve.
pub(super) fn plan(particles: u64, planner: &mut Planner) {
    planner.field("walk_table", Element::F32, WORDS as u32, particles.div_ceil((TOGETHER * SHARE) as u64).max(1), 0);
    planner.field("tree_pull", Element::F32, 4, particles, 0);
}

/// Sums the pull on every body.
pub(super) fn walk(stage: &mut Stage, setup: &Setup) {
    let isa = stage.team.isa();
    let block = &mut *stage.block;
    let tree = Tree { body: block.take("tree_body"), cell: block.take("tree_cell"), moment: block.take("tree_moment"), softening: setup.softening_squared };
    let sorted = block.take::<[f32; 4]>("tree_pull");
    let tables = RowsOf { values: block.take::<f32>("walk_table"), width: WORDS };
    let pulls = Shares { pull: sorted };
    team::each_part(stage.team, tables, pulls.pull, TOGETHER * SHARE, |share, table, pull| {
        isa.run(Share { tree: &tree, first: share * TOGETHER * SHARE, table, pull });
    });
    let (sorted, row) = (&*pulls.pull, &*block.take::<u32>("tree_row"));
    // From the order of the curve to that of the particles.
    let inverse = block.take::<u32>("tree_row_2");
    row.iter().enumerate().for_each(|(place, i)| inverse[*i as usize] = place as u32);
    let inverse = &*inverse;
    team::each_chunk(stage.team, (RowsMut::<[f32; 4], 1>(block.take("pull")),), |range, (out,)| {
        out.0.iter_mut().zip(&inverse[range]).for_each(|(out, place)| *out = sorted[*place as usize]);
    });
    block.release();
}

struct Shares<'a> {
    pull: &'a mut [[f32; 4]],
}

struct Tree<'a> {
    body: &'a [[f32; 4]],
    cell: &'a [[u32; 4]],
    moment: &'a [Moments],
    softening: f32,
}

/// The groups that one set of tables serves.
struct Share<'a> {
    tree: &'a Tree<'a>,
    first: usize,
    table: &'a mut [f32],
    pull: &'a mut [[f32; 4]],
}

impl Kernel for Share<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        for (k, pull) in self.pull.chunks_mut(TOGETHER).enumerate() {
            let first = self.first + k * TOGETHER;
            let body = &self.tree.body[first..first + pull.len()];
            let (cells, bodies) = self.table.split_at_mut(CELLS * CELL_ARRAYS);
            let mut group = Group { tree: self.tree, body, pull, cells, bodies, cell_count: 0, body_count: 0 };
            group.begin();
            group.walk::<V>();
            group.sum::<V>();
            group.finish();
        }
    }
}

struct Group<'a> {
    tree: &'a Tree<'a>,
    body: &'a [[f32; 4]],
    pull: &'a mut [[f32; 4]],
    cells: &'a mut [f32],
    bodies: &'a mut [f32],
    cell_count: usize,
    body_count: usize,
}

impl Group<'_> {
    fn begin(&mut self) {
        self.pull.fill([0.0; 4]);
    }

    /// Bodies are in the lists of their own group; they do not lift their own potential.
    fn finish(&mut self) {
        for (pull, body) in self.pull.iter_mut().zip(self.body) {
            pull[3] -= own(body[3], self.tree.softening);
        }
    }

    /// Middle and half sides of the box around the group.
    fn bounds(&self) -> ([f32; 3], [f32; 3]) {
        let (mut low, mut high) = ([f32::MAX; 3], [-f32::MAX; 3]);
        for b in self.body {
            for k in 0..3 {
                low[k] = if b[k] < low[k] { b[k] } else { low[k] };
                high[k] = if b[k] > high[k] { b[k] } else { high[k] };
            }
        }
        (core::array::from_fn(|k| 0.5 * (low[k] + high[k])), core::array::from_fn(|k| 0.5 * (high[k] - low[k])))
    }

    #[inline(always)]
    fn walk<V: Vector>(&mut self) {
        let (middle, half) = self.bounds();
        let mut waiting = [0u32; WAITING];
        let mut count = 1;
        while count > 0 {
            count -= 1;
            let c = waiting[count] as usize;
            let moment = &self.tree.moment[c];
            let [first, bodies, child, children] = self.tree.cell[c];
            let mut squared = 0.0;
            for k in 0..3 {
                let d = (moment[k] - middle[k]).abs() - half[k];
                let d = if d > 0.0 { d } else { 0.0 };
                squared += d * d;
            }
            if squared > moment[10] {
                self.take_cell::<V>(moment);
            } else if children == 0 {
                self.take_bodies::<V>(first as usize, bodies as usize);
            } else {
                for (slot, next) in waiting[count..].iter_mut().zip(child..child + children) {
                    *slot = next;
                }
                count += children as usize;
            }
        }
    }

    #[inline(always)]
    fn take_cell<V: Vector>(&mut self, moment: &Moments) {
        for k in 0..CELL_ARRAYS {
            self.cells[k * CELLS + self.cell_count] = moment[k];
        }
        self.cell_count += 1;
        if self.cell_count == CELLS {
            self.sum::<V>();
        }
    }

    #[inline(always)]
    fn take_bodies<V: Vector>(&mut self, first: usize, count: usize) {
        for j in first..first + count {
            let body = &self.tree.body[j];
            for k in 0..4 {
                self.bodies[k * BODIES + self.body_count] = body[k];
            }
            self.body_count += 1;
            if self.body_count == BODIES {
                self.sum::<V>();
            }
        }
    }

    /// Adds what the tables hold to the group's pulls, and empties them.
    #[inline(always)]
    fn sum<V: Vector>(&mut self) {
        // A place far outside, without mass: it adds exactly nothing.
        let fill = |values: &mut [f32], arrays: usize, room: usize, count: usize| {
            let end = count.next_multiple_of(GROUP);
            for k in 0..arrays {
                values[k * room + count..k * room + end].fill(if k == 0 { 1e18 } else { 0.0 });
            }
            end
        };
        let cell_count = fill(self.cells, CELL_ARRAYS, CELLS, self.cell_count);
        let body_count = fill(self.bodies, 4, BODIES, self.body_count);
        let cells = Cells { values: self.cells, room: CELLS, count: cell_count };
        let bodies = Bodies { values: self.bodies, room: BODIES, count: body_count };
        let softening = V::splat(self.tree.softening);
        for (body, out) in self.body.iter().zip(self.pull.iter_mut()) {
            let at = [V::splat(body[0]), V::splat(body[1]), V::splat(body[2])];
            let mut pull = Pull::<V>::new();
            pull.cells(&at, softening, &cells);
            pull.bodies::<true>(&at, softening, &bodies);
            let total = pull.total();
            (0..4).for_each(|k| out[k] += total[k]);
        }
        (self.cell_count, self.body_count) = (0, 0);
    }
}
