// A sphere from one triangle: the triangle covers the silhouette, each fragment meets the ray with the sphere.

struct Sphere {
  @builtin(position) clip: vec4f,
  @location(0) world: vec3f,
  @location(1) @interpolate(flat) center: vec4f,
  @location(2) @interpolate(flat) color: vec3f,
}

struct Fragment {
  @location(0) color: vec4f,
  @builtin(frag_depth) depth: f32,
}

// Corner `index` of the triangle about a sphere. Spheres too small to see keep a radius of LEAST_PIXELS.
const LEAST_PIXELS: f32 = 0.7;

fn sphere_corner(center: vec3f, radius: f32, color: vec3f, index: u32) -> Sphere {
  let away = center - view.eye.xyz;
  let distance = length(away);
  let seen = max(radius, LEAST_PIXELS * distance / view.eye.w);
  var out: Sphere;
  out.center = vec4f(center, seen);
  out.color = color;
  out.clip = NOWHERE;
  if distance > seen * 1.001 {
    let direction = away / distance;
    let side = normalize(cross(direction, view.up.xyz));
    // The silhouette's circle, seen from nearby, is wider than the sphere.
    let wide = seen * distance / sqrt(distance * distance - seen * seen);
    let at = corner(index) * wide;
    out.world = center + side * at.x + cross(side, direction) * at.y;
    out.clip = view.clip_from_world * vec4f(out.world, 1.0);
  }
  return out;
}

// Light from above the eye's left shoulder; a matt surface with a small highlight.
fn sphere_shade(in: Sphere) -> Fragment {
  let ray = normalize(in.world - view.eye.xyz);
  let to_center = in.center.xyz - view.eye.xyz;
  let along = dot(ray, to_center);
  let beside = to_center - ray * along;
  let half_squared = in.center.w * in.center.w - dot(beside, beside);
  if half_squared < 0.0 {
    discard;
  }
  let hit = view.eye.xyz + ray * (along - sqrt(half_squared));
  let normal = (hit - in.center.xyz) / in.center.w;
  let light = normalize(view.up.xyz * 0.75 - view.right.xyz * 0.45 - view.forward.xyz * 0.9);
  let diffuse = 0.5 + 0.5 * dot(normal, light);
  let highlight = pow(max(dot(normal, normalize(light - ray)), 0.0), 40.0) * 0.12;
  let lit = in.color * (0.16 + 0.94 * diffuse * diffuse) + vec3f(highlight);
  let clip = view.clip_from_world * vec4f(hit, 1.0);
  return Fragment(vec4f(encoded(hazed(lit, along)), 1.0), clip.z / clip.w);
}
