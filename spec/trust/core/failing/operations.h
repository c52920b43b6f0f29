/* operations.h: the functions of vmem.h that call the system or malloc. */
#ifndef OPERATIONS_H
#define OPERATIONS_H

#include "situations.h"

typedef struct operation operation;

/* Whether the operation may succeed although a call was refused. */
typedef enum operation_mends {
  NEVER,
  BELOW, /* code below os.h has another way, or leaves spare addresses reserved */
  MENDS  /* the core has another way, or does not need the call */
} operation_mends;

typedef vm_error operation_attempt(const operation *o, world *w, const request *q,
                                   const failures_plan *plan, failures_count *failed);

struct operation {
  const char *name; /* in vmem.h or record.h */
  operation_attempt *attempt;
  const char *verb;
  unsigned protection;
  ending how;
  bool recorded; /* with a recording */
  operation_mends mends;
  bool of_one; /* the range makes no difference to it */
  vm_request request;
};

extern const operation operations[];
extern const size_t operations_count;

#endif
