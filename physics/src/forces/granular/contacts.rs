//! Who touches whom: contacts are found by the list, filled into lanes with what they remember, and worked out together.

use super::law::{self, Lanes};
use super::material::{self, Row, Rows};
use crate::colliders::{MAX_COLLIDERS, Touch, Walls};
use crate::neighbors::{Group, PairBody, Pairs};
use crate::simd::{GROUP, Kernel, Sum, Vector, lookup};
use crate::stage::{MAX_SPECIES, SpeciesTable, Stage};
use crate::team::{self, RowsMut, RowsOf};

/// Words of a slot: whom it is with, then the seven numbers that [`Lanes`] remember.
pub(super) const WORDS: usize = 8;
/// Most slots of a grain.
pub(super) const MOST: usize = 64;
/// Marks walls; grains are their identity plus one, and 0 is an empty slot.
const WALL: u32 = 1 << 31;

type Slot = [u32; WORDS];

/// What all chunks read.
struct Grains<'a> {
    pairs: Pairs<'a>,
    position: &'a [f32],
    low: &'a [f32],
    velocity: &'a [f32],
    spin: &'a [f32],
    id: &'a [u32],
    age: &'a [f32],
    rows: &'a Rows,
    species: SpeciesTable,
    walls: Walls,
    /// By number of collider.
    damping: [f32; MAX_COLLIDERS + 1],
    dt: f32,
    hertz: bool,
    flat: bool,
}

/// Adds the forces of all contacts, and makes the torques.
pub(super) fn add_forces(stage: &mut Stage, hertz: bool) {
    let isa = stage.team.isa();
    let block = &*stage.block;
    let walls = Walls::new(stage.records());
    let mut damping = [0.0; MAX_COLLIDERS + 1];
    for (damping, restitution) in damping.iter_mut().zip(walls.restitutions()) {
        *damping = material::damping(restitution as f64) as f32;
    }
    let rows = Rows::new(stage.records(), &stage.world);
    let grains = Grains {
        pairs: Pairs::new(stage),
        position: block.take("position"),
        low: block.take("position_low"),
        velocity: block.take("velocity"),
        spin: block.take("angular_velocity"),
        id: block.take("id"),
        age: block.take("age"),
        rows: &rows,
        species: stage.world.species,
        walls,
        damping,
        dt: stage.world.dt as f32,
        hertz,
        flat: stage.world.dimensions() == 2,
    };
    let slots = block.take::<u32>("contacts");
    let width = slots.len() / grains.pairs.len().max(1);
    let arrays = (RowsMut::<f32, 3>(block.take("force")), RowsMut::<f32, 3>(block.take("torque")), RowsOf { values: slots, width });
    team::each_chunk(stage.team, arrays, |range, (force, torque, slots)| {
        isa.run(Chunk {
            grains: &grains,
            first: range.start,
            force: force.0,
            torque: torque.0,
            slots: bytemuck::cast_slice_mut(slots.values),
            each: width / WORDS,
        });
    });
    stage.block.release();
}

struct Chunk<'a> {
    grains: &'a Grains<'a>,
    first: usize,
    force: &'a mut [f32],
    torque: &'a mut [f32],
    slots: &'a mut [Slot],
    each: usize,
}

impl Kernel for Chunk<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let grains = self.grains;
        let unit = grains.pairs.unit::<V>();
        let mut work = Work { lanes: Lanes::new(), before: [[0; WORDS]; MOST] };
        let rows = self.force.chunks_exact_mut(3).zip(self.torque.chunks_exact_mut(3)).zip(self.slots.chunks_exact_mut(self.each));
        for (k, ((force, torque), slots)) in rows.enumerate() {
            let i = self.first + k;
            let mut contacts = Contacts::<V>::new(grains, i, &mut work, slots);
            if grains.age.get(i).is_none_or(|age| *age >= 0.0) {
                grains.pairs.visit(i, &unit, &mut contacts);
                contacts.meet_walls();
            }
            let (pushed, turned) = contacts.finish();
            (0..3).for_each(|c| force[c] += pushed[c]);
            torque.copy_from_slice(&turned);
        }
    }
}

/// Room that grains use one after the other.
struct Work {
    lanes: Lanes,
    before: [Slot; MOST],
}

/// The contacts of one grain.
struct Contacts<'a, V> {
    grains: &'a Grains<'a>,
    i: usize,
    species: u32,
    radius: f32,
    velocity: [f32; 3],
    spin: [f32; 3],
    /// Sum of radii, where all are alike.
    reach: V,
    lanes: &'a mut Lanes,
    /// Whom the contacts in the lanes are with.
    keys: [u32; GROUP],
    filled: usize,
    /// Slots as they were.
    before: &'a [Slot],
    next: usize,
    slots: &'a mut [Slot],
    written: usize,
    force: [Sum<V>; 3],
    torque: [Sum<V>; 3],
}

#[inline(always)]
fn row3(values: &[f32], i: usize) -> [f32; 3] {
    [values[3 * i], values[3 * i + 1], values[3 * i + 2]]
}

impl<'a, V: Vector> Contacts<'a, V> {
    #[inline(always)]
    fn new(grains: &'a Grains<'a>, i: usize, work: &'a mut Work, slots: &'a mut [Slot]) -> Self {
        let species = grains.pairs.species(i);
        let mut used = 0;
        while used < slots.len().min(MOST) && slots[used][0] != 0 {
            work.before[used] = slots[used];
            used += 1;
        }
        Contacts {
            grains,
            i,
            species,
            radius: grains.species.radius[species as usize % MAX_SPECIES],
            velocity: row3(grains.velocity, i),
            spin: row3(grains.spin, i),
            reach: V::splat(grains.rows.reach[0][0]),
            lanes: &mut work.lanes,
            keys: [0; GROUP],
            filled: 0,
            before: &work.before[..used],
            next: 0,
            slots,
            written: 0,
            force: [Sum::new(); 3],
            torque: [Sum::new(); 3],
        }
    }

    /// The slot that belonged to that contact. Contacts come in the order of the list, so it is most often the next.
    #[inline(always)]
    fn remembered(&mut self, key: u32) -> Option<Slot> {
        let count = self.before.len();
        for step in 0..count {
            let at = self.next + step;
            let at = if at >= count { at - count } else { at };
            if self.before[at][0] == key {
                self.next = if at + 1 < count { at + 1 } else { 0 };
                return Some(self.before[at]);
            }
        }
        None
    }

    /// Fills the next lane but for velocities and spins.
    #[inline(always)]
    fn begin(&mut self, key: u32, normal: [f32; 3], depth: f32, lever: f32, row: &Row) -> usize {
        if self.filled == GROUP {
            self.flush();
        }
        let slot = self.remembered(key);
        let (lanes, k) = (&mut *self.lanes, self.filled);
        self.filled += 1;
        self.keys[k] = key;
        for c in 0..3 {
            lanes.normal[c][k] = normal[c];
        }
        (lanes.depth[k], lanes.lever[k]) = (depth, lever);
        for (lane, value) in lanes.row.iter_mut().zip(row) {
            lane[k] = *value;
        }
        for (c, lane) in lanes.memory.iter_mut().enumerate() {
            lane[k] = slot.map_or(0.0, |slot| f32::from_bits(slot[c + 1]));
        }
        k
    }

    /// A contact with grain `j`.
    #[inline(always)]
    fn meet(&mut self, j: usize, normal: [f32; 3], depth: f32) {
        let grains = self.grains;
        let other = grains.pairs.species(j);
        let row = &grains.rows.pairs[self.species as usize % MAX_SPECIES * MAX_SPECIES + other as usize % MAX_SPECIES];
        let lever = self.radius - 0.5 * depth;
        let their_lever = grains.species.radius[other as usize % MAX_SPECIES] - 0.5 * depth;
        let k = self.begin(grains.id[j].wrapping_add(1) & !WALL, normal, depth, lever, row);
        let (velocity, spin) = (row3(grains.velocity, j), row3(grains.spin, j));
        for c in 0..3 {
            self.lanes.velocity[c][k] = self.velocity[c] - velocity[c];
            self.lanes.surface[c][k] = lever * self.spin[c] + their_lever * spin[c];
            self.lanes.spin[c][k] = self.spin[c] - spin[c];
        }
    }

    /// Contacts with walls.
    #[inline(always)]
    fn meet_walls(&mut self) {
        let grains = self.grains;
        let (x, low) = (row3(grains.position, self.i), row3(grains.low, self.i));
        grains.walls.touches(x, self.radius, 0.0, |touch| {
            // What the position's second part says; a disc knows no walls above and below.
            let depth = touch.depth - (touch.normal[0] * low[0] + touch.normal[1] * low[1] + touch.normal[2] * low[2]);
            if depth > 0.0 && !(grains.flat && touch.normal[2] != 0.0) {
                self.meet_wall(&touch, depth);
            }
        });
    }

    #[inline(always)]
    fn meet_wall(&mut self, touch: &Touch, depth: f32) {
        let damping = self.grains.damping[touch.collider() % (MAX_COLLIDERS + 1)];
        let row = self.grains.rows.at_wall(self.species, damping, touch.friction);
        let lever = self.radius - depth;
        let k = self.begin(WALL | touch.place, touch.normal, depth, lever, &row);
        for c in 0..3 {
            self.lanes.velocity[c][k] = self.velocity[c] - touch.velocity[c];
            self.lanes.surface[c][k] = lever * self.spin[c];
            self.lanes.spin[c][k] = self.spin[c];
        }
    }

    /// Works out what the lanes hold. Contacts for which there is no slot are not remembered.
    #[inline(always)]
    fn flush(&mut self) {
        let count = V::splat(self.filled as f32);
        for half in 0..self.filled.div_ceil(V::LANES) {
            let at = half * V::LANES;
            let (force, torque) = law::contact::<V>(self.lanes, at, V::splat(self.grains.dt), self.grains.hertz, self.grains.rows.rolls);
            let used = V::load(&NUMBERS[at..]).lt(count);
            for c in 0..3 {
                self.force[c].add(half, force[c].keep(used));
                self.torque[c].add(half, torque[c].keep(used));
            }
        }
        for k in 0..self.filled {
            if let Some(slot) = self.slots.get_mut(self.written) {
                slot[0] = self.keys[k];
                for c in 0..WORDS - 1 {
                    slot[c + 1] = self.lanes.memory[c][k].to_bits();
                }
                self.written += 1;
            }
        }
        self.filled = 0;
    }

    /// Force and torque; slots that are used no more are emptied.
    #[inline(always)]
    fn finish(mut self) -> ([f32; 3], [f32; 3]) {
        if self.filled > 0 {
            self.flush();
        }
        for slot in self.slots.iter_mut().take(self.before.len()).skip(self.written) {
            *slot = [0; WORDS];
        }
        (self.force.map(Sum::total), self.torque.map(Sum::total))
    }
}

/// Numbers of lanes.
const NUMBERS: [f32; GROUP] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0];

impl<V: Vector> PairBody<V> for Contacts<'_, V> {
    #[inline(always)]
    fn group(&mut self, _half: usize, group: Group<V>) {
        let rows = self.grains.rows;
        let reach = if rows.one_size { self.reach } else { lookup::<V>(&rows.reach, self.species, group.species)[0] };
        let mut touching = V::bits(V::splat(0.0).lt(group.r2) & group.r2.lt(reach * reach));
        if touching == 0 {
            return;
        }
        let r = group.r2.sqrt();
        let over = V::splat(1.0) / r;
        let mut found = [[0.0; GROUP]; 4];
        for (lane, value) in found.iter_mut().zip([group.d[0] * over, group.d[1] * over, group.d[2] * over, reach - r]) {
            value.store(lane);
        }
        while touching != 0 {
            let k = touching.trailing_zeros() as usize;
            touching &= touching - 1;
            self.meet(group.row(k), [found[0][k], found[1][k], found[2][k]], found[3][k]);
        }
    }
}
