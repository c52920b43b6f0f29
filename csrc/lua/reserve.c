/* reserve.c: vmem.reserve and vmem.allocate, and their options. */
#include <string.h>

#include "lua/addresses.h"
#include "lua/classes.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "os/os.h"

static void unknown_option(lua_State *L, const char *name) {
  l_argerror(
      L, 2,
      "option '%s' is unknown; there are address, alignment, around, conceal, highest, lazy, "
      "lowest, name, protection, sparse, top_down, touch, watch and wipe",
      name);
}

/* The integer of `least` or more on top of the stack. */
static uintptr_t option_address(lua_State *L, const char *name, int least) {
  lua_Integer value;
  if (!l_optioninteger(L, least, (lua_Integer)L_MOST, &value))
    l_argerror(L, 2, "option %s must be an integer of %d or more, not %s", name, least,
               luaL_tolstring(L, -1, NULL));
  return (uintptr_t)value;
}

static size_t option_alignment(lua_State *L) {
  lua_Integer value;
  if (!l_optioninteger(L, 1, (lua_Integer)L_MOST, &value) || (value & (value - 1)) != 0)
    l_argerror(L, 2, "option alignment must be a power of two, not %s",
               luaL_tolstring(L, -1, NULL));
  return (size_t)value;
}

static bool option_touch(lua_State *L) {
  if (lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) != strlen("commit") ||
      strcmp(lua_tostring(L, -1), "commit") != 0)
    l_argerror(L, 2, "option touch must be \"commit\", not %s", luaL_tolstring(L, -1, NULL));
  return true;
}

static size_t option_around(lua_State *L) {
  lua_Integer value;
  if (!l_optioninteger(L, 1, LUA_MAXINTEGER, &value))
    l_argerror(L, 2, "option around must be a number of pages, 1 or more, not %s",
               luaL_tolstring(L, -1, NULL));
  return (lua_Unsigned)value < L_MOST ? (size_t)value : L_MOST;
}

/* The value of an option is on top of the stack, its name below it. */
static void read_option(lua_State *L, vm_request *request, bool *touch) {
  bool whole;
  const char *name = l_optionname(L, 2, &whole);
  if (!whole) unknown_option(L, name);
  if (strcmp(name, "address") == 0) {
    request->address = option_address(L, name, 0);
    request->fixed = true;
  } else if (strcmp(name, "alignment") == 0) {
    request->alignment = option_alignment(L);
  } else if (strcmp(name, "lowest") == 0) {
    request->lowest = option_address(L, name, 0);
  } else if (strcmp(name, "highest") == 0) {
    request->highest = option_address(L, name, 1);
  } else if (strcmp(name, "top_down") == 0) {
    request->top_down = l_optionflag(L, 2, name);
  } else if (strcmp(name, "watch") == 0) {
    request->watch = l_optionflag(L, 2, name);
  } else if (strcmp(name, "sparse") == 0) {
    request->sparse = l_optionflag(L, 2, name);
  } else if (strcmp(name, "conceal") == 0) {
    request->conceal = l_optionflag(L, 2, name);
  } else if (strcmp(name, "wipe") == 0) {
    request->wipe = l_optionflag(L, 2, name);
  } else if (strcmp(name, "lazy") == 0) {
    request->lazy = l_optionflag(L, 2, name);
  } else if (strcmp(name, "touch") == 0) {
    *touch = option_touch(L);
  } else if (strcmp(name, "around") == 0) {
    request->around = option_around(L);
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

static void check_place(lua_State *L, const vm_request *request) {
  if (request->fixed && (request->alignment | request->lowest | request->highest) != 0)
    l_argerror(L, 2,
               "option address says where the region begins; alignment, lowest and highest are for "
               "regions without it");
  if (request->highest != 0 && request->lowest > request->highest)
    l_argerror(L, 2, "option lowest is %s, above highest, which is %s",
               l_pushaddress(L, request->lowest), l_pushaddress(L, request->highest));
}

/* The size, or all that a pointer can span if it is more: that is refused, too. */
static size_t check_size(lua_State *L) {
  lua_Integer size = l_checkinteger(L, 1, "size");
  return size > INTPTR_MAX ? INTPTR_MAX : l_checkcount(L, 1, "size", 1, L_MOST);
}

static vm_request check_request(lua_State *L, bool commit) {
  vm_request request = {0};
  bool touch = false;
  request.size = check_size(L);
  request.protection = VM_READ | VM_WRITE;
  if (!l_hasoptions(L, 2)) return request;
  lua_pushnil(L);
  while (lua_next(L, 2) != 0) {
    read_option(L, &request, &touch);
    lua_pop(L, 1);
  }
  check_place(L, &request);
  if (request.lazy && !commit)
    l_argerror(L, 2,
               "option lazy is for vmem.allocate: it is about pages that are committed at once");
  if (request.around > 0 && !touch)
    l_argerror(L, 2,
               "option around says how many pages a touch commits: say touch = \"commit\", too");
  if (touch && request.around == 0) request.around = 1;
  return request;
}

/* Records the new region, if there is a recording. */
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

/* Pushes what to say where nothing is free that the options allow. */
static const char *push_no_place(lua_State *L, const vm_request *request) {
  const os_limits *limits = os_get_limits();
  uintptr_t lowest = request->lowest > limits->lowest ? request->lowest : limits->lowest;
  const char *from = l_pushaddress(L, lowest), *to = "the end";
  if (request->highest != 0) to = l_pushaddress(L, request->highest);
  const char *at = "";
  if (request->alignment > 0)
    at = lua_pushfstring(L, " at a multiple of %s", l_pushaddress(L, request->alignment));
  return lua_pushfstring(
      L, "there is no room of that size from %s to %s%s; vmem.areas() lists what is in use", from,
      to, at);
}

static int refuse_reserve(lua_State *L, vm_error error, bool commit, const vm_request *request,
                          bool no_place) {
  const char *verb = commit ? "allocate" : "reserve";
  lua_Integer size = lua_tointeger(L, 1);
  if (error == VM_NOT_SUPPORTED && request->conceal && !(request->lazy && os_charges_all()))
    return l_refuse(L, error, NULL, "conceal %I bytes", size);
  const char *advice = l_push_too_large(L, request->size, request->fixed);
  if (error == VM_NOT_SUPPORTED && request->lazy) advice = os_lazy_advice();
  if (no_place && advice == NULL) advice = push_no_place(L, request);
  if (error == VM_OUT_OF_MEMORY && !commit && advice == NULL) advice = os_reserve_advice();
  if (!request->fixed) return l_refuse(L, error, advice, "%s %I bytes", verb, size);
  if (error == VM_INVALID_ADDRESS && advice == NULL)
    advice =
        "nothing can be reserved there; choose an address of 64 KiB or more that a process may "
        "use";
  const char *address = l_pushaddress(L, request->address);
  return l_refuse(L, error, advice, "%s %I bytes at %s", verb, size, address);
}

/* Pushes the new region, or nil, message, code. */
static int reserve(lua_State *L, bool commit) {
  lua_settop(L, 2);
  for (int tries = 0;; tries++) {
    l_object *object = l_new(L, &l_region_class); /* closed until it has a region */
    l_enter_region(L, object);
    vm_region *region;
    vm_recording *recording = vm_recording_of(l_space(L));
    if (recording != NULL) l_before_event(L, recording);
    vm_request request = check_request(L, commit); /* last: finalizers can take its name away */
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
    bool no_place = error == VM_ADDRESS_IN_USE && !request.fixed;
    if (no_place) error = VM_OUT_OF_MEMORY;
    if (l_collected(L, error, tries)) continue;
    record_refusal(L, &request, error, commit);
    return refuse_reserve(L, error, commit, &request, no_place);
  }
}

int l_reserve(lua_State *L) { return reserve(L, false); }

int l_allocate(lua_State *L) { return reserve(L, true); }
