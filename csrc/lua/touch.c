/* touch.c: lets the policy of a region commit pages that are touched, and records that. */
#include "lua/touch.h"

#include "core/touch.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "lua/trap.h"

static vm_error touch_run(lua_State *L, vm_region *region, size_t offset, size_t size,
                          vm_run *run) {
  vm_error error = vm_touch(region, offset, size, run);
  l_record(L, region, VM_DID_COMMIT, run->offset, run->size, region->protection, error);
  if (error == VM_OK) l_record(L, region, VM_DID_MEND, offset, 1, run->byte, VM_OK);
  return error;
}

/* A recording shows what a handler would have done: a fault, a commit, and that the fault is mended.
** Goes on behind each run that has been committed, so that a long access looks at each page once. */
bool l_touch(lua_State *L, const l_access *a, l_range range, size_t done, unsigned need,
             vm_error *error) {
  vm_region *region = range.region;
  if (region == NULL) region = vm_at(l_space(L), range.address + done);
  *error = VM_OK;
  if (region == NULL) return false;
  size_t at = range.address + done - region->base, end = at + (range.size - done);
  if (end > region->size) end = region->size; /* the rest is of another region */
  bool touched = false;
  while (vm_answers_touch(region, at, need)) {
    vm_run run;
    l_record_access(L, region, VM_DID_FAULT, at, range.size, need);
    *error = touch_run(L, region, at, end - at, &run);
    if (*error != VM_OK) return touched || l_collected(L, *error, (int)(a->tries & ~L_DECLINED));
    touched = true;
    size_t next = run.offset + run.size;
    if (next >= end || vm_allows(region, next, end - next, need, &at)) break;
  }
  return touched;
}

bool l_touch_element(vm_region *region, size_t offset, size_t size, unsigned need) {
  vm_run run;
  if (!region->live || region->around == 0)
    return false; /* after release the addresses may belong to other code */
  if (region->recording != NULL || region->table.forgets) return false;
  return vm_answers_touch(region, offset, need) && vm_touch(region, offset, size, &run) == VM_OK &&
         vm_allows_uncached(region, offset, size, need);
}
