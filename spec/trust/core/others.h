/* others.h: another process, which makes a file of the fake kernel shorter while a call of the core runs. */
#ifndef OTHERS_H
#define OTHERS_H

#include <stdbool.h>
#include <stdint.h>

/* At the next call of the kernel or of malloc, after the first `before`, the file becomes so long if it is longer. */
typedef struct others_plan {
  int file; /* 0: they do nothing */
  unsigned before;
  uint64_t size; /* bytes */
} others_plan;

void others_begin(const others_plan *plan);

/* Whether they have done what was planned. */
bool others_did(void);

/* From here on they do nothing. Gives what others_did gave, which is false again from now on. */
bool others_end(void);

/* A call begins. */
void others_tick(void);

#endif
