// Every particle as a shaded sphere.

@vertex
fn vertex(@builtin(vertex_index) vertex: u32) -> Sphere {
  let row = particle(vertex / 3u);
  if row.w <= NOT_ALIVE {
    return Sphere(NOWHERE, vec3f(), vec4f(), vec3f());
  }
  return sphere_corner(row.xyz, view.scalar.w, color_of(row.w), vertex % 3u);
}

@fragment
fn fragment(in: Sphere) -> Fragment {
  return sphere_shade(in);
}
