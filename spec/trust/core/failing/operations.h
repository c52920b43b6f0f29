/* operations.h: the functions of vmem.h that call the system or malloc. */
#ifndef OPERATIONS_H
#define OPERATIONS_H

#include "situations.h"

typedef struct operation operation;

/* Whether it may go well though a call was refused. */
typedef enum operation_mends {
  NEVER,
  BELOW, /* what is below os.h does without, or asks in another way: addresses to spare stay taken then */
  MENDS /* there is another way, or no need of it */
} operation_mends;

typedef vm_error operation_attempt(const operation *o, world *w, const request *q,
                                   const failures_plan *plan, failures_count *failed);

struct operation {
  const char *name; /* in vmem.h or record.h */
  operation_attempt *attempt;
  const char *verb;
  unsigned protection;
  ending how;
  bool recorded; /* what happens is recorded */
  operation_mends mends;
  bool of_one; /* it is all the same to it which range it is about */
  vm_request request;
};

extern const operation operations[];
extern const size_t operations_count;

#endif
