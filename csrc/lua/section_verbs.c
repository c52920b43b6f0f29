/* section_verbs.c: section:resize, flush, start_flush, refresh. */
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

/* {====== resize ====== */

static const char *advice_on(vm_error error, const vm_section *section, bool smaller) {
  if (error != VM_PERMISSION_DENIED) return l_section_advice(error);
  if (section->file) return "it was opened with \"r\" or \"copy\"";
  return smaller ? "its pages may be attached elsewhere, so it cannot become smaller"
                 : "it was not made with growable = true, or it was opened with \"r\"";
}

int l_section_resize(lua_State *L) {
  for (int tries = 0;; tries++) {
    vm_section *section = l_checksection(L, 1);
    uint64_t size = l_checkcount(L, 2, "size", section->file ? 0 : 1, LUA_MAXINTEGER);
    uint64_t now = l_sectionsize(L, section);
    vm_error error = vm_section_resize(section, size);
    if (error == VM_OK && size < now) (void)detach_all_past(L, section);
    if (error == VM_OK) return give_section(L);
    if (l_collected(L, error, tries)) continue;
    section = l_checksection(L, 1);
    const char *advice = advice_on(error, section, size < now);
    return l_refuse(L, error, advice, "make a section of %I bytes %I bytes long", (lua_Integer)now,
                    (lua_Integer)size);
  }
}

/* ====== } */

/* {====== flush, start_flush ([from [, size]]) ====== */

static int flush(lua_State *L, bool wait) {
  const vm_section *section = l_checksection(L, 1);
  uint64_t most = l_sectionsize(L, section), from = 0;
  if (!lua_isnoneornil(L, 2)) from = l_checkcount(L, 2, "from", 0, LUA_MAXINTEGER);
  if (from > most)
    l_argerror(L, 2, "from %I is outside the section, which has %I bytes", (lua_Integer)from,
               (lua_Integer)most);
  uint64_t size = most - from;
  if (!lua_isnoneornil(L, 3)) size = l_checkcount(L, 3, "size", 0, LUA_MAXINTEGER);
  if (size > most - from)
    l_argerror(L, 3, "size %I runs past the section's end: %I bytes are left", (lua_Integer)size,
               (lua_Integer)(most - from));
  vm_error error = vm_section_flush(l_space(L), section, from, size, wait);
  return error == VM_OK ? give_section(L) : refuse(L, error, NULL, "flush", section);
}

int l_section_flush(lua_State *L) { return flush(L, true); }

int l_section_start_flush(lua_State *L) { return flush(L, false); }

/* ====== } */

int l_section_refresh(lua_State *L) {
  for (int tries = 0;; tries++) {
    const vm_section *section = l_checksection(L, 1);
    vm_error error = detach_all_past(L, section);
    if (error == VM_OK) return give_section(L);
    if (!l_collected(L, error, tries))
      return refuse(L, error, NULL, "refresh", l_checksection(L, 1));
  }
}
