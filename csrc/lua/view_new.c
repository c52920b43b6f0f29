/* view_new.c: makes views: region:view, view:slice, and the metatables of views. */
#include "lua/classes.h"
#include "lua/live_regions.h"
#include "lua/view.h"

/* {====== The class of a type: fields and metamethods ====== */

static int view_type(lua_State *L) {
  lua_pushstring(L, l_types[l_viewtype(l_checkview(L, 1))].name);
  return 1;
}

static int view_offset(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)l_checkview(L, 1)->offset);
  return 1;
}

static int view_stride(lua_State *L) {
  lua_pushinteger(L, l_checkview(L, 1)->stride);
  return 1;
}

static int view_from(lua_State *L) {
  lua_pushinteger(L, l_checkview(L, 1)->from);
  return 1;
}

static int view_region(lua_State *L) {
  l_pushregion(L, l_checkview(L, 1)->object.region);
  return 1;
}

static int view_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)l_checkview(L, 1)->count);
  return 1;
}

static int view_tostring(lua_State *L) {
  if (l_isoverview(L, 1)) {
    lua_pushstring(L, "vmem.view (released)");
    return 1;
  }
  const l_view *view = l_anyview(L, 1);
  const l_element_type *type = &l_types[l_viewtype(view)];
  if (view->object.region == NULL || !view->object.region->live) {
    lua_pushfstring(L, "vmem.view of %s (released)", type->name);
    return 1;
  }
  lua_Integer count = (lua_Integer)view->count, stride = view->stride, from = view->from;
  const char *address = l_pushaddress(L, view->object.region->base + view->offset);
  lua_pushfstring(L, "vmem.view of %I %s at %s", count, type->name, address);
  if (stride != (lua_Integer)type->size) {
    lua_pushfstring(L, ", stride %I", stride);
    lua_concat(L, 2);
  }
  if (from != 1) {
    lua_pushfstring(L, ", from %I on", from);
    lua_concat(L, 2);
  }
  return 1;
}

static const luaL_Reg view_fields[] = {
    {"from", view_from},     {"offset", view_offset}, {"region", view_region},
    {"stride", view_stride}, {"type", view_type},     {NULL, NULL},
};

/* Lists of methods that are defined in other files. */
static _Atomic(const luaL_Reg *const *) more_methods;

void l_open_view(const luaL_Reg *const methods[]) { more_methods = methods; }

/* Few scripts use many types, so a type's metatable is made when it is first needed. */
static void open_class(lua_State *L, unsigned type) {
  const luaL_Reg view_meta[] = {
      {"__len", view_len},
      {"__newindex", l_view_access(type, true)},
      {"__pairs", l_view_pairs},
      {"__tostring", view_tostring},
      {NULL, NULL},
  };
  luaL_newmetatable(L, l_view_classes[type].name);
  lua_pushstring(L, "vmem.view");
  lua_setfield(L, -2, "__name");
  l_members members = {view_meta, NULL, more_methods, view_fields, l_view_access(type, false)};
  l_newclass(L, &l_view_classes[type], &members);
}

/* A new view of this type, closed, on top of the stack; as l_new. */
static l_view *new_view(lua_State *L, unsigned type) {
  int top = lua_gettop(L);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &l_view_classes[type]) == LUA_TNIL) open_class(L, type);
  lua_settop(L, top);
  return l_new(L, &l_view_classes[type]);
}

/* ====== } */

static unsigned check_type(lua_State *L, int arg) {
  size_t length;
  const char *word = l_checkbytes(L, arg, "type", &length);
  for (unsigned type = 0; type < L_TYPE_COUNT; type++)
    if (strcmp(word, l_types[type].name) == 0 && strlen(word) == length) return type;
  l_argerror(L, arg, "type \"%s\" is unknown: say " L_TYPE_NAMES, word);
  return 0;
}

/* {====== region:view(type [, offset [, count [, stride]]] [, options]) ====== */

enum { OFFSET = 3, COUNT, STRIDE };

/* What the options say. */
typedef struct options {
  lua_Integer from, stride; /* stride is 0 if they do not say it */
} options;

/* The value of an option is on top of the stack, its name below it. */
static void read_option(lua_State *L, int arg, options *to) {
  bool whole;
  const char *name = l_optionname(L, arg, &whole);
  if (whole && strcmp(name, "from") == 0) {
    if (!l_optioninteger(L, 0, UINT32_MAX, &to->from))
      l_argerror(L, arg, "option from must be an integer of 0 to 2^32 - 1, not %s",
                 luaL_tolstring(L, -1, NULL));
  } else if (whole && strcmp(name, "stride") == 0) {
    if (!l_optioninteger(L, 1, (lua_Integer)L_MOST, &to->stride))
      l_argerror(L, arg, "option stride must be an integer of 1 or more, not %s",
                 luaL_tolstring(L, -1, NULL));
  } else {
    l_argerror(L, arg, "option '%s' is unknown; there are from and stride", name);
  }
}

/* Reads a table that is the last argument, and takes it off. */
static options take_options(lua_State *L) {
  options read = {1, 0};
  int arg = lua_gettop(L);
  while (arg >= OFFSET && lua_isnil(L, arg)) arg--;
  if (arg >= OFFSET && lua_istable(L, arg)) {
    lua_pushnil(L);
    while (lua_next(L, arg) != 0) {
      read_option(L, arg, &read);
      lua_pop(L, 1);
    }
    lua_settop(L, arg - 1);
    if (read.stride != 0 && !lua_isnoneornil(L, STRIDE))
      l_argerror(L, arg, "stride is both an argument and an option");
  } else if (!lua_isnoneornil(L, STRIDE + 1)) {
    l_argerror(L, STRIDE + 1, "options must be a table, not %s", luaL_typename(L, STRIDE + 1));
  }
  lua_settop(L, STRIDE);
  if (read.stride != 0) {
    lua_pushinteger(L, read.stride);
    lua_replace(L, STRIDE);
  }
  return read;
}

static int region_view(lua_State *L) {
  l_checkregion(L, 1);
  unsigned type = check_type(L, 2);
  lua_Integer from = take_options(L).from;
  l_view *view = new_view(L, type);
  vm_region *region = l_checkregion(L, 1);
  size_t size = l_types[type].size;
  size_t offset = lua_isnil(L, OFFSET) ? 0 : l_checkoffset(L, OFFSET, "offset", region, 0);
  size_t stride = lua_isnil(L, STRIDE) ? size : l_checkcount(L, STRIDE, "stride", 1, UINT32_MAX);
  size_t rest = region->size - offset, most = rest < size ? 0 : (rest - size) / stride + 1;
  size_t count = lua_isnil(L, COUNT) ? most : l_checkcount(L, COUNT, "count", 0, most);
  l_attach(L, &view->object, region);
  view->offset = offset;
  view->count = count;
  view->from = (uint32_t)from;
  view->stride = (uint32_t)stride;
  return 1;
}

/* ====== } */

/* {====== view:slice(i [, j]) ====== */

static int view_slice(lua_State *L) {
  unsigned type;
  l_view *slice;
  const l_view *view;
  do { /* a finalizer may put another view there, by debug.setlocal */
    lua_settop(L, 3);
    type = l_viewtype(l_checkview(L, 1));
    slice = new_view(L, type);
    view = l_checkview(L, 1);
  } while (l_viewtype(view) != type);
  lua_Integer i = l_checkinteger(L, 2, "index"), last = l_lastindex(view);
  lua_Integer j = lua_isnil(L, 3) ? last : l_checkinteger(L, 3, "last index");
  lua_Unsigned first = (lua_Unsigned)i - view->from;
  lua_Unsigned count = (lua_Unsigned)j - (lua_Unsigned)i + 1;
  if (first > view->count || count > view->count - first)
    l_argerror(L, 2, "elements %I to %I are not all in the view, which has %I to %I", i, j,
               (lua_Integer)view->from, last);
  l_attach(L, &slice->object, view->object.region);
  slice->offset = view->offset + (size_t)first * view->stride;
  slice->count = (size_t)count;
  slice->from = view->from;
  slice->stride = view->stride;
  return 1;
}

/* ====== } */

const luaL_Reg l_region_views[] = {
    {"view", region_view},
    {NULL, NULL},
};

const luaL_Reg l_view_slices[] = {
    {"slice", view_slice},
    {NULL, NULL},
};
