/* page.c: page objects, which r[i] makes. */
#include "lua/page.h"

#include "lua/access.h"
#include "lua/classes.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "os/os.h"

static const l_class PAGE = {.name = "vmem.page", .over = "region is released"};

typedef struct l_page {
  l_object object;
  uint64_t index; /* from 0 */
} l_page;

int l_pushpage(lua_State *L, uint64_t index) {
  l_page *page = l_new(L, &PAGE);
  vm_region *region = l_checkregion(L, 1);
  if (index >= region->size >> region->page_shift) return 0; /* a finalizer replaced the region */
  page->index = index;
  l_attach(L, &page->object, region);
  return 1;
}

/* A page of a live region. */
typedef struct place {
  vm_region *region;
  lua_Integer index; /* from 1 */
  size_t offset, size;
  uintptr_t address;
} place;

static place check_page(lua_State *L) {
  const l_page *page = l_check(L, 1, &PAGE);
  place p;
  p.region = l_liveregion(L, &page->object);
  p.index = (lua_Integer)page->index + 1;
  p.size = vm_page_size(p.region);
  p.offset = (size_t)page->index << p.region->page_shift;
  p.address = p.region->base + p.offset;
  return p;
}

/* {====== Verbs ====== */

static int push_outcome(lua_State *L, vm_error error, const char *verb, lua_Integer index,
                        uintptr_t address) {
  if (error == VM_OK) {
    lua_settop(L, 1);
    return 1;
  }
  const char *at = l_pushaddress(L, address);
  return l_refuse(L, error, NULL, "%s page %I at %s", verb, index, at);
}

static int page_commit(lua_State *L) {
  for (int tries = 0;; tries++) {
    place p = check_page(L);
    unsigned protection = l_optprotection(L, 2, p.region->protection);
    l_record_before(L, p.region);
    vm_error error = vm_commit(p.region, p.offset, p.size, protection);
    if (l_collected(L, error, tries)) continue;
    l_record(L, p.region, VM_DID_COMMIT, p.offset, p.size, protection, error);
    return push_outcome(L, error, "commit", p.index, p.address);
  }
}

static int page_decommit(lua_State *L) {
  for (int tries = 0;; tries++) {
    place p = check_page(L);
    l_record_before(L, p.region);
    vm_error error = vm_decommit(p.region, p.offset, p.size);
    if (l_collected(L, error, tries)) continue;
    l_record(L, p.region, VM_DID_DECOMMIT, p.offset, p.size, 0, error);
    return push_outcome(L, error, "decommit", p.index, p.address);
  }
}

static int page_protect(lua_State *L) {
  for (int tries = 0;; tries++) {
    place p = check_page(L);
    unsigned protection = l_checkprotection(L, 2), old;
    l_record_before(L, p.region);
    vm_error error = vm_protect(p.region, p.offset, p.size, protection, &old);
    if (l_collected(L, error, tries)) continue;
    l_record(L, p.region, VM_DID_PROTECT, p.offset, p.size, protection, error);
    if (error != VM_OK) return push_outcome(L, error, "protect", p.index, p.address);
    lua_pushstring(L, l_protection(old));
    return 1;
  }
}

static int readk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    place p = check_page(L);
    l_access a = {.tries = tries, .again = readk, .answers = 2};
    const char *from = l_readable(L, &a, l_in(p.region, p.offset, p.size), L_FIRST);
    if (from == NULL) continue;
    lua_pushlstring(L, from, p.size);
    return 1;
  }
}

static int page_read(lua_State *L) {
  l_drop_others(L, 1);
  return readk(L, LUA_OK, 0);
}

static int writek(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    place p = check_page(L);
    size_t size;
    const char *bytes = l_checkbytes(L, 2, "bytes", &size);
    if (size > p.size)
      l_argerror(L, 2, "bytes is %I long, but a page holds %I", (lua_Integer)size,
                 (lua_Integer)p.size);
    l_access a = {.tries = tries, .again = writek, .answers = 3};
    if (!l_write_bytes(L, &a, l_in(p.region, p.offset, size),
                       (l_source){.bytes = bytes, .size = size}))
      continue;
    lua_settop(L, 1);
    return 1;
  }
}

static int page_write(lua_State *L) {
  l_drop_others(L, 2);
  return writek(L, LUA_OK, 0);
}

/* ====== } */

/* {====== Fields ====== */

static int page_index(lua_State *L) {
  lua_pushinteger(L, check_page(L).index);
  return 1;
}

static int page_address(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_page(L).address);
  return 1;
}

static int page_offset(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_page(L).offset);
  return 1;
}

static int page_size(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_page(L).size);
  return 1;
}

static int page_region(lua_State *L) {
  l_pushregion(L, check_page(L).region);
  return 1;
}

static unsigned byte_of(lua_State *L) {
  place p = check_page(L);
  return vm_state_at(p.region, p.offset);
}

static int page_state(lua_State *L) {
  l_pushstate(L, byte_of(L));
  lua_pop(L, 1);
  return 1;
}

static int page_protection(lua_State *L) {
  l_pushstate(L, byte_of(L));
  return 1;
}

static int page_trap(lua_State *L) {
  place p = check_page(L);
  l_pushtrap(L, p.region, p.offset);
  return 1;
}

static int page_resident(lua_State *L) {
  place p = check_page(L);
  size_t bytes;
  if (vm_resident(p.region, p.offset, p.size, &bytes) != VM_OK) return 0;
  lua_pushboolean(L, bytes > 0);
  return 1;
}

static int page_frame(lua_State *L) {
  uint64_t frame;
  if (os_frame(check_page(L).address, &frame) != VM_OK) return 0;
  lua_pushinteger(L, (lua_Integer)frame);
  return 1;
}

/* ====== } */

static int page_eq(lua_State *L) {
  const l_page *a = l_test(L, 1, &PAGE), *b = l_test(L, 2, &PAGE);
  lua_pushboolean(
      L, a != NULL && b != NULL && a->object.region == b->object.region && a->index == b->index);
  return 1;
}

static int page_tostring(lua_State *L) {
  const vm_region *region = NULL;
  if (!l_isover(L, 1, &PAGE)) region = ((const l_page *)l_check(L, 1, &PAGE))->object.region;
  if (region == NULL || !region->live) {
    lua_pushstring(L, "vmem.page (released)");
    return 1;
  }
  place p = check_page(L);
  const char *address = l_pushaddress(L, p.address);
  l_pushstate(L, byte_of(L));
  const char *state = lua_tostring(L, -2), *protection = lua_tostring(L, -1);
  lua_pushfstring(L, "vmem.page %I at %s: %s%s%s", p.index, address, state,
                  protection != NULL ? " " : "", protection != NULL ? protection : "");
  return 1;
}

static const luaL_Reg page_meta[] = {
    {"__eq", page_eq},
    {"__tostring", page_tostring},
    {NULL, NULL},
};

static const luaL_Reg page_methods[] = {
    {"commit", page_commit}, {"decommit", page_decommit}, {"protect", page_protect},
    {"read", page_read},     {"write", page_write},       {NULL, NULL},
};

static const luaL_Reg page_fields[] = {
    {"address", page_address},
    {"frame", page_frame},
    {"index", page_index},
    {"offset", page_offset},
    {"protection", page_protection},
    {"region", page_region},
    {"resident", page_resident},
    {"size", page_size},
    {"state", page_state},
    {"trap", page_trap},
    {NULL, NULL},
};

void l_open_page(lua_State *L) {
  static const l_members members = {
      .meta = page_meta, .methods = page_methods, .fields = page_fields};
  l_newclass(L, &PAGE, &members);
  lua_pop(L, 1);
}
