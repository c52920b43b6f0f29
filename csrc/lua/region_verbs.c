/* region_verbs.c: commit, decommit, protect, lock, prefetch, discard, and which pages are written or
** resident. */
#include "lua/classes.h"
#include "lua/fast_arguments.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "lua/slot.h"
#include "lua/steps.h"
#include "os/os.h"

/* {====== Changing and keeping pages ====== */

static int refuse(lua_State *L, vm_error error, const char *advice, const char *verb,
                  uintptr_t address, size_t size) {
  const char *at = l_pushaddress(L, address);
  return l_refuse(L, error, advice, "%s %I bytes at %s", verb, (lua_Integer)size, at);
}

/* The results of a verb: the region, or nil, message, code. */
static int region_or_refusal(lua_State *L, vm_error error, const char *advice, const char *verb,
                             uintptr_t address, size_t size) {
  if (error != VM_OK) return refuse(L, error, advice, verb, address, size);
  lua_settop(L, 1);
  return 1;
}

/* Advice on a protection that the system was not even asked for. */
static const char *advice_on(vm_error error, const vm_region *region) {
  bool attached = error == VM_PERMISSION_DENIED && region->attachments > 0;
  return attached ? "pages of a section allow no more than it does: to execute them, make it with "
                    "executable = true; to write them, open it for writing"
                  : NULL;
}

static int region_commit(lua_State *L) {
  for (int tries = 0;; tries++) {
    vm_region *region = l_checkregion(L, 1);
    l_span span = l_optspan(L, 2, region, 1);
    unsigned protection = l_optprotection(L, 4, region->protection);
    uintptr_t address = region->base + span.offset;
    l_record_before(L, region);
    vm_error error = vm_commit(region, span.offset, span.size, protection);
    if (l_collected(L, error, tries)) continue;
    l_record(L, region, VM_DID_COMMIT, span.offset, span.size, protection, error);
    return region_or_refusal(L, error, advice_on(error, region), "commit", address, span.size);
  }
}

typedef vm_error verb(vm_region *region, size_t offset, size_t size);

static int do_verb(lua_State *L, verb *act, const char *name, vm_event_kind what) {
  for (int tries = 0;; tries++) {
    vm_region *region = l_checkregion(L, 1);
    l_span span = l_optspan(L, 2, region, 1);
    uintptr_t address = region->base + span.offset;
    l_record_before(L, region);
    vm_error error = act(region, span.offset, span.size);
    if (l_collected(L, error, tries)) continue;
    l_record(L, region, what, span.offset, span.size, 0, error);
    if (what == VM_DID_LOCK && error == VM_OUT_OF_MEMORY) { /* locks have their own limit */
      char text[OS_ADVICE];
      return refuse(L, error, os_lock_advice(text), name, address, span.size);
    }
    return region_or_refusal(L, error, NULL, name, address, span.size);
  }
}

static int region_decommit(lua_State *L) {
  return do_verb(L, vm_decommit, "decommit", VM_DID_DECOMMIT);
}
static int region_lock(lua_State *L) { return do_verb(L, vm_lock, "lock", VM_DID_LOCK); }
static int region_unlock(lua_State *L) { return do_verb(L, vm_unlock, "unlock", VM_DID_UNLOCK); }
static int region_prefetch(lua_State *L) {
  return do_verb(L, vm_prefetch, "prefetch", VM_DID_PREFETCH);
}
static int region_discard(lua_State *L) {
  return do_verb(L, vm_discard, "discard", VM_DID_DISCARD);
}

static int region_protect(lua_State *L) {
  for (int tries = 0;; tries++) {
    vm_region *region = l_checkregion(L, 1);
    l_span span = l_checkspan(L, 2, region, 1);
    unsigned protection = l_checkprotection(L, 4), old;
    uintptr_t address = region->base + span.offset;
    l_record_before(L, region);
    vm_error error = vm_protect(region, span.offset, span.size, protection, &old);
    if (l_collected(L, error, tries)) continue;
    l_record(L, region, VM_DID_PROTECT, span.offset, span.size, protection, error);
    if (error != VM_OK)
      return refuse(L, error, advice_on(error, region), "protect", address, span.size);
    lua_pushstring(L, l_protection(old));
    return 1;
  }
}

/* The region at 1, or NULL after its release. */
static vm_region *region_left(lua_State *L) {
  const l_object *object = l_test(L, 1, &l_region_class);
  return object != NULL && object->region != NULL && object->region->live ? object->region : NULL;
}

/* (region, offset, size, protection, function, …): calls the function while the pages have that
** protection, and returns its results. This is not in Lua with <close>, because a coroutine that ends by
** an error closes nothing, and a hook may raise an error between any two lines. It cannot yield. */
int l_call_protected(lua_State *L) {
  vm_region *region = l_checkregion(L, 1);
  l_span span = l_checkspan(L, 2, region, 1);
  unsigned protection = l_checkprotection(L, 4), old, inside;
  luaL_checkany(L, 5);
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  uintptr_t address = region->base + span.offset;
  l_record_before(L, region);
  vm_error error = vm_protect(region, span.offset, span.size, protection, &old);
  l_record(L, region, VM_DID_PROTECT, span.offset, span.size, protection, error);
  int status = LUA_OK;
  if (error == VM_OK) status = lua_pcall(L, lua_gettop(L) - 5, LUA_MULTRET, 0);
  if (error == VM_OK && (region = region_left(L)) != NULL) {
    span = l_checkspan(L, 2, region, 1);
    /* Not l_record_before: its memory error would leave the pages open. */
    if (region->recording != NULL) vm_record_before(region->recording);
    error = vm_protect(region, span.offset, span.size, old, &inside);
    l_record(L, region, VM_DID_PROTECT, span.offset, span.size, old, error);
  }
  if (status != LUA_OK) return lua_error(L);
  if (error == VM_OK) return lua_gettop(L) - 4;
  region_or_refusal(L, error, NULL, "protect", address, span.size);
  lua_pop(L, 1);
  return lua_error(L);
}

/* A fast check for is_committed: true if the page table's last run shows that all bytes are committed. */
static bool is_known_committed(lua_State *L) {
  const l_value *arg = l_stack_known ? l_arguments(L, 3) : NULL;
  if (arg == NULL || arg[2].tag != L_TAG_INTEGER || arg[3].tag != L_TAG_INTEGER) return false;
  const l_object *object = l_short_object(L, &arg[1], L_SHORT_REGION);
  if (object == NULL) return false;
  const vm_region *region = object->region;
  size_t offset = (size_t)arg[2].as.integer, size = (size_t)arg[3].as.integer;
  return offset < region->size && size - 1 < region->size - offset &&
         vm_allows_cached(region, offset, size, VM_COMMITTED);
}

static int region_is_committed(lua_State *L) {
  bool committed = is_known_committed(L);
  if (!committed) {
    vm_region *region = l_checkregion(L, 1);
    l_span span = l_optspan(L, 2, region, 0);
    committed = vm_is_committed(region, span.offset, span.size);
  }
  lua_pushboolean(L, committed);
  return 1;
}

static int region_resident(lua_State *L) {
  vm_region *region = l_checkregion(L, 1);
  l_span span = l_optspan(L, 2, region, 0);
  uintptr_t address = region->base + span.offset;
  size_t bytes = 0;
  vm_error error = span.size > 0 ? vm_resident(region, span.offset, span.size, &bytes) : VM_OK;
  if (error != VM_OK)
    return region_or_refusal(L, error, NULL, "see what is resident of", address, span.size);
  lua_pushinteger(L, (lua_Integer)bytes);
  return 1;
}

static int region_locked(lua_State *L) {
  vm_region *region = l_checkregion(L, 1);
  l_span span = l_optspan(L, 2, region, 0);
  size_t locked = span.size > 0 ? vm_locked(region, span.offset, span.size) : 0;
  lua_pushinteger(L, (lua_Integer)locked);
  return 1;
}

/* ====== } */

/* {====== Write watch ====== */

static int next_written(lua_State *L) {
  size_t from;
  vm_region *region = l_short_step(L, &from);
  if (region == NULL) {
    from = l_begin_step(L);
    region = l_checkregion(L, 2);
  }
  size_t end = l_end_of_steps(L);
  vm_run run;
  if (end > region->size || from >= end || !vm_written(region, from, end, &run)) return 0;
  return l_pushstep(L, &run);
}

static const l_steps WRITTEN = {"vmem.written", next_written};

void l_open_written(lua_State *L) { l_newsteps(L, &WRITTEN); }

static vm_region *check_watched(lua_State *L) {
  vm_region *region = l_checkregion(L, 1);
  if (!region->watched) l_error(L, "region is not watched: reserve it with watch = true");
  return region;
}

static int region_written(lua_State *L) {
  vm_region *region = check_watched(L);
  l_span span = l_optspan(L, 2, region, 1);
  return l_pushsteps(L, &WRITTEN, span.offset, span.offset + span.size);
}

static int region_rearm(lua_State *L) {
  check_watched(L);
  return do_verb(L, vm_rearm, "rearm", VM_DID_REARM);
}

/* ====== } */

const luaL_Reg l_region_verbs[] = {
    {"commit", region_commit},
    {"decommit", region_decommit},
    {"discard", region_discard},
    {"is_committed", region_is_committed},
    {"lock", region_lock},
    {"locked", region_locked},
    {"prefetch", region_prefetch},
    {"protect", region_protect},
    {"rearm", region_rearm},
    {"resident", region_resident},
    {"unlock", region_unlock},
    {"written", region_written},
    {NULL, NULL},
};
