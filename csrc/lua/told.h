/* told.h: the metatables of what is no object of vmem, and of which print says what it is: runs, areas, iterators.
** lua/vmem/init.lua gives them their __tostring. Nothing is known by them. */
#ifndef LUA_TOLD_H
#define LUA_TOLD_H

#include <lauxlib.h>
#include <lua.h>

/* Makes a metatable, which `key` leads to in the registry, and leaves it on the stack. */
void l_newtold(lua_State *L, const char *name, const void *key);

/* Gives it to the value on top of the stack. */
void l_settold(lua_State *L, const void *key);

/* Pushes a table of all of them by name. */
void l_push_told(lua_State *L);

#endif
