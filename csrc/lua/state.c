/* state.c: what vmem keeps for one Lua state, and the registry entry that has it. */
#include "lua/state.h"

_Static_assert(sizeof(l_state) <= L_OBJECT_SIZE, "it fits into a slot");

static void end_state(lua_State *L, l_object *object) {
  vm_space *space = ((l_state *)object)->space;
  (void)L;
  if (space != NULL) vm_space_drop(space);
}

static const char closed[] =
    "vmem is closed: the state is closing, or its entry in the registry is gone";

const l_class l_state_class = {.name = "vmem.space", .over = closed, .end = end_state};

static const char key = 0; /* its address is a registry key */

l_state *l_push_state(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &key);
  return l_test(L, -1, &l_state_class);
}

l_state *l_state_of(lua_State *L) {
  l_state *state = l_push_state(L);
  lua_pop(L, 1);
  return state;
}

void l_set_state(lua_State *L) { lua_rawsetp(L, LUA_REGISTRYINDEX, &key); }
