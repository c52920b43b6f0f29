/* failures.h: chooses which of the core's calls of the kernel and malloc fail; both share one count. */
#ifndef FAILURES_H
#define FAILURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/vmem.h"

/* Which calls are counted, and fail. */
typedef enum failures_level {
  OF_KERNEL,  /* calls of the kernel and of malloc */
  OF_CONTRACT /* calls of os.h */
} failures_level;

/* How much of its work a failing call has done, if the kernel or os.h allows that. */
typedef enum failures_part { PART_NONE, PART_RANDOM, PART_HALF, PART_ALL } failures_part;

/* Which calls of a step fail. All zeros: none. */
typedef struct failures_plan {
  unsigned before;  /* the first calls, which do not fail */
  unsigned pattern; /* for each later call, lowest bit first: whether it fails */
  failures_level level;
  failures_part part;
  int error;          /* the errno of calls of the kernel */
  vm_error no_memory; /* the meaning of ENOMEM */
  vm_error says;      /* the error of calls of os.h */
} failures_plan;

/* The failures of a step. */
typedef struct failures_count {
  unsigned injected;      /* calls failed as planned */
  unsigned at_limit;      /* calls failed at the limit of mappings */
  unsigned while_undoing; /* of these, between os_drop_spare_mappings and os_keep_spare_mappings */
  unsigned injected_undoing;
  unsigned of_memory; /* injected into malloc, calloc or realloc */
  unsigned in_part;   /* injected into calls that may do a part of the work */
} failures_count;

void failures_begin(const failures_plan *plan);

/* From here on nothing fails. Returns the failures since failures_begin. */
failures_count failures_end(void);

/* The core begins, or ends, to undo the changes of a refused call. */
void failures_undo(bool begin);
bool failures_undoing(void);

/* Whether this call must fail; sets errno then. */
bool failures_next(void);

/* The same for a function of os.h. */
bool failures_next_of_contract(vm_error *says);

/* How many of the pages a failing call has done. */
uint64_t failures_done(uint64_t pages);
vm_error failures_no_memory(void);

/* This call fails because the limit of mappings is reached. Sets errno. */
void failures_at_limit(void);

void *fake_malloc(size_t size);
void *fake_calloc(size_t count, size_t size);
void *fake_realloc(void *block, size_t size);

#endif
