/* region_find.c: region:find and region:nonzero. */
#include "core/backed.h"
#include "core/bytes_guarded.h"
#include "lua/access.h"
#include "lua/classes.h"
#include "lua/find_guarded.h"
#include "lua/live_regions.h"

/* {====== Skipping pages that have never been written ====== */

static bool find_at(l_search *s, uintptr_t from, size_t places) {
  l_search part = {(const unsigned char *)vm_bytes_at(from), places, s->needle, s->length, false};
  if (!l_find(&part)) return false;
  s->at = part.at;
  return true;
}

/* The needle's byte at `index` is not zero, so only backed stretches can hold it. */
static bool find_content(l_search *s, size_t index) {
  vm_walk w;
  vm_stretch in;
  vm_walk_start(&w, s->at + index, s->places);
  while (vm_walk_next(&w, &in))
    if (in.backed && find_at(s, in.from - index, in.to - in.from)) return true;
  return false;
}

/* The needle is all zeros. */
static bool find_zeros(l_search *s) {
  vm_walk w;
  vm_stretch in;
  size_t run = 0; /* zeros just before the stretch */
  vm_walk_start(&w, s->at, s->places + s->length - 1);
  while (vm_walk_next(&w, &in)) {
    size_t size = in.to - in.from;
    const char *from = vm_bytes_at(in.from);
    size_t first = in.backed ? vm_zeros_before(from, size) : size;
    if (run + first >= s->length) {
      s->at = (const unsigned char *)from - run;
      return true;
    }
    run += first;
    if (first == size) continue;
    if (size >= s->length && find_at(s, in.from, size - s->length + 1)) return true;
    run = size - vm_length_of(from, size);
  }
  return false;
}

static size_t first_not_zero(const l_search *s) {
  size_t i = 0;
  while (i < s->length && s->needle[i] == 0) i++;
  return i;
}

/* A long needle makes each search expensive, so it is searched for in one go. */
static bool find_anywhere(l_search *s) {
  if (s->places == 0) return false;
  size_t index = first_not_zero(s);
  if (index == s->length) return find_zeros(s);
  return s->length <= os_get_limits()->page_size ? find_content(s, index) : l_find(s);
}

/* ====== } */

static int findk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    size_t length;
    const char *needle = l_checkbytes(L, 2, "needle", &length);
    l_span span = l_optspan(L, 3, r, 0);
    l_access a = {.tries = tries, .again = findk, .answers = 5, .by_leaves = true};
    l_range range = l_in(r, span.offset, span.size);
    const char *bytes = l_readable(L, &a, range, L_FIRST);
    if (bytes == NULL) continue;
    const unsigned char *from = (const unsigned char *)bytes;
    l_search s = {from, 0, (const unsigned char *)needle, length, length == 0};
    if (length <= span.size) s.places = span.size - length + 1;
    const l_touched touched[2] = {{range, L_FIRST}};
    if (a.is_fallible && length > 0) {
      if (!l_run(L, &a, l_find_leaf, &s, touched)) continue;
    } else if (length > 0) {
      s.found = find_anywhere(&s);
    }
    if (s.found)
      lua_pushinteger(L, (lua_Integer)(span.offset + (size_t)(s.at - from)));
    else
      luaL_pushfail(L);
    return 1;
  }
}

static int region_find(lua_State *L) {
  l_drop_others(L, 4);
  return findk(L, LUA_OK, 0);
}

/* {====== Bytes other than zero ====== */

static int nonzerok(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    l_span s = l_optspan(L, 2, r, 0);
    l_access a = {.tries = tries, .again = nonzerok, .answers = 4, .by_leaves = true};
    l_range range = l_in(r, s.offset, s.size);
    vm_content c = {.from = l_readable(L, &a, range, L_FIRST), .size = s.size};
    if (c.from == NULL) continue;
    const l_touched touched[2] = {{range, L_FIRST}};
    if (a.is_fallible) {
      if (!l_run(L, &a, vm_content_leaf, &c, touched)) continue;
    } else {
      c.first = vm_zeros_before(c.from, c.size);
      if (c.first < c.size) c.end = vm_length_of(c.from, c.size);
    }
    if (c.end <= c.first) c.end = c.first + 1; /* other code has written zeros meanwhile */
    if (c.first == c.size) {
      luaL_pushfail(L);
      return 1;
    }
    lua_pushinteger(L, (lua_Integer)(s.offset + c.first));
    lua_pushinteger(L, (lua_Integer)(s.offset + c.end - 1));
    return 2;
  }
}

static int region_nonzero(lua_State *L) {
  l_drop_others(L, 3);
  return nonzerok(L, LUA_OK, 0);
}

/* ====== } */

const luaL_Reg l_region_find[] = {
    {"find", region_find},
    {"nonzero", region_nonzero},
    {NULL, NULL},
};
