/* trap.c: region:trap, and the calls of a trap's functions. */
#include "lua/trap.h"

#include <string.h>

#include "core/trap.h"
#include "lua/classes.h"
#include "lua/functions.h"
#include "lua/live_regions.h"
#include "lua/note.h"

/* Where a region keeps its functions: behind the names of the types, which are found there faster than made. */
enum { FIRST_TYPE = L_FIRST_TRAP, FIRST_FUNCTION = FIRST_TYPE + L_TYPE_COUNT };

/* Where those with this number are. */
static lua_Integer index_of(uint64_t functions, bool writes) {
  return FIRST_FUNCTION + 2 * (lua_Integer)functions + writes;
}

/* {====== Calling ====== */

bool l_push_trap(lua_State *L, vm_region *region, size_t offset, unsigned need) {
  if (region->trap == NULL) return false;
  const vm_trap *trap = vm_trap_at(region, offset);
  if (trap == NULL || (trap->answers & need) == 0) return false;
  l_push_function(L, region, index_of(trap->functions, need == VM_WRITE));
  if (!lua_isnil(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

void l_push_type(lua_State *L, unsigned type) {
  if (type > 0)
    lua_pushstring(L, l_types[type - 1].name);
  else
    lua_pushnil(L);
}

/* Pushes the table of the functions of the view at 1's region, and a function in it; false if there is none. The
** view and its region lead there by their user values, which the debug library may have replaced. */
static bool push_by_view(lua_State *L, lua_Integer index) {
  int pushed = 1;
  if (lua_getiuservalue(L, 1, 1) == LUA_TUSERDATA) {
    pushed++;
    if (lua_getiuservalue(L, -1, 1) == LUA_TTABLE) {
      pushed++;
      if (lua_rawgeti(L, -1, index) == LUA_TFUNCTION) return true;
    }
  }
  lua_pop(L, pushed);
  return false;
}

/* This is short, because emulators do it for every access to a device. The stack has room: the access has used
** less than half of what every C function has. */
bool l_call_trap(lua_State *L, vm_region *region, size_t offset, unsigned type, const void *value,
                 lua_KFunction again, lua_KContext *context) {
  unsigned need = value != NULL ? VM_WRITE : VM_READ, shift = region->page_shift;
  size_t size = l_types[type].size;
  if (region->trap == NULL) return false;
  if (offset >> shift != (offset + size - 1) >> shift) return false;
  const vm_trap *trap = vm_trap_at(region, offset);
  if (trap == NULL || (trap->answers & need) == 0) return false;
  unsigned byte = vm_state_at(region, offset);
  if (byte & (need | VM_GUARD)) return false; /* a guard is taken off, which is the fault's */
  if (!push_by_view(L, index_of(trap->functions, value != NULL))) return false;
  *context = (lua_KContext)type << L_TRAP_TYPE | (lua_KContext)(region->recording != NULL)
                                                     << L_TRAP_RECORDED;
  lua_pushinteger(L, (lua_Integer)offset);
  if (value != NULL)
    l_pushelement(L, type, value);
  else
    lua_pushinteger(L, (lua_Integer)size);
  lua_rawgeti(L, -4, FIRST_TYPE + (lua_Integer)type);
  lua_callk(L, 3, 1, *context, again);
  return true;
}

bool l_trap_element(lua_State *L, unsigned type, l_element *element) {
  const char *name = l_types[type - 1].name;
  if (l_toelement(L, -1, type - 1, element)) return true;
  if (lua_isnil(L, -1)) return false;
  if (lua_type(L, -1) != LUA_TNUMBER)
    l_error(L, "the read function of a trap must give a number for %s, not %s", name,
            luaL_typename(L, -1));
  l_error(L, "the read function of a trap gave %s, which does not fit %s",
          luaL_tolstring(L, -1, NULL), name);
}

bool l_trap_bytes(lua_State *L, size_t size) {
  if (lua_isnil(L, -1)) return false;
  if (lua_type(L, -1) != LUA_TSTRING)
    l_error(L, "the read function of a trap must give a string of %I bytes, not %s",
            (lua_Integer)size, luaL_typename(L, -1));
  if (lua_rawlen(L, -1) != size)
    l_error(L, "the read function of a trap must give a string of %I bytes, not of %I",
            (lua_Integer)size, (lua_Integer)lua_rawlen(L, -1));
  return true;
}

bool l_trap_has_taken(lua_State *L) { return lua_isnil(L, -1) || lua_toboolean(L, -1); }

/* ====== } */

/* {====== region:trap(offset, size, { read = …, write = … }) ====== */

/* Stack indices: the table of the caller, its functions, and the region's table. */
enum { GIVEN = 4, READ, WRITE, KEPT };

/* Puts the given functions at READ and WRITE. */
static void check_functions(lua_State *L) {
  lua_settop(L, WRITE);
  if (lua_isnil(L, GIVEN)) return;
  if (!lua_istable(L, GIVEN)) l_typeerror(L, GIVEN, "table");
  for (lua_pushnil(L); lua_next(L, GIVEN) != 0;) {
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : luaL_typename(L, -2);
    bool reads = strcmp(name, "read") == 0;
    if (!reads && strcmp(name, "write") != 0)
      l_argerror(L, GIVEN, "a trap has the functions read and write, not \"%s\"", name);
    if (!lua_isfunction(L, -1))
      l_argerror(L, GIVEN, "%s must be a function, not %s", name, luaL_typename(L, -1));
    lua_replace(L, reads ? READ : WRITE);
  }
  if (lua_isnil(L, READ) && lua_isnil(L, WRITE))
    l_argerror(L, GIVEN, "a trap needs a function read or write");
}

/* The bits of what they answer; 0 if nil was given. */
static unsigned answered(lua_State *L) {
  return (lua_isnil(L, READ) ? 0U : VM_READ) | (lua_isnil(L, WRITE) ? 0U : VM_WRITE);
}

/* Pushes the region's table, which has the names of the types. May run finalizers, after which something else
** may be on the stack (debug library). */
static void push_kept(lua_State *L) {
  l_push_functions(L);
  bool has_names = lua_rawgeti(L, KEPT, FIRST_TYPE) == LUA_TSTRING;
  lua_pop(L, 1);
  for (unsigned type = 0; type < L_TYPE_COUNT && !has_names; type++) {
    l_push_type(L, type + 1);
    luaL_checktype(L, KEPT, LUA_TTABLE);
    lua_rawseti(L, KEPT, FIRST_TYPE + (lua_Integer)type);
  }
  luaL_checktype(L, KEPT, LUA_TTABLE);
}

/* Keeps the functions at READ and WRITE. Runs no finalizers. */
static void keep_functions(lua_State *L, uint64_t functions) {
  for (int i = 0; i < 2; i++) {
    lua_pushvalue(L, READ + i);
    lua_rawseti(L, KEPT, index_of(functions, i));
  }
}

static void drop_functions(lua_State *L, uint64_t functions) {
  for (int i = 0; i < 2; i++) {
    lua_pushnil(L);
    lua_rawseti(L, KEPT, index_of(functions, i));
  }
}

static int refuse(lua_State *L, vm_error error, uintptr_t address, size_t size) {
  const char *advice = NULL, *at = l_pushaddress(L, address);
  if (error == VM_IN_USE) advice = "some of its pages are committed, and are read as memory";
  return l_refuse(L, error, advice, "trap %I bytes at %s", (lua_Integer)size, at);
}

static int region_trap(lua_State *L) {
  lua_settop(L, GIVEN);
  l_checkregion(L, 1);
  check_functions(L);
  for (int tries = 0;; tries++) {
    lua_settop(L, WRITE);
    push_kept(L);
    vm_region *region = l_checkregion(L, 1);
    l_span span = l_checkspan(L, 2, region, 1);
    unsigned answers = answered(L);
    uint64_t number = region->trap_number, ended;
    uintptr_t address = region->base + span.offset;
    l_record_before(L, region);
    if (answers != 0) keep_functions(L, number);
    vm_error error = vm_set_trap(region, span.offset, span.size, answers, number);
    if (l_collected(L, error, tries)) continue;
    l_record(L, region, VM_DID_TRAP, span.offset, span.size, answers, error);
    if (error != VM_OK) {
      drop_functions(L, number);
      return refuse(L, error, address, span.size);
    }
    region->trap_number++;
    while (vm_next_ended(region, &ended)) drop_functions(L, ended);
    lua_settop(L, 1);
    return 1;
  }
}

const luaL_Reg l_region_traps[] = {
    {"trap", region_trap},
    {NULL, NULL},
};

/* ====== } */
