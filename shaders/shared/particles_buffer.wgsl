// Particles in a storage buffer: WebGPU and native.

@group(1) @binding(0) var<storage, read> particles: array<vec4f>;

// x, y, z and the scalar to colour by.
fn particle(index: u32) -> vec4f {
  return particles[index];
}
