/* functions.h: the functions that a script has given to a region: its fault handler, and those of its traps. */
#ifndef LUA_FUNCTIONS_H
#define LUA_FUNCTIONS_H

#include "lua/base.h"

/* They are in a table, the region's user value: the handler here, and then what trap.c keeps. */
enum { L_HANDLER = 1, L_FIRST_TRAP };

/* Pushes a function of the region, or nil. */
void l_push_function(lua_State *L, vm_region *region, lua_Integer index);

/* Pushes the table of the region at 1. Allocates. */
void l_push_functions(lua_State *L);

#endif
