//! From the records of a scene to the layout of its block: how many particles, which arrays, where, how many bytes in all.
//!
//! The result is the block's *prefix* (header, field table, record table, slots): the host copies it to the base, sets arrays it
//! was given, and calls init. Nothing is allocated by a length that was not checked first.

use crate::colliders::MAX_COLLIDERS;
use crate::layout::{
    ALIGNMENT, Element, FIELD_SAVED, FIELD_STATE, FLAG_GIVEN, FRAME_ROW, FRAME_SLOTS, FRAME_STRIDE, FieldEntry, GUARD_BYTES, HEADER_BYTES, Header, LAYOUT_HASH,
    MAX_EMITTERS, RecordEntry, align,
};
use crate::records::{Record, Records, Section};
use crate::{distributions, emitter, fill, layout, neighbors, registry, term};
use bytemuck::Zeroable;

/// Most particles in a scene, emitters' slots included.
pub const MAX_PARTICLES: u64 = 32_000_000;
/// Most fields in a block.
pub const MAX_FIELDS: usize = 64;
/// Most records in a scene.
pub const MAX_RECORDS: usize = 256;
/// Bytes that a block can have at most: what 32-bit offsets above the block's base in a Wasm memory can reach.
pub const MAX_BLOCK_BYTES: u64 = (1 << 32) - layout::map::BLOCK_BASE as u64 - 65_536;

/// Why a scene has no layout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlanError {
    /// No record of that section, or more than one.
    Section(Section),
    /// More than [`MAX_RECORDS`] records, or more emitters than [`MAX_EMITTERS`] or colliders than [`MAX_COLLIDERS`].
    TooManyRecords {
        /// Of which section; `None` for all of them together.
        section: Option<Section>,
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// More particles than there may be, or more bytes than a block can have.
    TooLarge {
        /// Particles asked for.
        particles: u64,
        /// Bytes that they need.
        needed: u128,
        /// Bytes there can be.
        available: u64,
        /// Particles of this scene that there is room for, about; at most [`MAX_PARTICLES`].
        room: u64,
    },
    /// Parameters do not fit each other; the text says why.
    Misfit(&'static str),
}

/// Collects the arrays of a scene.
pub struct Planner {
    fields: [FieldEntry; MAX_FIELDS],
    count: usize,
    end: u64,
}

impl Planner {
    /// Adds an array of `rows` x `components`; flags are `FIELD_*`.
    pub fn field(&mut self, name: &str, element: Element, components: u32, rows: u64, flags: u32) {
        let mut entry = FieldEntry::zeroed();
        let length = name.len().min(31);
        entry.name[..length].copy_from_slice(&name.as_bytes()[..length]);
        entry.element = element as u32;
        entry.components = components;
        entry.stride = element.bytes() * components;
        entry.capacity = rows.min(u32::MAX as u64) as u32;
        entry.flags = flags;
        entry.offset = self.place(entry.stride as u64 * rows);
        if self.count < MAX_FIELDS {
            self.fields[self.count] = entry;
            self.count += 1;
        }
    }

    /// Adds the array of angular velocities, once, whoever asks for it.
    pub fn angular_velocity(&mut self, particles: u64) {
        if !self.fields().iter().any(|f| f.name() == "angular_velocity") {
            self.field("angular_velocity", Element::F32, 3, particles, FIELD_STATE);
        }
    }

    /// The arrays so far.
    pub fn fields(&self) -> &[FieldEntry] {
        &self.fields[..self.count]
    }

    /// Takes the next aligned bytes, and room for guard words behind them; the offset means nothing once `end` is past the limit, which the caller checks.
    fn place(&mut self, bytes: u64) -> u32 {
        let offset = self.end;
        self.end = align(self.end.saturating_add(bytes).min(u64::MAX - 64 - GUARD_BYTES)) + GUARD_BYTES;
        offset.min(u32::MAX as u64) as u32
    }
}

/// Where everything lies in the block of one scene.
pub struct Plan<'a> {
    header: Header,
    planner: Planner,
    records: &'a [Record<'a>],
}

impl<'a> Plan<'a> {
    /// Lays out a scene. `given` is the number of particles that the host will set itself, in place of the scene's fills.
    pub fn new(records: &'a [Record<'a>], given: Option<u64>) -> Result<Self, PlanError> {
        Self::with_added(records, given, 0)
    }

    /// As [`Self::new`], with `added` particles behind all others.
    pub fn with_added(records: &'a [Record<'a>], given: Option<u64>, added: u64) -> Result<Self, PlanError> {
        if records.len() > MAX_RECORDS {
            return Err(PlanError::TooManyRecords { section: None, count: records.len(), limit: MAX_RECORDS });
        }
        for section in [Section::Simulation, Section::Domain, Section::Neighbors, Section::Integrator, Section::View] {
            if records.iter().filter(|r| r.record_type().section == section).count() != 1 {
                return Err(PlanError::Section(section));
            }
        }
        for (section, limit) in [(Section::Emitter, MAX_EMITTERS), (Section::Collider, MAX_COLLIDERS)] {
            let count = records.iter().filter(|r| r.record_type().section == section).count();
            if count > limit {
                return Err(PlanError::TooManyRecords { section: Some(section), count, limit });
            }
        }
        let scene = Records::Planned(records);
        neighbors::check(scene).map_err(PlanError::Misfit)?;
        term::present(scene).try_for_each(|(_, t)| t.check(scene)).map_err(PlanError::Misfit)?;
        let asked = Self::particles(records, given).saturating_add(added);
        // Beyond the limit the bytes of a particle are all that is of interest; no number here can overflow.
        let particles = asked.min(MAX_PARTICLES);

        let slots: usize = records.iter().map(|r| r.values.len()).sum();
        let tables = HEADER_BYTES as u64 + (MAX_FIELDS * size_of::<FieldEntry>() + records.len() * size_of::<RecordEntry>() + slots * 8) as u64;
        let mut plan = Plan {
            header: Self::header(particles, given.is_some()),
            planner: Planner { fields: [FieldEntry::zeroed(); MAX_FIELDS], count: 0, end: align(tables) },
            records,
        };
        plan.place_arrays(scene, particles);
        plan.place_frames_and_copies(particles);
        plan.header.block_bytes = plan.planner.end;
        plan.header.added = added.min(particles) as u32;
        plan.header.field_count = plan.planner.count as u32;
        let (end, per_particle) = (plan.planner.end, (plan.planner.end / particles.max(1)).max(1));
        if asked > particles || end > MAX_BLOCK_BYTES {
            let needed = end as u128 + (asked - particles) as u128 * per_particle as u128;
            let room = (MAX_BLOCK_BYTES / per_particle).min(MAX_PARTICLES);
            return Err(PlanError::TooLarge { particles: asked, needed, available: MAX_BLOCK_BYTES, room });
        }
        Ok(plan)
    }

    fn place_arrays(&mut self, scene: Records, particles: u64) {
        let planner = &mut self.planner;
        planner.field("position", Element::F32, 3, particles, FIELD_STATE);
        planner.field("velocity", Element::F32, 3, particles, FIELD_STATE);
        planner.field("id", Element::U32, 1, particles, FIELD_STATE);
        planner.field("species", Element::U32, 1, particles, FIELD_STATE);
        if scene.iter().any(|r| r.record_type().section == Section::Emitter) {
            planner.field("age", Element::F32, 1, particles, FIELD_STATE);
        }
        let stepped = scene.iter().find_map(|r| registry::integrator(r.type_index)).is_some_and(|i| i.needs_forces());
        if stepped || term::present(scene).any(|(_, t)| t.has_forces()) || neighbors::reach(scene) > 0.0 {
            planner.field("position_low", Element::F32, 3, particles, FIELD_STATE);
            planner.field("force", Element::F32, 3, particles, FIELD_SAVED);
        }
        term::present(scene).for_each(|(_, t)| t.plan(scene, particles, planner));
        neighbors::plan(scene, particles, planner);
        distributions::plan(particles, planner);
    }

    fn particles(records: &[Record], given: Option<u64>) -> u64 {
        let filled = given.unwrap_or_else(|| records.iter().map(fill::count).fold(0, u64::saturating_add));
        records.iter().map(emitter::slots).fold(filled, u64::saturating_add)
    }

    fn header(particles: u64, given: bool) -> Header {
        let mut header = Header::zeroed();
        header.magic = layout::MAGIC;
        header.abi_version = layout::ABI_VERSION;
        header.header_bytes = HEADER_BYTES;
        header.layout_hash = LAYOUT_HASH;
        header.flags = if given { FLAG_GIVEN } else { 0 };
        header.particle_count = particles as u32;
        header.particle_capacity = particles as u32;
        header.field_table = HEADER_BYTES;
        header.record_table = HEADER_BYTES + (MAX_FIELDS * size_of::<FieldEntry>()) as u32;
        header
    }

    fn place_frames_and_copies(&mut self, particles: u64) {
        let slot_bytes = particles.next_multiple_of(FRAME_ROW as u64) * FRAME_STRIDE as u64;
        for slot in 0..FRAME_SLOTS as usize {
            self.header.frames[slot].offset = self.planner.place(slot_bytes);
        }
        for index in 0..self.planner.count {
            if self.planner.fields[index].flags & (FIELD_STATE | FIELD_SAVED) != 0 {
                let bytes = self.planner.fields[index].bytes();
                self.planner.fields[index].saved_offset = self.planner.place(bytes);
            }
        }
    }

    /// Bytes of the whole block, a multiple of [`ALIGNMENT`].
    pub fn block_bytes(&self) -> u64 {
        debug_assert!(self.planner.end.is_multiple_of(ALIGNMENT as u64));
        self.planner.end
    }

    /// Particles in use from the start, emitters' slots included.
    pub fn particle_count(&self) -> u32 {
        self.header.particle_count
    }

    /// Bytes of header, tables and record slots.
    pub fn prefix_bytes(&self) -> usize {
        let slots: usize = self.records.iter().map(|r| r.values.len()).sum();
        self.header.record_table as usize + self.records.len() * size_of::<RecordEntry>() + slots * 8
    }

    /// Byte offset in the block of record `index`'s first slot.
    pub fn record_offset(&self, index: usize) -> u32 {
        let before: usize = self.records[..index].iter().map(|r| r.values.len()).sum();
        self.header.record_table + (self.records.len() * size_of::<RecordEntry>() + before * 8) as u32
    }

    /// The arrays of the block.
    pub fn fields(&self) -> &[FieldEntry] {
        &self.planner.fields[..self.planner.count]
    }

    /// Writes the prefix; `out` is at least [`Self::prefix_bytes`] long, else nothing is written and `false` comes back.
    pub fn write_prefix(&self, out: &mut [u8]) -> bool {
        if out.len() < self.prefix_bytes() {
            return false;
        }
        let mut header = self.header;
        header.record_count = self.records.len() as u32;
        out.fill(0);
        out[..size_of::<Header>()].copy_from_slice(bytemuck::bytes_of(&header));
        let write_word = |out: &mut [u8], offset: u32, word: u32| out[offset as usize..offset as usize + 4].copy_from_slice(&word.to_le_bytes());
        write_word(out, layout::sync::FRAME_BACK, 0);
        write_word(out, layout::sync::FRAME_MIDDLE, 1);
        let fields = bytemuck::cast_slice(self.fields());
        out[header.field_table as usize..][..fields.len()].copy_from_slice(fields);
        for (index, record) in self.records.iter().enumerate() {
            let offset = self.record_offset(index);
            let entry = RecordEntry { type_index: record.type_index as u32, offset, slots: record.values.len() as u32, reserved: 0 };
            let at = header.record_table as usize + index * size_of::<RecordEntry>();
            out[at..at + size_of::<RecordEntry>()].copy_from_slice(bytemuck::bytes_of(&entry));
            out[offset as usize..][..record.values.len() * 8].copy_from_slice(bytemuck::cast_slice(record.values));
        }
        true
    }
}
