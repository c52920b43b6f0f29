/* random.c: random numbers, from a small generator (splitmix) for which every seed is good, or from a
** fuzzer's bytes, with as few bytes as possible for each number. */
#include "random.h"

static uint64_t state;
static const uint8_t *next; /* NULL: the generator's numbers */
static size_t left;

void random_seed(uint64_t seed) {
  state = seed;
  next = NULL;
}

void random_bytes(const uint8_t *bytes, size_t size) {
  next = bytes;
  left = size;
}

bool random_is_over(void) { return next != NULL && left == 0; }

static uint64_t take_byte(void) {
  if (left == 0) return 0;
  left--;
  return *next++;
}

static uint64_t below_by_bytes(uint64_t end) {
  uint64_t number = 0;
  for (uint64_t most = end - 1; most > 0; most >>= 8) number = number << 8 | take_byte();
  return number % end;
}

static uint64_t below_by_state(uint64_t end) {
  state += UINT64_C(0x9e3779b97f4a7c15);
  uint64_t mixed = (state ^ state >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
  return (mixed ^ mixed >> 31) % end;
}

uint64_t random_below(uint64_t end) {
  return next != NULL ? below_by_bytes(end) : below_by_state(end);
}
