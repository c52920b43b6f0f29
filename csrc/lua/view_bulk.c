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
    if (l_check_access(L, s.region, s.offset, s.size, VM_READ, tries, getk)) {
      push_nils(L, before);
      l_pushelements(L, s.type, vm_memory(s.region, s.offset), inside);
      push_nils(L, results - before - inside);
      return (int)results;
    }
  }
}

static int view_get(lua_State *L) { return getk(L, LUA_OK, 0); }

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
  const l_value *arg = l_stack_known ? l_arguments(L, FIRST_VALUE - 1 + count) : NULL;
  return arg != NULL && take[type](arg + FIRST_VALUE, count, NULL) ? arg + FIRST_VALUE : NULL;
}

static int setk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  int values = lua_gettop(L) - FIRST_VALUE + 1;
  for (;; tries++) {
    const l_view *view = l_checkview(L, 1);
    if (values <= 0) {
      l_checkinteger(L, 2, "index");
      return return_view(L);
    }
    size_t first = l_checkindex(L, 2, view);
    if ((size_t)values > view->count - first)
      l_argerror(L, 2, "%d values from index %I on run past the view's end", values,
                 (lua_Integer)first + 1);
    l_stretch s = l_stretchof(view, first, (size_t)values);
    const l_value *plain = plain_values(L, s.type, values);
    for (int i = 0; plain == NULL && i < values; i++) l_checkelement(L, FIRST_VALUE + i, s.type);
    if (l_check_access(L, s.region, s.offset, s.size, VM_WRITE, tries, setk)) {
      char *to = vm_memory(s.region, s.offset);
      if (plain != NULL) {
        take[s.type](plain, values, to);
        return return_view(L);
      }
      for (int i = 0; i < values; i++, to += l_type_sizes[s.type]) {
        l_element value =
            l_checkelement(L, FIRST_VALUE + i, s.type); /* checked above: cannot fail */
        memcpy(to, &value, l_type_sizes[s.type]);
      }
      return return_view(L);
    }
  }
}

static int view_set(lua_State *L) { return setk(L, LUA_OK, 0); }

/* ====== } */

/* {====== v:fill(x) ====== */

/* The size of the piece that is copied repeatedly: it fits the fastest cache, and suits memcpy. */
enum { BLOCK = 4096 };

static bool alike(const void *value, size_t size) {
  const char *bytes = value;
  return memcmp(bytes, bytes + 1, size - 1) == 0;
}

/* Fills `size` bytes at `to` with copies of the value. */
static void repeat(char *to, size_t size, const void *value, size_t value_size) {
  size_t done = value_size < size ? value_size : size;
  memcpy(to, value, done);
  while (done < size) { /* the piece doubles until it is a block */
    size_t more = done < BLOCK ? done : BLOCK;
    if (more > size - done) more = size - done;
    memcpy(to + done, to, more);
    done += more;
  }
}

static int fillk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    const l_view *view = l_checkview(L, 1);
    l_stretch s = l_stretchof(view, 0, view->count);
    l_element value = l_checkelement(L, 2, s.type);
    if (l_check_access(L, s.region, s.offset, s.size, VM_WRITE, tries, fillk)) {
      char *to = vm_memory(s.region, s.offset);
      if (alike(&value, l_type_sizes[s.type]))
        memset(to, *(const unsigned char *)&value, s.size);
      else
        repeat(to, s.size, &value, l_type_sizes[s.type]);
      return return_view(L);
    }
  }
}

static int view_fill(lua_State *L) { return fillk(L, LUA_OK, 0); }

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
    if (l_check_access(L, from.region, from.offset, from.size, VM_READ, tries, copyk) &&
        l_check_access(L, to.region, to.offset, from.size, VM_WRITE, tries, copyk)) {
      memmove(vm_memory(to.region, to.offset), vm_memory(from.region, from.offset), from.size);
      return return_view(L);
    }
  }
}

static int view_copy(lua_State *L) { return copyk(L, LUA_OK, 0); }

/* ====== } */

const luaL_Reg l_view_bulk[] = {
    {"copy", view_copy}, {"fill", view_fill}, {"get", view_get}, {"set", view_set}, {NULL, NULL},
};
