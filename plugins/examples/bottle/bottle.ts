// A magnetic bottle in AssemblyScript: a field along z that is stronger towards both ends, and bends charges back there. Velocities are
// turned about the field by the exact angle of the step, so that their size stays as it is (Boris 1970).
// No strings and no objects: so the module has no data, and needs no place of its own.

// Bytes from the block's base and in the field table; plugins/api/motes_layout.h has them all.
const FIELD_COUNT: usize = 32;
const FIELD_TABLE: usize = 36;
const FIELD_BYTES: usize = 64;
const FIELD_OFFSET: usize = 40;
// "position" and "velocity" as little-endian numbers.
const POSITION: u64 = 0x6e6f697469736f70;
const VELOCITY: u64 = 0x797469636f6c6576;

/** Address of the array whose name has eight letters. */
function field(block: usize, name: u64): usize {
  let entry = block + load<u32>(block, FIELD_TABLE);
  for (let left = load<u32>(block, FIELD_COUNT); left > 0; left--) {
    if (load<u64>(entry) == name && load<u8>(entry, 8) == 0) return block + load<u32>(entry, FIELD_OFFSET);
    entry += FIELD_BYTES;
  }
  return 0;
}

/** Parameters: strength of the field in the middle times charge over mass, and the distance from there at which it is twice that. */
export function velocity(block: usize, parameters: usize, first: u32, count: u32, dt: f64): void {
  const positions = field(block, POSITION);
  const velocities = field(block, VELOCITY);
  const strength = <f32>load<f64>(parameters);
  const reach = <f32>load<f64>(parameters, 8);
  const half = <f32>(0.5 * dt);
  for (let i = first; i < first + count; i++) {
    const x = positions + 12 * i;
    const v = velocities + 12 * i;
    const s: f32 = load<f32>(x, 8) / reach;
    // Without divergence to first order of the distance from the axis.
    const radial: f32 = -strength * s / reach;
    const bx: f32 = radial * load<f32>(x);
    const by: f32 = radial * load<f32>(x, 4);
    const bz: f32 = strength * (1 + s * s);
    turn(v, bx * half, by * half, bz * half);
  }
}

/** Turns a velocity: t is half of the turn's tangent along the axis. */
function turn(v: usize, tx: f32, ty: f32, tz: f32): void {
  const vx = load<f32>(v), vy = load<f32>(v, 4), vz = load<f32>(v, 8);
  const scale: f32 = 2 / (1 + tx * tx + ty * ty + tz * tz);
  const ux = vx + (vy * tz - vz * ty), uy = vy + (vz * tx - vx * tz), uz = vz + (vx * ty - vy * tx);
  store<f32>(v, vx + scale * (uy * tz - uz * ty));
  store<f32>(v, vy + scale * (uz * tx - ux * tz), 4);
  store<f32>(v, vz + scale * (ux * ty - uy * tx), 8);
}
