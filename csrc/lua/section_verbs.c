/* section_verbs.c: the methods and fields of sections. */
#include "core/flush.h"
#include "core/past_end.h"
#include "lua/classes.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "lua/section.h"

const char *l_section_advice(vm_error error) {
  if (error == VM_TOO_MANY_FILES)
    return "it takes a file descriptor, and the process has as many as 'ulimit -n' allows: close "
           "some, or raise it";
  return NULL;
}

static int give_section(lua_State *L) {
  lua_settop(L, 1);
  return 1;
}

/* The message says the path of a file. */
static int refuse(lua_State *L, vm_error error, const char *advice, const char *verb,
                  const vm_section *section) {
  if (section->system.path == NULL) return l_refuse(L, error, advice, "%s the section", verb);
  return l_refuse(L, error, advice, "%s %s", verb, section->system.path);
}

/* {====== Pages behind the end ====== */

vm_error l_detach_past(lua_State *L, vm_region *region, const vm_section *section) {
  pt_table before;
  bool records = region->recording != NULL && pt_copy(&before, &region->table);
  vm_error error = vm_detach_past(region, section);
  if (!records) return error;
  l_record_changes(L, region, &before);
  pt_free(&before);
  return error;
}

vm_error l_detach_lost(lua_State *L, vm_region *region) {
  vm_error error = VM_OK;
  for (size_t i = 0; region->fallible && error == VM_OK && i < region->attachments;) {
    size_t count = region->attachments;
    error = l_detach_past(L, region, region->attachment[i].section);
    if (region->attachments == count) i++; /* else another is the i-th now */
  }
  return error == VM_BAD_FILE ? VM_OK : error;
}

/* In all regions. */
static vm_error detach_all_past(lua_State *L, const vm_section *section) {
  const vm_space *space = l_space(L);
  vm_error error = VM_OK;
  for (vm_region *r = vm_next(space, 0); r != NULL; r = vm_next(space, r->base + r->size)) {
    vm_error refused = r->attachments > 0 ? l_detach_past(L, r, section) : VM_OK;
    if (refused != VM_OK) error = refused;
  }
  return error;
}

/* ====== } */

/* empty(section, from, size), for vmem.sparse: makes a part of a file a hole, if the system can. */
int l_empty_section(lua_State *L) {
  const vm_section *section = l_checksection(L, 1);
  uint64_t from = l_checkcount(L, 2, "from", 0, L_MOST);
  uint64_t size = l_checkcount(L, 3, "size", 1, L_MOST);
  lua_pushboolean(L, section->file && os_section_empty(&section->system, from, size));
  return 1;
}

/* has_same_file(section, section), for vmem.win32: by whatever paths they were opened. */
int l_has_same_file(lua_State *L) {
  const os_section *a = &l_checksection(L, 1)->system, *b = &l_checksection(L, 2)->system;
  lua_pushboolean(L, a->node != 0 && a->device == b->device && a->node == b->node);
  return 1;
}

/* {====== resize ====== */

static const char *advice_on(vm_error error, const vm_section *section, bool smaller) {
  if (error != VM_PERMISSION_DENIED) return l_section_advice(error);
  if (section->file) return "it was opened with \"r\" or \"copy\"";
  if (section->system.name != NULL) return "a section with a name keeps its size";
  return smaller ? "its pages may be attached elsewhere, so it cannot become smaller"
                 : "it was not made with growable = true, or it was opened with \"r\"";
}

static int section_resize(lua_State *L) {
  for (int tries = 0;; tries++) {
    vm_section *section = l_checksection(L, 1);
    uint64_t size = l_checkcount(L, 2, "size", section->file ? 0 : 1, L_MOST);
    uint64_t now = l_sectionsize(L, section);
    vm_recording *recording = size < now ? vm_recording_of(l_space(L)) : NULL;
    if (recording != NULL) l_before_event(L, recording); /* pages behind the end go */
    vm_error error = vm_section_resize(section, size);
    if (error == VM_OK && size < now) (void)detach_all_past(L, section);
    if (error == VM_OK) return give_section(L);
    if (l_collected(L, error, tries)) continue;
    section = l_checksection(L, 1);
    const char *advice = advice_on(error, section, size < now);
    if (section->system.path != NULL)
      return l_refuse(L, error, advice, "make the file %s %I bytes long", section->system.path,
                      (lua_Integer)size);
    return l_refuse(L, error, advice, "make a section of %I bytes %I bytes long", (lua_Integer)now,
                    (lua_Integer)size);
  }
}

/* ====== } */

/* {====== flush, start_flush ([from [, size]]) ====== */

static int flush(lua_State *L, bool wait) {
  const vm_section *section = l_checksection(L, 1);
  uint64_t most = l_sectionsize(L, section), from = 0;
  if (!lua_isnoneornil(L, 2)) from = l_checkcount(L, 2, "from", 0, L_MOST);
  if (from > most)
    l_argerror(L, 2, "from %I is outside the section, which has %I bytes", (lua_Integer)from,
               (lua_Integer)most);
  uint64_t size = most - from;
  if (!lua_isnoneornil(L, 3)) size = l_checkcount(L, 3, "size", 0, L_MOST);
  if (size > most - from)
    l_argerror(L, 3, "size %I runs past the section's end: %I bytes are left", (lua_Integer)size,
               (lua_Integer)(most - from));
  vm_error error = vm_section_flush(l_space(L), section, from, size, wait);
  return error == VM_OK ? give_section(L) : refuse(L, error, NULL, "flush", section);
}

static int section_flush(lua_State *L) { return flush(L, true); }

static int section_start_flush(lua_State *L) { return flush(L, false); }

/* ====== } */

static int section_refresh(lua_State *L) {
  for (int tries = 0;; tries++) {
    const vm_section *section = l_checksection(L, 1);
    vm_error error = detach_all_past(L, section);
    if (error == VM_OK) return give_section(L);
    if (!l_collected(L, error, tries))
      return refuse(L, error, NULL, "refresh", l_checksection(L, 1));
  }
}

/* {====== close, and fields ====== */

static int section_close(lua_State *L) {
  if (!l_isover(L, 1, &l_section_class)) l_section_class.end(L, l_check(L, 1, &l_section_class));
  lua_pushboolean(L, true); /* for assert */
  return 1;
}

/* At the end of a block. */
static int section_leave(lua_State *L) {
  l_section *self = l_test(L, 1, &l_section_class);
  if (self != NULL) l_section_class.end(L, &self->object);
  return 0;
}

static int section_size(lua_State *L) {
  uint64_t size = os_section_size(&l_checksection(L, 1)->system);
  if (size == OS_CLOSED) return 0;
  lua_pushinteger(L, (lua_Integer)size);
  return 1;
}

static int section_name(lua_State *L) {
  lua_pushstring(L, l_checksection(L, 1)->system.name); /* nil for NULL */
  return 1;
}

static int section_path(lua_State *L) {
  char path[OS_SECTION_PATH];
  const os_section *system = &l_checksection(L, 1)->system;
  if (system->path != NULL)
    lua_pushstring(L, system->path);
  else if (os_section_path(system, path))
    lua_pushstring(L, path);
  else
    return 0;
  return 1;
}

static int section_mode(lua_State *L) {
  lua_pushstring(L, l_checksection(L, 1)->mode); /* nil for NULL */
  return 1;
}

static int section_created(lua_State *L) {
  lua_pushboolean(L, l_checksectionobject(L, 1)->created);
  return 1;
}

/* All holders but the object are attachments. */
static int section_attachments(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)l_checksection(L, 1)->holders - 1);
  return 1;
}

static int section_tostring(lua_State *L) {
  const l_section *self = NULL;
  if (!l_isover(L, 1, &l_section_class)) self = l_check(L, 1, &l_section_class);
  if (self == NULL || self->section == NULL) {
    lua_pushstring(L, "vmem.section (closed)");
    return 1;
  }
  const os_section *system = &self->section->system;
  const char *name = system->path != NULL ? system->path : system->name;
  uint64_t size = os_section_size(system);
  if (size == OS_CLOSED) size = 0;
  if (name != NULL)
    lua_pushfstring(L, "vmem.section \"%s\": %I bytes", name, (lua_Integer)size);
  else
    lua_pushfstring(L, "vmem.section: %I bytes", (lua_Integer)size);
  return 1;
}

/* ====== } */

void l_open_section(lua_State *L) {
  static const luaL_Reg section_meta[] = {
      {"__close", section_leave},
      {"__tostring", section_tostring},
      {NULL, NULL},
  };
  static const luaL_Reg section_methods[] = {
      {"close", section_close},
      {"flush", section_flush},
      {"refresh", section_refresh},
      {"resize", section_resize},
      {"start_flush", section_start_flush},
      {NULL, NULL},
  };
  static const luaL_Reg section_fields[] = {
      {"attachments", section_attachments},
      {"created", section_created},
      {"mode", section_mode},
      {"name", section_name},
      {"path", section_path},
      {"size", section_size},
      {NULL, NULL},
  };
  static const l_members members = {
      .meta = section_meta, .methods = section_methods, .fields = section_fields};
  l_open_known_sections(L);
  l_newclass(L, &l_section_class, &members);
  lua_pop(L, 1);
}
