/* view_bulk.c: view:get, set, fill and copy: many elements at once. */
#include <stdlib.h>

#include "lua/access_copies.h"
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
    lua_Unsigned more = (lua_Unsigned)j - (lua_Unsigned)i; /* beyond the first result */
    if (more >= MOST_RESULTS || !lua_checkstack(L, (int)more + 8))
      return l_error(L, "too many elements to return: %I to %I; or too little memory", i, j);
    size_t results = (size_t)more + 1;
    /* Like table.unpack: elements outside the view are nil. */
    lua_Integer least = view->from, most = l_lastindex(view);
    lua_Integer first = i < least ? least : i, last = j > most ? most : j;
    size_t inside = first <= last ? (size_t)(last - first) + 1 : 0;
    size_t before = inside > 0 ? (size_t)(first - i) : 0;
    l_stretch s = l_stretchof(view, inside > 0 ? (size_t)(first - least) : 0, inside);
    l_access a = {.tries = tries, .again = getk, .answers = 4};
    const char *from = l_readable_stretch(L, &a, &s);
    if (from == NULL) continue;
    push_nils(L, before);
    l_pushelements(L, s.type, from, s.stride, inside);
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

/* take_* writes values directly from Lua's stack to `to` and further, `stride` bytes apart. False if one of
** them is not a plain value of the type. If `to` is NULL, it only checks the values. */
#define TAKE(name, number, ctype, how, order)                                        \
  static bool take_##name(const l_value *from, int count, char *to, size_t stride) { \
    for (int i = 0; i < count; i++) {                                                \
      ctype value;                                                                   \
      if (!L_TAKE_##how(ctype, from[i], value)) return false;                        \
      if (to == NULL) continue;                                                      \
      l_copy_number(to + (size_t)i * stride, &value, sizeof value, L_SWAPS_##order); \
    }                                                                                \
    return true;                                                                     \
  }
L_ELEMENTS(TAKE)

static bool (*const take[])(const l_value *from, int count, char *to, size_t stride) = {
#define ENTRY(name, number, ctype, how, order) take_##name,
    L_ELEMENTS(ENTRY)
#undef ENTRY
};

/* The values to set if all of them are plain values of the type, else NULL. */
static const l_value *plain_values(lua_State *L, unsigned type, int count) {
  const l_value *arg =
      l_stack_known ? l_arguments(L, FIRST_VALUE - 1 + count + L_ACCESS_SLOTS) : NULL;
  return arg != NULL && take[type](arg + FIRST_VALUE, count, NULL, 0) ? arg + FIRST_VALUE : NULL;
}

/* Writes the values, which fit the type, `stride` bytes apart. */
static void put_values(lua_State *L, unsigned type, const l_value *plain, int values, char *to,
                       size_t stride) {
  if (plain != NULL) {
    take[type](plain, values, to, stride);
    return;
  }
  for (int i = 0; i < values; i++, to += stride) {
    l_element value = l_checkelement(L, FIRST_VALUE + i, type);
    memcpy(to, &value, l_types[type].size);
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
    size_t first = l_checkindex(L, 2, view);
    if ((size_t)values > view->count - first)
      l_argerror(L, 2, "%d values from index %I on run past the view's end", values,
                 (lua_Integer)(first + view->from));
    l_stretch s = l_stretchof(view, first, (size_t)values);
    const l_value *plain = plain_values(L, s.type, values);
    for (int i = 0; plain == NULL && i < values; i++) l_checkelement(L, FIRST_VALUE + i, s.type);
    l_access a = {.tries = tries, .again = setk, .answers = FIRST_VALUE + values};
    if (l_note_stretch(L, &a, &s)) {
      put_values(L, s.type, plain, values, vm_memory(s.region, s.offset), s.stride);
      return return_view(L);
    }
    size_t size = l_types[s.type].size;
    char *bytes = l_copy_for(L, &a, L_SECOND, s.count * size);
    if (bytes == NULL) continue;
    put_values(L, s.type, plain, values, bytes, size);
    if (l_write_stretch(L, &a, &s, bytes, false)) return return_view(L);
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
    if (l_write_stretch(L, &a, &s, &value, true)) return return_view(L);
  }
}

static int view_fill(lua_State *L) {
  l_drop_others(L, 2);
  return fillk(L, LUA_OK, 0);
}

/* ====== } */

/* {====== v:copy(other) ====== */

/* As if all elements were read before the first is written. False when there is no memory for that. */
static bool copy_elements(const l_stretch *to, const char *source, const l_stretch *from) {
  bool swaps = l_types[to->type].swaps != l_types[from->type].swaps;
  size_t size = l_types[to->type].size, count = from->count;
  if (count == 0) return true;
  char *target = vm_memory(to->region, to->offset);
  size_t extent = (count - 1) * to->stride + size,
         source_extent = (count - 1) * from->stride + size;
  bool share = target < source + source_extent && source < target + extent;
  ptrdiff_t step = (ptrdiff_t)to->stride, source_step = (ptrdiff_t)from->stride;
  if (!swaps && l_is_dense(to) && l_is_dense(from)) {
    memmove(target, source, extent);
  } else if (!share || (step == source_step && to->stride >= size && target <= source)) {
    l_copy_numbers(target, step, source, source_step, count, size, swaps);
  } else if (step == source_step && to->stride >= size) { /* from the last to the first */
    size_t last = (count - 1) * to->stride;
    l_copy_numbers(target + last, -step, source + last, -step, count, size, swaps);
  } else {
    ptrdiff_t room_step = (ptrdiff_t)size;
    char *room = malloc(count * size);
    if (room == NULL) return false;
    l_copy_numbers(room, room_step, source, source_step, count, size, false);
    l_copy_numbers(target, step, room, room_step, count, size, swaps);
    free(room);
  }
  return true;
}

/* The same where handlers take elements, or memory refuses some. False: the access starts over. */
static bool hand_over(lua_State *L, l_access *a, const l_stretch *to, const char *source,
                      const l_stretch *from) {
  bool swaps = l_types[to->type].swaps != l_types[from->type].swaps;
  ptrdiff_t size = (ptrdiff_t)l_types[to->type].size;
  char *bytes = l_copy_for(L, a, L_SECOND, to->count * (size_t)size);
  if (bytes == NULL) return false;
  l_copy_numbers(bytes, size, source, (ptrdiff_t)from->stride, to->count, (size_t)size, swaps);
  return l_write_stretch(L, a, to, bytes, false);
}

static int copyk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    const l_view *view = l_checkview(L, 1), *other = l_checkview(L, 2);
    l_stretch from = l_stretchof(other, 0, other->count), to = l_stretchof(view, 0, view->count);
    if (l_types[from.type].number != l_types[to.type].number)
      l_argerror(L, 2,
                 "cannot copy from a view of %s into one of %s: set the elements "
                 "one by one, or copy the bytes with region:copy",
                 l_types[from.type].name, l_types[to.type].name);
    if (from.count > to.count)
      l_argerror(L, 2, "cannot copy %I elements into a view of %I", (lua_Integer)from.count,
                 (lua_Integer)to.count);
    to.count = from.count;
    l_access a = {.tries = tries, .again = copyk, .answers = 3};
    const char *source = l_readable_stretch(L, &a, &from);
    if (source == NULL) continue;
    if (l_note_stretch(L, &a, &to)) {
      if (!copy_elements(&to, source, &from)) return l_error(L, "not enough memory");
      return return_view(L);
    }
    if (hand_over(L, &a, &to, source, &from)) return return_view(L);
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
