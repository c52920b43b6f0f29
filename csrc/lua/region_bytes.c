/* region_bytes.c: reading, writing, filling, copying and comparing bytes of regions. */
#include <string.h>

#include "core/backed.h"
#include "core/bytes_guarded.h"
#include "lua/access.h"
#include "lua/access_copies.h"
#include "lua/classes.h"
#include "lua/live_regions.h"

static int return_region(lua_State *L) {
  lua_settop(L, 1);
  return 1;
}

/* {====== One range ====== */

/* Makes a string in a buffer, which gives the region no new pages. Making the buffer may run finalizers; if
** they changed the region, returns false with nothing pushed. */
static bool push_sparsely(lua_State *L, vm_region *r, l_span s) {
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
  vm_walk_start(&w, vm_memory(r, s.offset), s.size);
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

/* Pushes the bytes as a string. If less than half of the range is backed, it is made in a buffer: that needs
** a second block for a while. */
static bool push_bytes(lua_State *L, vm_region *r, l_span s, const char *from) {
  bool is_memory = s.size > 0 && from == vm_memory(r, s.offset);
  if (is_memory && vm_backed(from, s.size) <= s.size / 2) return push_sparsely(L, r, s);
  lua_pushlstring(L, from, s.size);
  return true;
}

static int readk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    l_span s = l_optspan(L, 2, r, 0);
    l_access a = {.tries = tries, .again = readk, .answers = 4};
    const char *from = l_readable(L, &a, l_in(r, s.offset, s.size), L_FIRST);
    if (from != NULL && push_bytes(L, r, s, from)) return 1;
  }
}

static int region_read(lua_State *L) {
  l_drop_others(L, 3);
  return readk(L, LUA_OK, 0);
}

static int writek(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    size_t size, offset = l_checkoffset(L, 2, "offset", r, 0);
    const char *bytes = l_checkbytes(L, 3, "bytes", &size);
    if (size > r->size - offset)
      l_argerror(L, 3, "%I bytes run past the region's end: %I are left", (lua_Integer)size,
                 (lua_Integer)(r->size - offset));
    l_access a = {.tries = tries, .again = writek, .answers = 4};
    if (l_write_bytes(L, &a, l_in(r, offset, size), (l_source){.bytes = bytes, .size = size}))
      return return_region(L);
  }
}

static int region_write(lua_State *L) {
  l_drop_others(L, 3);
  return writek(L, LUA_OK, 0);
}

static int fillk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    l_span s = l_checkspan(L, 2, r, 0);
    char byte = (char)l_checkcount(L, 4, "byte", 0, 255);
    l_access a = {.tries = tries, .again = fillk, .answers = 5};
    if (l_write_bytes(L, &a, l_in(r, s.offset, s.size),
                      (l_source){.bytes = &byte, .size = 1, .repeats = true}))
      return return_region(L);
  }
}

static int region_fill(lua_State *L) {
  l_drop_others(L, 4);
  return fillk(L, LUA_OK, 0);
}

/* The index of the first zero byte in what can be read of the range, or how much that is. A page that is lost cannot be
** read. `*passed` is how much need not be searched again: an answer is found only where it begins. */
static size_t zero_in(lua_State *L, const l_access *a, vm_region *r, size_t offset, size_t size,
                      bool *found, size_t *passed) {
  l_part part;
  *found = false;
  for (size_t done = 0; done < size; done += part.size) {
    *passed = done;
    if (!l_next_part(L, a, l_in(r, offset + done, size - done), L_FIRST, &part)) return done;
    size_t reach, at = l_zero_in_part(&part, &reach);
    *found = at < reach;
    if (at < part.size && !*found) *passed = done + at;
    if (at < part.size) return done + at;
  }
  *passed = size;
  return size;
}

/* An integer from 0 to `most` that an access keeps in its stack while a handler runs. */
static size_t kept_at(lua_State *L, int arg, size_t most) {
  lua_Integer kept = lua_tointeger(L, arg); /* the debug library may have changed it */
  return kept < 0 || (lua_Unsigned)kept > most ? 0 : (size_t)kept;
}

/* Stack: region, offset, limit, bytes searched so far. Searches as far as pages can be read, and then up to
** the end of the page that refuses, because the end of the string is not known. If the pages fault one by
** one, each byte is searched once, and all of them again at the end, because handlers may have changed
** them. */
static int cstringk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    size_t offset = l_checkoffset(L, 2, "offset", r, 0), limit = r->size - offset;
    if (!lua_isnoneornil(L, 3)) {
      size_t wanted = l_checklimit(L, 3, "limit", 0);
      if (wanted < limit) limit = wanted;
    }
    bool ended;
    l_access a = {.tries = tries, .again = cstringk, .answers = 5};
    size_t start = kept_at(L, 4, limit), passed;
    size_t length = start + zero_in(L, &a, r, offset + start, limit - start, &ended, &passed);
    size_t size = length;
    lua_pushinteger(L, (lua_Integer)(start + passed));
    lua_replace(L, 4);
    if (ended)
      size = length + 1;
    else
      size += l_piece(l_in(r, offset + length, limit - length));
    const char *from = l_readable(L, &a, l_in(r, offset, size), L_FIRST);
    if (from == NULL) continue;
    if (ended || length == limit) {
      const char *zero = length > 0 ? memchr(from, 0, length) : NULL;
      lua_pushlstring(L, from, zero != NULL ? (size_t)(zero - from) : length);
      return 1;
    }
    /* A page that refused does not do so any more. If nothing was passed, the debug library has changed where the
    ** search starts: it begins again. */
    if (passed == 0) {
      lua_pushinteger(L, 0);
      lua_replace(L, 4);
    }
  }
}

static int region_cstring(lua_State *L) {
  lua_settop(L, 3);
  lua_pushinteger(L, 0);
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

/* Copies what l_readable has given; false when the access starts over. Bytes that are written to fallible memory, or
** read from it, are not copied twice. */
static bool copy_bytes(lua_State *L, l_access *a, const two *t, const char *from) {
  l_range to = l_in(t->here, t->at, t->size), there = l_in(t->there, t->from, t->size);
  bool is_memory = from == vm_memory(t->there, t->from);
  l_source source = {
      .bytes = from, .size = t->size, .is_fallible = is_memory && t->there->fallible};
  if (!l_writable(L, a, to, source)) return false;
  if (a->has_taken || !is_memory) return l_store(L, a, to, source);
  vm_copying copying = {vm_memory(t->here, t->at), from, t->size};
  if (a->is_fallible) {
    const l_touched touched[2] = {{to, L_WRITTEN}, {there, L_FIRST}};
    vm_touching source_pages = {from, t->size,
                                vm_page_size(t->there)}; /* before a byte is written */
    return l_run(L, a, vm_touch_leaf, &source_pages, touched) &&
           l_run(L, a, vm_copy_leaf, &copying, touched);
  }
  vm_copy(copying.to, from, t->size);
  return true;
}

static int copyk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    two t = check_two(L);
    l_access a = {.tries = tries, .again = copyk, .answers = 6};
    a.by_leaves =
        !lua_istable(L, a.answers); /* handlers get to know the bytes, which may be lost by then */
    l_range to = l_in(t.here, t.at, t.size);
    const char *from = l_readable(L, &a, l_in(t.there, t.from, t.size), L_FIRST);
    if (from != NULL) from = l_apart(L, &a, from, to);
    if (from == NULL || !copy_bytes(L, &a, &t, from)) continue;
    return return_region(L);
  }
}

static int region_copy(lua_State *L) {
  l_drop_others(L, 5);
  return copyk(L, LUA_OK, 0);
}

static int comparek(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    two t = check_two(L);
    l_access a = {.tries = tries, .again = comparek, .answers = 6, .by_leaves = true};
    const l_touched touched[2] = {{l_in(t.here, t.at, t.size), L_SECOND},
                                  {l_in(t.there, t.from, t.size), L_FIRST}};
    vm_two v = {.size = t.size};
    v.b = l_readable(L, &a, touched[1].range, L_FIRST);
    if (v.b != NULL) v.a = l_readable(L, &a, touched[0].range, L_SECOND);
    if (v.a == NULL) continue;
    if (a.is_fallible) {
      if (!l_run(L, &a, vm_common_leaf, &v, touched)) continue;
    } else {
      v.same = vm_common(v.a, v.b, t.size);
      if (v.same < t.size) vm_order(&v);
    }
    if (v.same == t.size) {
      lua_pushinteger(L, 0);
      return 1;
    }
    lua_pushinteger(L, v.is_less ? -1 : 1);
    lua_pushinteger(L, (lua_Integer)v.same);
    return 2;
  }
}

static int region_compare(lua_State *L) {
  l_drop_others(L, 5);
  return comparek(L, LUA_OK, 0);
}

/* ====== } */

/* {====== By address: vmem.read, vmem.write, vmem.peek ====== */

static int read_addressk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    uintptr_t address = l_checkcount(L, 1, "address", 0, L_MOST);
    size_t size = l_checkcount(L, 2, "size", 0, L_MOST - address);
    l_access a = {.tries = tries, .again = read_addressk, .answers = 3};
    const char *from = l_readable(L, &a, (l_range){NULL, address, size}, L_FIRST);
    if (from == NULL) continue;
    lua_pushlstring(L, from, size);
    return 1;
  }
}

int l_read(lua_State *L) {
  l_drop_others(L, 2);
  return read_addressk(L, LUA_OK, 0);
}

static int write_addressk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    uintptr_t address = l_checkcount(L, 1, "address", 0, L_MOST);
    size_t size;
    const char *bytes = l_checkbytes(L, 2, "bytes", &size);
    l_access a = {.tries = tries, .again = write_addressk, .answers = 3};
    if (!l_write_bytes(L, &a, (l_range){NULL, address, size},
                       (l_source){.bytes = bytes, .size = size}))
      continue;
    lua_pushboolean(L, true); /* for assert */
    return 1;
  }
}

int l_write(lua_State *L) {
  l_drop_others(L, 2);
  return write_addressk(L, LUA_OK, 0);
}

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
