/* view_sum.c: view:sum and view:minmax. */
#include "lua/classes.h"
#include "lua/reduce_guarded.h"

/* Finds the elements of the view at 1; false when the access starts over. */
static bool find_elements(lua_State *L, l_access *a, l_stretch *s, l_elements *found) {
  const l_view *view = l_checkview(L, 1);
  *s = l_stretchof(view, 0, view->count);
  a->by_leaves = true;
  found->from = l_readable_stretch(L, a, s);
  found->count = s->count;
  found->stride = s->stride;
  found->type = s->type;
  return found->from != NULL;
}

/* The bytes from the first element to the last one. */
static l_touched all_of(const l_stretch *s, const l_elements *e) {
  size_t size = s->count > 0 ? (s->count - 1) * s->stride + l_types[s->type].size : 0;
  return (l_touched){{s->region, (uintptr_t)e->from, size}, L_FIRST};
}

static int sumk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    l_access a = {.tries = tries, .again = sumk, .answers = 2};
    l_stretch s;
    l_sum sum;
    if (!find_elements(L, &a, &s, &sum.of)) continue;
    const l_touched touched[2] = {all_of(&s, &sum.of)};
    if (!l_run(L, &a, l_sum_leaf, &sum, touched)) continue;
    if (l_types[s.type].is_float)
      L_PUSH_FLOAT(L, sum.total.FLOAT);
    else
      L_PUSH_INT(L, sum.total.INT);
    return 1;
  }
}

static int view_sum(lua_State *L) {
  l_drop_others(L, 1);
  return sumk(L, LUA_OK, 0);
}

static int minmaxk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    l_access a = {.tries = tries, .again = minmaxk, .answers = 2};
    l_stretch s;
    l_minmax minmax;
    if (!find_elements(L, &a, &s, &minmax.of)) continue;
    const l_touched touched[2] = {all_of(&s, &minmax.of)};
    if (!l_run(L, &a, l_minmax_leaf, &minmax, touched)) continue;
    unsigned number = l_types[s.type].number;
    if (minmax.found.any) {
      l_pushelement(L, number, &minmax.found.smallest);
      l_pushelement(L, number, &minmax.found.largest);
    } else {
      luaL_pushfail(L);
      luaL_pushfail(L);
    }
    return 2;
  }
}

static int view_minmax(lua_State *L) {
  l_drop_others(L, 1);
  return minmaxk(L, LUA_OK, 0);
}

const luaL_Reg l_view_sums[] = {
    {"minmax", view_minmax},
    {"sum", view_sum},
    {NULL, NULL},
};
