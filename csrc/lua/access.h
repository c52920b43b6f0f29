/* access.h: the check before every access to memory. */
#ifndef LUA_ACCESS_H
#define LUA_ACCESS_H

#include "lua/base.h"

/* Every access goes through one of these before it touches memory:
**
**   static int xk (lua_State *L, int status, lua_KContext tries) {
**     for (;; tries++) {
**       ... read the arguments ...
**       if (l_check_access(L, region, offset, size, VM_READ, tries, xk)) { ... touch, return ... }
**     }
**   }
**
** l_check_access is true when every byte may be touched. If not, the handlers run. When none mends the
** fault it is raised; when one does, l_check_access is false, or, if the handler yielded, `again` is
** called: either way the access starts over and trusts nothing from before. */
bool l_check_access(lua_State *L, vm_region *region, size_t offset, size_t size, unsigned need,
                    lua_KContext tries, lua_KFunction again);

/* The same for addresses of any regions of this state. */
bool l_check_access_at(lua_State *L, uintptr_t address, size_t size, unsigned need,
                       lua_KContext tries, lua_KFunction again);

#endif
