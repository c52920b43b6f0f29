/* fast_arguments.c: checks whether Lua's stack has the layout that fast_arguments.h describes. */
#include "lua/fast_arguments.h"

#include <lauxlib.h>
#include <stdlib.h>

atomic_bool l_stack_is_known;

#if (LUA_VERSION_NUM == 504 || LUA_VERSION_NUM == 505) && INTPTR_MAX == INT64_MAX

enum { SIZE = 24 }; /* of the userdata to try with */

/* Compares (userdata, 42, 1.5, "text", light userdata) as read by the API and by the layout. The function
** that runs has the userdata as upvalue, too. */
static int try_layout(lua_State *L) {
  const l_state_head *state = (const l_state_head *)(const void *)L;
  const l_value *top = state->top;
  lua_pushnil(L);
  bool grows = state->top == top + 1;
  lua_pop(L, 1);
  if (!grows || state->top != top) return 0; /* this is not the top: follow no pointer */
  const l_value *argument = l_arguments(L, 5);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  const l_state_head *first = (const l_state_head *)lua_topointer(L, -1);
  lua_pop(L, 1);
  bool good = first->global == state->global && state->global != NULL && argument != NULL &&
              l_arguments(L, 4) == NULL && l_arguments(L, 6) == NULL &&
              argument == state->call->function && argument + 6 == top &&
              l_userdata(&argument[1], SIZE) == lua_touserdata(L, 1) &&
              l_userdata(&argument[1], SIZE + 1) == NULL && argument[2].tag == L_TAG_INTEGER &&
              argument[2].as.integer == 42 && argument[3].tag == L_TAG_FLOAT &&
              argument[3].as.number == 1.5 && l_userdata(&argument[4], SIZE) == NULL &&
              l_userdata(&argument[5], SIZE) == NULL && l_first_upvalue(&argument[1]) == NULL;
  const l_value *upvalue = good ? l_first_upvalue(&argument[0]) : NULL;
  good = upvalue != NULL && l_userdata(upvalue, SIZE) == lua_touserdata(L, lua_upvalueindex(1)) &&
         lua_touserdata(L, lua_upvalueindex(1)) == lua_touserdata(L, 1);
  lua_pushboolean(L, good);
  return 1;
}

static bool try_in(lua_State *L) {
  lua_newuserdatauv(L, SIZE, 1);
  lua_pushvalue(L, -1);
  lua_pushnil(L); /* where a layout that is wrong by a few bytes looks */
  lua_pushcclosure(L, try_layout, 2);
  lua_insert(L, -2);
  lua_pushinteger(L, 42);
  lua_pushnumber(L, 1.5);
  lua_pushstring(L, "text");
  lua_pushlightuserdata(L, L);
  lua_call(L, 5, 1);
  bool good = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return good;
}

void l_learn_stack(lua_State *L) {
  if (getenv("VMEM_LUA_API_ONLY") != NULL || lua_version(L) != LUA_VERSION_NUM) {
    l_stack_is_known = false;
    return;
  }
  lua_State *coroutine = lua_newthread(L);
  l_stack_is_known = try_in(L) && try_in(coroutine);
  lua_pop(L, 1);
}

#else

void l_learn_stack(lua_State *L) { (void)L; }

#endif
