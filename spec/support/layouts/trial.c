/* trial.c: what the trial of Lua's stack says. It is built with csrc/lua/fast_arguments.h as it is, and as
** each line of layouts.txt changes it. */
#include "lua/fast_arguments.c"

int luaopen_trial(lua_State *L);

int luaopen_trial(lua_State *L) {
  l_learn_stack(L);
  lua_pushboolean(L, l_stack_known);
  return 1;
}
