/* whole.h: sections of vmem's Lua code that no debug hook interrupts. */
#ifndef LUA_WHOLE_H
#define LUA_WHOLE_H

#include <lua.h>

/* Adds whole, meanwhile and attempt to the table on top of the stack. */
void l_open_whole(lua_State *L);

/* meanwhile: calls a function while a table's field has another value. */
int l_meanwhile(lua_State *L);

/* If L is a coroutine in which vmem runs such a section, the coroutine that waits for it; else NULL. */
lua_State *l_caller_of(lua_State *L);

#endif
