/* sequence.h: one sequence of steps over a few regions. A seed, or some bytes, determine all of it. */
#ifndef SEQUENCE_H
#define SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False if there was a mismatch. `file` has the bytes; its name is printed, for repeating the sequence. */
bool sequence_run(uint64_t seed);
bool sequence_run_bytes(const uint8_t *bytes, size_t size, const char *file);

#endif
