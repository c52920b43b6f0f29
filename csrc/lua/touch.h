/* touch.h: lets the policy of a region commit pages that are touched. */
#ifndef LUA_TOUCH_H
#define LUA_TOUCH_H

#include "lua/access.h"

/* An access is refused `done` bytes after its range's start. True when the region's policy has committed what it
** could: then the access can go on from there. True with an *error: garbage was collected as well, and the access
** must start over. False: the fault is for the handlers; *error is VM_OK, or why the system refused to commit:
** then the fault has been recorded. */
bool l_touch(lua_State *L, const l_access *access, l_range range, size_t done, unsigned need,
             vm_error *error);

/* The same for one element that vm_allows_uncached has refused. True: the region's policy has committed its page,
** and the access is allowed now. False, also where accesses are recorded: l_touch has the last word. Runs no Lua. */
bool l_touch_element(vm_region *region, size_t offset, size_t size, unsigned need);

#endif
