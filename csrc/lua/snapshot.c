/* snapshot.c: snapshots of a region: region:snapshot, region:restore, and the snapshot object. */
#include "core/snapshot.h"

#include <string.h>

#include "lua/classes.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "lua/section.h"
#include "lua/steps.h"

typedef struct l_snapshot {
  l_object object;
  vm_snapshot *snapshot; /* NULL: closed */
} l_snapshot;

static void end_snapshot(lua_State *L, l_object *object) {
  l_snapshot *self = (l_snapshot *)object;
  (void)L;
  if (self->snapshot != NULL) vm_snapshot_close(self->snapshot);
  self->snapshot = NULL;
}

static const char closed[] = "snapshot is closed";

static const l_class SNAPSHOT = {.name = "vmem.snapshot", .over = closed, .end = end_snapshot};

/* The snapshot at `arg`, of a live region; raises if there is none. */
static vm_snapshot *check_snapshot(lua_State *L, int arg) {
  const l_snapshot *self = l_check(L, arg, &SNAPSHOT);
  if (self->snapshot == NULL) l_error(L, closed);
  l_liveregion(L, &self->object);
  return self->snapshot;
}

/* {====== region:snapshot and region:restore ====== */

/* The options at 2: whether all pages are saved at once. */
static bool check_all(lua_State *L) {
  bool all = false;
  if (!l_hasoptions(L, 2)) return false;
  for (lua_pushnil(L); lua_next(L, 2) != 0; lua_pop(L, 1)) {
    bool whole;
    const char *name = l_optionname(L, 2, &whole);
    if (!whole || strcmp(name, "all") != 0)
      l_argerror(L, 2, "option '%s' is unknown; there is all", name);
    all = l_optionflag(L, 2, name);
  }
  return all;
}

static int refuse(lua_State *L, vm_error error, const char *what, uintptr_t address, size_t size) {
  const char *advice = NULL, *at = l_pushaddress(L, address);
  if (error == VM_NOT_SUPPORTED)
    advice =
        "the region is wiped or concealed, so what it holds must not be copied; or pages of a "
        "section are attached, which change elsewhere too";
  if (error == VM_PERMISSION_DENIED)
    advice =
        "pages of a section were attached since, and it does not allow the protection that they "
        "had: "
        "decommit them first";
  return l_refuse(L, error, advice, "%s %I bytes at %s", what, (lua_Integer)size, at);
}

static int region_snapshot(lua_State *L) {
  lua_settop(L, 2);
  l_checkregion(L, 1);
  for (int tries = 0;; tries++) {
    l_snapshot *self = l_new(L, &SNAPSHOT);
    bool all = check_all(L);
    vm_region *region = l_checkregion(L, 1);
    l_record_before(L, region);
    vm_error error = vm_snapshot_take(region, all, &self->snapshot);
    if (error == VM_OK) {
      l_attach(L, &self->object, region);
      l_record(L, region, VM_DID_SNAPSHOT, 0, region->size, 0, error);
      return 1;
    }
    lua_settop(L, 2);
    if (l_collected(L, error, tries)) continue;
    region = l_checkregion(L, 1);
    l_record(L, region, VM_DID_SNAPSHOT, 0, region->size, 0, error);
    return refuse(L, error, "take a snapshot of", region->base, region->size);
  }
}

static int region_restore(lua_State *L) {
  for (int tries = 0;; tries++) {
    vm_region *region = l_checkregion(L, 1);
    vm_snapshot *snapshot = check_snapshot(L, 2);
    if (snapshot->region != region) l_argerror(L, 2, "snapshot is of another region");
    l_record_before(L, region);
    vm_error error = l_detach_lost(L, region);
    pt_table before = {0};
    bool recorded = region->recording != NULL,
         copied = recorded && pt_copy(&before, &region->table);
    if (recorded && !copied) error = VM_OUT_OF_MEMORY;
    if (error == VM_OK) error = vm_snapshot_restore(snapshot);
    if (error == VM_OK) {
      l_record(L, region, VM_DID_RESTORE, 0, region->size, 0, error);
      if (recorded) l_record_changes(L, region, &before);
    }
    if (copied) pt_free(&before);
    if (l_collected(L, error, tries)) continue;
    if (error != VM_OK) {
      l_record(L, region, VM_DID_RESTORE, 0, region->size, 0, error);
      return refuse(L, error, "restore", region->base, region->size);
    }
    lua_settop(L, 1);
    return 1;
  }
}

const luaL_Reg l_region_snapshots[] = {
    {"restore", region_restore},
    {"snapshot", region_snapshot},
    {NULL, NULL},
};

/* ====== } */

/* {====== The snapshot ====== */

static int next_changed(lua_State *L) {
  size_t from = l_begin_step(L);
  vm_snapshot *snapshot = check_snapshot(L, 2);
  vm_run run;
  if (from >= snapshot->region->size || !vm_snapshot_changed(snapshot, from, &run)) return 0;
  return l_pushstep(L, &run);
}

static const l_steps CHANGED = {"vmem.changed", next_changed};

static int snapshot_changed(lua_State *L) {
  return l_pushsteps(L, &CHANGED, 0, check_snapshot(L, 1)->region->size);
}

/* Frees what the snapshot keeps, and lets go of the region. */
static void close_snapshot(lua_State *L, l_snapshot *self) {
  end_snapshot(L, &self->object);
  vm_region *region = self->object.region;
  if (region == NULL) return;
  self->object.region = NULL;
  vm_drop(region);
}

static int snapshot_close(lua_State *L) {
  if (!l_isover(L, 1, &SNAPSHOT)) close_snapshot(L, l_check(L, 1, &SNAPSHOT));
  lua_pushboolean(L, true); /* for assert */
  return 1;
}

/* At the end of a block. */
static int snapshot_leave(lua_State *L) {
  l_snapshot *self = l_test(L, 1, &SNAPSHOT);
  if (self != NULL) close_snapshot(L, self);
  return 0;
}

static int snapshot_size(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)vm_snapshot_size(check_snapshot(L, 1)));
  return 1;
}

static int snapshot_region(lua_State *L) {
  l_pushregion(L, check_snapshot(L, 1)->region);
  return 1;
}

static int snapshot_tostring(lua_State *L) {
  const l_snapshot *self = NULL;
  if (!l_isover(L, 1, &SNAPSHOT)) self = l_check(L, 1, &SNAPSHOT);
  if (self == NULL || self->snapshot == NULL) {
    lua_pushstring(L, "vmem.snapshot (closed)");
    return 1;
  }
  if (!self->object.region->live) {
    lua_pushstring(L, "vmem.snapshot (released)");
    return 1;
  }
  lua_Integer size = (lua_Integer)vm_snapshot_size(self->snapshot);
  const char *address = l_pushaddress(L, self->object.region->base);
  lua_pushfstring(L, "vmem.snapshot of region %s: %I bytes kept", address, size);
  return 1;
}

/* ====== } */

void l_open_snapshot(lua_State *L) {
  static const luaL_Reg snapshot_meta[] = {
      {"__close", snapshot_leave},
      {"__tostring", snapshot_tostring},
      {NULL, NULL},
  };
  static const luaL_Reg snapshot_methods[] = {
      {"changed", snapshot_changed},
      {"close", snapshot_close},
      {NULL, NULL},
  };
  static const luaL_Reg snapshot_fields[] = {
      {"region", snapshot_region},
      {"size", snapshot_size},
      {NULL, NULL},
  };
  static const l_members members = {
      .meta = snapshot_meta, .methods = snapshot_methods, .fields = snapshot_fields};
  l_newclass(L, &SNAPSHOT, &members);
  l_newsteps(L, &CHANGED);
  lua_pop(L, 1);
}
