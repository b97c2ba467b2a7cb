// What all passes know of the picture: camera, colours, and how a scalar becomes a colour. Mirrored by renderer/src/uniforms.rs.

struct View {
  clip_from_world: mat4x4f,
  // World position of the eye; w: pixels per unit of tangent, so that a length at distance d covers length / d * w pixels.
  eye: vec4f,
  // Directions of the camera in the world.
  right: vec4f,
  up: vec4f,
  forward: vec4f,
  // Scalar at the low end of the colour map, one over the length of the range, row of the colour map, radius of a particle.
  scalar: vec4f,
  background: vec4f,
  line_color: vec4f,
  bounds_min: vec4f,
  bounds_max: vec4f,
  // Distance at which haze begins, one over its depth, its strength; w: 1 where the target does not encode sRGB by itself.
  haze: vec4f,
}

@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var colormaps: texture_2d<f32>;

fn linear_from_srgb(color: vec3f) -> vec3f {
  return pow(color, vec3f(2.2));
}

// The last step of every fragment shader: colours leave as the target wants them.
fn encoded(color: vec3f) -> vec3f {
  return select(color, pow(color, vec3f(1.0 / 2.2)), view.haze.w > 0.5);
}

// Linear colour of a scalar.
fn color_of(scalar: f32) -> vec3f {
  let place = clamp((scalar - view.scalar.x) * view.scalar.y, 0.0, 1.0);
  return linear_from_srgb(textureLoad(colormaps, vec2i(i32(place * 255.0 + 0.5), i32(view.scalar.z)), 0).rgb);
}

fn hazed(color: vec3f, distance: f32) -> vec3f {
  let amount = clamp((distance - view.haze.x) * view.haze.y, 0.0, 1.0) * view.haze.z;
  return mix(color, linear_from_srgb(view.background.rgb), amount);
}

// Corner 0, 1 or 2 of a triangle about the unit circle.
fn corner(index: u32) -> vec2f {
  return vec2f(f32(index) - 1.0, select(-1.0, 2.0, index == 1u)) * vec2f(1.7320508, 1.0);
}

// A triangle outside the clip volume: nothing is drawn.
const NOWHERE: vec4f = vec4f(0.0, 0.0, -1.0, 1.0);
