// The twelve edges of the domain, as 24 vertices of lines.

@vertex
fn vertex(@builtin(vertex_index) vertex: u32) -> @builtin(position) vec4f {
  let edge = vertex / 2u;
  let axis = edge / 4u;
  // Two bits choose the edge among the four along this axis, the vertex chooses the end.
  let bits = vec3u(vertex & 1u, edge & 1u, (edge >> 1u) & 1u);
  var ends = bits;
  if axis == 1u {
    ends = bits.zxy;
  } else if axis == 2u {
    ends = bits.yzx;
  }
  return view.clip_from_world * vec4f(mix(view.bounds_min.xyz, view.bounds_max.xyz, vec3f(ends)), 1.0);
}

@fragment
fn fragment() -> @location(0) vec4f {
  return vec4f(encoded(linear_from_srgb(view.line_color.rgb)), 1.0);
}
