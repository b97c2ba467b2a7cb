//! Energy in contacts: of the overlap and of the spring along the surface.

use super::Granular;
use super::contacts::WORDS;
use super::material::Rows;
use crate::colliders::Walls;
use crate::layout::Diagnostics;
use crate::neighbors::{self, Pairs};
use crate::stage::{MAX_SPECIES, Stage};
use crate::team;

/// Adds the energy of all contacts, and the virial of what is elastic between grains.
pub(super) fn add(stage: &mut Stage, sums: &mut Diagnostics) {
    let hertz = stage.records().one::<Granular>().law == 0;
    let rows = Rows::new(stage.records(), &stage.world);
    let overlap = |k: f64, depth: f64| if hertz { 0.4 * k * depth * depth * libm::sqrt(depth) } else { 0.5 * k * depth * depth };
    let [energy, virial] = neighbors::potential_sums(stage, |r2, a, b| {
        let at = a as usize % MAX_SPECIES * MAX_SPECIES + b as usize % MAX_SPECIES;
        let (k, r) = (rows.pairs[at][0] as f64, libm::sqrt(r2));
        let depth = rows.reach[at][0] as f64 - r;
        if depth <= 0.0 {
            return [0.0; 2];
        }
        let force = k * depth * if hertz { libm::sqrt(depth) } else { 1.0 };
        [overlap(k, depth), force * r]
    });
    sums.potential += energy + at_walls(stage, &rows, overlap) + in_springs(stage, &rows);
    sums.virial += virial;
}

/// Energy of overlaps with walls.
fn at_walls(stage: &mut Stage, rows: &Rows, overlap: impl Fn(f64, f64) -> f64 + Sync) -> f64 {
    let (block, table, flat) = (&*stage.block, stage.world.species, stage.world.dimensions() == 2);
    let walls = Walls::new(stage.records());
    let (position, low) = (&*block.take::<f32>("position"), &*block.take::<f32>("position_low"));
    let (species, age) = (&*block.take::<u32>("species"), &*block.take::<f32>("age"));
    let [sum] = team::sum_f64(stage.team, species.len(), |range| {
        let mut sum = 0.0;
        for i in range.filter(|&i| age.get(i).is_none_or(|a| *a >= 0.0)) {
            let x = [position[3 * i], position[3 * i + 1], position[3 * i + 2]];
            let k = rows.at_wall(species[i], 0.0, 0.0)[0] as f64;
            walls.touches(x, table.radius[species[i] as usize % MAX_SPECIES], 0.0, |touch| {
                let depth = touch.depth as f64 - (0..3).map(|c| touch.normal[c] as f64 * low[3 * i + c] as f64).sum::<f64>();
                if depth > 0.0 && !(flat && touch.normal[2] != 0.0) {
                    sum += overlap(k, depth);
                }
            });
        }
        [sum]
    });
    stage.block.release();
    sum
}

/// Energy of the springs along the surface, each half at either grain.
fn in_springs(stage: &mut Stage, rows: &Rows) -> f64 {
    let pairs = Pairs::new(stage);
    let slots = &*stage.block.take::<u32>("contacts");
    let id = &*stage.block.take::<u32>("id");
    let width = slots.len() / pairs.len().max(1);
    let [sum] = team::sum_f64(stage.team, pairs.len(), |range| {
        let mut sum = 0.0;
        for i in range {
            for slot in slots[i * width..(i + 1) * width].chunks_exact(WORDS).take_while(|slot| slot[0] != 0) {
                let [x, y, z, s] = [slot[1], slot[2], slot[3], slot[4]].map(|bits| f32::from_bits(bits) as f64);
                let squared = x * x + y * y + z * z;
                let (own, other) = (pairs.species(i), pairs.neighbors(i).find(|&j| id[j].wrapping_add(1) == slot[0]));
                let (row, share) = match other {
                    Some(j) => (rows.pairs[own as usize % MAX_SPECIES * MAX_SPECIES + pairs.species(j) as usize % MAX_SPECIES], 0.25),
                    None => (rows.at_wall(own, 0.0, 0.0), 0.5),
                };
                if squared > 0.0 {
                    sum += share * squared / (row[2] as f64 * s);
                }
            }
        }
        [sum]
    });
    stage.block.release();
    sum
}
