/* Plug-ins for Motes in C. Freestanding: no library is needed.
 *
 * A plug-in exports some of the functions below. `block` is the address of the block, `parameters` that of the numbers that MOTES_PLUG_IN
 * declares, in that order (a vector takes three); outputs follow them. Rows are `first` to `first + count`; other threads have the others.
 *
 *   init(block, parameters)                        before the first step, after each reset, and whenever arrays have moved
 *   force(block, parameters, first, count)         adds to the array `force`
 *   velocity(block, parameters, first, count, dt)  changes velocities after the kick, before particles move
 *   position(block, parameters, first, count, dt)  changes positions after they have moved
 *   after_step(block, parameters)                  once a step, on one thread
 */
#ifndef MOTES_H
#define MOTES_H

#include "motes_layout.h"

typedef unsigned char motes_u8;
typedef unsigned int motes_u32;
typedef unsigned long long motes_u64;
typedef const motes_u8 *motes_block;

/* Makes a function of the plug-in visible to the host. */
#define MOTES_EXPORT(name) __attribute__((export_name(#name), visibility("default"))) name

/* Describes the plug-in: JSON, in a section of the module that takes no memory. */
#define MOTES_TEXT(...) #__VA_ARGS__
#define MOTES_QUOTED(text) MOTES_TEXT(text)
#define MOTES_PLUG_IN(...) \
  __asm__(".section .custom_section.motes.plug_in,\"\",@\n.ascii " MOTES_QUOTED(MOTES_TEXT(__VA_ARGS__)) "\n.section .text,\"\",@\n")

static inline motes_u32 motes_word(motes_block block, motes_u32 offset) {
  return *(const motes_u32 *)(block + offset);
}

/* Particles in use. */
static inline motes_u32 motes_particle_count(motes_block block) {
  return motes_word(block, MOTES_HEADER_PARTICLE_COUNT);
}

/* Steps done. */
static inline motes_u64 motes_step(motes_block block) {
  return *(const motes_u64 *)(block + MOTES_HEADER_STEP);
}

/* Simulated time. */
static inline double motes_time(motes_block block) {
  return *(const double *)(block + MOTES_HEADER_TIME);
}

/* The array of that name, or 0 when the scene has none: `position`, `velocity` and `force` have three floats a row, `id` and `species` a
 * word. Looking it up in every call costs little; what `init` keeps holds until the next `init`. */
static inline void *motes_field(motes_block block, const char *name) {
  motes_block entry = block + motes_word(block, MOTES_HEADER_FIELD_TABLE);
  for (motes_u32 left = motes_word(block, MOTES_HEADER_FIELD_COUNT); left > 0; left--, entry += MOTES_FIELD_BYTES) {
    motes_u32 k = 0;
    while (k < 31 && name[k] && entry[MOTES_FIELD_NAME + k] == (motes_u8)name[k]) k++;
    if (name[k] == 0 && entry[MOTES_FIELD_NAME + k] == 0) return (void *)(block + motes_word(entry, MOTES_FIELD_OFFSET));
  }
  return 0;
}

#endif
