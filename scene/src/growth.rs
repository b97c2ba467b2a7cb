//! More particles for a run that is under way: whether they may join, and the plan of a block that has room for them.

use motes_physics::forces::fluid::Fluid;
use motes_physics::layout::{Header, RecordEntry};
use motes_physics::plan::{MAX_PARTICLES, Plan, PlanError};
use motes_physics::records::{Record, Records};
use motes_physics::scene_records::Domain;
use motes_physics::stage::SpeciesTable;
use motes_physics::{emitter, records};

/// Why particles cannot join a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrowthError {
    /// Their numbers are not such as particles can have.
    Input(String),
    /// There is no room for so many.
    Limit(String),
}

impl std::fmt::Display for GrowthError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (GrowthError::Input(text) | GrowthError::Limit(text)) = self;
        f.write_str(text)
    }
}

impl std::error::Error for GrowthError {}

/// Particles that are to join.
#[derive(Clone, Copy, Debug, Default)]
pub struct Joining<'a> {
    /// x, y, z of each.
    pub position: &'a [f32],
    /// Velocities likewise; all at rest where there are none.
    pub velocity: &'a [f32],
    /// Index of the species of each; the first where there are none.
    pub species: &'a [u32],
}

/// The plan of a block with more particles.
#[derive(Clone, Debug, PartialEq)]
pub struct Grown {
    /// Its first bytes.
    pub prefix: Vec<u8>,
    /// Bytes of all of it.
    pub block_bytes: u64,
}

/// Farthest that a particle may be from the origin along an axis without walls, as in scene files.
const FARTHEST: f32 = 1e6;

impl Joining<'_> {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.position.len() / 3
    }

    /// Refuses what cannot be a particle of a scene with these records.
    ///
    /// # Errors
    /// Names the number of the particle, what is wrong, and its value.
    pub fn check(&self, records: &[Record<'_>]) -> Result<(), GrowthError> {
        self.check_lengths()?;
        let records = Records::Planned(records);
        let (domain, table) = (records.one::<Domain>(), SpeciesTable::new(records));
        let fluid = records.all::<Fluid>().next().is_some();
        for particle in 0..self.count() {
            let row = |values: &[f32]| values.get(3 * particle..3 * particle + 3).map_or([0.0; 3], |row| [row[0], row[1], row[2]]);
            check_place(&domain, row(self.position), row(self.velocity)).map_err(|what| of(particle, &what))?;
        }
        for (particle, &species) in self.species.iter().enumerate() {
            if species as usize >= table.count {
                return Err(of(particle, &format!("the species {species}; the scene has {}, counted from 0", table.count)));
            }
            if fluid && table.fixed[species as usize] {
                let why = "the walls of a fluid are weighed when it begins, so none can join later";
                return Err(of(particle, &format!("the fixed species {species}; {why}")));
            }
        }
        Ok(())
    }

    fn check_lengths(&self) -> Result<(), GrowthError> {
        let (numbers, count) = (self.position.len(), self.count());
        let complain = |text: String| Err(GrowthError::Input(text));
        if numbers % 3 != 0 {
            return complain(format!("positions are three numbers each, and {numbers} is no multiple of three"));
        }
        if !self.velocity.is_empty() && self.velocity.len() != numbers {
            return complain(format!("there are {} numbers of velocities for {count} particles; give {numbers}, or none", self.velocity.len()));
        }
        if !self.species.is_empty() && self.species.len() != count {
            return complain(format!("there are {} species for {count} particles; give {count}, or none", self.species.len()));
        }
        Ok(())
    }
}

fn of(particle: usize, what: &str) -> GrowthError {
    GrowthError::Input(format!("particle {particle} of those to be added has {what}"))
}

/// What is wrong with a particle's place or velocity.
fn check_place(domain: &Domain, x: [f32; 3], v: [f32; 3]) -> Result<(), String> {
    for (k, axis) in ["x", "y", "z"].into_iter().enumerate() {
        let (low, high) = (domain.min[k] as f32, domain.max[k] as f32);
        if !x[k].is_finite() || x[k].abs() > FARTHEST {
            return Err(format!("the position {axis} = {}; it must be a finite number from -{FARTHEST} to {FARTHEST}", x[k]));
        }
        if domain.walls[k] && !(low..=high).contains(&x[k]) {
            return Err(format!("the position {axis} = {}; the walls stand at {low} and {high}", x[k]));
        }
        if !v[k].is_finite() {
            return Err(format!("the velocity {axis} = {}; it must be a finite number", v[k]));
        }
    }
    match (domain.dimensions() == 2, x[2] != 0.0, v[2] != 0.0) {
        (true, true, _) => Err(format!("the position z = {}; the scene is flat, so it must be 0", x[2])),
        (true, _, true) => Err(format!("the velocity z = {}; the scene is flat, so it must be 0", v[2])),
        _ => Ok(()),
    }
}

/// Plans the block of a run for more particles; its header and its records tell what it is.
///
/// # Errors
/// With the numbers, when there would be more than a block can hold.
pub fn grow(header: &Header, records: &[Record<'_>], joining: u64) -> Result<Grown, GrowthError> {
    let rings = records.iter().map(emitter::slots).fold(0, u64::saturating_add);
    let began = u64::from(header.particle_count).saturating_sub(u64::from(header.added));
    let stale = || GrowthError::Input("a parameter that sizes the block was changed and waits for a reset, such as an emitter's rate; reset first".to_owned());
    let given = began.checked_sub(rings).ok_or_else(stale)?;
    let plan = Plan::with_added(records, Some(given), u64::from(header.added).saturating_add(joining)).map_err(|error| refusal(error, header, joining))?;
    let mut prefix = vec![0; plan.prefix_bytes()];
    plan.write_prefix(&mut prefix);
    Ok(Grown { prefix, block_bytes: plan.block_bytes() })
}

fn refusal(error: PlanError, header: &Header, joining: u64) -> GrowthError {
    let now = header.particle_count;
    match error {
        PlanError::TooLarge { particles, needed, available, room } => GrowthError::Limit(format!(
            "{joining} particles more than the {now} that there are would make {particles}, which need {needed} bytes; {available} bytes are available and at most {MAX_PARTICLES} particles; there is room for {room} of these"
        )),
        PlanError::Misfit(why) => GrowthError::Input(format!("the parameters, as they are now, do not fit each other: {why}")),
        PlanError::Section(_) | PlanError::TooManyRecords { .. } => GrowthError::Input("the block has other records than a scene can have".to_owned()),
    }
}

/// Records with values of their own: index of the type, and slots.
pub type Owned = Vec<(usize, Vec<f64>)>;

/// Header and records of a block's first bytes; `None` when they are damaged.
pub fn read_prefix(bytes: &[u8]) -> Option<(Header, Owned)> {
    let header: Header = bytemuck::pod_read_unaligned(bytes.get(..size_of::<Header>())?);
    let table = bytes.get(header.record_table as usize..)?;
    let read = |index: u32| {
        let entry: RecordEntry = bytemuck::pod_read_unaligned(table.get(index as usize * size_of::<RecordEntry>()..)?.get(..size_of::<RecordEntry>())?);
        let values = bytes.get(entry.offset as usize..)?.get(..entry.slots as usize * 8)?;
        let known = (entry.type_index as usize) < records::ALL.len();
        known.then(|| (entry.type_index as usize, values.as_chunks::<8>().0.iter().map(|value| f64::from_le_bytes(*value)).collect()))
    };
    let records = (0..header.record_count).map(read).collect::<Option<Vec<_>>>()?;
    Some((header, records))
}

/// Records as physics takes them.
pub fn records_of(read: &[(usize, Vec<f64>)]) -> Vec<Record<'_>> {
    read.iter().map(|(type_index, values)| Record { type_index: *type_index, values }).collect()
}
