/* handlers.h: calls the handlers that may mend a fault. */
#ifndef LUA_HANDLERS_H
#define LUA_HANDLERS_H

#include <lua.h>

/* A C function: runs the handlers for the fault at 1, the region's first. Returns when one has mended
** it, raises the fault when none has. */
int l_ask_handlers(lua_State *L);

#endif
