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
  /* Rows are x, y, z, x, y, z, ...: four of them are three vectors of four numbers. */
  float four[12];
  for (int k = 0; k < 12; k++) four[k] = (float)acceleration[k % 3];
  float *f = force + 3 * first, *end = f + 3 * count;
  for (; f + 12 <= end; f += 12) {
    for (int k = 0; k < 12; k++) f[k] += four[k];
  }
  for (int k = 0; f + k < end; k++) f[k] += four[k];
}
