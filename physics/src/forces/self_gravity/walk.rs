//! The walk: for every cell, which cells act on its centre as expansions; for every leaf, which bodies act on its own.
//!
//! Target cells are visited from the root of a branch down. Each takes over from its parent the list of source cells that were too
//! near, tests them (eight brothers at a time), and adds the fields of those that are far enough to what its parent felt. The rest goes to
//! its children, or is opened where it is the larger. So the field is expanded about targets as well as sources (Greengard &
//! Rokhlin 1987; Dehnen 2002), and no target shares its sums with another: threads take branches as they come.

use super::Setup;
use super::build::LEVELS;
use super::expansion::{LOCAL, SOURCE, add_field, evaluate, shift};
use super::moments::Moments;
use super::near::{Targets, load, own, places, store};
use crate::layout::Element;
use crate::plan::Planner;
use crate::simd::{GROUP, Kernel, Vector, columns};
use crate::stage::Stage;
use crate::team::{self, RowsMut, RowsOf};

/// Bodies of a lot, about: what a thread takes at a time.
const LOT: usize = 1024;
/// Bodies of a branch at most, unless it is a leaf.
const BRANCH: u32 = 512;
/// Places of the list of sources that wait.
const LIST: usize = 2048;
/// Most children of a cell.
const FAMILY: usize = 8;
/// Places of the table of sources.
const TABLE: usize = 48;
/// Sources that are added at a time.
const ENOUGH: usize = TABLE - GROUP;
/// Ranges of near bodies at a time.
const NEAR: usize = 128;
/// Families that wait to be looked at: seven brothers a level, and the last eight.
const WAITING: usize = 8 * LEVELS;

/// Adds lists, and the pulls in the order of the curve.
pub(super) fn plan(particles: u64, planner: &mut Planner) {
    let lots = particles.div_ceil(LOT as u64).max(1);
    planner.field("walk_list", Element::U32, LIST as u32, lots, 0);
    planner.field("walk_lot", Element::U32, 1, lots + 1, 0);
    planner.field("tree_pull", Element::F32, 4, particles, 0);
}

/// Sums the pull on every body.
pub(super) fn walk(stage: &mut Stage, setup: &Setup) {
    let isa = stage.team.isa();
    let block = &mut *stage.block;
    let place = &*block.take::<f32>("tree_place");
    let room = place.len() / 3;
    let tree = Tree {
        body: block.take("tree_body"),
        cell: block.take("tree_cell"),
        moment: block.take("tree_moment"),
        radius: block.take("tree_radius"),
        place: [&place[..room], &place[room..2 * room], &place[2 * room..]],
        softening: setup.softening_squared,
        opening: setup.opening * setup.opening,
        nothing: block.rows("tree_cell") as u32 - 1,
    };
    let lot = block.take::<u32>("walk_lot");
    lots(tree.cell, lot);
    let sorted = block.take::<[f32; 4]>("tree_pull");
    let lists = RowsOf { values: block.take::<u32>("walk_list"), width: LIST };
    team::each_span(stage.team, lists, sorted, lot, |number, list, pull| {
        isa.run_eight(Lot { tree: &tree, first: lot[number] as usize, list, pull });
    });
    let (sorted, row) = (&*sorted, &*block.take::<u32>("tree_row"));
    // From the order of the curve to that of the particles.
    let inverse = block.take::<u32>("tree_row_2");
    row.iter().enumerate().for_each(|(place, i)| inverse[*i as usize] = place as u32);
    let (inverse, alive) = (&*inverse, tree.cell[0][1]);
    team::each_chunk(stage.team, (RowsMut::<[f32; 4], 1>(block.take("pull")),), |range, (out,)| {
        out.0.iter_mut().zip(&inverse[range]).for_each(|(out, place)| *out = if *place < alive { sorted[*place as usize] } else { [0.0; 4] });
    });
    block.release();
}

/// Where each lot begins: at the first branch from `LOT` times its number on.
fn lots(cell: &[[u32; 4]], lot: &mut [u32]) {
    let all = cell[0][1];
    for (k, start) in lot.iter_mut().enumerate() {
        let want = (k * LOT) as u32;
        *start = if want < all { branch_from(cell, want) } else { all };
    }
}

/// First body of the branch that body `want` begins, or of the one behind that which has it.
fn branch_from(cell: &[[u32; 4]], want: u32) -> u32 {
    let mut at = 0;
    loop {
        let [first, count, child, children] = cell[at];
        if is_branch(count, children) {
            return if first == want { first } else { first + count };
        }
        let inside = |c: &u32| cell[*c as usize][0] <= want;
        at = (child..child + children).take_while(inside).last().unwrap_or(child) as usize;
    }
}

fn is_branch(count: u32, children: u32) -> bool {
    count <= BRANCH || children == 0
}

struct Tree<'a> {
    body: &'a [[f32; 4]],
    cell: &'a [[u32; 4]],
    moment: &'a [Moments],
    radius: &'a [f32],
    place: [&'a [f32]; 3],
    softening: f32,
    opening: f32,
    /// A cell without mass, far from all.
    nothing: u32,
}

/// The branches that one list serves.
struct Lot<'a> {
    tree: &'a Tree<'a>,
    first: usize,
    list: &'a mut [u32],
    pull: &'a mut [[f32; 4]],
}

impl Kernel for Lot<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        self.pull.fill([0.0; 4]);
        let (begin, end) = (self.first as u32, (self.first + self.pull.len()) as u32);
        let mut walk = Walk::<V> {
            tree: self.tree,
            first: self.first,
            list: self.list,
            pull: self.pull,
            table: [0; TABLE],
            count: 0,
            sum: [V::splat(0.0); LOCAL],
            near: [(0, 0); NEAR],
            near_count: 0,
        };
        let mut waiting = [0u32; WAITING];
        let mut count = 1;
        while count > 0 {
            count -= 1;
            let c = waiting[count];
            let [first, bodies, child, children] = self.tree.cell[c as usize];
            if first + bodies <= begin || first >= end {
                continue;
            }
            if is_branch(bodies, children) {
                walk.branch(c as usize);
            } else {
                (0..children).for_each(|k| waiting[count + k as usize] = child + k);
                count += children as usize;
            }
        }
    }
}

/// A target on the way down.
#[derive(Clone, Copy, Default)]
struct Target {
    cell: usize,
    /// Children still to be visited.
    next: u32,
    end: u32,
    /// What it leaves to its children.
    list: (usize, usize),
}

struct Walk<'a, V> {
    tree: &'a Tree<'a>,
    /// The body that the first pull belongs to.
    first: usize,
    /// Families of source cells: the first of them times sixteen, and how many.
    list: &'a mut [u32],
    pull: &'a mut [[f32; 4]],
    /// Sources that are to be added to the field.
    table: [u32; TABLE],
    count: usize,
    sum: [V; LOCAL],
    /// Bodies that act on those of this target one by one.
    near: [(u32, u32); NEAR],
    near_count: usize,
}

fn family(first: u32, count: u32) -> u32 {
    first << 4 | count
}

impl<V: Vector> Walk<'_, V> {
    /// Visits all cells of a branch.
    #[inline(always)]
    fn branch(&mut self, root: usize) {
        let mut target = [Target::default(); LEVELS + 1];
        let mut field = [[0.0; LOCAL]; LEVELS + 1];
        self.list[0] = family(0, 1);
        let (mut depth, mut cell, mut list, mut felt) = (0, root, (0, 1), [0.0; LOCAL]);
        loop {
            (target[depth], field[depth]) = self.visit(cell, list, &felt);
            while target[depth].next == target[depth].end {
                if depth == 0 {
                    return;
                }
                depth -= 1;
            }
            let above = &mut target[depth];
            cell = above.next as usize;
            above.next += 1;
            list = above.list;
            let (from, to) = (self.tree.moment[above.cell], self.tree.moment[cell]);
            felt = shift(&field[depth], &[to[0] - from[0], to[1] - from[1], to[2] - from[2]]);
            depth += 1;
        }
    }

    /// Works off the list for one target that feels `felt` already; a leaf's bodies get their pulls.
    #[inline(always)]
    fn visit(&mut self, cell: usize, list: (usize, usize), felt: &[f32; LOCAL]) -> (Target, [f32; LOCAL]) {
        let [_, _, child, children] = self.tree.cell[cell];
        self.sum = [V::splat(0.0); LOCAL];
        let mut end = list.1;
        let mut waiting = [0u32; WAITING];
        for at in list.0..list.1 {
            waiting[0] = self.list[at];
            let mut count = 1;
            while count > 0 {
                count -= 1;
                if self.near_count + FAMILY > NEAR {
                    self.add_near(cell, None);
                }
                self.test(cell, waiting[count], &mut waiting, &mut count, (list.1, &mut end));
                if self.count + FAMILY > ENOUGH {
                    self.add_sources(cell);
                }
            }
        }
        self.add_sources(cell);
        let mut field = *felt;
        for k in 0..LOCAL {
            field[k] += self.sum[k].total();
        }
        if children == 0 || self.near_count > 0 {
            self.add_near(cell, (children == 0).then_some(&field));
        }
        (Target { cell, next: child, end: child + children, list: (list.1, end) }, field)
    }

    /// Tests a family of sources: each is far enough, or is opened, or waits for the target's children, or acts body by body.
    #[inline(always)]
    fn test(&mut self, target: usize, family_of: u32, waiting: &mut [u32; WAITING], count: &mut usize, list: (usize, &mut usize)) {
        let tree = self.tree;
        let (first, members) = ((family_of >> 4) as usize, family_of & 15);
        let moment = &tree.moment[target];
        let radius = tree.radius[target];
        let along = |k: usize| V::load(&tree.place[k][first..]) - V::splat(moment[k]);
        let d = [along(0), along(1), along(2)];
        let reach = V::load(&tree.radius[first..]) + V::splat(radius);
        let r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
        let far = V::bits((reach * reach).lt(r2 * V::splat(tree.opening)));
        let is_leaf = tree.cell[target][3] == 0;
        for k in 0..members {
            let source = first + k as usize;
            if far >> k & 1 != 0 {
                self.table[self.count] = source as u32;
                self.count += 1;
                continue;
            }
            let [begin, bodies, child, children] = tree.cell[source];
            if children > 0 && (is_leaf || tree.radius[source] > radius) {
                waiting[*count] = family(child, children);
                *count += 1;
            } else if is_leaf {
                self.take_bodies(begin, bodies);
            } else {
                self.leave(source as u32, list.0, list.1);
            }
        }
    }

    /// Leaves a source to the target's children.
    #[inline(always)]
    fn leave(&mut self, source: u32, begin: usize, end: &mut usize) {
        if *end > begin {
            let last = &mut self.list[*end - 1];
            if (*last >> 4) + (*last & 15) == source && *last & 15 < FAMILY as u32 {
                *last += 1;
                return;
            }
        }
        if *end < self.list.len() {
            self.list[*end] = family(source, 1);
            *end += 1;
        } else {
            // No room: its bodies act one by one, on all of the target's.
            let [begin, bodies, ..] = self.tree.cell[source as usize];
            self.take_bodies(begin, bodies);
        }
    }

    /// Adds the fields of the table's sources, and empties it.
    #[inline(always)]
    fn add_sources(&mut self, target: usize) {
        let end = self.count.next_multiple_of(V::LANES);
        // A cell without mass adds exactly nothing.
        self.table[self.count..end].fill(self.tree.nothing);
        let at = &self.tree.moment[target];
        let at = [V::splat(at[0]), V::splat(at[1]), V::splat(at[2])];
        for first in (0..end).step_by(V::LANES) {
            let source = columns::<V, SOURCE>(self.tree.moment, self.table[first..].first_chunk().expect("room for a group"));
            add_field(&mut self.sum, &at, V::splat(self.tree.softening), &source);
        }
        self.count = 0;
    }

    #[inline(always)]
    fn take_bodies(&mut self, first: u32, count: u32) {
        if let Some((_, end)) = self.near[..self.near_count].last_mut().filter(|(_, end)| *end == first) {
            *end += count;
            return;
        }
        self.near[self.near_count] = (first, first + count);
        self.near_count += 1;
    }

    /// Adds what the near bodies do to each of the target's, and forgets them; at a leaf also the field, and none lifts its own potential.
    #[inline(always)]
    fn add_near(&mut self, target: usize, field: Option<&[f32; LOCAL]>) {
        let tree = self.tree;
        let [first, count, ..] = tree.cell[target];
        let center = &tree.moment[target];
        for begin in (first..first + count).step_by(V::LANES) {
            let range = begin as usize..(begin as usize + V::LANES).min((first + count) as usize);
            let body = &tree.body[range.clone()];
            let pull = &mut self.pull[range.start - self.first..][..body.len()];
            let mut before = load::<V>(pull);
            if let Some(field) = field {
                let at: [V; 3] = places(body);
                let felt = evaluate(field, &[at[0] - V::splat(center[0]), at[1] - V::splat(center[1]), at[2] - V::splat(center[2])]);
                for k in 0..4 {
                    before[k] = before[k] + felt[k];
                }
            }
            let mut targets = Targets::new(body, before);
            for &(first, end) in &self.near[..self.near_count] {
                targets.add::<true>(V::splat(tree.softening), &tree.body[first as usize..end as usize]);
            }
            store(targets.pull(), pull);
            if field.is_some() {
                pull.iter_mut().zip(body).for_each(|(pull, body)| pull[3] -= own(body[3], tree.softening));
            }
        }
        self.near_count = 0;
    }
}
