/* asks.h: checks the core's queries about pages against the model. */
#ifndef ASKS_H
#define ASKS_H

#include "verbs.h"

vm_error ask(const request *q);

/* vm_resident alone, which may be refused. */
vm_error ask_resident(const request *q);

#endif
