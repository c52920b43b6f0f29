/* step.h: makes one call of the core, in which system calls may fail, and checks the result. */
#ifndef STEP_H
#define STEP_H

#include "verbs.h"

enum { SLOTS = 3 };

/* A space and its regions. */
typedef struct world {
  vm_space *space;
  model slot[SLOTS];
  unsigned step;
  bool tight; /* calls that undo may be refused, too */
} world;

typedef struct step_totals {
  unsigned long compared; /* attempts at operations */
  unsigned long injected, at_limit, while_undoing;
} step_totals;

extern step_totals step_total;

bool step_had_failures(const failures_count *failed);

vm_error step_verb(world *w, const verb *v, const request *q, const failures_plan *plan,
                   failures_count *failed);

/* The slot must be empty; it has a region after VM_OK. */
vm_error step_reserve(world *w, model *m, const vm_request *wanted, const failures_plan *plan,
                      failures_count *failed);

/* How a region ends. */
typedef enum ending { BY_RELEASE, BY_ABANDON, BY_DROP, ENDINGS } ending;

/* Only vm_release can fail. After VM_OK the slot is empty. */
vm_error step_end(world *w, model *m, ending how, const failures_plan *plan,
                  failures_count *failed);

#endif
