//! Springs between neighbouring sites of a lattice: F = -stiffness (r - rest) - damping dr/dt along the line, U = stiffness (r - rest)^2 / 2.
//!
//! Unlike the constraint `distance` a spring is a force: energy is conserved as well as the integrator conserves it, and a stiff
//! spring needs a small step (dt well below sqrt(m / stiffness)). Each site sums its own springs, so that nothing depends on the
//! order in which threads come by. Damping takes the velocities of half a step before.

use crate::fill::sheet::Sheet;
use crate::layout::Diagnostics;
use crate::records::Records;
use crate::stage::Stage;
use crate::team::{self, RowsMut};
use crate::term::Term;
use crate::{Fault, record};

record! {
    /// Neighbouring sites of a lattice are joined by springs: bonds, chains, membranes, jelly.
    Bond in Force as "bond" {
        /// Number of the fill, counted from 0: a lattice of simple arrangement without radius.
        fill: Integer = 0, 0..=255, "";
        /// Force over change of length.
        stiffness: Float = 100.0, 0..=1e9, "force/length", live;
        /// Join diagonal neighbours too.
        shear: Bool = 0, 0..=1, "";
        /// Stiffness along diagonals.
        shear_stiffness: Float = 50.0, 0..=1e9, "force/length", live;
        /// Join neighbours of neighbours too, which resists bending.
        bend: Bool = 0, 0..=1, "";
        /// Stiffness between neighbours of neighbours.
        bend_stiffness: Float = 10.0, 0..=1e9, "force/length", live;
        /// Friction against the speed at which lengths change.
        damping: Float = 0.0, 0..=1e9, "force time/length", live;
        /// Length at rest over the distance of the lattice's sites.
        rest: Float = 1.0, 0..=100, "", live;
    }
}

impl Bond {
    fn families(&self) -> [Option<f64>; 3] {
        [Some(self.stiffness), self.shear.then_some(self.shear_stiffness), self.bend.then_some(self.bend_stiffness)]
    }
}

/// The stages of [`Bond`].
pub struct Stages;

impl Term for Stages {
    fn check(&self, records: Records) -> Result<(), &'static str> {
        let fits = records.all::<Bond>().all(|b| Sheet::new(records, b.fill).is_some());
        if fits { Ok(()) } else { Err("the force `bond` needs a fill of kind lattice with simple arrangement and radius 0; `fill` says which") }
    }

    fn has_forces(&self) -> bool {
        true
    }

    fn needs_slots(&self) -> bool {
        true
    }

    fn force(&self, stage: &mut Stage) -> Result<(), Fault> {
        each_sheet(stage, |stage, sheet, bond| {
            let sites = Sites::take(stage, sheet);
            let slot = &*stage.block.take::<u32>("slot");
            team::each_chunk(stage.team, (RowsMut::<f32, 3>(stage.block.take("force")),), |range, (force,)| {
                for (f, row) in force.0.chunks_exact_mut(3).zip(range) {
                    let Some(site) = sheet.site(slot.get(row).map_or(row, |slot| *slot as usize)) else { continue };
                    let pull = sites.pull(sheet, bond, site, row);
                    (0..3).for_each(|k| f[k] += pull[k] as f32);
                }
            });
            stage.block.release();
        });
        Ok(())
    }

    fn diagnose(&self, stage: &mut Stage, sums: &mut Diagnostics) -> Result<(), Fault> {
        each_sheet(stage, |stage, sheet, bond| {
            let sites = Sites::take(stage, sheet);
            for direction in sheet.directions(bond.families(), bond.rest) {
                let [energy, virial] = team::sum_f64(stage.team, sheet.count(), |range| {
                    let partner = |site: usize| [0, 1].map(|colour| sheet.partner(site, sheet.place(site), direction.step, colour));
                    let edges = range.flat_map(|site| partner(site).into_iter().flatten().filter(move |other| *other > site).map(move |other| (site, other)));
                    edges.fold([0.0; 2], |sum, (site, other)| {
                        let (length, _) = sites.apart(sites.row(site), sites.row(other));
                        let stretch = length - direction.rest;
                        [sum[0] + 0.5 * direction.value * stretch * stretch, sum[1] - direction.value * stretch * length]
                    })
                });
                sums.potential += energy;
                sums.virial += virial;
            }
            stage.block.release();
        });
        Ok(())
    }
}

/// Calls `call` with every record and its sheet, as far as there are particles for all of its sites.
fn each_sheet(stage: &mut Stage, mut call: impl FnMut(&mut Stage, &Sheet, &Bond)) {
    stage.each_record(|stage, _, bond: Bond| {
        let particles = stage.block.header().particle_count as usize;
        if let Some(sheet) = Sheet::new(stage.records(), bond.fill).filter(|s| s.end() <= particles) {
            call(stage, &sheet, &bond);
        }
    });
}

/// Where the sites of a sheet are, and how fast.
struct Sites<'a> {
    high: &'a [f32],
    low: &'a [f32],
    velocity: &'a [f32],
    row_of_slot: &'a [u32],
    first: usize,
    /// Lengths of the periodic sides.
    side: [Option<f64>; 3],
}

impl<'a> Sites<'a> {
    fn take(stage: &Stage<'_, 'a>, sheet: &Sheet) -> Self {
        let (block, world) = (&stage.block, &stage.world);
        Sites {
            high: block.take("position"),
            low: block.take("position_low"),
            velocity: block.take("velocity"),
            row_of_slot: block.take("row_of_slot"),
            first: sheet.first(),
            side: core::array::from_fn(|k| world.domain.periodic[k].then_some(world.length(k))),
        }
    }

    fn row(&self, site: usize) -> usize {
        let slot = self.first + site;
        self.row_of_slot.get(slot).map_or(slot, |row| *row as usize)
    }

    /// Distance, and the vector from the nearest image of the second to the first.
    #[inline]
    fn apart(&self, a: usize, b: usize) -> (f64, [f64; 3]) {
        let at = |i: usize, k: usize| self.high[3 * i + k] as f64 + self.low[3 * i + k] as f64;
        let d: [f64; 3] = core::array::from_fn(|k| {
            let d = at(a, k) - at(b, k);
            self.side[k].map_or(d, |side| d - side * libm::round(d / side))
        });
        (libm::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]), d)
    }

    /// The force of all springs of a site.
    #[inline]
    fn pull(&self, sheet: &Sheet, bond: &Bond, site: usize, row: usize) -> [f64; 3] {
        let place = sheet.place(site);
        let mut sum = [0.0; 3];
        for direction in sheet.directions(bond.families(), bond.rest) {
            for other in [0, 1].into_iter().filter_map(|colour| sheet.partner(site, place, direction.step, colour)) {
                let other = self.row(other);
                let (length, d) = self.apart(row, other);
                if length > 0.0 {
                    let n = d.map(|c| c / length);
                    let speed: f64 = (0..3).map(|k| n[k] * (self.velocity[3 * row + k] as f64 - self.velocity[3 * other + k] as f64)).sum();
                    let tension = direction.value * (length - direction.rest) + bond.damping * speed;
                    (0..3).for_each(|k| sum[k] -= tension * n[k]);
                }
            }
        }
        sum
    }
}
