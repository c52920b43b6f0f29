/* section.c: the section object. */
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

void l_open_known_sections(lua_State *L) { l_open_weak(L, &sections); }

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
