// Particles in a texture, FRAME_ROW to a row: WebGL2 has no storage buffers.

@group(1) @binding(0) var particles: texture_2d<f32>;

// x, y, z and the scalar to colour by.
fn particle(index: u32) -> vec4f {
  return textureLoad(particles, vec2u(index % FRAME_ROW, index / FRAME_ROW), 0);
}
