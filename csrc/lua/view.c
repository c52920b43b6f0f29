/* view.c: views: typed windows of a region. Their classes, and how one is recognised. */
#include "lua/view.h"

#include "lua/live_regions.h"

static const char released[] = "region is released";

const l_class l_view_classes[] = {
#define CLASS(name, number, ctype, how, order) \
  {"vmem.view." #name, released, 0, L_SHORT_VIEW + L_TYPE_##name, NULL},
    L_ELEMENTS(CLASS)
#undef CLASS
};

_Static_assert(L_SHORT_VIEW + L_TYPE_COUNT <= L_SHORT_KINDS, "each type has a kind of its own");

bool l_isoverview(lua_State *L, int arg) {
  bool over = false;
  for (unsigned type = 0; type < L_TYPE_COUNT && !over; type++)
    over = l_isover(L, arg, &l_view_classes[type]);
  return over;
}

unsigned l_viewtype(const l_view *view) { return (unsigned)(view->object.class - l_view_classes); }

const l_view *l_anyview(lua_State *L, int arg) {
  const l_object *object = l_ours(L, arg);
  unsigned type = object != NULL ? object->class->stamp - L_SHORT_VIEW : L_TYPE_COUNT;
  if (type < L_TYPE_COUNT) return (const l_view *)object;
  if (l_isoverview(L, arg)) l_error(L, released);
  l_typeerror(L, arg, "vmem.view");
}

const l_view *l_checkview(lua_State *L, int arg) {
  const l_view *view = l_anyview(L, arg);
  l_liveregion(L, &view->object);
  return view;
}

lua_Integer l_lastindex(const l_view *view) {
  return (lua_Integer)view->from + (lua_Integer)view->count - 1;
}

/* "10 elements", or "10 elements from 0 on". */
static const char *push_extent(lua_State *L, const l_view *view) {
  lua_Integer count = (lua_Integer)view->count, from = view->from;
  if (from == 1) return lua_pushfstring(L, "%I elements", count);
  return lua_pushfstring(L, "%I elements from %I on", count, from);
}

size_t l_checkindex(lua_State *L, int arg, const l_view *view) {
  lua_Integer i = l_checkinteger(L, arg, "index");
  size_t place = l_placeof(view, i);
  if (place >= view->count)
    l_argerror(L, arg, "index %I is outside the view, which has %s", i, push_extent(L, view));
  return place;
}

l_stretch l_stretchof(const l_view *view, size_t first, size_t count) {
  return (l_stretch){
      .region = view->object.region,
      .type = l_viewtype(view),
      .offset = view->offset + first * view->stride,
      .stride = view->stride,
      .count = count,
  };
}
