/* verbs.h: the verbs of vmem.h: for each the call of the core, and the rule for the model. */
#ifndef VERBS_H
#define VERBS_H

#include "core/record.h"
#include "model.h"

/* What a verb is asked for. */
typedef struct request {
  model *m;
  uint64_t first, end; /* pages with at least one byte of the range */
  size_t offset, size; /* the range; > 0 */
  unsigned protection;
} request;

typedef struct verb {
  const char *name;
  unsigned often;     /* as compared with the others */
  vm_event_kind what; /* as a recording has it */
  /* What the rules say before the system is asked. NULL: they always allow it. */
  vm_error (*rule)(const request *q);
  vm_error (*call)(const request *q);
  /* What becomes of a page of the range. NULL: nothing. */
  void (*becomes)(const request *q, uint64_t page);
  /* When it is refused for good, what may be lost (vmem.h), and after how many refusals. NULL: nothing. */
  void (*loses)(const request *q, model_excuse *excuse);
  unsigned loses_after;
} verb;

extern const verb verbs[];
extern const size_t verbs_count;

const verb *verbs_find(const char *name);

/* One of them, as often as it is due. */
const verb *verb_pick(void);

#endif
