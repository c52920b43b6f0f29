/* touch.h: the policy of a region for accesses to its reserved pages: a touch commits. */
#ifndef TOUCH_H
#define TOUCH_H

#include "core/vmem.h"

/* Whether the region's policy answers an access that the page at `offset` refuses: the page is reserved, not
** trapped, and would allow `need` (VM_READ or VM_WRITE) once it is committed. */
bool vm_answers_touch(vm_region *region, size_t offset, unsigned need);

/* For an access of [offset, offset+size) whose first page the policy answers: commits that page, and the
** reserved pages next to it, up to the borders of the groups that hold the access. If the system refuses,
** only those of the access. The pages get the default protection; *run is what has been committed. Further
** pages of the access may be refused still, behind one that was committed already. Fails as vm_commit does,
** and then nothing has changed. */
vm_error vm_touch(vm_region *region, size_t offset, size_t size, vm_run *run);

#endif
