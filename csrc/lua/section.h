/* section.h: the section object, for the functions of regions that take or give one. */
#ifndef LUA_SECTION_H
#define LUA_SECTION_H

#include "core/attachments.h"
#include "lua/base.h"
#include "lua/object.h"

typedef struct l_section {
  l_object object;
  vm_section *section; /* NULL: closed. The object is a holder */
  bool created;        /* by the call that gave it */
} l_section;

extern const l_class l_section_class;

/* The section object at `arg`; raises if it is none, or closed. */
l_section *l_checksectionobject(lua_State *L, int arg);

/* Before the class is made: there are no known sections. */
void l_open_known_sections(lua_State *L);

/* Enters the object on top of the stack as the one of its section. */
void l_enter_section(lua_State *L, const vm_section *section);

/* Why a section is refused with this error, where that is special; else NULL. */
const char *l_section_advice(vm_error error);

/* The section at `arg`; raises if it is none, or closed. */
vm_section *l_checksection(lua_State *L, int arg);

/* vm_detach_past, with what it changes in the recording. */
vm_error l_detach_past(lua_State *L, vm_region *region, const vm_section *section);

/* The same for all sections of the region. */
vm_error l_detach_lost(lua_State *L, vm_region *region);

/* Its size in bytes; raises if other code has closed its descriptor. */
uint64_t l_sectionsize(lua_State *L, const vm_section *section);

/* Pushes the section that is attached at `offset` to the region at `arg`, and gives its attachment, which is good
** until Lua allocates again. If there is none, or the region is released, it pushes nil and gives NULL. It may run
** finalizers, and gives what there is after them. */
const vm_attachment *l_pushsection(lua_State *L, int arg, size_t offset);

#endif
