/* Uniform gravity by a plug-in: the least that a force can be, and the measure of what calling a plug-in costs. */
#include "motes.h"

MOTES_PLUG_IN({
  "name": "gravity",
  "about": "The same acceleration for particles of mass 1.",
  "writes": ["force"],
  "parameters": [
    { "name": "acceleration", "default": [0, -9.81, 0], "min": -1e6, "max": 1e6, "unit": "length/time^2", "doc": "Acceleration." }
  ]
});

void MOTES_EXPORT(force)(motes_block block, const double *acceleration, motes_u32 first, motes_u32 count) {
  float *force = motes_field(block, "force");
  if (!force) return;
  const float x = (float)acceleration[0], y = (float)acceleration[1], z = (float)acceleration[2];
  for (float *f = force + 3 * first; f < force + 3 * (first + count); f += 3) {
    f[0] += x;
    f[1] += y;
    f[2] += z;
  }
}
