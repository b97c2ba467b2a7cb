// Spheres that particles collide with, in grey.

@group(1) @binding(0) var<uniform> obstacles: array<vec4f, 32>;

@vertex
fn vertex(@builtin(vertex_index) vertex: u32) -> Sphere {
  let sphere = obstacles[vertex / 3u];
  return sphere_corner(sphere.xyz, sphere.w, vec3f(0.22), vertex % 3u);
}

@fragment
fn fragment(in: Sphere) -> Fragment {
  return sphere_shade(in);
}
