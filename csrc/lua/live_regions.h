/* live_regions.h: the regions of one Lua state: found, held, ended. */
#ifndef LUA_LIVE_REGIONS_H
#define LUA_LIVE_REGIONS_H

#include "core/record.h"
#include "lua/object.h"

/* The space of this Lua state; raises once it is closed. */
vm_space *l_space(lua_State *L);

extern const l_class l_region_class;

/* The live region at `arg`; raises if it is not a region, or released. */
vm_region *l_checkregion(lua_State *L, int arg);

/* The live region of a page, view or fault; raises if released. */
vm_region *l_liveregion(lua_State *L, const l_object *object);

/* Pushes the userdata of a region, or nil if there is none any more. */
void l_pushregion(lua_State *L, vm_region *region);

/* Pushes the table of region:query, and returns 1. */
int l_pushrun(lua_State *L, vm_region *region, size_t offset);

/* Puts the section below that table, which is on top, into the table. It is pushed before the table is made, because
** pushing it may run finalizers. */
void l_setsection(lua_State *L);

/* Registers the new userdata on top of the stack for l_pushregion, before there is a region. Lua may run
** out of memory here; later, when the region exists, nothing can fail. */
void l_enter_region(lua_State *L, const l_object *object);

/* The object on top of the stack holds `region`, and keeps its userdata from being collected. */
void l_attach(lua_State *L, l_object *object, vm_region *region);

/* vm_abandon, and records the event. */
void l_abandon(lua_State *L, vm_region *region, vm_release_cause how);

/* Called once, by the opener, before the first region. */
void l_open_live_regions(lua_State *L);

#endif
