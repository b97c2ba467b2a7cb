/* For tests: counts its steps where a pointer says that it should, by a function that another pointer names; both pointers are data. The
 * count is a force, so that the state knows of it. */
#include "motes.h"

MOTES_PLUG_IN({
  "name": "counts",
  "about": "Counts steps; the count pushes along x.",
  "writes": ["force"],
  "outputs": [{ "name": "steps", "unit": "", "doc": "Steps made." }]
});

__attribute__((visibility("default"))) float made;

static void count(float *where) {
  *where += 1;
}

static float *volatile where = &made;
static void (*volatile how)(float *) = count;

void MOTES_EXPORT(force)(motes_block block, const void *parameters, motes_u32 first, motes_u32 rows) {
  float *force = motes_field(block, "force");
  for (motes_u32 i = first; i < first + rows; i++) force[3 * i] += 0.01f * *where;
}

void MOTES_EXPORT(after_step)(motes_block block, double *outputs) {
  how(where);
  outputs[0] = made;
}
