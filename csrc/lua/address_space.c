/* address_space.c: vmem.areas, vmem.query and vmem.peek, for any address of a process. */
#include <limits.h>
#include <stdlib.h>

#include "lua/classes.h"
#include "lua/live_regions.h"
#include "os/os.h"

/* {====== Queries ====== */

static void set_string(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

static void push_free(lua_State *L, uintptr_t address, size_t size) {
  lua_createtable(L, 0, 3);
  l_setinteger(L, "address", address);
  l_setinteger(L, "size", size);
  set_string(L, "state", "free");
}

/* Areas outside vmem may have protections that vmem does not use, like write-only. */
static const char *bits_of(unsigned protection) {
  static const char *const words[] = {"none", "r", "w", "rw", "x", "rx", "wx", "rwx"};
  return words[protection & (VM_READ | VM_WRITE | VM_EXECUTE)];
}

/* Pushes [address, address+size) of an area outside vmem. Pushing may run finalizers, and one of them
** may end the walk that owns the area: so the name is pushed first, and the rest is copied. */
static void push_foreign(lua_State *L, const os_area *shown, uintptr_t address, size_t size) {
  os_area area = *shown;
  bool named = area.name[0] != '\0';
  lua_pushstring(L, area.name);
  lua_createtable(L, 0, 8);
  l_setinteger(L, "address", address);
  l_setinteger(L, "size", size);
  set_string(L, "state", area.reserved ? "reserved" : "committed");
  if (!area.reserved) set_string(L, "protection", bits_of(area.protection));
  l_setinteger(L, "allocation_base", area.address);
  l_setinteger(L, "allocation_size", area.size);
  lua_pushboolean(L, area.shared);
  lua_setfield(L, -2, "shared");
  lua_insert(L, -2);
  if (named)
    lua_setfield(L, -2, "name");
  else
    lua_pop(L, 1);
}

/* ====== } */

/* {====== A walk over the areas of a process ====== */

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

typedef struct l_areas_object {
  l_object object;
  l_walk *walk; /* for free(); NULL once closed */
} l_areas_object;

static void end_walk(lua_State *L, l_object *object) {
  l_walk *walk = ((l_areas_object *)object)->walk;
  (void)L;
  ((l_areas_object *)object)->walk = NULL;
  if (walk == NULL) return;
  free(walk->area);
  free(walk->stretch);
  free(walk);
}

static const l_class AREAS = {
    .name = "vmem.areas", .over = "the walk over areas is over", .end = end_walk};

static l_walk *new_walk(lua_State *L) {
  l_areas_object *object = l_new(L, &AREAS);
  object->walk = calloc(1, sizeof *object->walk);
  if (object->walk == NULL) l_error(L, "not enough memory");
  return object->walk;
}

/* The walk at `arg`, or NULL if there is none or it is closed. */
static l_walk *walk_at(lua_State *L, int arg) {
  const l_areas_object *object = l_test(L, arg, &AREAS);
  return object != NULL ? object->walk : NULL;
}

/* Reads at most `most` areas, from the one at `from` on. */
static vm_error begin_walk(l_walk *walk, long pid, uintptr_t from, size_t most) {
  const os_limits *limits = os_get_limits();
  walk->own = pid == 0;
  walk->cursor = from;
  vm_error error = os_areas(pid, from, most, &walk->area, &walk->count);
  if (error != VM_OK) return error;
  walk->end = limits->highest;
  for (size_t i = walk->count; i-- > 0;) {
    const os_area *last = &walk->area[i];
    if (limits->end != 0 && last->address >= limits->end) continue; /* the kernel's own, for show */
    /* Areas above the highest address are shown whole. */
    if (last->address + last->size > walk->end) walk->end = last->address + last->size;
    break;
  }
  return VM_OK;
}

static int walk_close(lua_State *L) {
  l_object *object = l_test(L, 1, &AREAS);
  if (object != NULL) end_walk(L, object);
  return 0;
}

/* One step of the walk: pages of a region, a part of an area, or free space. */
typedef struct l_step {
  uintptr_t from, to;
  vm_region *ours;
  const os_area *area;
} l_step;

/* Gives the step at the cursor, and moves the cursor to its end. */
static bool take_step(lua_State *L, l_walk *walk, l_step *step) {
  uintptr_t from = walk->cursor, to = walk->end;
  if (from >= to) return false;
  *step = (l_step){.from = from};
  if (walk->own) {
    const vm_space *space = l_space(L);
    vm_region *ours = vm_at(space, from), *above = vm_next(space, from);
    if (ours != NULL) {
      vm_run run = vm_query(ours, from - ours->base);
      step->ours = ours;
      walk->cursor = step->to = ours->base + run.offset + run.size;
      return true;
    }
    if (above != NULL && above->base < to) to = above->base;
  }
  while (walk->next < walk->count &&
         walk->area[walk->next].address + walk->area[walk->next].size <= from)
    walk->next++;
  const os_area *area = walk->next < walk->count ? &walk->area[walk->next] : NULL;
  if (area == NULL || area->address > from) {
    if (area != NULL && area->address < to) to = area->address;
    if (from < walk->parted && walk->parted < to) to = walk->parted;
  } else {
    step->area = area;
    if (area->size - (from - area->address) < to - from) to = area->address + area->size;
  }
  walk->cursor = step->to = to;
  return true;
}

/* Counts the bytes of a step that are in RAM. False if that is not known. Steps must ascend. */
static bool weigh(l_walk *walk, const l_step *step, size_t *bytes) {
  if (!walk->weighed) return false;
  *bytes = 0;
  for (size_t i = walk->next_stretch; i < walk->stretches; i++) {
    const os_stretch *s = &walk->stretch[i];
    uintptr_t end = s->address + s->size;
    if (end <= step->from) {
      walk->next_stretch = i + 1;
      continue;
    }
    if (s->address >= step->to) break;
    uintptr_t from = s->address > step->from ? s->address : step->from;
    uintptr_t to = end < step->to ? end : step->to;
    size_t part = to - from;
    if (part == s->size) part = s->resident;
    /* The stretch crosses the step's border and is partly in RAM; which part is not known. */
    if (part != s->resident && s->resident != s->size &&
        (!walk->own || os_resident(from, to - from, &part) != VM_OK))
      return false;
    *bytes += part;
  }
  return true;
}

static void push_step(lua_State *L, const l_step *step) {
  if (step->ours != NULL)
    l_pushrun(L, step->ours, step->from - step->ours->base);
  else if (step->area != NULL)
    push_foreign(L, step->area, step->from, step->to - step->from);
  else
    push_free(L, step->from, step->to - step->from);
}

/* If memory runs out, the cursor stays where it was. */
static int next_area(lua_State *L) {
  l_step step;
  l_walk *walk = ((const l_areas_object *)l_check(L, 1, &AREAS))->walk;
  if (walk == NULL || !take_step(L, walk, &step)) return 0;
  walk->cursor = step.from;
  push_step(L, &step);
  walk = walk_at(L, 1); /* a finalizer may have replaced or advanced it */
  if (walk != NULL && walk->cursor == step.from) walk->cursor = step.to;
  return 1;
}

static long opt_pid(lua_State *L) {
  return lua_isnoneornil(L, 1) ? 0 : (long)l_checkcount(L, 1, "pid", 1, 0x7fffffff);
}

static int refuse_areas(lua_State *L, vm_error error, long pid) {
  const char *advice = NULL;
  if (error == VM_INVALID_ADDRESS) advice = "there is no such process";
  if (error == VM_PERMISSION_DENIED) advice = "the system does not let this user look into it";
  if (pid == 0) return l_refuse(L, error, advice, "list the areas of this process");
  return l_refuse(L, error, advice, "list the areas of process %d", (int)pid);
}

/* vmem.areas([pid]) */
int l_areas(lua_State *L) {
  long pid = opt_pid(L);
  lua_pushcfunction(L, next_area);
  l_walk *walk = new_walk(L);
  vm_error error = begin_walk(walk, pid, 0, SIZE_MAX);
  if (error != VM_OK) return refuse_areas(L, error, pid);
  lua_pushnil(L);
  lua_pushvalue(L, -2); /* the loop closes it */
  return 4;
}

/* {====== The areas in columns, for vmem.layout: faster than a table for each of many areas ====== */

/* Stack indices of the walk and of each column. */
enum { WALK = 1, ADDRESS, SIZE, STATE, PROTECTION, NAME, SHARED, RESIDENT, REGION, TRAP };

static void put_row(lua_State *L, l_walk *walk, const l_step *step, lua_Integer row) {
  const os_area *area = step->area;
  size_t resident;
  if (weigh(walk, step, &resident)) {
    lua_pushinteger(L, (lua_Integer)resident);
    lua_rawseti(L, RESIDENT, row);
  }
  lua_pushinteger(L, (lua_Integer)step->from);
  lua_rawseti(L, ADDRESS, row);
  lua_pushinteger(L, (lua_Integer)(step->to - step->from));
  lua_rawseti(L, SIZE, row);
  const char *state = "free", *protection = NULL;
  if (step->ours != NULL) {
    unsigned byte = vm_query(step->ours, step->from - step->ours->base).byte;
    state = byte & VM_COMMITTED ? "committed" : "reserved";
    if (byte & VM_COMMITTED) protection = l_protection(byte);
    l_pushregion(L, step->ours);
    lua_rawseti(L, REGION, row);
    l_pushtrap(L, step->ours, step->from - step->ours->base);
    lua_rawseti(L, TRAP, row);
  } else if (area != NULL) {
    state = area->reserved ? "reserved" : "committed";
    if (!area->reserved) protection = bits_of(area->protection);
    if (area->shared) {
      lua_pushboolean(L, true);
      lua_rawseti(L, SHARED, row);
    }
    if (area->name[0] != '\0') {
      lua_pushstring(L, area->name);
      lua_rawseti(L, NAME, row);
    }
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
  l_walk *walk = new_walk(L);
  vm_error error = begin_walk(walk, pid, 0, SIZE_MAX);
  if (error != VM_OK) return refuse_areas(L, error, pid);
  walk->weighed = os_resident_areas(pid, &walk->stretch, &walk->stretches) == VM_OK;
  walk->parted = os_get_limits()->lowest;
  size_t likely = walk->count + walk->count / 8 + 64;
  for (int column = ADDRESS; column <= TRAP; column++) {
    bool sparse = column == NAME || column == SHARED || column >= REGION;
    lua_createtable(L, likely < INT_MAX && !sparse ? (int)likely : 0, 0);
  }
  l_step step;
  for (lua_Integer row = 1; take_step(L, walk, &step); row++) put_row(L, walk, &step, row);
  return TRAP - WALK;
}

/* vmem.core's columns([pid]): lists of addresses, sizes, states, protections, names, shared, bytes in
** RAM, regions, and traps. A value that an area lacks, or that is not known, is nil. Free space that crosses
** the lowest address is given in two parts. */
int l_areas_in_columns(lua_State *L) {
  long pid = opt_pid(L);
  lua_settop(L, 0);
  lua_pushcfunction(L, fill_areas_in_columns);
  lua_pushinteger(L, pid);
  bool collects = lua_gc(L, LUA_GCISRUNNING) > 0;
  int status = lua_pcall(L, 1, LUA_MULTRET, 0);
  if (collects) lua_gc(L, LUA_GCRESTART);
  return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

/* ====== } */

/* vmem.query(address) */
int l_query(lua_State *L) {
  uintptr_t address = l_checkcount(L, 1, "address", 0, LUA_MAXINTEGER);
  vm_region *region = vm_at(l_space(L), address);
  if (region != NULL) {
    size_t offset = address - region->base;
    l_pushregion(L, region);
    l_pushrun(L, region, offset);
    if (!lua_isnil(L, -2)) l_setsection(L, lua_absindex(L, -2), offset);
    return 1;
  }
  l_walk *walk = new_walk(L);
  uintptr_t page = address & ~(uintptr_t)(os_get_limits()->page_size - 1);
  vm_error error = begin_walk(walk, 0, page, 1);
  if (error == VM_OK && address >= walk->end) error = VM_INVALID_ADDRESS;
  if (error != VM_OK) {
    const char *text = l_pushaddress(L, address);
    return l_refuse(L, error, NULL, "query %s", text);
  }
  l_step step;
  if (!take_step(L, walk, &step)) return 0;
  push_step(L, &step);
  return 1;
}

/* ====== } */

/* (address, size): returns the bytes, or the error as an integer. */
static int peek(lua_State *L) {
  uintptr_t address = (uintptr_t)lua_tointeger(L, 1);
  size_t size = (size_t)lua_tointeger(L, 2);
  luaL_Buffer buffer;
  char *to = luaL_buffinitsize(L, &buffer, size);
  vm_error error = os_peek(address, to, size);
  if (error == VM_OK)
    luaL_pushresultsize(&buffer, size);
  else
    lua_pushinteger(L, (lua_Integer)error);
  return 1;
}

/* vmem.peek(address, size) */
int l_peek(lua_State *L) {
  uintptr_t address = l_checkcount(L, 1, "address", 0, LUA_MAXINTEGER);
  size_t size = l_checkcount(L, 2, "size", 0, LUA_MAXINTEGER - (size_t)address);
  lua_settop(L, 2);
  lua_pushcfunction(L, peek);
  lua_insert(L, 1);
  int status = lua_pcall(L, 2, 1, 0);
  if (status == LUA_OK && lua_type(L, -1) == LUA_TSTRING) return 1;
  vm_error error = status == LUA_OK ? (vm_error)lua_tointeger(L, -1) : VM_OUT_OF_MEMORY;
  const char *text = l_pushaddress(L, address);
  if (status != LUA_OK) /* the only possible error is out of memory */
    return l_refuse(L, error, "a string of that size does not fit", "read %I bytes at %s",
                    (lua_Integer)size, text);
  const char *advice =
      error == VM_INVALID_ADDRESS ? "the processor does not let all of them be read" : NULL;
  return l_refuse(L, error, advice, "read %I bytes at %s", (lua_Integer)size, text);
}

static const luaL_Reg areas_meta[] = {
    {"__close", walk_close},
    {NULL, NULL},
};

void l_open_areas(lua_State *L) {
  static const l_members members = {.meta = areas_meta};
  l_newclass(L, &AREAS, &members);
  lua_pop(L, 1);
}
