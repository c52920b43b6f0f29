/* handlers.c: calls the handlers that may mend a fault, in this order: the region's, the module's,
** and the last one, which vmem.win32 sets. */
#include "lua/handlers.h"

#include "lua/classes.h"
#include "lua/fault.h"
#include "lua/live_regions.h"
#include "lua/note.h"

/* Their addresses are registry keys. */
static const char module_handler = 0, last_handler = 0;

/* Records that a handler has mended the fault. */
static void record_mend(lua_State *L, const l_fault *fault) {
  vm_region *region = fault->object.region;
  if (region == NULL || !region->live) return;
  size_t offset = l_fault_offset(fault);
  if (region->recording != NULL)
    l_record(L, region, VM_DID_MEND, offset, 1, vm_state_at(region, offset), VM_OK);
}

/* Whether the page still has the state that refused the access. */
static bool still_refuses(lua_State *L, const l_fault *fault) {
  vm_region *region = fault->object.region;
  if (region == NULL) return vm_at(l_space(L), fault->address) == NULL;
  return region->live && vm_state_at(region, l_fault_offset(fault)) == (fault->byte & VM_STATE);
}

/* Pushes the region's handler, or nil. */
static void push_region_handler(lua_State *L, vm_region *region) {
  l_pushregion(L, region);
  if (lua_type(L, -1) == LUA_TUSERDATA)
    lua_getiuservalue(L, -1, 1);
  else
    lua_pushnil(L);
  lua_remove(L, -2);
}

static int raise_fault(lua_State *L) {
  l_fault_set_raised(l_checkfault(L));
  lua_settop(L, 1);
  return lua_error(L);
}

/* Calls the handler on top of the stack with the fault at 1. Leaves the handler's result above the
** fault, or nothing if there is no handler. */
static void call_handler(lua_State *L, lua_KContext next, lua_KFunction k) {
  if (lua_isnil(L, -1)) {
    lua_settop(L, 1);
  } else {
    lua_pushvalue(L, 1);
    lua_callk(L, 1, 1, next, k);
  }
}

enum { ASK_REGION, ASK_MODULE, ASK_LAST, ASK_NOBODY };

/* Pushes the handler of this stage, or nil. */
static void push_handler(lua_State *L, lua_KContext stage) {
  if (stage == ASK_MODULE) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &module_handler);
  } else if (stage == ASK_LAST) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &last_handler);
  } else {
    vm_region *region = l_checkfault(L)->object.region;
    if (region != NULL)
      push_region_handler(L, region);
    else
      lua_pushnil(L);
  }
}

/* Runs the handlers for the fault at 1, the region's first. Returns when one has mended it. */
static int ask_handlersk(lua_State *L, int status, lua_KContext stage) {
  (void)status;
  for (;;) {
    if (stage > ASK_REGION && lua_gettop(L) > 1) { /* a handler's result */
      bool mended = lua_toboolean(L, -1);
      lua_settop(L, 1);
      if (mended) {
        if (still_refuses(L, l_checkfault(L))) return raise_fault(L);
        record_mend(L, l_checkfault(L));
        return 0;
      }
    }
    if (stage == ASK_NOBODY) return raise_fault(L);
    push_handler(L, stage);
    stage++;
    call_handler(L, stage, ask_handlersk);
  }
}

int l_ask_handlers(lua_State *L) { return ask_handlersk(L, LUA_OK, ASK_REGION); }

/* {====== Setting them ====== */

static void check_handler(lua_State *L, int arg) {
  if (!lua_isnoneornil(L, arg) && !lua_isfunction(L, arg))
    l_argerror(L, arg, "handler must be a function or nil, not %s", luaL_typename(L, arg));
  lua_settop(L, arg);
}

static int region_on_fault(lua_State *L) {
  vm_region *region = l_checkregion(L, 1);
  check_handler(L, 2);
  push_region_handler(L, region);
  lua_insert(L, 2);
  lua_setiuservalue(L, 1, 1);
  return 1;
}

static int exchange_handler(lua_State *L, const void *key) {
  check_handler(L, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, key);
  lua_insert(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
  return 1;
}

int l_on_fault(lua_State *L) { return exchange_handler(L, &module_handler); }

int l_set_last_handler(lua_State *L) { return exchange_handler(L, &last_handler); }

const luaL_Reg l_region_handlers[] = {
    {"on_fault", region_on_fault},
    {NULL, NULL},
};

/* ====== } */
