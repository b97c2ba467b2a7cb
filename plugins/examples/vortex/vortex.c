/* Turns particles about an axis: a force along the circle around it, strongest at a radius (the profile of a Lamb-Oseen vortex). */
#include "motes.h"

MOTES_PLUG_IN({
  "name": "vortex",
  "about": "A force along circles about an axis, strongest at a radius.",
  "writes": ["force"],
  "parameters": [
    { "name": "strength", "default": 5, "min": -1000, "max": 1000, "unit": "force", "doc": "Greatest force; negative turns the other way." },
    { "name": "radius", "default": 0.5, "min": 0.001, "max": 1000, "unit": "length", "doc": "Where it is greatest." },
    { "name": "center", "default": [0, 0, 0], "min": -1000, "max": 1000, "unit": "length", "doc": "A point of the axis, which is parallel to y." }
  ]
});

struct parameters {
  double strength, radius, center[3];
};

void MOTES_EXPORT(force)(motes_block block, const struct parameters *p, motes_u32 first, motes_u32 count) {
  const float *position = motes_field(block, "position");
  float *force = motes_field(block, "force");
  if (!position || !force) return;
  const float x0 = (float)p->center[0], z0 = (float)p->center[2], inner = (float)(p->radius * p->radius);
  /* r / (r^2 + R^2) has its maximum 1 / (2 R) at R. */
  const float scale = (float)(2 * p->strength * p->radius);
  for (motes_u32 i = first; i < first + count; i++) {
    const float x = position[3 * i] - x0, z = position[3 * i + 2] - z0;
    const float size = scale / (x * x + z * z + inner);
    force[3 * i] -= size * z;
    force[3 * i + 2] += size * x;
  }
}
