/* random.h: the numbers that a sequence is made of. The same seed gives the same ones everywhere. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdbool.h>
#include <stdint.h>

void random_seed(uint64_t seed);

/* 0 to end-1; end > 0. */
uint64_t random_below(uint64_t end);

static inline bool random_one_in(uint64_t many) { return random_below(many) == 0; }

#endif
