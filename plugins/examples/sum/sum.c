/* The least there is: JavaScript writes numbers into the plug-in's array, C adds them up, JavaScript reads the sum. */
#include "motes.h"

MOTES_PLUG_IN({
  "name": "sum",
  "about": "Adds up a thousand numbers that somebody else writes.",
  "writes": [],
  "outputs": [{ "name": "total", "unit": "", "doc": "Their sum." }]
});

__attribute__((visibility("default"))) float numbers[1000];

void MOTES_EXPORT(after_step)(motes_block block, double *outputs) {
  double total = 0;
  for (int k = 0; k < 1000; k++) total += numbers[k];
  outputs[0] = total;
}
