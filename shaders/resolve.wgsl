// From added light to the picture: the mean colour of what lies on a pixel, the denser the brighter and the more it covers.

@group(1) @binding(0) var light: texture_2d<f32>;

@vertex
fn vertex(@builtin(vertex_index) vertex: u32) -> @builtin(position) vec4f {
  return vec4f(corner(vertex), 0.0, 1.0);
}

@fragment
fn fragment(@builtin(position) at: vec4f) -> @location(0) vec4f {
  let sum = textureLoad(light, vec2i(at.xy), 0);
  let covered = 1.0 - exp(-1.6 * sum.a);
  let mean = sum.rgb / max(sum.a, 1e-4);
  // Where hundreds overlap the core glows.
  let glow = 1.0 + 0.25 * log2(1.0 + 0.15 * sum.a);
  return vec4f(encoded(min(mean * glow, vec3f(1.0))) * covered, covered);
}
