/* steps.h: iterators that are objects: `for` calls them as it calls functions, and print says what they walk. */
#ifndef LUA_STEPS_H
#define LUA_STEPS_H

#include "lua/base.h"

/* A kind of iterator. Its address is the registry key of the metatable. */
typedef struct l_steps {
  const char *name;
  lua_CFunction step; /* begins with l_begin_step */
} l_steps;

/* Makes the kind's metatable. */
void l_newsteps(lua_State *L, const l_steps *kind);

/* Pushes an iterator over what is at 1, from the offset `from` on and up to `to`, and returns 1. */
int l_pushsteps(lua_State *L, const l_steps *kind, size_t from, size_t to);

/* At the start of a step: leaves the iterator at 1 and what it walks at 2, drops all else, and gives the offset to go
** on from. All that an iterator has are Lua's values, which a script may replace (debug library): the step checks them
** as it checks arguments. */
size_t l_begin_step(lua_State *L);

/* The same by the short way (fast_arguments.h), which pushes nothing: the live region that is walked; NULL where only
** the long way knows. */
vm_region *l_short_step(lua_State *L, size_t *from);

/* The offset at which the iterator at 1 ends. */
size_t l_end_of_steps(lua_State *L);

/* The next step begins at this offset. */
void l_set_step(lua_State *L, size_t offset);

/* The same, behind the run; pushes the run's offset and size, and returns 2. */
int l_pushstep(lua_State *L, const vm_run *run);

/* steps(iterator): what it walks, the offset to go on from, and the one to end at. */
int l_steps_of(lua_State *L);

#endif
