/* failures.h: chooses which of the core's calls of kernel and malloc fail; one count runs over both. */
#ifndef FAILURES_H
#define FAILURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/vmem.h"

/* Whose calls are counted, and fail. */
typedef enum failures_level {
  OF_KERNEL,  /* those to the kernel, and to malloc */
  OF_CONTRACT /* the functions of os.h */
} failures_level;

/* How much of its work a call has done that fails, where a kernel or os.h says that this can be. */
typedef enum failures_part { PART_NONE, PART_RANDOM, PART_HALF, PART_ALL } failures_part;

/* What a step wants to fail. All zeros: nothing. */
typedef struct failures_plan {
  unsigned before;  /* so many calls go well first */
  unsigned pattern; /* of the calls from then on, lowest bit first: whether it fails */
  failures_level level;
  failures_part part;
  int error;          /* errno, of the kernel's */
  vm_error no_memory; /* what ENOMEM turns out to mean */
  vm_error says;      /* of those of os.h */
} failures_plan;

/* What came of it. */
typedef struct failures_count {
  unsigned injected;      /* calls failed as planned */
  unsigned at_limit;      /* calls failed for want of mappings */
  unsigned while_undoing; /* of these, between os_drop_spare_mappings and os_keep_spare_mappings */
  unsigned injected_undoing;
  unsigned of_memory; /* of those injected: malloc and its kin */
  unsigned in_part;   /* of those injected: could have done a part of the work */
} failures_count;

void failures_begin(const failures_plan *plan);

/* Nothing fails from here on. Gives what has failed since failures_begin. */
failures_count failures_end(void);

/* The core has begun, or ended, to put back what a refused call has changed. */
void failures_undo(bool begin);
bool failures_undoing(void);

/* Whether the call that asks is to fail; errno is set then. */
bool failures_next(void);

/* The same of a function of os.h. */
bool failures_next_of_contract(vm_error *says);

/* How many of so many pages are done before a call fails. */
uint64_t failures_done(uint64_t pages);
vm_error failures_no_memory(void);

/* The call that asks found as many mappings as there may be. Sets errno. */
void failures_at_limit(void);

void *fake_malloc(size_t size);
void *fake_calloc(size_t count, size_t size);
void *fake_realloc(void *block, size_t size);

#endif
