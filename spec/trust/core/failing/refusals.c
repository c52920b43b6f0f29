/* refusals.c: the ways to refuse a call: each error, after none, half or all of the work; only this
** call, or all calls from it on. */
#include "refusals.h"

#include <errno.h>

enum { ONCE = 1, FROM_THERE_ON = -1 };

/* How a call is refused: an errno and the meaning of ENOMEM, or the error of a function of os.h. */
typedef struct answer {
  int error;
  vm_error word;
} answer;

static const answer of_kernel[] = {{ENOMEM, VM_OUT_OF_MEMORY}, {ENOMEM, VM_TOO_MANY_MAPPINGS},
                                   {EINVAL, VM_OUT_OF_MEMORY}, {EACCES, VM_OUT_OF_MEMORY},
                                   {ENOSYS, VM_OUT_OF_MEMORY}, {EAGAIN, VM_OUT_OF_MEMORY},
                                   {EEXIST, VM_OUT_OF_MEMORY}};

static const answer of_contract[] = {{0, VM_OUT_OF_MEMORY},  {0, VM_TOO_MANY_MAPPINGS},
                                     {0, VM_NOT_SUPPORTED},  {0, VM_PERMISSION_DENIED},
                                     {0, VM_ADDRESS_IN_USE}, {0, VM_NOT_COMMITTED},
                                     {0, VM_INVALID_ADDRESS}};

enum { ANSWERS = sizeof of_kernel / sizeof *of_kernel, LASTING = 3 };

static failures_plan plan_of(failures_level level, unsigned before, size_t answered) {
  answer a = level == OF_KERNEL ? of_kernel[answered] : of_contract[answered];
  return (failures_plan){.before = before,
                         .pattern = ONCE,
                         .level = level,
                         .part = PART_NONE,
                         .error = a.error,
                         .no_memory = a.word,
                         .says = a.word};
}

/* Memory is refused in one way only, and not every call can have done a part of its work. */
bool refusals_each(failures_level level, unsigned before, refusals_act *act, void *with) {
  static const failures_part parts[] = {PART_NONE, PART_HALF, PART_ALL};
  failures_plan plan = plan_of(level, before, 0);
  failures_count first = act(&plan, with);
  if (first.injected == 0) return false;
  size_t answers = first.of_memory > 0 ? 1 : ANSWERS, ways = first.in_part > 0 ? 3 : 1;
  for (size_t i = 0; i < answers; i++)
    for (size_t part = 0; part < ways; part++) {
      plan = plan_of(level, before, i);
      plan.part = parts[part];
      if (i + part > 0) (void)act(&plan, with);
      if (i >= LASTING || part == 1) continue;
      plan.pattern = (unsigned)FROM_THERE_ON;
      (void)act(&plan, with);
    }
  return true;
}
