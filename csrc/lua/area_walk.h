/* area_walk.h: a walk over the areas of a process, with vmem's regions among them. */
#ifndef LUA_AREA_WALK_H
#define LUA_AREA_WALK_H

#include "lua/base.h"
#include "os/os.h"

typedef struct l_walk {
  os_area *area; /* for free() */
  size_t count, next;
  uintptr_t cursor, end;
  bool own;            /* this process: regions are listed with vmem's states, not the system's */
  uintptr_t parted;    /* free space across this address is given in two steps */
  bool weighed;        /* bytes in RAM are known */
  os_stretch *stretch; /* for free() */
  size_t stretches, next_stretch;
} l_walk;

/* One step of the walk: pages of a region, a part of an area, or free space. */
typedef struct l_step {
  uintptr_t from, to;
  vm_region *ours;
  const os_area *area;
} l_step;

/* Pushes a new walk, which is closed at its end, by <close> or by the collector. */
l_walk *l_new_walk(lua_State *L);

/* Closes the walk at 1, if there is one, and returns 0. */
int l_end_walk(lua_State *L);

/* The walk at 1, or NULL if it is closed; anything else is an error. */
l_walk *l_check_walk(lua_State *L);

/* The walk at `arg`, or NULL if there is none or it is closed. */
l_walk *l_walk_at(lua_State *L, int arg);

/* Reads at most `most` areas, from the one at `from` on. */
vm_error l_begin_walk(l_walk *walk, long pid, uintptr_t from, size_t most);

/* Gives the step at the cursor, and moves the cursor to its end. */
bool l_take_step(lua_State *L, l_walk *walk, l_step *step);

/* Counts the bytes of a step that are in RAM. False if that is not known. Steps must ascend. */
bool l_weigh_step(l_walk *walk, const l_step *step, size_t *bytes);

/* Areas outside vmem may have protections that vmem does not use, like write-only. */
const char *l_bits_of(unsigned protection);

/* The optional argument 1: a process, or 0 for this one; and the answer where it cannot be looked into. */
long l_optpid(lua_State *L);
int l_refuse_areas(lua_State *L, vm_error error, long pid);

#endif
