/* check_queries.h: checks the core's queries about pages against the model. */
#ifndef CHECK_QUERIES_H
#define CHECK_QUERIES_H

#include "verbs.h"

vm_error ask(const request *q);

/* Checks only vm_resident, which may be refused. */
vm_error ask_resident(const request *q);

#endif
