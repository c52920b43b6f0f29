/* random.c: a small generator (splitmix), which needs no warming up whatever the seed. */
#include "random.h"

static uint64_t state;

void random_seed(uint64_t seed) { state = seed; }

uint64_t random_below(uint64_t end) {
  state += UINT64_C(0x9e3779b97f4a7c15);
  uint64_t mixed = (state ^ state >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
  return (mixed ^ mixed >> 31) % end;
}
