/* region.c: the region userdata and its verbs. */
#include <string.h>

#include "lua/binding.h"
#include "lua/slot.h"
#include "os/os.h"

static void end_region(lua_State *L, l_object *object) {
  if (object->region == NULL) return;
  l_abandon(L, object->region, VM_BY_COLLECTION);
  object->region->owner = NULL;
}

static const char released[] = "region is released";

const l_class l_region_class = {"vmem.region", released, 0, L_SHORT_REGION, end_region};

static const char regions = 0; /* its address is a registry key: owner -> userdata, weak */

void l_pushregion(lua_State *L, vm_region *region) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &regions) == LUA_TTABLE)
    lua_rawgetp(L, -1, region->owner);
  else
    lua_pushnil(L); /* somebody has been in the registry */
  lua_remove(L, -2);
  const l_object *object = l_test(L, -1, &l_region_class);
  if (object != NULL && object->region == region) return;
  lua_pop(L, 1);
  lua_pushnil(L);
}

vm_region *l_liveregion(lua_State *L, const l_object *object) {
  if (object->region == NULL || !object->region->live) l_error(L, released);
  return object->region;
}

/* The region userdata at `arg`, released or not. */
static l_object *check_object(lua_State *L, int arg) { return l_check(L, arg, &l_region_class); }

vm_region *l_checkregion(lua_State *L, int arg) { return l_liveregion(L, check_object(L, arg)); }

int l_pushstate(lua_State *L, unsigned byte) {
  if (byte & VM_COMMITTED) {
    lua_pushstring(L, "committed");
    lua_pushstring(L, l_protection(byte));
  } else {
    lua_pushstring(L, "reserved");
    lua_pushnil(L);
  }
  return 2;
}

/* {====== Reserving ====== */

static void unknown_option(lua_State *L, const char *name) {
  l_argerror(L, 2,
             "option '%s' is unknown; there are address, conceal, name, "
             "protection, sparse, top_down, watch and wipe",
             name);
}

/* Integer of 0 or more on top of the stack. */
static uintptr_t option_address(lua_State *L) {
  int fits = 0;
  lua_Integer value = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &fits) : 0;
  if (!fits || value < 0 || (lua_Unsigned)value > UINTPTR_MAX)
    l_argerror(L, 2, "option address must be an integer of 0 or more, not %s",
               luaL_tolstring(L, -1, NULL));
  return (uintptr_t)value;
}

static bool option_flag(lua_State *L, const char *name) {
  if (!lua_isboolean(L, -1)) l_argerror(L, 2, "option %s must be true or false", name);
  return lua_toboolean(L, -1);
}

/* The value of an option is on top of the stack, its name below it. */
static void read_option(lua_State *L, vm_request *request) {
  if (lua_type(L, -2) != LUA_TSTRING)
    l_argerror(L, 2, "option names are strings, not %s", luaL_typename(L, -2));
  size_t length;
  const char *name = lua_tolstring(L, -2, &length);
  if (strlen(name) != length) unknown_option(L, name); /* a zero byte is no end */
  if (strcmp(name, "address") == 0) {
    request->address = option_address(L);
    request->fixed = true;
  } else if (strcmp(name, "top_down") == 0) {
    request->top_down = option_flag(L, name);
  } else if (strcmp(name, "watch") == 0) {
    request->watch = option_flag(L, name);
  } else if (strcmp(name, "sparse") == 0) {
    request->sparse = option_flag(L, name);
  } else if (strcmp(name, "conceal") == 0) {
    request->conceal = option_flag(L, name);
  } else if (strcmp(name, "wipe") == 0) {
    request->wipe = option_flag(L, name);
  } else if (strcmp(name, "protection") == 0) {
    if (lua_type(L, -1) != LUA_TSTRING || !l_parseprotection(L, -1, &request->protection))
      l_argerror(L, 2,
                 "option protection is %s: say none, r, rw, x, rx or rwx; "
                 "+guard may follow all but none",
                 luaL_tolstring(L, -1, NULL));
  } else if (strcmp(name, "name") == 0) {
    if (lua_type(L, -1) != LUA_TSTRING || strlen(lua_tostring(L, -1)) != lua_rawlen(L, -1))
      l_argerror(L, 2, "option name must be a string without zero bytes");
    request->name = lua_tostring(L, -1); /* the options table keeps it */
  } else {
    unknown_option(L, name);
  }
}

static vm_request check_request(lua_State *L) {
  vm_request request = {0};
  request.size = l_checkcount(L, 1, "size", 1, LUA_MAXINTEGER);
  request.protection = VM_READ | VM_WRITE;
  if (lua_isnoneornil(L, 2)) return request;
  if (!lua_istable(L, 2)) l_argerror(L, 2, "options must be a table, not %s", luaL_typename(L, 2));
  lua_pushnil(L);
  while (lua_next(L, 2) != 0) {
    read_option(L, &request);
    lua_pop(L, 1);
  }
  return request;
}

/* A recording follows the new region. */
static void record_reserve(lua_State *L, vm_region *region, bool commit) {
  vm_recording *recording = vm_recording_of(l_space(L));
  if (recording == NULL) return;
  vm_event event = {.size = region->size, .byte = (uint8_t)region->protection};
  l_record_event(L, recording, region, &event);
  if (commit) l_record(L, region, VM_DID_COMMIT, 0, region->size, region->protection, VM_OK);
}

static void record_refusal(lua_State *L, const vm_request *request, vm_error error, bool commit) {
  vm_recording *recording = vm_recording_of(l_space(L));
  if (recording == NULL) return;
  vm_event event = {.offset = request->address,
                    .size = request->size,
                    .what = VM_DID_REFUSED,
                    .detail = commit ? VM_DID_ALLOCATE : VM_DID_RESERVE,
                    .error = (uint8_t)error};
  l_record_event(L, recording, NULL, &event);
}

/* How many addresses can be reserved at all. Where the system hides it, as many as there are bits for. */
static size_t address_space(void) {
  const os_limits *limits = os_get_limits();
  return (limits->highest != 0 ? limits->highest : SIZE_MAX) - limits->lowest;
}

/* "a process has 2^47 addresses here": the power of two that is not below them. */
static const char *push_address_space(lua_State *L) {
  int bits = 0;
  while (bits < (int)sizeof(size_t) * 8 - 1 && address_space() >> bits > 0) bits++;
  return lua_pushfstring(L, "a process has 2^%d addresses here; ask for less", bits);
}

static int refuse_reserve(lua_State *L, vm_error error, const char *verb,
                          const vm_request *request) {
  lua_Integer size = (lua_Integer)request->size;
  if (error == VM_NOT_SUPPORTED && request->conceal)
    return l_refuse(L, error, NULL, "conceal %I bytes", size);
  const char *advice = request->size > address_space() ? push_address_space(L) : NULL;
  if (!request->fixed) return l_refuse(L, error, advice, "%s %I bytes", verb, size);
  if (error == VM_INVALID_ADDRESS && advice == NULL)
    advice =
        "nothing can be reserved there; choose an address of 64 KiB or more that a process may "
        "use";
  const char *address = l_pushaddress(L, request->address);
  return l_refuse(L, error, advice, "%s %I bytes at %s", verb, size, address);
}

/* Makes the region that the new userdata on top of the stack will have known to l_pushregion. Lua's memory
** may run out here; once there is a region nothing can. */
static void enter_object(lua_State *L, const l_object *object) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &regions) == LUA_TTABLE) {
    lua_pushvalue(L, -2);
    lua_rawsetp(L, -2, object);
  }
  lua_pop(L, 1);
}

/* Pushes the new region, or nil, message, code. */
static int reserve(lua_State *L, bool commit) {
  lua_settop(L, 2);
  for (int tries = 0;; tries++) {
    l_object *object = l_new(L, &l_region_class); /* closed until it has one */
    enter_object(L, object);
    vm_request request = check_request(L);
    vm_region *region;
    vm_error error = vm_reserve(l_space(L), &request, &region);
    if (error == VM_OK && commit) {
      error = vm_commit(region, 0, region->size, region->protection);
      if (error != VM_OK) vm_drop(region);
    }
    if (error == VM_OK) {
      region->owner = object;
      l_give(L, object, region);
      record_reserve(L, region, commit);
      return 1;
    }
    lua_settop(L, 2);
    if (l_collected(L, error, tries)) continue;
    record_refusal(L, &request, error, commit);
    return refuse_reserve(L, error, commit ? "allocate" : "reserve", &request);
  }
}

int l_reserve(lua_State *L) { return reserve(L, false); }

int l_allocate(lua_State *L) { return reserve(L, true); }

/* ====== } */

/* {====== Finding ====== */

static int next_region(lua_State *L) {
  uintptr_t from = 0;
  if (!lua_isnoneornil(L, 2)) {
    const l_object *last = check_object(L, 2);
    if (last->region == NULL) return 0; /* finalised by hand: nobody knows where it was */
    from = last->region->base + 1;
  }
  vm_region *region;
  while ((region = vm_next(l_space(L), from)) != NULL) {
    l_pushregion(L, region);
    if (!lua_isnil(L, -1)) return 1;
    lua_pop(L, 1); /* being collected right now */
    from = region->base + 1;
  }
  return 0;
}

int l_regions(lua_State *L) {
  lua_pushcfunction(L, next_region);
  return 1;
}

int l_at(lua_State *L) {
  uintptr_t address = l_checkcount(L, 1, "address", 0, LUA_MAXINTEGER);
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

/* {====== Looking, and letting go ====== */

int l_pushrun(lua_State *L, vm_region *region, size_t offset) {
  vm_run run = vm_query(region, offset);
  uintptr_t base = region->base;
  size_t size = region->size;
  const char *protection = l_protection(region->protection);
  lua_createtable(L, 0, 8);
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
  return 1;
}

static int region_query(lua_State *L) {
  vm_region *region = l_checkregion(L, 1);
  size_t offset = lua_isnoneornil(L, 2) ? 0 : l_checkoffset(L, 2, "offset", region, 1);
  return l_pushrun(L, region, offset);
}

/* Upvalues: the region, and the offset to go on from. */
static int next_run(lua_State *L) {
  vm_region *region = l_checkregion(L, lua_upvalueindex(1));
  size_t offset = (size_t)lua_tointeger(L, lua_upvalueindex(2));
  if (offset >= region->size) return 0;
  vm_run run = vm_query(region, offset);
  lua_pushinteger(L, (lua_Integer)(run.offset + run.size));
  lua_replace(L, lua_upvalueindex(2));
  lua_pushinteger(L, (lua_Integer)run.offset);
  lua_pushinteger(L, (lua_Integer)run.size);
  return 2 + l_pushstate(L, run.byte);
}

static int region_runs(lua_State *L) {
  l_checkregion(L, 1);
  lua_settop(L, 1);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, next_run, 2);
  return 1;
}

static int region_release(lua_State *L) {
  for (int tries = 0;; tries++) {
    vm_region *region = l_checkregion(L, 1);
    uintptr_t base = region->base;
    size_t size = region->size;
    vm_recording *recording = region->recording; /* which a released one has no more */
    l_record_before(region);
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
  lua_pushboolean(L, l_checkregion(L, 1)->trap == VM_TRAP_MISSING);
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
  if (lua_type(L, 2) != LUA_TNUMBER) return l_member(L);
  vm_region *region = l_checkregion(L, 1);
  lua_Integer i = l_checkinteger(L, 2, "index");
  uint64_t pages = region->size >> region->page_shift;
  if ((uint64_t)i - 1 >= pages) return 0;
  return l_pushpage(L, (uint64_t)i - 1);
}

/* What pairs calls: the page after the one at arg[2], with its index. */
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
  check_object(L, 1);
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
  if (!l_isover(L, 1, &l_region_class)) region = check_object(L, 1)->region;
  if (region == NULL || !region->live) {
    lua_pushstring(L, "vmem.region (released)");
    return 1;
  }
  lua_Integer size = (lua_Integer)region->size, committed = (lua_Integer)region->committed;
  const char *address = l_pushaddress(L, region->base);
  lua_pushfstring(L, "vmem.region %s: %I bytes, %I committed", address, size, committed);
  return 1;
}

/* The shell stays, for whoever asks what the region was. */
static int region_close(lua_State *L) {
  const l_object *object = l_test(L, 1, &l_region_class);
  if (object != NULL && object->region != NULL) l_abandon(L, object->region, VM_BY_CLOSE);
  return 0;
}

/* ====== } */

static const luaL_Reg meta[] = {
    {"__newindex", region_newindex}, {"__len", region_len},     {"__pairs", region_pairs},
    {"__tostring", region_tostring}, {"__close", region_close}, {NULL, NULL},
};

static const luaL_Reg methods[] = {
    {"on_fault", l_region_on_fault},
    {"pointer", region_pointer},
    {"query", region_query},
    {"release", region_release},
    {"runs", region_runs},
    {"view", l_region_view},
    {NULL, NULL},
};

static const luaL_Reg fields[] = {
    {"base", region_base},
    {"committed", region_committed},
    {"concealed", region_concealed},
    {"name", region_name},
    {"protection", region_protection},
    {"size", region_size},
    {"sparse", region_sparse},
    {"watched", region_watched},
    {"wiped", region_wiped},
    {NULL, NULL},
};

void l_open_region(lua_State *L) {
  l_newclass(L, &l_region_class, meta, methods, fields, region_index);
  lua_getfield(L, -1, "__index");
  lua_getupvalue(L, -1, 1);
  luaL_setfuncs(L, l_verb_methods, 0);
  luaL_setfuncs(L, l_bytes_methods, 0);
  luaL_setfuncs(L, l_file_methods, 0);
  luaL_setfuncs(L, l_pack_methods, 0);
  lua_pop(L, 3);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &regions) == LUA_TNIL) { /* else loaded before */
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushstring(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &regions);
  }
  lua_pop(L, 1);
}
