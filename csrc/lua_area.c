/* lua_area.c: the rest of the process: any address, the whole address space. */
#include <stdlib.h>

#include "lua_vmem.h"
#include "os.h"

/* {====== Queries ====== */

static void set_string(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

static void push_free(lua_State *L, uintptr_t address, size_t size) {
  lua_createtable(L, 0, 3);
  l_setinteger(L, "address", address);
  l_setinteger(L, "size", size);
  set_string(L, "state", "free");
}

/* Foreign areas may have protections that vmem has no word for, as write-only. */
static const char *bits_of(unsigned protection) {
  static const char *const words[] = {"none", "r", "w", "rw", "x", "rx", "wx", "rwx"};
  return words[protection & (VM_READ | VM_WRITE | VM_EXECUTE)];
}

/* [address, address+size) of an area that is not ours. Pushing may run finalizers, and one of them
** may end the walk that owns the area: the name is pushed first, the rest copied. */
static void push_foreign(lua_State *L, const os_area *shown, uintptr_t address, size_t size) {
  os_area area = *shown;
  bool named = area.name[0] != '\0';
  lua_pushstring(L, area.name);
  lua_createtable(L, 0, 8);
  l_setinteger(L, "address", address);
  l_setinteger(L, "size", size);
  set_string(L, "state", area.reserved ? "reserved" : "committed");
  if (!area.reserved) set_string(L, "protection", bits_of(area.protection));
  l_setinteger(L, "allocation_base", area.address);
  l_setinteger(L, "allocation_size", area.size);
  lua_pushboolean(L, area.shared);
  lua_setfield(L, -2, "shared");
  lua_insert(L, -2);
  if (named)
    lua_setfield(L, -2, "name");
  else
    lua_pop(L, 1);
}

/* ====== } */

/* {====== A walk over the areas of a process ====== */

static const char *const AREAS = "vmem.areas";

#define L_AREAS L_KIND('A')

typedef struct l_areas_walk {
  l_object object;
  os_area *area; /* for free() */
  size_t count, next;
  uintptr_t cursor, end;
  bool own; /* our regions are told as they are, not as the system sees them */
} l_areas_walk;

static l_areas_walk *new_walk(lua_State *L) {
  return l_new(L, L_AREAS, sizeof(l_areas_walk), AREAS);
}

/* `most`: how many areas will be wanted, from that one on. */
static vm_error begin_walk(l_areas_walk *walk, long pid, uintptr_t from, size_t most) {
  uintptr_t highest = os_get_limits()->highest;
  walk->own = pid == 0;
  walk->cursor = from;
  vm_error error = os_areas(pid, from, most, &walk->area, &walk->count);
  if (error != VM_OK) return error;
  walk->end = highest;
  if (highest == 0 && walk->count > 0)
    walk->end = walk->area[walk->count - 1].address + walk->area[walk->count - 1].size;
  return VM_OK;
}

static int walk_gc(lua_State *L) {
  l_areas_walk *walk = l_test(L, 1, L_AREAS, sizeof *walk);
  if (walk == NULL) return 0;
  free(walk->area);
  walk->area = NULL;
  walk->count = 0;
  walk->end = 0;
  return 0;
}

/* Pushes a table for what is at the cursor, and moves the cursor behind it. */
static int push_step(lua_State *L, l_areas_walk *walk) {
  uintptr_t from = walk->cursor;
  if (from >= walk->end) return 0;
  uintptr_t to = walk->end;
  if (walk->own) {
    const vm_space *space = l_space(L);
    vm_region *ours = vm_at(space, from), *above = vm_next(space, from);
    if (ours != NULL) {
      vm_run run = vm_query(ours, from - ours->base);
      walk->cursor = ours->base + run.offset + run.size;
      return l_pushrun(L, ours, from - ours->base);
    }
    if (above != NULL && above->base < to) to = above->base;
  }
  while (walk->next < walk->count &&
         walk->area[walk->next].address + walk->area[walk->next].size <= from)
    walk->next++;
  const os_area *area = walk->next < walk->count ? &walk->area[walk->next] : NULL;
  if (area == NULL || area->address > from) {
    if (area != NULL && area->address < to) to = area->address;
    walk->cursor = to;
    push_free(L, from, to - from);
  } else {
    if (area->size - (from - area->address) < to - from) to = area->address + area->size;
    walk->cursor = to;
    push_foreign(L, area, from, to - from);
  }
  return 1;
}

static int next_area(lua_State *L) {
  l_areas_walk *walk = l_test(L, 1, L_AREAS, sizeof *walk);
  if (walk == NULL) return luaL_typeerror(L, 1, AREAS);
  return push_step(L, walk);
}

/* vmem.areas([pid]) */
int l_areas(lua_State *L) {
  long pid = lua_isnoneornil(L, 1) ? 0 : (long)l_checkcount(L, 1, "pid", 1, 0x7fffffff);
  lua_pushcfunction(L, next_area);
  l_areas_walk *walk = new_walk(L);
  vm_error error = begin_walk(walk, pid, 0, SIZE_MAX);
  if (error != VM_OK) {
    const char *advice = NULL;
    if (error == VM_INVALID_ADDRESS) advice = "there is no such process";
    if (error == VM_PERMISSION_DENIED) advice = "the system does not let this user look into it";
    if (pid == 0) return l_refuse(L, error, advice, "list the areas of this process");
    return l_refuse(L, error, advice, "list the areas of process %d", (int)pid);
  }
  lua_pushnil(L);
  lua_pushvalue(L, -2); /* the loop closes it */
  return 4;
}

/* vmem.query(address) */
int l_query(lua_State *L) {
  uintptr_t address = l_checkcount(L, 1, "address", 0, LUA_MAXINTEGER);
  vm_region *region = vm_at(l_space(L), address);
  if (region != NULL) return l_pushrun(L, region, address - region->base);
  l_areas_walk *walk = new_walk(L);
  uintptr_t page = address & ~(uintptr_t)(os_get_limits()->page_size - 1);
  vm_error error = begin_walk(walk, 0, page, 1);
  if (error == VM_OK && address >= walk->end) error = VM_INVALID_ADDRESS;
  if (error != VM_OK) {
    const char *text = l_pushaddress(L, address);
    return l_refuse(L, error, NULL, "query %s", text);
  }
  return push_step(L, walk);
}

/* ====== } */

/* Address and size are arguments; returns the bytes, or nothing. */
static int peek(lua_State *L) {
  uintptr_t address = (uintptr_t)lua_tointeger(L, 1);
  size_t size = (size_t)lua_tointeger(L, 2);
  luaL_Buffer buffer;
  char *to = luaL_buffinitsize(L, &buffer, size);
  if (os_peek(address, to, size) != VM_OK) return 0;
  luaL_pushresultsize(&buffer, size);
  return 1;
}

/* vmem.peek(address, size) */
int l_peek(lua_State *L) {
  uintptr_t address = l_checkcount(L, 1, "address", 0, LUA_MAXINTEGER);
  size_t size = l_checkcount(L, 2, "size", 0, LUA_MAXINTEGER - (size_t)address);
  lua_settop(L, 2);
  lua_pushcfunction(L, peek);
  lua_insert(L, 1);
  int status = lua_pcall(L, 2, 1, 0);
  if (status == LUA_OK && !lua_isnil(L, -1)) return 1;
  const char *text = l_pushaddress(L, address);
  if (status != LUA_OK) /* there is no other error than that of memory */
    return l_refuse(L, VM_OUT_OF_MEMORY, "a string of that size does not fit",
                    "read %I bytes at %s", (lua_Integer)size, text);
  return l_refuse(L, VM_INVALID_ADDRESS, "the processor does not let all of them be read",
                  "read %I bytes at %s", (lua_Integer)size, text);
}

static const luaL_Reg meta[] = {
    {"__gc", walk_gc},
    {"__close", walk_gc},
    {NULL, NULL},
};

void l_open_area(lua_State *L) {
  static const luaL_Reg none[] = {
      {NULL, NULL},
  };
  l_newclass(L, AREAS, meta, none, none, NULL);
  lua_pop(L, 1);
}
