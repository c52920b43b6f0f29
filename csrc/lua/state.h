/* state.h: what vmem keeps for one Lua state: its regions, its slots. */
#ifndef LUA_STATE_H
#define LUA_STATE_H

#include "lua/object.h"
#include "lua/slot.h"

typedef struct l_state {
  l_object object;
  vm_space *space; /* its regions */
  l_chunk *book;   /* its slots */
  void *innermost; /* the innermost section that runs without hooks (whole.c) */
} l_state;

extern const l_class l_state_class;

/* Gives the state, and pushes the object that holds it and keeps it alive. NULL once vmem is closed;
** some value is pushed then too. */
l_state *l_push_state(lua_State *L);

/* The same, with nothing pushed. */
l_state *l_state_of(lua_State *L);

/* Stores the object on top of the stack as that of the state, and pops it. */
void l_set_state(lua_State *L);

#endif
