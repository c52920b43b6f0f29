/* region.c: the region object: its fields, query, release. Its other methods are in region_*.c. */
#include "lua/classes.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "lua/page.h"
#include "lua/plain.h"
#include "lua/section.h"
#include "lua/steps.h"

/* {====== Query and release ====== */

/* The offset at 2 of the region at 1, which is read again after finalizers may have run. */
static size_t opt_offset(lua_State *L) {
  const vm_region *region = l_checkregion(L, 1);
  return lua_isnoneornil(L, 2) ? 0 : l_checkoffset(L, 2, "offset", region, 1);
}

static int region_query(lua_State *L) {
  lua_settop(L, 2);
  l_pushsection(L, 1, opt_offset(L));
  size_t offset = opt_offset(L);
  l_pushrun(L, l_checkregion(L, 1), offset);
  l_setsection(L);
  return 1;
}

static int next_run(lua_State *L) {
  size_t offset;
  vm_region *region = l_short_step(L, &offset);
  if (region == NULL) {
    offset = l_begin_step(L);
    region = l_checkregion(L, 2);
  }
  if (offset >= region->size) return 0;
  vm_run run = vm_query(region, offset);
  l_pushtrap(L, region, run.offset); /* first: pushing may run finalizers */
  lua_pushinteger(L, (lua_Integer)run.offset);
  lua_pushinteger(L, (lua_Integer)run.size);
  l_pushstate(L, run.byte);
  lua_pushvalue(L, -5);                 /* the trap */
  l_set_step(L, run.offset + run.size); /* once all else is there */
  return 5;
}

static const l_steps RUNS = {"vmem.runs", next_run};

static int region_runs(lua_State *L) { return l_pushsteps(L, &RUNS, 0, l_checkregion(L, 1)->size); }

static int region_release(lua_State *L) {
  for (int tries = 0;; tries++) {
    vm_region *region = l_checkregion(L, 1);
    uintptr_t base = region->base;
    size_t size = region->size;
    vm_recording *recording = region->recording; /* a released region has none */
    l_record_before(L, region);
    vm_error error = vm_release(region);
    if (l_collected(L, error, tries)) continue;
    if (recording != NULL) l_record_release(L, recording, region, VM_BY_CALL, error);
    if (error == VM_OK) {
      lua_pushboolean(L, true); /* for assert */
      return 1;
    }
    const char *address = l_pushaddress(L, base);
    return l_refuse(L, error, NULL, "release %I bytes at %s", (lua_Integer)size, address);
  }
}

static int region_pointer(lua_State *L) {
  vm_region *region = l_checkregion(L, 1);
  size_t offset = lua_isnoneornil(L, 2) ? 0 : l_checkoffset(L, 2, "offset", region, 0);
  lua_pushlightuserdata(L, vm_memory(region, offset));
  return 1;
}

/* ====== } */

/* {====== Fields ====== */

static int region_base(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)l_checkregion(L, 1)->base);
  return 1;
}

static int region_size(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)l_checkregion(L, 1)->size);
  return 1;
}

static int region_protection(lua_State *L) {
  lua_pushstring(L, l_protection(l_checkregion(L, 1)->protection));
  return 1;
}

static int region_name(lua_State *L) {
  lua_pushstring(L, l_checkregion(L, 1)->name); /* nil for NULL */
  return 1;
}

static int region_committed(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)l_checkregion(L, 1)->committed);
  return 1;
}

static int region_sparse(lua_State *L) {
  lua_pushboolean(L, l_checkregion(L, 1)->marked_by == VM_BY_MISSING);
  return 1;
}

static int region_lazy(lua_State *L) {
  lua_pushboolean(L, l_checkregion(L, 1)->lazy);
  return 1;
}

static int region_touch(lua_State *L) {
  lua_pushstring(L, l_checkregion(L, 1)->around > 0 ? "commit" : NULL); /* nil for NULL */
  return 1;
}

static int region_around(lua_State *L) {
  const vm_region *region = l_checkregion(L, 1);
  if (region->around == 0) return 0;
  lua_pushinteger(L, (lua_Integer)region->around);
  return 1;
}

static int region_watched(lua_State *L) {
  lua_pushboolean(L, l_checkregion(L, 1)->watched);
  return 1;
}

static int region_concealed(lua_State *L) {
  lua_pushboolean(L, l_checkregion(L, 1)->concealed);
  return 1;
}

static int region_wiped(lua_State *L) {
  lua_pushboolean(L, l_checkregion(L, 1)->wiped);
  return 1;
}

/* ====== } */

/* {====== Metamethods ====== */

/* r[i] is a page; other keys are methods and fields. */
static int region_index(lua_State *L) {
  if (lua_type(L, 2) != LUA_TNUMBER) return l_index_member(L);
  vm_region *region = l_checkregion(L, 1);
  lua_Integer i = l_checkinteger(L, 2, "index");
  uint64_t pages = region->size >> region->page_shift;
  if ((uint64_t)i - 1 >= pages) return 0;
  return l_pushpage(L, (uint64_t)i - 1);
}

/* The iterator of pairs: returns the index and page after index arg[2]. */
static int region_next(lua_State *L) {
  vm_region *region = l_checkregion(L, 1);
  lua_Integer i = l_checkinteger(L, 2, "index");
  if ((uint64_t)i >= region->size >> region->page_shift) return 0;
  lua_pushinteger(L, i + 1);
  l_pushpage(L, (uint64_t)i);
  return 2;
}

static int region_pairs(lua_State *L) {
  l_checkregion(L, 1);
  return l_pairs(L, region_next);
}

static int region_newindex(lua_State *L) {
  l_check(L, 1, &l_region_class);
  return l_error(L,
                 "a region's pages and fields cannot be assigned to; "
                 "use its methods, or a view");
}

static int region_len(lua_State *L) {
  vm_region *region = l_checkregion(L, 1);
  lua_pushinteger(L, (lua_Integer)(region->size >> region->page_shift));
  return 1;
}

static int region_tostring(lua_State *L) {
  vm_region *region = NULL;
  if (!l_isover(L, 1, &l_region_class))
    region = ((const l_object *)l_check(L, 1, &l_region_class))->region;
  if (region == NULL || !region->live) {
    lua_pushstring(L, "vmem.region (released)");
    return 1;
  }
  lua_Integer size = (lua_Integer)region->size, committed = (lua_Integer)region->committed;
  lua_pushfstring(L, "vmem.region %s: %I bytes, %I committed", l_push_place(L, region), size,
                  committed);
  return 1;
}

/* Releases the region. The object keeps the shell, which still has the region's description. */
static int region_close(lua_State *L) {
  const l_object *object = l_test(L, 1, &l_region_class);
  if (object != NULL && object->region != NULL) l_abandon(L, object->region, VM_BY_CLOSE);
  return 0;
}

/* ====== } */

static const luaL_Reg region_meta[] = {
    {"__newindex", region_newindex}, {"__len", region_len},     {"__pairs", region_pairs},
    {"__tostring", region_tostring}, {"__close", region_close}, {NULL, NULL},
};

static const luaL_Reg own_methods[] = {
    {"pointer", region_pointer},
    {"query", region_query},
    {"release", region_release},
    {"runs", region_runs},
    {NULL, NULL},
};

static const luaL_Reg region_fields[] = {
    {"around", region_around},
    {"base", region_base},
    {"committed", region_committed},
    {"concealed", region_concealed},
    {"lazy", region_lazy},
    {"name", region_name},
    {"protection", region_protection},
    {"size", region_size},
    {"sparse", region_sparse},
    {"touch", region_touch},
    {"watched", region_watched},
    {"wiped", region_wiped},
    {NULL, NULL},
};

void l_open_region(lua_State *L, const luaL_Reg *const methods[]) {
  const l_members members = {region_meta, own_methods, methods, region_fields, region_index};
  l_newclass(L, &l_region_class, &members);
  l_newsteps(L, &RUNS);
  lua_pop(L, 1);
}
