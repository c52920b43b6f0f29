/* handlers.c: calls the handlers that may mend or answer a fault, in this order: the page's trap, the
** region's, the module's, and the last one, which vmem.win32 sets. */
#include "lua/handlers.h"

#include "core/loss.h"
#include "lua/classes.h"
#include "lua/fault.h"
#include "lua/functions.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "lua/trap.h"

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
  if (region->live && fault->loss != VM_NOT_LOST) {
    size_t offset = l_fault_offset(fault);
    return !vm_is_committed(region, offset, 1) || vm_loss_of(region, offset) != VM_NOT_LOST;
  }
  return region->live && vm_state_at(region, l_fault_offset(fault)) == (fault->byte & VM_STATE);
}

static int raise_fault(lua_State *L) {
  l_fault_set_raised(l_checkfault(L));
  lua_settop(L, 1);
  return lua_error(L);
}

/* Stack of l_ask_handlers: the fault, the answers of the access so far, the size of all of it, and whether
** the page's trap has declined already; then the result of a handler. */
enum { FAULT = 1, ANSWERS, SIZE, DECLINED, RESULT };

enum { ASK_TRAP, ASK_REGION, ASK_MODULE, ASK_LAST, ASK_NOBODY };

/* Pushes the handler of this stage, or nil. */
static void push_handler(lua_State *L, lua_KContext stage) {
  const l_fault *fault = l_checkfault(L);
  vm_region *region = fault->object.region;
  bool is_live = region != NULL && region->live;
  if (stage == ASK_MODULE) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &module_handler);
  } else if (stage == ASK_LAST) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &last_handler);
  } else if (stage == ASK_REGION && is_live) {
    l_push_function(L, region, L_HANDLER);
  } else if (stage != ASK_TRAP || !is_live || lua_toboolean(L, DECLINED) ||
             !l_can_be_answered(L, fault, FAULT) ||
             !l_push_trap(L, region, l_fault_offset(fault), fault->access)) {
    lua_pushnil(L);
  }
}

/* Calls the function at RESULT. Leaves its result there, or nothing if there is no function. */
static void call_handler(lua_State *L, lua_KContext next, lua_KFunction k) {
  const l_fault *fault = l_checkfault(L);
  if (lua_isnil(L, RESULT)) {
    lua_settop(L, DECLINED);
  } else if (next - 1 == ASK_TRAP) {
    lua_pushinteger(L, (lua_Integer)l_fault_offset(fault));
    l_push_wanted(L, fault, FAULT);
    l_push_type(L, fault->type);
    lua_callk(L, 3, 1, next, k);
  } else {
    lua_pushvalue(L, FAULT);
    lua_callk(L, 1, 1, next, k);
  }
}

/* Pushes what the trap's function at RESULT has answered: the bytes of a read, or true for a write; or nil. */
static void push_trapped(lua_State *L) {
  const l_fault *fault = l_checkfault(L);
  size_t size = fault->size;
  l_element element;
  if (fault->access == VM_WRITE ? !l_trap_has_taken(L)
      : fault->type != 0        ? !l_trap_element(L, fault->type, &element)
                                : !l_trap_bytes(L, size))
    lua_pushnil(L);
  else if (fault->access == VM_WRITE)
    lua_pushboolean(L, true);
  else if (fault->type != 0)
    lua_pushlstring(L, (const char *)&element, size);
  else
    lua_pushvalue(L, RESULT);
}

/* Keeps the answer on top of the stack for the access. False if it is nil. */
static bool keep_answer(lua_State *L) {
  const l_fault *fault = l_checkfault(L);
  vm_region *region = fault->object.region;
  if (lua_isnil(L, -1)) return false;
  luaL_checktype(L, ANSWERS, LUA_TTABLE); /* the debug library may have put something else there */
  if (region != NULL && region->live)
    l_record_access(L, region, VM_DID_ANSWER, l_fault_offset(fault), fault->size, fault->access);
  lua_rawseti(L, ANSWERS, l_answer_key(fault->address, fault->which));
  return true;
}

/* Whether the handler of this stage, whose result is at RESULT, has ended the fault. */
static bool has_ended(lua_State *L, lua_KContext stage) {
  if (stage == ASK_TRAP) {
    push_trapped(L);
    return keep_answer(L);
  }
  if (!lua_toboolean(L, RESULT)) return false;
  l_push_answer(L, l_checkfault(L), FAULT);
  if (keep_answer(L)) return true;
  if (still_refuses(L, l_checkfault(L))) raise_fault(L);
  record_mend(L, l_checkfault(L));
  return true;
}

/* Before which stage the fault is recorded: a trap's answer is no fault, but for a guard, which was taken off. */
static lua_KContext first_recorded(const l_fault *fault) {
  if (fault->loss != VM_NOT_LOST) return ASK_NOBODY + 1; /* recorded when it was met */
  return l_fault_is_guard(fault) ? ASK_TRAP : ASK_REGION;
}

static int ask_handlersk(lua_State *L, int status, lua_KContext stage) {
  (void)status;
  for (;;) {
    if (lua_gettop(L) >= RESULT && has_ended(L, stage - 1)) return 0;
    lua_settop(L, DECLINED);
    if (stage == ASK_NOBODY) return raise_fault(L);
    if (stage == first_recorded(l_checkfault(L)))
      l_record_fault(L, l_checkfault(L), (size_t)lua_tointeger(L, SIZE));
    push_handler(L, stage);
    stage++;
    call_handler(L, stage, ask_handlersk);
  }
}

int l_ask_handlers(lua_State *L) {
  lua_settop(L, DECLINED);
  return ask_handlersk(L, LUA_OK, ASK_TRAP);
}

/* {====== Setting them ====== */

static void check_handler(lua_State *L, int arg) {
  if (!lua_isnoneornil(L, arg) && !lua_isfunction(L, arg))
    l_argerror(L, arg, "handler must be a function or nil, not %s", luaL_typename(L, arg));
  lua_settop(L, arg);
}

static int region_on_fault(lua_State *L) {
  l_checkregion(L, 1);
  check_handler(L, 2);
  l_push_functions(L);
  lua_rawgeti(L, 3, L_HANDLER);
  lua_pushvalue(L, 2);
  lua_rawseti(L, 3, L_HANDLER);
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
