/* A low-pass filter: what lies above its corner gets duller by half for each octave. It keeps the last frame of both sides from call to call, in
 * data of its own, which the loader of plug-ins places behind the block. */
#include "motes.h"

/* Corner, in hertz. */
static const float corner = 300;
/* What was heard last, left and right. */
static float last[2];

static void smooth(float *side, int frames, float part, float *before) {
  for (int k = 0; k < frames; k++) side[k] = *before += part * (side[k] - *before);
}

void MOTES_EXPORT(process)(float *left, float *right, int frames, float rate) {
  const float turn = 6.2831853f * corner / rate;
  const float part = turn / (1 + turn);
  smooth(left, frames, part, &last[0]);
  smooth(right, frames, part, &last[1]);
}
