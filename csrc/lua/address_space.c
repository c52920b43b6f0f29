/* address_space.c: vmem.areas, vmem.query and vmem.peek, for any address of a process. */
#include "lua/area_walk.h"
#include "lua/classes.h"
#include "lua/live_regions.h"
#include "lua/section.h"
#include "lua/told.h"
#include "os/os.h"

static void set_string(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

static const char AREA = 0; /* its address leads to the metatable of areas */

static void push_free(lua_State *L, uintptr_t address, size_t size) {
  lua_createtable(L, 0, 3);
  l_setinteger(L, "address", address);
  l_setinteger(L, "size", size);
  set_string(L, "state", "free");
  l_settold(L, &AREA);
}

/* Pushes [address, address+size) of an area outside vmem. Pushing may run finalizers, and one of them
** may end the walk that owns the area: so the name is pushed first, and the rest is copied. */
static void push_foreign(lua_State *L, const os_area *shown, uintptr_t address, size_t size) {
  os_area area = *shown;
  bool named = area.name[0] != '\0';
  lua_pushstring(L, area.name);
  lua_createtable(L, 0, 8);
  l_setinteger(L, "address", address);
  l_setinteger(L, "size", size);
  set_string(L, "state", area.reserved ? "reserved" : "committed");
  if (!area.reserved) set_string(L, "protection", l_bits_of(area.protection));
  l_setinteger(L, "allocation_base", area.address);
  l_setinteger(L, "allocation_size", area.size);
  lua_pushboolean(L, area.shared);
  lua_setfield(L, -2, "shared");
  lua_insert(L, -2);
  if (named)
    lua_setfield(L, -2, "name");
  else
    lua_pop(L, 1);
  l_settold(L, &AREA);
}

static void push_step(lua_State *L, const l_step *step) {
  if (step->ours != NULL)
    l_pushrun(L, step->ours, step->from - step->ours->base);
  else if (step->area != NULL)
    push_foreign(L, step->area, step->from, step->to - step->from);
  else
    push_free(L, step->from, step->to - step->from);
}

/* If memory runs out, the cursor stays where it was. */
static int next_area(lua_State *L) {
  l_step step;
  l_walk *walk = l_check_walk(L);
  if (walk == NULL) return 0;
  if (!l_take_step(L, walk, &step)) return l_end_walk(L);
  walk->cursor = step.from;
  push_step(L, &step);
  walk = l_walk_at(L, 1); /* a finalizer may have replaced or advanced it */
  if (walk != NULL && walk->cursor == step.from) walk->cursor = step.to;
  return 1;
}

/* Lets the collector count the walk's memory, which it frees where a loop is left by break: of the object it knows
** a few bytes only, and many such loops would pile up. */
static void count_memory(lua_State *L, const l_walk *walk) {
  size_t kilobytes =
      1 + walk->count * 2 * sizeof *walk->area / 1024; /* a name is about as long as the rest */
  if (lua_gc(L, LUA_GCISRUNNING) <= 0) return;
#if LUA_VERSION_NUM == 504
  lua_gc(L, LUA_GCSTEP, (int)kilobytes);
#else
  lua_gc(L, LUA_GCSTEP, 1024 * kilobytes);
#endif
}

/* vmem.areas([pid]) */
int l_areas(lua_State *L) {
  long pid = l_optpid(L);
  l_walk *walk = l_new_walk(L);
  vm_error error = l_begin_walk(walk, pid, 0, SIZE_MAX);
  if (error != VM_OK) return l_refuse_areas(L, error, pid);
  count_memory(L, walk);
  return 1;
}

/* vmem.query(address) */
int l_query(lua_State *L) {
  uintptr_t address = l_checkcount(L, 1, "address", 0, L_MOST);
  vm_region *region;
  while ((region = vm_at(l_space(L), address)) != NULL) {
    lua_settop(L, 1);
    l_pushregion(L, region);
    l_pushsection(L, 2, address - region->base);
    if (vm_at(l_space(L), address) != region) continue; /* a finalizer has released it */
    l_pushrun(L, region, address - region->base);
    l_setsection(L);
    return 1;
  }
  l_walk *walk = l_new_walk(L);
  uintptr_t page = address & ~(uintptr_t)(os_get_limits()->page_size - 1);
  vm_error error = l_begin_walk(walk, 0, page, 1);
  if (error == VM_OK && address >= walk->end) error = VM_INVALID_ADDRESS;
  if (error != VM_OK) {
    const char *text = l_pushaddress(L, address);
    return l_refuse(L, error, NULL, "query %s", text);
  }
  l_step step;
  if (!l_take_step(L, walk, &step)) return 0;
  push_step(L, &step);
  return 1;
}

/* (address, size): returns the bytes, or the error as an integer. */
static int peek(lua_State *L) {
  uintptr_t address = (uintptr_t)lua_tointeger(L, 1);
  size_t size = (size_t)lua_tointeger(L, 2);
  luaL_Buffer buffer;
  char *to = luaL_buffinitsize(L, &buffer, size);
  vm_error error = os_peek(address, to, size);
  if (error == VM_OK)
    luaL_pushresultsize(&buffer, size);
  else
    lua_pushinteger(L, (lua_Integer)error);
  return 1;
}

/* vmem.peek(address, size) */
int l_peek(lua_State *L) {
  uintptr_t address = l_checkcount(L, 1, "address", 0, L_MOST);
  size_t size = l_checkcount(L, 2, "size", 0, L_MOST - address);
  lua_settop(L, 2);
  lua_pushcfunction(L, peek);
  lua_insert(L, 1);
  int status = lua_pcall(L, 2, 1, 0);
  if (status == LUA_OK && lua_type(L, -1) == LUA_TSTRING) return 1;
  vm_error error = status == LUA_OK ? (vm_error)lua_tointeger(L, -1) : VM_OUT_OF_MEMORY;
  const char *text = l_pushaddress(L, address);
  if (status != LUA_OK) /* the only possible error is out of memory */
    return l_refuse(L, error, "a string of that size does not fit", "read %I bytes at %s",
                    (lua_Integer)size, text);
  const char *advice =
      error == VM_INVALID_ADDRESS ? "the processor does not let all of them be read" : NULL;
  return l_refuse(L, error, advice, "read %I bytes at %s", (lua_Integer)size, text);
}

void l_open_address_space(lua_State *L) {
  l_newtold(L, "vmem.area", &AREA);
  luaL_getmetatable(L, "vmem.areas"); /* of walks: a loop calls them */
  lua_pushcfunction(L, next_area);
  lua_setfield(L, -2, "__call");
  lua_pop(L, 2);
}
