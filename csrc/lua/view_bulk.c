/* view_bulk.c: view:get, set, fill and copy: many elements at once. */
#include <string.h>

#include "lua/access.h"
#include "lua/classes.h"
#include "lua/view.h"

static int return_view(lua_State *L) {
  lua_settop(L, 1);
  return 1;
}

/* {====== v:get(i [, j]) ====== */

enum { MOST_RESULTS = 1000000 }; /* about the limit of Lua's stack */

static void push_nils(lua_State *L, size_t count) {
  for (; count > 0; count--) lua_pushnil(L);
}

static int getk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    const l_view *view = l_checkview(L, 1);
    lua_Integer i = l_checkinteger(L, 2, "index"), j = i;
    if (!lua_isnoneornil(L, 3)) j = l_checkinteger(L, 3, "last index");
    if (i > j) return 0;
    size_t more = (size_t)j - (size_t)i; /* beyond the first result */
    if (more >= MOST_RESULTS || !lua_checkstack(L, (int)more + 8))
      return l_error(L, "too many elements to return: %I to %I; or too little memory", i, j);
    size_t results = more + 1;
    /* Like table.unpack: elements outside the view are nil. */
    lua_Integer first = i < 1 ? 1 : i, last = j;
    if (last > (lua_Integer)view->count) last = (lua_Integer)view->count;
    size_t inside = first <= last ? (size_t)(last - first) + 1 : 0;
    size_t before = inside > 0 ? (size_t)first - (size_t)i : 0;
    l_stretch s = l_stretchof(view, inside > 0 ? (size_t)first - 1 : 0, inside);
    l_access a = {.tries = tries, .again = getk, .answers = 4};
    const char *from = l_readable(L, &a, l_in(s.region, s.offset, s.size), L_FIRST);
    if (from == NULL) continue;
    push_nils(L, before);
    l_pushelements(L, s.type, from, inside);
    push_nils(L, results - before - inside);
    return (int)results;
  }
}

static int view_get(lua_State *L) {
  l_drop_others(L, 3);
  return getk(L, LUA_OK, 0);
}

/* ====== } */

/* {====== v:set(i, ...) ====== */

enum { FIRST_VALUE = 3 };

/* take_* writes values directly from Lua's stack to `to`. False if one of them is not a plain value of
** the type. If `to` is NULL, it only checks the values. */
#define TAKE(name, ctype, how)                                                     \
  static bool take_##name(const l_value *from, int count, char *to) {              \
    for (int i = 0; i < count; i++) {                                              \
      ctype value;                                                                 \
      if (!L_TAKE_##how(ctype, from[i], value)) return false;                      \
      if (to != NULL) memcpy(to + (size_t)i * sizeof value, &value, sizeof value); \
    }                                                                              \
    return true;                                                                   \
  }
L_TYPES(TAKE)

static bool (*const take[])(const l_value *from, int count, char *to) = {
#define ENTRY(name, ctype, how) take_##name,
    L_TYPES(ENTRY)
#undef ENTRY
};

/* The values to set if all of them are plain values of the type, else NULL. */
static const l_value *plain_values(lua_State *L, unsigned type, int count) {
  const l_value *arg =
      l_stack_known ? l_arguments(L, FIRST_VALUE - 1 + count + L_ACCESS_SLOTS) : NULL;
  return arg != NULL && take[type](arg + FIRST_VALUE, count, NULL) ? arg + FIRST_VALUE : NULL;
}

/* Writes the values, which fit the type. */
static void put_values(lua_State *L, unsigned type, const l_value *plain, int values, char *to) {
  if (plain != NULL) {
    take[type](plain, values, to);
    return;
  }
  for (int i = 0; i < values; i++, to += l_type_sizes[type]) {
    l_element value = l_checkelement(L, FIRST_VALUE + i, type);
    memcpy(to, &value, l_type_sizes[type]);
  }
}

/* Stack: the view, the index, the values, and what l_access needs. */
static int setk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  int values = lua_gettop(L) - L_ACCESS_SLOTS - FIRST_VALUE + 1;
  for (;; tries++) {
    const l_view *view = l_checkview(L, 1);
    if (values <= 0) {
      l_checkinteger(L, 2, "index");
      return return_view(L);
    }
    size_t first = l_checkindex(L, 2, view), refused;
    if ((size_t)values > view->count - first)
      l_argerror(L, 2, "%d values from index %I on run past the view's end", values,
                 (lua_Integer)first + 1);
    l_stretch s = l_stretchof(view, first, (size_t)values);
    const l_value *plain = plain_values(L, s.type, values);
    for (int i = 0; plain == NULL && i < values; i++) l_checkelement(L, FIRST_VALUE + i, s.type);
    l_access a = {.tries = tries, .again = setk, .answers = FIRST_VALUE + values};
    l_range range = l_in(s.region, s.offset, s.size);
    if (vm_allows(s.region, s.offset, s.size, VM_WRITE, &refused)) {
      (void)l_writable(L, &a, range, (l_source){0});
      put_values(L, s.type, plain, values, vm_memory(s.region, s.offset));
      return return_view(L);
    }
    char *bytes = l_copy_for(L, &a, L_SECOND, s.size);
    if (bytes == NULL) continue;
    put_values(L, s.type, plain, values, bytes);
    if (l_write_bytes(L, &a, range, (l_source){.bytes = bytes, .size = s.size}))
      return return_view(L);
  }
}

static int view_set(lua_State *L) {
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  lua_settop(L,
             (lua_gettop(L) < FIRST_VALUE - 1 ? FIRST_VALUE - 1 : lua_gettop(L)) + L_ACCESS_SLOTS);
  return setk(L, LUA_OK, 0);
}

/* ====== } */

/* {====== v:fill(x) ====== */

static int fillk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    const l_view *view = l_checkview(L, 1);
    l_stretch s = l_stretchof(view, 0, view->count);
    l_element value = l_checkelement(L, 2, s.type);
    l_access a = {.tries = tries, .again = fillk, .answers = 3};
    l_source source = {.bytes = &value, .size = l_type_sizes[s.type], .repeats = true};
    if (l_write_bytes(L, &a, l_in(s.region, s.offset, s.size), source)) return return_view(L);
  }
}

static int view_fill(lua_State *L) {
  l_drop_others(L, 2);
  return fillk(L, LUA_OK, 0);
}

/* ====== } */

/* {====== v:copy(other) ====== */

static int copyk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    const l_view *view = l_checkview(L, 1), *other = l_checkview(L, 2);
    l_stretch from = l_stretchof(other, 0, other->count), to = l_stretchof(view, 0, view->count);
    if (from.type != to.type)
      l_argerror(L, 2,
                 "cannot copy from a view of %s into one of %s: set the elements "
                 "one by one, or copy the bytes with region:copy",
                 l_type_names[from.type], l_type_names[to.type]);
    if (from.count > to.count)
      l_argerror(L, 2, "cannot copy %I elements into a view of %I", (lua_Integer)from.count,
                 (lua_Integer)to.count);
    l_access a = {.tries = tries, .again = copyk, .answers = 3};
    l_range range = l_in(to.region, to.offset, from.size);
    const char *bytes = l_readable(L, &a, l_in(from.region, from.offset, from.size), L_FIRST);
    l_source source = {.bytes = bytes, .size = from.size};
    if (bytes == NULL || !l_writable(L, &a, range, source)) continue;
    if (a.has_taken)
      l_store(L, &a, range, source);
    else
      memmove(vm_memory(to.region, to.offset), bytes, from.size);
    return return_view(L);
  }
}

static int view_copy(lua_State *L) {
  l_drop_others(L, 2);
  return copyk(L, LUA_OK, 0);
}

/* ====== } */

const luaL_Reg l_view_bulk[] = {
    {"copy", view_copy}, {"fill", view_fill}, {"get", view_get}, {"set", view_set}, {NULL, NULL},
};
