/* whole.h: sections of Lua that no hook interrupts, and their callers. */
#ifndef LUA_WHOLE_H
#define LUA_WHOLE_H

#include <lua.h>

/* Adds whole, meanwhile and attempt to the table on top of the stack. */
void l_open_whole(lua_State *L);

/* The coroutine that waits for what runs in L, which is vmem's own; NULL when L is none of these. */
lua_State *l_caller_of(lua_State *L);

#endif
