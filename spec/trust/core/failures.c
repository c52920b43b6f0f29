/* failures.c: makes chosen calls fail; its malloc gives memory or refuses it. */
#include "failures.h"

#include <errno.h>
#include <stdlib.h>

#include "others.h"
#include "random.h"

static failures_plan plan;
static failures_count count;
static bool undoing;

void failures_begin(const failures_plan *wanted) {
  plan = *wanted;
  count = (failures_count){.injected = 0};
}

failures_count failures_end(void) {
  plan = (failures_plan){.no_memory = VM_OUT_OF_MEMORY};
  return count;
}

void failures_undo(bool begin) { undoing = begin; }

bool failures_undoing(void) { return undoing; }

static bool next_of(failures_level level) {
  if (plan.pattern == 0 || plan.level != level) return false;
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

bool failures_next(void) {
  others_tick();
  return next_of(OF_KERNEL);
}

bool failures_next_of_contract(vm_error *says) {
  *says = plan.says;
  return next_of(OF_CONTRACT);
}

uint64_t failures_done(uint64_t pages) {
  count.in_part++;
  switch (plan.part) {
    case PART_RANDOM: return random_below(pages + 1);
    case PART_HALF: return pages / 2;
    case PART_ALL: return pages;
    default: return 0;
  }
}

vm_error failures_no_memory(void) { return plan.no_memory; }

void failures_at_limit(void) {
  count.at_limit++;
  if (undoing) count.while_undoing++;
  errno = ENOMEM;
}

static bool lacks_memory(void) {
  bool lacks = failures_next();
  count.of_memory += lacks;
  return lacks;
}

void *fake_malloc(size_t size) { return lacks_memory() ? NULL : malloc(size); }

void *fake_calloc(size_t many, size_t size) { return lacks_memory() ? NULL : calloc(many, size); }

void *fake_realloc(void *block, size_t size) {
  return lacks_memory() ? NULL : realloc(block, size);
}
