/* Holds particles on a sphere: a constraint, by the method RATTLE (Andersen 1983). A particle that is elsewhere is put there. */
#include "motes.h"

MOTES_PLUG_IN({
  "name": "shell",
  "about": "Holds particles on a sphere, along which they move freely.",
  "writes": ["position", "position_low", "velocity"],
  "parameters": [
    { "name": "radius", "default": 1, "min": 0.001, "max": 1e6, "unit": "length", "doc": "Radius of the sphere." },
    { "name": "center", "default": [0, 0, 0], "min": -1e6, "max": 1e6, "unit": "length", "doc": "Its middle." }
  ]
});

struct parameters {
  double radius, center[3];
};

/* A particle this near to the sphere, as a share of the radius, is on it. */
static const double NEAR = 1e-3;

static double dot(const double *a, const double *b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Before particles move: nothing of a velocity leads away from the sphere. */
void MOTES_EXPORT(velocity)(motes_block block, const struct parameters *p, motes_u32 first, motes_u32 count, double dt) {
  const float *position = motes_field(block, "position");
  float *velocity = motes_field(block, "velocity");
  for (motes_u32 i = 3 * first; i < 3 * (first + count); i += 3) {
    double out[3], v[3];
    for (int k = 0; k < 3; k++) out[k] = position[i + k] - p->center[k], v[k] = velocity[i + k];
    const double square = dot(out, out), share = square > 0 ? dot(out, v) / square : 0;
    for (int k = 0; k < 3; k++) velocity[i + k] = (float)(v[k] - share * out[k]);
  }
}

/* After they have moved: back onto the sphere along the radius that they came from, which is what takes no energy. */
void MOTES_EXPORT(position)(motes_block block, const struct parameters *p, motes_u32 first, motes_u32 count, double dt) {
  float *position = motes_field(block, "position"), *low = motes_field(block, "position_low");
  float *velocity = motes_field(block, "velocity");
  const double radius = p->radius;
  for (motes_u32 i = 3 * first; i < 3 * (first + count); i += 3) {
    double x[3], from[3];
    for (int k = 0; k < 3; k++) {
      x[k] = (double)position[i + k] + (low ? low[i + k] : 0) - p->center[k];
      from[k] = x[k] - dt * velocity[i + k];
    }
    const double square = dot(from, from), along = dot(x, from), beyond = dot(x, x) - radius * radius;
    const double root = along * along - square * beyond, off = __builtin_sqrt(square) - radius;
    const int on = root > 0 && off < NEAR * radius && off > -NEAR * radius;
    const double back = on ? (along - __builtin_sqrt(root)) / square : 0, size = on ? 1 : radius / __builtin_sqrt(dot(x, x));
    for (int k = 0; k < 3; k++) {
      const double to = p->center[k] + size * (x[k] - back * from[k]);
      if (on) velocity[i + k] -= (float)(back * from[k] / dt);
      position[i + k] = (float)to;
      if (low) low[i + k] = (float)(to - position[i + k]);
    }
  }
}
