/* sequence.h: one sequence of steps over a few regions. A seed, or some bytes, determine all of it. */
#ifndef SEQUENCE_H
#define SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False when there was a mismatch. `file` is where the bytes are, for who wants to repeat it. */
bool sequence_run(uint64_t seed);
bool sequence_run_bytes(const uint8_t *bytes, size_t size, const char *file);

#endif
