// Every particle as a soft point of light, added up: rgb holds colour times weight, alpha the weight. resolve.wgsl makes the picture.

struct Point {
  @builtin(position) clip: vec4f,
  @location(0) offset: vec2f,
  @location(1) @interpolate(flat) color: vec4f,
}

// A point reaches this many radii, and no fewer pixels than LEAST_PIXELS.
const REACH: f32 = 1.6;
const LEAST_PIXELS: f32 = 1.3;

@vertex
fn vertex(@builtin(vertex_index) vertex: u32) -> Point {
  let row = particle(vertex / 3u);
  let distance = dot(row.xyz - view.eye.xyz, view.forward.xyz);
  if row.w <= NOT_ALIVE || distance <= 0.0 {
    return Point(NOWHERE, vec2f(), vec4f());
  }
  let pixel = distance / view.eye.w;
  let wanted = view.scalar.w * REACH;
  let reach = max(wanted, LEAST_PIXELS * pixel);
  // A point that is drawn larger than it is gives the same light in all.
  let weight = max((wanted * wanted) / (reach * reach), 0.12);
  let offset = corner(vertex % 3u);
  let world = row.xyz + (view.right.xyz * offset.x + view.up.xyz * offset.y) * reach;
  return Point(view.clip_from_world * vec4f(world, 1.0), offset, vec4f(color_of(row.w), weight));
}

@fragment
fn fragment(in: Point) -> @location(0) vec4f {
  let squared = dot(in.offset, in.offset);
  if squared > 1.0 {
    discard;
  }
  let fade = 1.0 - squared;
  let weight = in.color.a * fade * fade;
  return vec4f(in.color.rgb * weight, weight);
}
