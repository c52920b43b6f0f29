/* region_bytes.c: reading, writing, filling, copying and comparing bytes of regions. */
#include <string.h>

#include "core/backed.h"
#include "lua/access.h"
#include "lua/classes.h"
#include "lua/live_regions.h"

static int return_region(lua_State *L) {
  lua_settop(L, 1);
  return 1;
}

/* {====== One range ====== */

/* Pushes the bytes as a string. If less than half of the range is backed, the string is built in a
** buffer: that needs a second block for a while, but gives the region no new pages. Making the buffer
** may run finalizers; if they changed the region, returns false with nothing pushed. */
static bool push_memory(lua_State *L, vm_region *r, l_span s) {
  const char *from = vm_memory(r, s.offset);
  if (s.size == 0 || vm_backed(from, s.size) > s.size / 2) {
    lua_pushlstring(L, from, s.size);
    return true;
  }
  int top = lua_gettop(L);
  luaL_Buffer buffer;
  char *to = luaL_buffinitsize(L, &buffer, s.size);
  size_t refused;
  if (l_checkregion(L, 1) != r || !vm_allows(r, s.offset, s.size, VM_READ, &refused)) {
    lua_settop(L, top);
    return false;
  }
  vm_walk w;
  vm_stretch part;
  vm_walk_start(&w, from, s.size);
  while (vm_walk_next(&w, &part)) {
    size_t size = part.to - part.from;
    if (part.backed)
      memcpy(to, vm_bytes_at(part.from), size);
    else
      memset(to, 0, size);
    to += size;
  }
  luaL_pushresultsize(&buffer, s.size);
  return true;
}

static int readk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    l_span s = l_optspan(L, 2, r, 0);
    if (l_check_access(L, r, s.offset, s.size, VM_READ, tries, readk) && push_memory(L, r, s))
      return 1;
  }
}

static int region_read(lua_State *L) { return readk(L, LUA_OK, 0); }

static int writek(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    size_t size, offset = l_checkoffset(L, 2, "offset", r, 0);
    const char *bytes = l_checkbytes(L, 3, "bytes", &size);
    if (size > r->size - offset)
      l_argerror(L, 3, "%I bytes run past the region's end: %I are left", (lua_Integer)size,
                 (lua_Integer)(r->size - offset));
    if (l_check_access(L, r, offset, size, VM_WRITE, tries, writek)) {
      memcpy(vm_memory(r, offset), bytes, size);
      return return_region(L);
    }
  }
}

static int region_write(lua_State *L) { return writek(L, LUA_OK, 0); }

static int fillk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    l_span s = l_checkspan(L, 2, r, 0);
    int byte = (int)l_checkcount(L, 4, "byte", 0, 255);
    if (l_check_access(L, r, s.offset, s.size, VM_WRITE, tries, fillk)) {
      memset(vm_memory(r, s.offset), byte, s.size);
      return return_region(L);
    }
  }
}

static int region_fill(lua_State *L) { return fillk(L, LUA_OK, 0); }

/* An integer from 0 to `most` that an access keeps in its stack while a handler runs. */
static size_t kept_at(lua_State *L, int arg, size_t most) {
  lua_Integer kept = lua_tointeger(L, arg); /* the debug library may have changed it */
  return kept < 0 || (lua_Unsigned)kept > most ? 0 : (size_t)kept;
}

/* Stack: region, offset, limit, bytes searched so far. Goes page by page, because the end of the string
** is not known. If the pages fault one by one, each byte is searched once, and all of them again at the
** end, because handlers may have changed them. */
static int cstringk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    size_t offset = l_checkoffset(L, 2, "offset", r, 0), limit = r->size - offset;
    if (!lua_isnoneornil(L, 3)) {
      size_t wanted = l_checkcount(L, 3, "limit", 0, LUA_MAXINTEGER);
      if (wanted < limit) limit = wanted;
    }
    bool ended;
    size_t start = offset + kept_at(L, 4, limit);
    size_t length = vm_find_zero(r, start, offset + limit, &ended) - offset, size = length;
    if (ended) {
      size = length + 1;
    } else if (length < limit) { /* up to the end of the page that refuses */
      size_t page = vm_page_size(r), piece = page - (offset + length) % page;
      size = length + (piece < limit - length ? piece : limit - length);
    }
    lua_pushinteger(L, (lua_Integer)length);
    lua_replace(L, 4);
    if (l_check_access(L, r, offset, size, VM_READ, tries, cstringk)) {
      const char *from = vm_memory(r, offset), *nul = length > 0 ? memchr(from, 0, length) : NULL;
      lua_pushlstring(L, from, nul != NULL ? (size_t)(nul - from) : length);
      return 1;
    }
  }
}

static int region_cstring(lua_State *L) {
  lua_settop(L, 4);
  lua_pushinteger(L, 0);
  lua_replace(L, 4);
  return cstringk(L, LUA_OK, 0);
}

/* ====== } */

/* {====== Two ranges: (self, offset here, offset there, size [, there]) ====== */

typedef struct two {
  vm_region *here, *there;
  size_t at, from, size;
} two;

static two check_two(lua_State *L) {
  two t;
  t.here = l_checkregion(L, 1);
  t.there = lua_isnoneornil(L, 5) ? t.here : l_checkregion(L, 5);
  t.at = l_checkoffset(L, 2, "offset", t.here, 0);
  t.from = l_checkoffset(L, 3, "source offset", t.there, 0);
  size_t here = t.here->size - t.at, there = t.there->size - t.from;
  t.size = l_checkcount(L, 4, "size", 0, here < there ? here : there);
  return t;
}

static int copyk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    two t = check_two(L);
    if (l_check_access(L, t.there, t.from, t.size, VM_READ, tries, copyk) &&
        l_check_access(L, t.here, t.at, t.size, VM_WRITE, tries, copyk)) {
      vm_copy(vm_memory(t.here, t.at), vm_memory(t.there, t.from), t.size);
      return return_region(L);
    }
  }
}

static int region_copy(lua_State *L) { return copyk(L, LUA_OK, 0); }

static int comparek(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    two t = check_two(L);
    if (l_check_access(L, t.there, t.from, t.size, VM_READ, tries, comparek) &&
        l_check_access(L, t.here, t.at, t.size, VM_READ, tries, comparek)) {
      const unsigned char *a = vm_memory(t.here, t.at), *b = vm_memory(t.there, t.from);
      size_t same = vm_common((const char *)a, (const char *)b, t.size);
      if (same == t.size) {
        lua_pushinteger(L, 0);
        return 1;
      }
      lua_pushinteger(L, a[same] < b[same] ? -1 : 1);
      lua_pushinteger(L, (lua_Integer)same);
      return 2;
    }
  }
}

static int region_compare(lua_State *L) { return comparek(L, LUA_OK, 0); }

/* ====== } */

/* {====== By address: vmem.read, vmem.write, vmem.peek ====== */

static void *pointer_to(uintptr_t address) {
  return (void *)address; /* NOLINT(performance-no-int-to-ptr) */
}

static int read_addressk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    uintptr_t address = l_checkcount(L, 1, "address", 0, LUA_MAXINTEGER);
    size_t size = l_checkcount(L, 2, "size", 0, LUA_MAXINTEGER - (size_t)address);
    if (l_check_access_at(L, address, size, VM_READ, tries, read_addressk)) {
      lua_pushlstring(L, pointer_to(size > 0 ? address : (uintptr_t) ""), size);
      return 1;
    }
  }
}

int l_read(lua_State *L) { return read_addressk(L, LUA_OK, 0); }

static int write_addressk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    uintptr_t address = l_checkcount(L, 1, "address", 0, LUA_MAXINTEGER);
    size_t size;
    const char *bytes = l_checkbytes(L, 2, "bytes", &size);
    if (l_check_access_at(L, address, size, VM_WRITE, tries, write_addressk)) {
      if (size > 0) memcpy(pointer_to(address), bytes, size);
      lua_pushboolean(L, true); /* for assert */
      return 1;
    }
  }
}

int l_write(lua_State *L) { return write_addressk(L, LUA_OK, 0); }

/* ====== } */

const luaL_Reg l_region_bytes[] = {
    {"compare", region_compare},
    {"copy", region_copy},
    {"cstring", region_cstring},
    {"fill", region_fill},
    {"read", region_read},
    {"write", region_write},
    {NULL, NULL},
};
