/* failures.c: which call fails, and the memory that is given or not. */
#include "failures.h"

#include <errno.h>
#include <stdlib.h>

static failures_plan plan;
static failures_count count;
static bool undoing;

void failures_begin(const failures_plan *wanted) {
  plan = *wanted;
  count = (failures_count){.injected = 0};
}

failures_count failures_end(void) {
  plan = (failures_plan){0, 0, 0, false, VM_OUT_OF_MEMORY};
  return count;
}

bool failures_seen(void) { return count.injected + count.at_limit > 0; }

void failures_undo(bool begin) { undoing = begin; }

bool failures_undoing(void) { return undoing; }

bool failures_next(void) {
  if (plan.pattern == 0) return false;
  if (plan.before > 0) {
    plan.before--;
    return false;
  }
  bool now = plan.pattern & 1U;
  plan.pattern >>= 1;
  if (!now) return false;
  count.injected++;
  if (undoing) count.while_undoing++, count.injected_undoing++;
  errno = plan.error;
  return true;
}

bool failures_half(void) { return plan.half; }

vm_error failures_no_memory(void) { return plan.no_memory; }

void failures_at_limit(void) {
  count.at_limit++;
  if (undoing) count.while_undoing++;
  errno = ENOMEM;
}

void *fake_malloc(size_t size) { return failures_next() ? NULL : malloc(size); }

void *fake_calloc(size_t many, size_t size) { return failures_next() ? NULL : calloc(many, size); }

void *fake_realloc(void *block, size_t size) {
  return failures_next() ? NULL : realloc(block, size);
}
