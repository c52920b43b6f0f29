/* page.h: page objects: r[i]. */
#ifndef LUA_PAGE_H
#define LUA_PAGE_H

#include "lua/base.h"

/* Pushes the page of this index (from 0) of the region at 1, and returns 1. */
int l_pushpage(lua_State *L, uint64_t index);

#endif
