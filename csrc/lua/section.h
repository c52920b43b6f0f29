/* section.h: the section object, for the functions of regions that take or give one. */
#ifndef LUA_SECTION_H
#define LUA_SECTION_H

#include "core/attachments.h"
#include "lua/base.h"

/* The section at `arg`; raises if it is none, or closed. */
vm_section *l_checksection(lua_State *L, int arg);

/* Its size in bytes; raises if other code has closed its descriptor. */
uint64_t l_sectionsize(lua_State *L, const vm_section *section);

/* Pushes the section that is attached at `offset` to the region at `arg`, and gives its attachment, which is good
** until Lua allocates again. If there is none, or the region is released, it pushes nil and gives NULL. It may run
** finalizers, and gives what there is after them. */
const vm_attachment *l_pushsection(lua_State *L, int arg, size_t offset);

#endif
