/* section.c: the section object, and its fields. */
#include "lua/section.h"

#include <string.h>

#include "lua/classes.h"
#include "lua/live_regions.h"
#include "lua/slot.h"
#include "lua/weak.h"

_Static_assert(sizeof(l_section) <= L_OBJECT_SIZE, "it must fit into a slot");

static void end_section(lua_State *L, l_object *object) {
  l_section *self = (l_section *)object;
  (void)L;
  if (self->section != NULL) vm_section_drop(self->section);
  self->section = NULL;
}

static const char closed[] = "section is closed";

const l_class l_section_class = {.name = "vmem.section", .over = closed, .end = end_section};

l_section *l_checksectionobject(lua_State *L, int arg) {
  l_section *self = l_check(L, arg, &l_section_class);
  if (self->section == NULL) l_error(L, closed);
  return self;
}

vm_section *l_checksection(lua_State *L, int arg) { return l_checksectionobject(L, arg)->section; }

uint64_t l_sectionsize(lua_State *L, const vm_section *section) {
  uint64_t size = os_section_size(&section->system);
  if (size == OS_CLOSED) l_error(L, "other code has closed the section's descriptor");
  return size;
}

/* {====== One object for each section ====== */

static const char sections = 0; /* its address is a registry key: vm_section -> userdata, weak */

/* Pushes the userdata of the section, and gives true; or pushes nothing. */
static bool push_known(lua_State *L, const vm_section *section) {
  l_push_weak(L, &sections, section);
  const l_section *self = l_test(L, -1, &l_section_class);
  if (self != NULL && self->section == section) return true;
  lua_pop(L, 1);
  return false;
}

void l_enter_section(lua_State *L, const vm_section *section) {
  l_enter_weak(L, &sections, section);
}

/* The attachment at `offset` of the region at `arg`; NULL if there is none, or no live region. */
static const vm_attachment *attachment_at(lua_State *L, int arg, size_t offset) {
  const l_object *object = l_test(L, arg, &l_region_class);
  bool lives = object != NULL && object->region != NULL && object->region->live;
  return lives ? vm_attachment_at(object->region, offset) : NULL;
}

const vm_attachment *l_pushsection(lua_State *L, int arg, size_t offset) {
  const vm_attachment *a = attachment_at(L, arg, offset);
  if (a != NULL && push_known(L, a->section)) return a;
  l_section *self = a != NULL ? l_new(L, &l_section_class) : NULL;
  if (self != NULL) a = attachment_at(L, arg, offset); /* a finalizer may have changed it */
  if (self != NULL && a != NULL && !push_known(L, a->section)) {
    vm_section_hold(a->section);
    self->section = a->section;
    l_enter_weak(L, &sections, a->section);
    return a;
  }
  if (a == NULL) lua_pushnil(L);
  if (self != NULL)
    lua_remove(L, -2); /* there is nothing to give, or a finalizer has made its object */
  return a;
}

/* ====== } */

/* {====== Methods and fields ====== */

static int section_close(lua_State *L) {
  if (!l_isover(L, 1, &l_section_class)) end_section(L, l_check(L, 1, &l_section_class));
  lua_pushboolean(L, true); /* for assert */
  return 1;
}

/* At the end of a block. */
static int section_leave(lua_State *L) {
  l_section *self = l_test(L, 1, &l_section_class);
  if (self != NULL) end_section(L, &self->object);
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
  static const luaL_Reg meta[] = {
      {"__close", section_leave},
      {"__tostring", section_tostring},
      {NULL, NULL},
  };
  static const luaL_Reg methods[] = {
      {"close", section_close},
      {"flush", l_section_flush},
      {"refresh", l_section_refresh},
      {"resize", l_section_resize},
      {"start_flush", l_section_start_flush},
      {NULL, NULL},
  };
  static const luaL_Reg fields[] = {
      {"attachments", section_attachments},
      {"created", section_created},
      {"mode", section_mode},
      {"name", section_name},
      {"path", section_path},
      {"size", section_size},
      {NULL, NULL},
  };
  static const l_members members = {.meta = meta, .methods = methods, .fields = fields};
  l_open_weak(L, &sections);
  l_newclass(L, &l_section_class, &members);
  lua_pop(L, 1);
}
