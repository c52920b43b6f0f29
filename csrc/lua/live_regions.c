/* live_regions.c: finds, holds and ends the regions of one Lua state. */
#include "lua/live_regions.h"

#include "core/attachments.h"
#include "lua/classes.h"
#include "lua/note.h"
#include "lua/state.h"
#include "lua/steps.h"
#include "lua/told.h"
#include "lua/weak.h"

vm_space *l_space(lua_State *L) { return l_checkstate(L)->space; }

void l_abandon(lua_State *L, vm_region *region, vm_release_cause how) {
  vm_recording *recording = region->recording;
  if (recording != NULL) vm_record_before(recording); /* an error would keep the region */
  vm_abandon(region);
  if (recording != NULL) l_record_release(L, recording, region, how, VM_OK);
}

static void end_region(lua_State *L, l_object *object) {
  if (object->region == NULL) return;
  l_abandon(L, object->region, VM_BY_COLLECTION);
  object->region->owner = NULL;
}

static const char released[] = "region is released";

const l_class l_region_class = {"vmem.region", released, 0, L_SHORT_REGION, end_region};

static const char regions = 0; /* its address is a registry key: owner -> userdata, weak */

void l_pushregion(lua_State *L, vm_region *region) {
  l_push_weak(L, &regions, region->owner);
  const l_object *object = l_test(L, -1, &l_region_class);
  if (object != NULL && object->region == region) return;
  lua_pop(L, 1);
  lua_pushnil(L);
}

vm_region *l_liveregion(lua_State *L, const l_object *object) {
  if (object->region == NULL || !object->region->live) l_error(L, released);
  return object->region;
}

vm_region *l_checkregion(lua_State *L, int arg) {
  return l_liveregion(L, l_check(L, arg, &l_region_class));
}

void l_enter_region(lua_State *L, const l_object *object) { l_enter_weak(L, &regions, object); }

void l_attach(lua_State *L, l_object *object, vm_region *region) {
  vm_hold(region);
  l_give(L, object, region);
  l_pushregion(L, region);
  lua_setiuservalue(L, -2, 1);
}

static const char RUN = 0; /* its address leads to the metatable of runs */

int l_pushrun(lua_State *L, vm_region *region, size_t offset) {
  vm_run run = vm_query(region, offset);
  uintptr_t base = region->base;
  size_t size = region->size;
  const char *protection = l_protection(region->protection);
  bool mapped = vm_attachment_at(region, run.offset) != NULL;
  l_pushtrap(L, region, run.offset); /* last of all that reads the region: it may run finalizers */
  lua_createtable(L, 0, 11);
  lua_insert(L, -2);
  lua_setfield(L, -2, "trap");
  l_setinteger(L, "address", base + run.offset);
  l_setinteger(L, "offset", run.offset);
  l_setinteger(L, "size", run.size);
  l_pushstate(L, run.byte);
  lua_setfield(L, -3, "protection");
  lua_setfield(L, -2, "state");
  l_setinteger(L, "allocation_base", base);
  l_setinteger(L, "allocation_size", size);
  lua_pushstring(L, protection);
  lua_setfield(L, -2, "allocation_protection");
  lua_pushstring(L, mapped ? "mapped" : "private");
  lua_setfield(L, -2, "type");
  l_settold(L, &RUN);
  return 1;
}

void l_setsection(lua_State *L) {
  lua_pushliteral(L, "section");
  lua_rotate(L, -3, -1); /* the run, the key, the section */
  lua_rawset(L, -3);     /* raw: a script may have changed the metatable of runs */
}

/* {====== vmem.regions() and vmem.at(address) ====== */

/* (iterator, nil, last) */
static int next_region(lua_State *L) {
  uintptr_t from = 0;
  if (!lua_isnoneornil(L, 3)) {
    const l_object *last = l_check(L, 3, &l_region_class);
    if (last->region == NULL) return 0; /* its finalizer was called by hand: its place is lost */
    from = last->region->base + 1;
  }
  vm_region *region;
  while ((region = vm_next(l_space(L), from)) != NULL) {
    l_pushregion(L, region);
    if (!lua_isnil(L, -1)) return 1;
    lua_pop(L, 1); /* it is being collected */
    from = region->base + 1;
  }
  return 0;
}

static const l_steps REGIONS = {"vmem.regions", next_region};

int l_regions(lua_State *L) {
  lua_settop(L, 0);
  lua_pushnil(L);
  return l_pushsteps(L, &REGIONS, 0, 0);
}

int l_at(lua_State *L) {
  uintptr_t address = l_checkcount(L, 1, "address", 0, L_MOST);
  vm_region *region = vm_at(l_space(L), address);
  if (region == NULL) {
    luaL_pushfail(L);
    return 1;
  }
  lua_Integer offset = (lua_Integer)(address - region->base);
  l_pushregion(L, region);
  lua_pushinteger(L, offset);
  return 2;
}

/* ====== } */

void l_open_live_regions(lua_State *L) {
  l_open_weak(L, &regions);
  l_newsteps(L, &REGIONS);
  l_newtold(L, "vmem.run", &RUN);
  lua_pop(L, 1);
}
