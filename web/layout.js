// Generated from physics/src/layout.rs by `cargo xtask codegen`; change it there.
export const ABI_VERSION = 1;
export const HEADER_BYTES = 4096;
export const ALIGNMENT = 64;
export const FRAME_ROW = 1024;
export const FRAME_STRIDE = 16;
export const FRAME_SLOTS = 3;
export const FRESH = 4;
export const MOVING = 2147483648;
export const FLAG_GIVEN = 1;
export const FLAG_CHECKSUM = 2;
export const FLAG_WATCH = 4;
export const GUARD_BYTES = 64;
export const GUARD = 1789771998;
export const FIELD_BYTES = 64;
export const RECORD_BYTES = 16;
export const TRIAL_STEPS = 8;
export const MAGIC = 0x4b4c425345544f4dn;
export const LAYOUT_HASH = 0x1970b93e52cf88f7n;
export const NOT_ALIVE = -3e38;

/** Addresses in the Wasm memory. */
export const MAP = Object.freeze({
  STATICS_A: 65536,
  STATICS_B: 196608,
  STATICS_RECORDER: 327680,
  STACK_RECORDER: 786432,
  STATICS_SOUND: 393216,
  STACKS_SOUND: 524288,
  STACKS: 1048576,
  STACK_BYTES: 131072,
  MAX_THREADS: 16,
  STACK_GUARD_BYTES: 64,
  STACK_GUARD: 1470939358,
  BLOCK_BASE: 3145728,
});

/** Byte offsets of sync words from the block's base. */
export const SYNC = Object.freeze({
  AREA: 1024,
  END: 2496,
  EPOCH: 1024,
  STOP: 1280,
  FRAME_MIDDLE: 1344,
  FRAME_BACK: 1408,
  HELPERS_DONE: 1216,
  HEARTBEAT: 1472,
  PLUG_IN: 1476,
  HEARTBEAT_STRIDE: 64,
});

/** Byte offsets in the header. */
export const HEADER = Object.freeze({
  magic: 0,
  abi_version: 8,
  header_bytes: 12,
  layout_hash: 16,
  block_bytes: 24,
  field_count: 32,
  field_table: 36,
  record_count: 40,
  record_table: 44,
  flags: 52,
  particle_count: 56,
  particle_capacity: 60,
  step: 64,
  time: 72,
  generation: 80,
  fault_status: 84,
  fault_particle: 88,
  added: 92,
  fault_step: 96,
  fault_detail: 104,
  frames: 120,
  diagnostics: 312,
});

/** Byte offsets in a frame descriptor. */
export const FRAME = Object.freeze({
  offset: 0,
  particle_count: 4,
  frame_number: 8,
  step: 16,
  time: 24,
  scalar_min: 32,
  scalar_max: 36,
  checksum: 40,
});

/** Bytes of a frame descriptor. */
export const FRAME_DESCRIPTOR = Object.freeze({
  BYTES: 64,
});

/** Byte offsets in the diagnostics; all are f64. */
export const DIAGNOSTICS = Object.freeze({
  step: 0,
  kinetic: 8,
  potential: 16,
  virial: 24,
  momentum_x: 32,
  momentum_y: 40,
  momentum_z: 48,
  angular_momentum_x: 56,
  angular_momentum_y: 64,
  angular_momentum_z: 72,
  temperature: 80,
  pressure: 88,
  tail_energy: 96,
  tail_virial: 104,
  alive: 112,
  mean_square_displacement: 120,
});

/** Byte offsets in an entry of the field table. */
export const FIELD = Object.freeze({
  name: 0,
  element: 32,
  components: 36,
  offset: 40,
  stride: 44,
  capacity: 48,
  flags: 52,
  saved_offset: 56,
});

/** Stages of a step that plug-ins can have a part in, by the names of their exports. */
export const STAGES = Object.freeze([
  'force',
  'velocity',
  'position',
  'after_step',
]);

/** What physics.wasm may import. */
export const IMPORTS = Object.freeze([
  'env.memory',
  'plug.call',
  'plug.count',
  'sync.add',
  'sync.exchange',
  'sync.load',
  'sync.notify',
  'sync.store',
  'sync.wait',
]);

/** What physics.wasm exports and hosts use. */
export const EXPORTS = Object.freeze([
  '__stack_pointer',
  'motes_abi_version',
  'motes_checkpoint',
  'motes_diagnose',
  'motes_distribution',
  'motes_hash',
  'motes_help',
  'motes_init',
  'motes_layout_hash',
  'motes_migrate',
  'motes_publish',
  'motes_restore',
  'motes_step',
]);

/** Distributions that can be asked for. */
export const DISTRIBUTIONS = Object.freeze({
  'radial': 0,
  'speed': 1,
  'profile-x': 2,
  'profile-y': 3,
  'profile-z': 4,
  'enclosed': 5,
});

/** How a call ended. */
export const STATUS = Object.freeze({
  OK: 0,
  NOT_A_BLOCK: 1,
  LAYOUT_MISMATCH: 2,
  NOT_FINITE: 3,
  NEIGHBOR_CAPACITY: 4,
  PARTICLE_LOST: 5,
  BAD_RECORD: 6,
  OUT_OF_BOUNDS: 7,
  OUT_OF_RANGE: 8,
  MISSING_MODEL: 9,
  PLUG_IN_DAMAGE: 10,
});
