/* handlers.h: calls the handlers that may mend a fault. */
#ifndef LUA_HANDLERS_H
#define LUA_HANDLERS_H

#include <lua.h>

/* A C function: runs the handlers for the fault at 1. Returns when one has mended it, or has answered it: the
** answer is then in the table at 2. Raises the fault when none has. At 3 is the size of the whole access, at
** 4 whether the page's trap has been asked already. */
int l_ask_handlers(lua_State *L);

#endif
