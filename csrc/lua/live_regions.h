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

/* Makes the region that the new userdata on top of the stack will have known to l_pushregion. Lua's memory
** may run out here; once there is a region nothing can. */
void l_enter_region(lua_State *L, const l_object *object);

/* The object on top of the stack holds `region`, and keeps its userdata from being collected. */
void l_attach(lua_State *L, l_object *object, vm_region *region);

/* Ends a region's life as vm_abandon does, and tells of it. */
void l_abandon(lua_State *L, vm_region *region, vm_release_cause how);

/* Before the first of them. */
void l_open_live_regions(lua_State *L);

#endif
