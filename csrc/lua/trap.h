/* trap.h: traps: functions of a script that answer the accesses to pages. */
#ifndef LUA_TRAP_H
#define LUA_TRAP_H

#include "lua/access.h"
#include "lua/view.h"

/* A bit of the context `tries` of an access: the trap's function has left it to the handlers. */
enum { L_DECLINED = 1 << 30 };

/* While a trap's function runs for an element, the context has the element's type, and a bit for an answer that is
** to be recorded. */
enum { L_TRAP_TYPE = 8, L_TRAP_RECORDED = 16 };

static inline unsigned l_trap_type(lua_KContext context) {
  return (unsigned)(context >> L_TRAP_TYPE) & 0xff;
}

/* Pushes the function of the page's trap that answers such an access; false, and nothing, if there is none. */
bool l_push_trap(lua_State *L, vm_region *region, size_t offset, unsigned need);

/* Pushes the name of an element's type, given as that type plus 1; nil for bytes. */
void l_push_type(lua_State *L, unsigned type);

/* Before the first try of an access to one element of the view at 1, whose region is live; `value` is NULL, or the
** element that is written. When the page refuses it, and a trap answers it, calls the trap's function, with a K
** function. Then the result is on top, and *context as the K function gets it. */
bool l_call_trap(lua_State *L, vm_region *region, size_t offset, unsigned type, const void *value,
                 lua_KFunction again, lua_KContext *context);

/* The result of a trap's function for a read of an element, which is on top; false if that is nil. Raises if
** it does not fit the type, which is given plus 1. */
bool l_trap_element(lua_State *L, unsigned type, l_element *element);

/* The same for bytes: raises if they are not so many. */
bool l_trap_bytes(lua_State *L, size_t size);

/* The result of a trap's function for a write: whether it has taken the bytes. */
bool l_trap_has_taken(lua_State *L);

#endif
