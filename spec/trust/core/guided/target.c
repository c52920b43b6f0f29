/* target.c: what libFuzzer calls. The bytes that it makes up choose a sequence; those that reach a branch
** of the core as none before are kept. */
#include <stdlib.h>

#include "sequence.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  if (!sequence_run_bytes(bytes, size, "FILE")) abort();
  return 0;
}
