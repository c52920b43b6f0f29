/* random.h: the numbers that choose a sequence: from a generator, where the same seed gives the same
** numbers on every machine, or from bytes that a fuzzer chooses. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void random_seed(uint64_t seed);

/* The caller keeps the bytes. After the last byte every number is 0. */
void random_bytes(const uint8_t *bytes, size_t size);

/* Whether there were bytes, and all of them are used. */
bool random_is_over(void);

/* 0 to end-1; end > 0. */
uint64_t random_below(uint64_t end);

static inline bool random_one_in(uint64_t many) { return random_below(many) == 0; }

#endif
