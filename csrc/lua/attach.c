/* attach.c: region:attach, region:attachments. */
#include "core/attach.h"

#include <string.h>

#include "core/marking.h"
#include "lua/classes.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "lua/section.h"
#include "lua/steps.h"

/* {====== region:attach(section [, offset [, from [, size [, protection]]]]) ====== */

/* Stack indices of the arguments; behind them the protection without "+copy". */
enum { REGION = 1, WHAT, OFFSET, FROM, SIZE, PROTECTION, PLAIN };

static const char copy_suffix[] = "+copy";

/* Puts the protection without "+copy" at PLAIN; it may run finalizers. Whether it had that. */
static bool split_protection(lua_State *L) {
  size_t suffix = sizeof copy_suffix - 1;
  lua_settop(L, PROTECTION);
  if (lua_type(L, PROTECTION) == LUA_TSTRING) {
    const char *word = lua_tostring(L, PROTECTION);
    size_t length = (size_t)lua_rawlen(L, PROTECTION);
    if (length > suffix && memcmp(word + length - suffix, copy_suffix, suffix) == 0) {
      lua_pushlstring(L, word, length - suffix);
      return true;
    }
  }
  lua_pushvalue(L, PROTECTION);
  return false;
}

/* A multiple of the page size, at least 0. */
static size_t check_whole_pages(lua_State *L, int arg, const char *name, const vm_region *region) {
  if (lua_isnoneornil(L, arg)) return 0;
  size_t value = l_checkcount(L, arg, name, 0, L_MOST);
  if (value % vm_page_size(region) != 0)
    l_argerror(L, arg, "%s %I is not a multiple of the page size, %I", name, (lua_Integer)value,
               (lua_Integer)vm_page_size(region));
  return value;
}

typedef struct l_place {
  size_t offset, from, size;
} l_place;

static l_place check_place(lua_State *L, const vm_region *region, const vm_section *section) {
  l_place place = {0, 0, 0};
  size_t page = vm_page_size(region);
  uint64_t most = l_sectionsize(L, section);
  place.offset = check_whole_pages(L, OFFSET, "offset", region);
  place.from = check_whole_pages(L, FROM, "from", region);
  if (place.offset >= region->size)
    l_argerror(L, OFFSET, "offset %I is outside the region, which has %I bytes",
               (lua_Integer)place.offset, (lua_Integer)region->size);
  if (most == 0) l_argerror(L, WHAT, "the section has no bytes: there is nothing to attach");
  if (place.from >= most)
    l_argerror(L, FROM, "from %I is outside the section, which has %I bytes",
               (lua_Integer)place.from, (lua_Integer)most);
  size_t left = (size_t)(most - place.from);
  place.size = left;
  if (!lua_isnoneornil(L, SIZE)) place.size = l_checkcount(L, SIZE, "size", 1, L_MOST);
  if ((place.size - 1) / page > (left - 1) / page)
    l_argerror(L, SIZE, "size %I runs past the section's end: %I bytes are left",
               (lua_Integer)place.size, (lua_Integer)left);
  if (place.size > region->size - place.offset)
    l_argerror(L, SIZE, "size %I runs past the region's end: %I bytes are left",
               (lua_Integer)place.size, (lua_Integer)(region->size - place.offset));
  return place;
}

static const char *advice_on(vm_error error, const vm_region *region) {
  if (error == VM_NOT_SUPPORTED && (region->wiped || region->concealed))
    return "the region is wiped or concealed, and pages of a section are seen elsewhere";
  if (error == VM_NOT_SUPPORTED && vm_is_sparse(region)) return "the region is sparse";
  if (error == VM_IN_USE && region->snapshots != NULL)
    return "the region has snapshots, which cannot keep shared pages: close them first, or attach "
           "a copy (\"rw+copy\")";
  if (error == VM_PERMISSION_DENIED)
    return "the section does not allow that protection: to execute its pages, make it with "
           "executable = true; to write them, open it for writing";
  return NULL;
}

static int region_attach(lua_State *L) {
  for (int tries = 0;; tries++) {
    bool copy = split_protection(L);
    vm_region *region = l_checkregion(L, REGION);
    vm_section *section = l_checksection(L, WHAT);
    l_place place = check_place(L, region, section);
    unsigned protection = region->protection;
    bool known = lua_type(L, PLAIN) == LUA_TSTRING && l_parseprotection(L, PLAIN, &protection);
    if (!known) protection = l_optprotection(L, PROTECTION, protection); /* or raises */
    uintptr_t address = region->base + place.offset;
    copy = copy || section->copies;
    l_record_before(L, region);
    vm_error error =
        vm_attach(region, place.offset, section, place.from, place.size, protection, copy);
    if (l_collected(L, error, tries)) continue;
    /* Snapshots that nobody holds refuse nothing. */
    if (error == VM_IN_USE && region->snapshots != NULL && l_collect(L, tries)) continue;
    const char *advice = error != VM_OK ? advice_on(error, region) : NULL;
    l_record_detail(L, region, VM_DID_ATTACH, place.offset, place.size, protection, copy, error);
    if (error == VM_OK) {
      lua_settop(L, REGION);
      return 1;
    }
    const char *at = l_pushaddress(L, address);
    return l_refuse(L, error, advice, "attach %I bytes at %s", (lua_Integer)place.size, at);
  }
}

/* ====== } */

/* {====== region:attachments() ====== */

/* Pushing the section may run finalizers, which may detach what was found, so the numbers are read after that. */
static int next_attachment(lua_State *L) {
  size_t from = l_begin_step(L);
  for (;;) {
    const vm_region *region = l_checkregion(L, 2);
    const vm_attachment *a = from < region->size ? vm_next_attachment(region, from) : NULL;
    if (a == NULL) return 0;
    unsigned shift = region->page_shift;
    size_t offset = (size_t)a->first << shift;
    if (offset < from) offset = from; /* a part of it was attached since the last step */
    a = l_pushsection(L, 2, offset);
    if (a != NULL) {
      size_t end = (size_t)(a->first + a->count) << shift;
      l_set_step(L, end);
      offset = (size_t)a->first << shift;
      lua_pushinteger(L, (lua_Integer)offset);
      lua_pushinteger(L, (lua_Integer)(end - offset));
      lua_pushvalue(L, -3);
      lua_pushinteger(L, (lua_Integer)a->from);
      lua_pushboolean(L, a->copy);
      return 5;
    }
    lua_pop(L, 1);
  }
}

static const l_steps ATTACHMENTS = {"vmem.attachments", next_attachment};

static int region_attachments(lua_State *L) {
  return l_pushsteps(L, &ATTACHMENTS, 0, l_checkregion(L, 1)->size);
}

void l_open_attachments(lua_State *L) { l_newsteps(L, &ATTACHMENTS); }

/* ====== } */

const luaL_Reg l_region_attachments[] = {
    {"attach", region_attach},
    {"attachments", region_attachments},
    {NULL, NULL},
};
