/* section.h: the section object, for the functions of regions that take or give one. */
#ifndef LUA_SECTION_H
#define LUA_SECTION_H

#include "core/section.h"
#include "lua/base.h"

/* The section at `arg`; raises if it is none, or closed. */
vm_section *l_checksection(lua_State *L, int arg);

/* Pushes the section that is attached at `offset` to the region at `arg`, or nil if there is none. It may run
** finalizers. */
void l_pushsection(lua_State *L, int arg, size_t offset);

#endif
