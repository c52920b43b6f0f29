/* file.h: Lua's files as arguments. */
#ifndef LUA_FILE_H
#define LUA_FILE_H

#include <stdio.h>

#include "lua/base.h"

/* The open file at `arg`; raises if it is none. Runs no Lua. */
FILE *l_checkfile(lua_State *L, int arg);

#endif
