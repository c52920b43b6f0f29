/* touching.h: an access to reserved pages of a region where touches commit. */
#ifndef TOUCHING_H
#define TOUCHING_H

#include "verbs.h"

/* VM_NOT_COMMITTED if the first page is none that a touch commits. */
vm_error touchable(const request *q);
vm_error touch(const request *q);
void becomes_touched(const request *q, uint64_t page);

/* A touch may commit the group around its pages. */
void reaches_group(const request *q, model_excuse *excuse);

#endif
