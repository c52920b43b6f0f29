/* area_walk.c: a walk over the areas of a process, with vmem's regions among them. */
#include "lua/area_walk.h"

#include <stdlib.h>

#include "lua/classes.h"
#include "lua/live_regions.h"

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

l_walk *l_new_walk(lua_State *L) {
  l_areas_object *object = l_new(L, &AREAS);
  object->walk = calloc(1, sizeof *object->walk);
  if (object->walk == NULL) l_error(L, "not enough memory");
  return object->walk;
}

l_walk *l_check_walk(lua_State *L) { return ((const l_areas_object *)l_check(L, 1, &AREAS))->walk; }

l_walk *l_walk_at(lua_State *L, int arg) {
  const l_areas_object *object = l_test(L, arg, &AREAS);
  return object != NULL ? object->walk : NULL;
}

vm_error l_begin_walk(l_walk *walk, long pid, uintptr_t from, size_t most) {
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

int l_end_walk(lua_State *L) {
  l_object *object = l_test(L, 1, &AREAS);
  if (object != NULL) end_walk(L, object);
  return 0;
}

bool l_take_step(lua_State *L, l_walk *walk, l_step *step) {
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

bool l_weigh_step(l_walk *walk, const l_step *step, size_t *bytes) {
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

const char *l_bits_of(unsigned protection) {
  static const char *const words[] = {"none", "r", "w", "rw", "x", "rx", "wx", "rwx"};
  return words[protection & (VM_READ | VM_WRITE | VM_EXECUTE)];
}

long l_optpid(lua_State *L) {
  return lua_isnoneornil(L, 1) ? 0 : (long)l_checkcount(L, 1, "pid", 1, 0x7fffffff);
}

int l_refuse_areas(lua_State *L, vm_error error, long pid) {
  const char *advice = NULL;
  if (error == VM_INVALID_ADDRESS) advice = "there is no such process";
  if (error == VM_PERMISSION_DENIED) advice = "the system does not let this user look into it";
  if (pid == 0) return l_refuse(L, error, advice, "list the areas of this process");
  return l_refuse(L, error, advice, "list the areas of process %d", (int)pid);
}

static int walk_tostring(lua_State *L) {
  const l_walk *walk = l_isover(L, 1, &AREAS) ? NULL : l_check_walk(L);
  if (walk == NULL) {
    lua_pushstring(L, "vmem.areas (over)");
    return 1;
  }
  const char *whose = walk->own ? "this process" : "another process";
  const char *from = l_pushaddress(L, walk->cursor);
  lua_pushfstring(L, "vmem.areas of %s, from %s on: for area in vmem.areas() do print(area) end",
                  whose, from);
  return 1;
}

static int walk_pairs(lua_State *L) {
  l_check_walk(L);
  lua_settop(L, 1);
  return 1;
}

static const luaL_Reg areas_meta[] = {
    {"__pairs", walk_pairs},
    {"__tostring", walk_tostring},
    {"__close", l_end_walk},
    {NULL, NULL},
};

void l_open_areas(lua_State *L) {
  static const l_members members = {.meta = areas_meta};
  l_newclass(L, &AREAS, &members);
  lua_pop(L, 1);
}
