//! The one owner of the block's layout: what lies where, and the header that says so.
//!
//! ```text
//! base ─► header (4096 bytes: identity, counts, clock, faults, sync words, frame table, diagnostics)
//!         field table │ record table │ record slots (parameters) │ arrays, each 64-byte aligned │ frame slots │ checkpoint
//! ```
//! All offsets are bytes from the block's base. A reader finds `position` by name in the field table and needs no line of
//! this source. `web/layout.js` and `shaders/shared/layout.wgsl` are generated from here (see [`crate::codegen`]).

use bytemuck::{Pod, Zeroable};

/// First eight bytes of every block: "MOTESBLK" read as a little-endian number.
pub const MAGIC: u64 = u64::from_le_bytes(*b"MOTESBLK");
/// Version of the C ABI and of the meaning of the header.
pub const ABI_VERSION: u32 = 1;
/// Bytes before the field table.
pub const HEADER_BYTES: u32 = 4096;
/// Alignment of every array: one cache line, and four 128-bit vectors.
pub const ALIGNMENT: u32 = 64;
/// Particles in a frame slot are rounded up to this: one row of the texture that WebGL2 draws from.
pub const FRAME_ROW: u32 = 1024;
/// Bytes of one particle in a frame: x, y, z, scalar.
pub const FRAME_STRIDE: u32 = 16;
/// Frame slots: one being written, one newest, one being read.
pub const FRAME_SLOTS: u32 = 3;
/// Bytes behind every array, frame slot and copy that must keep their value.
pub const GUARD_BYTES: u64 = 64;
/// Value of each word of them.
pub const GUARD: u32 = 0x6AAD_C0DE;
/// A frame's scalar at or below this marks a particle that is not alive.
pub const NOT_ALIVE: f32 = -3.0e38;

/// Where things lie in a Wasm memory (a native block has no modules in it).
pub mod map {
    /// Statics of the physics module, slot A; its `--global-base`.
    pub const STATICS_A: u32 = 0x1_0000;
    /// Slot B, so that two builds of physics can stand side by side.
    pub const STATICS_B: u32 = 0x3_0000;
    /// Statics of the recorder's module; its `--global-base`.
    pub const STATICS_RECORDER: u32 = 0x5_0000;
    /// Statics of the sound's module; its `--global-base`.
    pub const STATICS_SOUND: u32 = 0x6_0000;
    /// Low end of the sound's stacks: the listener's, and behind it the voice's.
    pub const STACKS_SOUND: u32 = 0x8_0000;
    /// Low end of the recorder's stack.
    pub const STACK_RECORDER: u32 = 0xC_0000;
    /// Stacks, one per worker.
    pub const STACKS: u32 = 0x10_0000;
    /// Bytes of one stack.
    pub const STACK_BYTES: u32 = 0x2_0000;
    /// Most workers there can be.
    pub const MAX_THREADS: u32 = 16;
    /// Bytes at the low end of each stack that must keep their value.
    pub const STACK_GUARD_BYTES: u32 = 64;
    /// Value of each guard word.
    pub const STACK_GUARD: u32 = 0x57AC_C0DE;
    /// The block's base in a Wasm memory.
    pub const BLOCK_BASE: u32 = 0x30_0000;
    const _: () = assert!(STATICS_SOUND < STACKS_SOUND && STACKS_SOUND + 2 * STACK_BYTES <= STACK_RECORDER);
    const _: () = assert!(STATICS_RECORDER < STATICS_SOUND && STACK_RECORDER + STACK_BYTES <= STACKS);
    const _: () = assert!(STACKS + MAX_THREADS * STACK_BYTES == BLOCK_BASE);
}

/// Words that several threads touch at once, by atomic operations only. Each has a cache line of its own.
pub mod sync {
    /// First byte of the area.
    pub const AREA: u32 = 1024;
    /// Counts jobs; helpers wait for it to move.
    pub const EPOCH: u32 = AREA;
    /// Address of the job's closure: data part.
    pub const JOB_DATA: u32 = AREA + 64;
    /// Address of the job's closure: table part.
    pub const JOB_TABLE: u32 = AREA + 68;
    /// Chunks in the job.
    pub const CHUNK_COUNT: u32 = AREA + 72;
    /// Next chunk that nobody has taken.
    pub const NEXT_CHUNK: u32 = AREA + 128;
    /// Helpers that have finished the job.
    pub const HELPERS_DONE: u32 = AREA + 192;
    /// Non-zero asks helpers to leave.
    pub const STOP: u32 = AREA + 256;
    /// Frame slot between writer and reader, with [`FRESH`](super::FRESH).
    pub const FRAME_MIDDLE: u32 = AREA + 320;
    /// Frame slot that the writer fills next; only the writer uses it.
    pub const FRAME_BACK: u32 = AREA + 384;
    /// One word per worker; it moves while the worker lives.
    pub const HEARTBEAT: u32 = AREA + 448;
    /// One word per worker: the number of the plug-in that it is in, from 1, or 0.
    pub const PLUG_IN: u32 = HEARTBEAT + 4;
    /// Bytes between two heartbeat words, and between two words of [`PLUG_IN`].
    pub const HEARTBEAT_STRIDE: u32 = 64;
    /// End of the area.
    pub const END: u32 = HEARTBEAT + HEARTBEAT_STRIDE * super::map::MAX_THREADS;
    const _: () = assert!(END <= super::HEADER_BYTES);
}

/// Bit of `FRAME_MIDDLE`: the reader has not seen this frame.
pub const FRESH: u32 = 4;

/// Bit of the header's generation: the block is being moved, and nothing in it is to be relied on.
pub const MOVING: u32 = 1 << 31;

/// Header flag: arrays, identities among them, were given by the host; generators do not run.
pub const FLAG_GIVEN: u32 = 1;
/// Header flag: each frame carries a checksum.
pub const FLAG_CHECKSUM: u32 = 2;
/// Header flag: plug-ins are on trial, so all arrays are looked at that they should not write.
pub const FLAG_WATCH: u32 = 4;

/// One published frame.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub struct FrameDescriptor {
    /// Byte offset of the slot.
    pub offset: u32,
    /// Particles in the frame.
    pub particle_count: u32,
    /// Counts published frames from 1.
    pub frame_number: u64,
    /// Steps done.
    pub step: u64,
    /// Simulated time.
    pub time: f64,
    /// Least scalar of a living particle.
    pub scalar_min: f32,
    /// Greatest scalar of a living particle.
    pub scalar_max: f32,
    /// See [`crate::frames::checksum`]; 0 unless asked for.
    pub checksum: u64,
    /// Fills the cache line.
    pub reserved: [u64; 2],
}
const _: () = assert!(size_of::<FrameDescriptor>() == 64);

/// Sums over all particles, made on request in `f64`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct Diagnostics {
    /// Steps done when these were made.
    pub step: f64,
    /// Kinetic energy.
    pub kinetic: f64,
    /// Potential energy, without tail corrections.
    pub potential: f64,
    /// Sum over pairs of r·f, without tail corrections.
    pub virial: f64,
    /// Total momentum x.
    pub momentum_x: f64,
    /// Total momentum y.
    pub momentum_y: f64,
    /// Total momentum z.
    pub momentum_z: f64,
    /// Total angular momentum about the origin x.
    pub angular_momentum_x: f64,
    /// Total angular momentum about the origin y.
    pub angular_momentum_y: f64,
    /// Total angular momentum about the origin z.
    pub angular_momentum_z: f64,
    /// Temperature (k_B = 1); a degree of freedom per particle and axis, less one per axis where the total momentum of a periodic box is fixed.
    pub temperature: f64,
    /// Pressure from the virial, without tail corrections.
    pub pressure: f64,
    /// Energy from beyond the cut-off, for a uniform fluid.
    pub tail_energy: f64,
    /// Virial from beyond the cut-off, for a uniform fluid.
    pub tail_virial: f64,
    /// Particles that are alive.
    pub alive: f64,
    /// Mean square of how far the living have come since the start; 0 unless the scene has the measure `displacement`.
    pub mean_square_displacement: f64,
}

/// Identity, counts, clock and faults.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct Header {
    /// [`MAGIC`].
    pub magic: u64,
    /// [`ABI_VERSION`].
    pub abi_version: u32,
    /// [`HEADER_BYTES`].
    pub header_bytes: u32,
    /// [`LAYOUT_HASH`].
    pub layout_hash: u64,
    /// Bytes of the whole block.
    pub block_bytes: u64,
    /// Entries of the field table.
    pub field_count: u32,
    /// Byte offset of the field table.
    pub field_table: u32,
    /// Entries of the record table.
    pub record_count: u32,
    /// Byte offset of the record table.
    pub record_table: u32,
    /// Fills four bytes.
    pub reserved_index: u32,
    /// `FLAG_*`.
    pub flags: u32,
    /// Particles in use.
    pub particle_count: u32,
    /// Particles there is room for.
    pub particle_capacity: u32,
    /// Steps done.
    pub step: u64,
    /// Simulated time.
    pub time: f64,
    /// Raised by the host whenever memory has grown or the block was moved; with [`MOVING`] while it is being moved.
    pub generation: u32,
    /// Why the last call failed: a [`crate::Status`].
    pub fault_status: u32,
    /// Identity of the particle at fault.
    pub fault_particle: u32,
    /// Particles that were added to the run: they have the last slots, behind those of emitters.
    pub added: u32,
    /// Step at which the fault was seen.
    pub fault_step: u64,
    /// Numbers that explain the fault.
    pub fault_detail: [f64; 2],
    /// Frame slots.
    pub frames: [FrameDescriptor; FRAME_SLOTS as usize],
    /// Written by the diagnose call.
    pub diagnostics: Diagnostics,
    /// State between steps that is not per particle: whether the list is good, the geometry of points, counters of terms.
    pub run_state: [u64; RUN_STATE_WORDS],
    /// Serial numbers of the next particle of each emitter.
    pub emitted: [u64; MAX_EMITTERS],
    /// Copy of the clock words at the last checkpoint: step, time, model state, emitted.
    pub saved: SavedClock,
}
const _: () = assert!(size_of::<Header>() <= sync::AREA as usize);

/// The parts of the header that belong to the state and are restored with it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct SavedClock {
    /// Steps done.
    pub step: u64,
    /// Simulated time.
    pub time: f64,
    /// See [`Header::run_state`].
    pub run_state: [u64; RUN_STATE_WORDS],
    /// See [`Header::emitted`].
    pub emitted: [u64; MAX_EMITTERS],
}

/// Words of [`Header::run_state`]: 0 to 7 belong to the neighbour structure, the others to terms.
pub const RUN_STATE_WORDS: usize = 16;

/// Most emitters in a scene.
pub const MAX_EMITTERS: usize = 16;

/// Element type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Element {
    /// 32-bit float.
    F32 = 0,
    /// 32-bit unsigned.
    U32 = 1,
    /// Byte.
    U8 = 2,
    /// 64-bit float.
    F64 = 3,
}

impl Element {
    /// Bytes of one element.
    pub const fn bytes(self) -> u32 {
        match self {
            Element::F32 | Element::U32 => 4,
            Element::U8 => 1,
            Element::F64 => 8,
        }
    }
}

/// Field flag: part of the state: hashed, checkpointed.
pub const FIELD_STATE: u32 = 1;
/// Field flag: checkpointed though derived (a list that later steps build on), not hashed.
pub const FIELD_SAVED: u32 = 2;

/// One array of the block.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct FieldEntry {
    /// Name, zero padded.
    pub name: [u8; 32],
    /// An [`Element`].
    pub element: u32,
    /// Elements per row, 3 for vectors.
    pub components: u32,
    /// Byte offset of row 0.
    pub offset: u32,
    /// Bytes from row to row.
    pub stride: u32,
    /// Rows.
    pub capacity: u32,
    /// `FIELD_*`.
    pub flags: u32,
    /// Byte offset of the checkpoint copy, 0 for none.
    pub saved_offset: u32,
    /// Fills the cache line.
    pub reserved: u32,
}
const _: () = assert!(size_of::<FieldEntry>() == 64);

impl FieldEntry {
    /// Bytes of all rows.
    pub const fn bytes(&self) -> u64 {
        self.stride as u64 * self.capacity as u64
    }

    /// The name without its padding.
    pub fn name(&self) -> &str {
        let length = self.name.iter().position(|&b| b == 0).unwrap_or(self.name.len());
        core::str::from_utf8(&self.name[..length]).unwrap_or("")
    }
}

/// One record.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct RecordEntry {
    /// Index into [`crate::records::ALL`].
    pub type_index: u32,
    /// Byte offset of its first slot.
    pub offset: u32,
    /// Its slots.
    pub slots: u32,
    /// Fills 16 bytes.
    pub reserved: u32,
}

/// The number rounded up to a multiple of [`ALIGNMENT`].
pub const fn align(bytes: u64) -> u64 {
    bytes.next_multiple_of(ALIGNMENT as u64)
}

/// Fingerprint of everything that a reader of the block relies on: sizes, offsets, field and parameter declarations.
///
/// Two builds with the same hash can work on the same block one after the other.
pub const LAYOUT_HASH: u64 = {
    let mut hash = crate::hash::Fingerprint::new();
    hash.number(ABI_VERSION as u64);
    let sizes = [size_of::<Header>(), size_of::<FieldEntry>(), size_of::<RecordEntry>(), size_of::<FrameDescriptor>()];
    let offsets = [sync::EPOCH, sync::JOB_DATA, sync::NEXT_CHUNK, sync::FRAME_MIDDLE, sync::HEARTBEAT, map::BLOCK_BASE];
    // `for` does not run at compile time.
    let mut k = 0;
    while k < sizes.len() + offsets.len() {
        hash.number(if k < sizes.len() { sizes[k] as u64 } else { offsets[k - sizes.len()] as u64 });
        k += 1;
    }
    let mut records = crate::registry::DECLARED;
    while let [record, rest @ ..] = records {
        hash.text(record.section.key());
        hash.text(record.name);
        let mut declarations = record.declarations;
        while let [declaration, rest @ ..] = declarations {
            hash.text(declaration.name);
            hash.number(declaration.kind.slots() as u64);
            declarations = rest;
        }
        records = rest;
    }
    hash.finish()
};
