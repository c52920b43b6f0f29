/* verbs.h: the verbs of vmem.h: for each, the call of the core and the rule for the model. */
#ifndef VERBS_H
#define VERBS_H

#include "core/record.h"
#include "model.h"

/* The arguments of a verb. */
typedef struct request {
  model *m;
  uint64_t first, end; /* pages with at least one byte of the range */
  size_t offset, size; /* the range; > 0 */
  unsigned protection;
  size_t
      section; /* for sections.h: a slot, the page there, bytes, and whether to copy, or to make it growable */
  uint64_t from, bytes;
  bool copy;
} request;

typedef struct verb {
  const char *name;
  unsigned often;     /* its weight among the verbs */
  vm_event_kind what; /* the kind of its event in a recording */
  /* The error that the rules require before the system is called. NULL: they always allow it. */
  vm_error (*rule)(const request *q);
  vm_error (*call)(const request *q);
  /* Changes a page of the model. NULL: nothing changes. */
  void (*becomes)(const request *q, uint64_t page);
  /* What may be lost (vmem.h) after how many refusals. NULL: nothing. */
  void (*loses)(const request *q, model_excuse *excuse);
  unsigned loses_after;
  /* Widens the pages of the excuse, where the verb also changes others than those of the range. NULL: it does not. */
  void (*reaches)(const request *q, model_excuse *excuse);
  bool whole;                 /* it is about all pages of the region, whatever the range */
  void (*choose)(request *q); /* chooses more arguments; or NULL */
} verb;

extern const verb verbs[];
extern const size_t verbs_count;

const verb *verbs_find(const char *name);

/* A random verb, according to the weights. */
const verb *verb_pick(void);

#endif
