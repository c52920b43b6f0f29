/* area_columns.c: the areas of a process in columns, for vmem.layout: faster than a table for each of many areas. */
#include <limits.h>

#include "core/attachments.h"
#include "lua/area_walk.h"
#include "lua/classes.h"
#include "lua/live_regions.h"

/* Stack indices of the walk and of each column. */
enum { WALK = 1, ADDRESS, SIZE, STATE, PROTECTION, NAME, SHARED, RESIDENT, REGION, TRAP };

static void put_row(lua_State *L, l_walk *walk, const l_step *step, lua_Integer row) {
  const os_area *area = step->area;
  size_t resident;
  if (l_weigh_step(walk, step, &resident)) {
    lua_pushinteger(L, (lua_Integer)resident);
    lua_rawseti(L, RESIDENT, row);
  }
  lua_pushinteger(L, (lua_Integer)step->from);
  lua_rawseti(L, ADDRESS, row);
  lua_pushinteger(L, (lua_Integer)(step->to - step->from));
  lua_rawseti(L, SIZE, row);
  const char *state = "free", *protection = NULL;
  bool shared = false;
  if (step->ours != NULL) {
    size_t offset = step->from - step->ours->base;
    unsigned byte = vm_query(step->ours, offset).byte;
    const vm_attachment *attachment = vm_attachment_at(step->ours, offset);
    shared = attachment != NULL && !attachment->copy;
    state = byte & VM_COMMITTED ? "committed" : "reserved";
    if (byte & VM_COMMITTED) protection = l_protection(byte);
    l_pushregion(L, step->ours);
    lua_rawseti(L, REGION, row);
    l_pushtrap(L, step->ours, offset);
    lua_rawseti(L, TRAP, row);
  } else if (area != NULL) {
    state = area->reserved ? "reserved" : "committed";
    if (!area->reserved) protection = l_bits_of(area->protection);
    shared = area->shared;
    if (area->name[0] != '\0') {
      lua_pushstring(L, area->name);
      lua_rawseti(L, NAME, row);
    }
  }
  if (shared) {
    lua_pushboolean(L, true);
    lua_rawseti(L, SHARED, row);
  }
  lua_pushstring(L, state);
  lua_rawseti(L, STATE, row);
  if (protection == NULL) return;
  lua_pushstring(L, protection);
  lua_rawseti(L, PROTECTION, row);
}

/* The pid is an argument. The collector is stopped: a finalizer could change the tables or the walk. */
static int fill_areas_in_columns(lua_State *L) {
  long pid = (long)lua_tointeger(L, 1);
  lua_gc(L, LUA_GCSTOP);
  lua_settop(L, 0);
  luaL_checkstack(L, TRAP + 4, NULL);
  l_walk *walk = l_new_walk(L);
  vm_error error = l_begin_walk(walk, pid, 0, SIZE_MAX);
  if (error != VM_OK) return l_refuse_areas(L, error, pid);
  walk->weighed = os_resident_areas(pid, &walk->stretch, &walk->stretches) == VM_OK;
  walk->parted = os_get_limits()->lowest;
  size_t likely = walk->count + walk->count / 8 + 64;
  for (int column = ADDRESS; column <= TRAP; column++) {
    bool sparse = column == NAME || column == SHARED || column >= REGION;
    lua_createtable(L, likely < INT_MAX && !sparse ? (int)likely : 0, 0);
  }
  l_step step;
  for (lua_Integer row = 1; l_take_step(L, walk, &step); row++) put_row(L, walk, &step, row);
  return TRAP - WALK;
}

/* vmem.core's columns([pid]): lists of addresses, sizes, states, protections, names, shared, bytes in
** RAM, regions, and traps. A value that an area lacks, or that is not known, is nil. Free space that crosses
** the lowest address is given in two parts. */
int l_areas_in_columns(lua_State *L) {
  long pid = l_optpid(L);
  lua_settop(L, 0);
  lua_pushcfunction(L, fill_areas_in_columns);
  lua_pushinteger(L, pid);
  bool collects = lua_gc(L, LUA_GCISRUNNING) > 0;
  int status = lua_pcall(L, 1, LUA_MULTRET, 0);
  if (collects) lua_gc(L, LUA_GCRESTART);
  return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}
