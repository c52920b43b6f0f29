/* state.h: what vmem keeps for one Lua state: its regions, its slots. */
#ifndef LUA_STATE_H
#define LUA_STATE_H

#include "lua/object.h"
#include "lua/slot.h"

typedef struct l_state {
  l_object object;
  vm_space *space; /* its regions */
  l_chunk *book;   /* its slots */
  void *innermost; /* what runs without hooks now: whole.c */
} l_state;

extern const l_class l_state_class;

/* Pushes the object that it is in, which keeps it, and gives it; NULL, with anything pushed, once vmem is
** closed. */
l_state *l_push_state(lua_State *L);

/* The same, with nothing pushed. */
l_state *l_state_of(lua_State *L);

/* Makes the object on top of the stack that of the state, and takes it off. */
void l_set_state(lua_State *L);

#endif
