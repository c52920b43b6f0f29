/* lua_view.c: typed windows. v[i] is the hot path: each type has functions of its own for it. */
#include <string.h>

#include "lua_stack.h"
#include "lua_vmem.h"

typedef struct l_view {
  l_object object; /* kind: L_VIEW + type */
  size_t offset;   /* of the first element */
  size_t count;    /* elements */
} l_view;

/* TYPES(DO) does DO(name, C type, how): how its values go to and from Lua. */
#define TYPES(DO)        \
  DO(i8, int8_t, INT)    \
  DO(u8, uint8_t, INT)   \
  DO(i16, int16_t, INT)  \
  DO(u16, uint16_t, INT) \
  DO(i32, int32_t, INT)  \
  DO(u32, uint32_t, INT) \
  DO(i64, int64_t, INT)  \
  DO(u64, uint64_t, INT) \
  DO(f32, float, FLOAT)  \
  DO(f64, double, FLOAT)

/* {====== Elements ====== */

enum {
#define ENUMERATE(name, ctype, how) TYPE_##name,
  TYPES(ENUMERATE)
#undef ENUMERATE
      TYPE_COUNT
};

static const char *const type_names[] = {
#define NAME(name, ctype, how) #name,
    TYPES(NAME)
#undef NAME
};

static const char *const class_names[] = {
#define CLASS(name, ctype, how) "vmem.view." #name,
    TYPES(CLASS)
#undef CLASS
};

static const size_t type_sizes[] = {
#define SIZE(name, ctype, how) sizeof(ctype),
    TYPES(SIZE)
#undef SIZE
};

/* A u64 of 2^63 or more becomes a negative integer, and back. */
#define PUSH_INT(L, value) lua_pushinteger(L, (lua_Integer)(value))
#define PUSH_FLOAT(L, value) lua_pushnumber(L, (lua_Number)(value))

static void push_element(lua_State *L, unsigned type, const char *from) {
  switch (type) {
#define PUSH(name, ctype, how)          \
  case TYPE_##name: {                   \
    ctype value;                        \
    memcpy(&value, from, sizeof value); \
    PUSH_##how(L, value);               \
    break;                              \
  }
    TYPES(PUSH)
#undef PUSH
  }
}

/* An element in the making, checked before anything is touched. */
typedef union element {
#define MEMBER(name, ctype, how) ctype name;
  TYPES(MEMBER)
#undef MEMBER
} element;

#define FITS_INT(ctype, name, integer) ((integer) == (lua_Integer)(ctype)(integer))

static void check_int(lua_State *L, int arg, unsigned type, element *out) {
  lua_Integer integer = l_checkinteger(L, arg, "value");
  switch (type) {
#define CHECK_INT(name, ctype)            \
  case TYPE_##name:                       \
    if (FITS_INT(ctype, name, integer)) { \
      out->name = (ctype)integer;         \
      return;                             \
    }                                     \
    break;
#define CHECK_FLOAT(name, ctype)
#define CHECK(name, ctype, how) CHECK_##how(name, ctype)
    TYPES(CHECK)
#undef CHECK
  }
  luaL_argerror(L, arg, lua_pushfstring(L, "value %I does not fit %s", integer, type_names[type]));
}

static void check_element(lua_State *L, int arg, unsigned type, element *out) {
  if (type != TYPE_f32 && type != TYPE_f64) {
    check_int(L, arg, type, out);
    return;
  }
  if (lua_type(L, arg) != LUA_TNUMBER)
    luaL_argerror(L, arg,
                  lua_pushfstring(L, "value must be a number, not %s", luaL_typename(L, arg)));
  lua_Number number = lua_tonumber(L, arg);
  if (type == TYPE_f32)
    out->f32 = (float)number;
  else
    out->f64 = number;
}

/* ====== } */

/* {====== Checking ====== */

static const l_view *test_view(lua_State *L, int arg) {
  if (lua_type(L, arg) != LUA_TUSERDATA || lua_rawlen(L, arg) != sizeof(l_view)) return NULL;
  const l_view *view = lua_touserdata(L, arg);
  return view->object.kind - L_VIEW < TYPE_COUNT ? view : NULL;
}

static const l_view *check_view(lua_State *L, int arg) {
  const l_view *view = test_view(L, arg);
  if (view == NULL) luaL_typeerror(L, arg, "vmem.view");
  return view;
}

static unsigned type_of(const l_view *view) { return (unsigned)(view->object.kind - L_VIEW); }

/* Elements [first, first+count) of a live view, in bytes of its region. */
typedef struct stretch {
  vm_region *region;
  unsigned type;
  size_t offset, size, count;
} stretch;

static stretch stretch_of(lua_State *L, const l_view *view, size_t first, size_t count) {
  stretch s;
  s.region = l_liveregion(L, &view->object);
  s.type = type_of(view);
  s.offset = view->offset + first * type_sizes[s.type];
  s.size = count * type_sizes[s.type];
  s.count = count;
  return s;
}

/* The index at `arg`, from 0; raises outside the view. */
static size_t check_index(lua_State *L, int arg, const l_view *view, const char *name) {
  lua_Integer i = l_checkinteger(L, arg, name);
  if ((lua_Unsigned)i - 1 >= view->count)
    luaL_argerror(L, arg,
                  lua_pushfstring(L, "%s %I is outside the view, which has %I elements", name, i,
                                  (lua_Integer)view->count));
  return (size_t)i - 1;
}

/* ====== } */

/* {====== v[i] ====== */

/* Everything that the short way does not know. */
static int indexk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    const l_view *view = check_view(L, 1);
    l_liveregion(L, &view->object);
    lua_Integer i = l_checkinteger(L, 2, "index");
    if ((lua_Unsigned)i - 1 >= view->count) return 0;
    stretch s = stretch_of(L, view, (size_t)i - 1, 1);
    if (l_permit(L, s.region, s.offset, s.size, VM_READ, tries, indexk)) {
      push_element(L, s.type, vm_memory(s.region, s.offset));
      return 1;
    }
  }
}

static int index_long_way(lua_State *L) {
  if (lua_type(L, 2) != LUA_TNUMBER) return l_member(L);
  return indexk(L, LUA_OK, 0);
}

static int newindexk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    element value;
    const l_view *view = check_view(L, 1);
    l_liveregion(L, &view->object);
    stretch s = stretch_of(L, view, check_index(L, 2, view, "index"), 1);
    check_element(L, 3, s.type, &value);
    if (l_permit(L, s.region, s.offset, s.size, VM_WRITE, tries, newindexk)) {
      memcpy(vm_memory(s.region, s.offset), &value, s.size);
      return 0;
    }
  }
}

static int newindex_long_way(lua_State *L) { return newindexk(L, LUA_OK, 0); }

/* Where element arg[2] of the view arg[1] is, if the page table's last answer allows the access. */
static inline void *find_element(const l_value *arg, unsigned type, size_t size, unsigned need) {
  const l_view *view = l_userdata(&arg[1], sizeof *view);
  if (view == NULL || view->object.kind != L_VIEW + type || arg[2].tag != L_TAG_INTEGER)
    return NULL;
  size_t i = (size_t)arg[2].as.integer - 1;
  const vm_region *region = view->object.region;
  if (i >= view->count || region == NULL) return NULL;
  size_t offset = view->offset + i * size;
  return vm_allows_cached(region, offset, size, need) ? vm_memory(region, offset) : NULL;
}

#define TAKE_INT(ctype, name, arg, value) \
  ((arg).tag == L_TAG_INTEGER &&          \
   ((value) = (ctype)(arg).as.integer, FITS_INT(ctype, name, (arg).as.integer)))
#define TAKE_FLOAT(ctype, name, arg, value) \
  ((arg).tag == L_TAG_FLOAT && ((value) = (ctype)(arg).as.number, true))

#define SHORT_WAY(name, ctype, how)                                                          \
  static int index_##name(lua_State *L) {                                                    \
    const l_value *arg = l_stack_known ? l_arguments(L, 2) : NULL;                           \
    const void *from =                                                                       \
        arg != NULL ? find_element(arg, TYPE_##name, sizeof(ctype), VM_READ) : NULL;         \
    if (from == NULL) return index_long_way(L);                                              \
    ctype value;                                                                             \
    memcpy(&value, from, sizeof value);                                                      \
    PUSH_##how(L, value);                                                                    \
    return 1;                                                                                \
  }                                                                                          \
  static int newindex_##name(lua_State *L) {                                                 \
    ctype value;                                                                             \
    const l_value *arg = l_stack_known ? l_arguments(L, 3) : NULL;                           \
    if (arg == NULL || !TAKE_##how(ctype, name, arg[3], value)) return newindex_long_way(L); \
    void *to = find_element(arg, TYPE_##name, sizeof(ctype), VM_WRITE);                      \
    if (to == NULL) return newindex_long_way(L);                                             \
    memcpy(to, &value, sizeof value);                                                        \
    return 0;                                                                                \
  }
TYPES(SHORT_WAY)

/* ====== } */

/* {====== Several elements ====== */

enum { MOST_RESULTS = 1000000 }; /* about what Lua's stack holds */

/* v:get(i [, j]) */
static int getk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    const l_view *view = check_view(L, 1);
    l_liveregion(L, &view->object);
    lua_Integer i = l_checkinteger(L, 2, "index"), j = i;
    if (!lua_isnoneornil(L, 3)) j = l_checkinteger(L, 3, "last index");
    if (i > j) return 0;
    size_t results = (size_t)j - (size_t)i + 1;
    if (results > MOST_RESULTS || !lua_checkstack(L, (int)results + 8))
      return luaL_error(L, "too many elements to return: %I", (lua_Integer)results);
    /* As table.unpack: what is outside is nil. */
    lua_Integer first = i < 1 ? 1 : i, last = j;
    if (last > (lua_Integer)view->count) last = (lua_Integer)view->count;
    size_t inside = first <= last ? (size_t)(last - first) + 1 : 0;
    stretch s = stretch_of(L, view, inside > 0 ? (size_t)first - 1 : 0, inside);
    if (l_permit(L, s.region, s.offset, s.size, VM_READ, tries, getk)) {
      const char *from = vm_memory(s.region, s.offset);
      for (size_t k = 0; k < results; k++) {
        lua_Integer at = (lua_Integer)((lua_Unsigned)i + k);
        if (inside == 0 || at < first || at > last) {
          lua_pushnil(L);
        } else {
          push_element(L, s.type, from);
          from += type_sizes[s.type];
        }
      }
      return (int)results;
    }
  }
}

static int view_get(lua_State *L) { return getk(L, LUA_OK, 0); }

/* v:set(i, ...) */
static int setk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  int values = lua_gettop(L) - 2;
  for (;; tries++) {
    const l_view *view = check_view(L, 1);
    l_liveregion(L, &view->object);
    if (values <= 0) {
      l_checkinteger(L, 2, "index");
      break;
    }
    size_t first = check_index(L, 2, view, "index");
    if ((size_t)values > view->count - first)
      luaL_argerror(L, 2,
                    lua_pushfstring(L, "%d values from index %I on run past the view's end", values,
                                    (lua_Integer)first + 1));
    stretch s = stretch_of(L, view, first, (size_t)values);
    element value;
    for (int i = 0; i < values; i++) check_element(L, 3 + i, s.type, &value);
    if (l_permit(L, s.region, s.offset, s.size, VM_WRITE, tries, setk)) {
      char *to = vm_memory(s.region, s.offset);
      for (int i = 0; i < values; i++, to += type_sizes[s.type]) {
        check_element(L, 3 + i, s.type, &value); /* cannot fail now */
        memcpy(to, &value, type_sizes[s.type]);
      }
      break;
    }
  }
  lua_settop(L, 1);
  return 1;
}

static int view_set(lua_State *L) { return setk(L, LUA_OK, 0); }

/* v:fill(x) */
static int fillk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    const l_view *view = check_view(L, 1);
    l_liveregion(L, &view->object);
    stretch s = stretch_of(L, view, 0, view->count);
    element value;
    check_element(L, 2, s.type, &value);
    if (l_permit(L, s.region, s.offset, s.size, VM_WRITE, tries, fillk)) {
      char *to = vm_memory(s.region, s.offset);
      size_t size = type_sizes[s.type], done = s.size < size ? s.size : size;
      memcpy(to, &value, done);
      while (done < s.size) { /* what is there doubles, at the speed of memcpy */
        size_t more = done < s.size - done ? done : s.size - done;
        memcpy(to + done, to, more);
        done += more;
      }
      lua_settop(L, 1);
      return 1;
    }
  }
}

static int view_fill(lua_State *L) { return fillk(L, LUA_OK, 0); }

/* ====== } */

/* {====== Fields and metamethods ====== */

static const l_view *check_live(lua_State *L) {
  const l_view *view = check_view(L, 1);
  l_liveregion(L, &view->object);
  return view;
}

static int view_type(lua_State *L) {
  lua_pushstring(L, type_names[type_of(check_live(L))]);
  return 1;
}

static int view_offset(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_live(L)->offset);
  return 1;
}

static int view_region(lua_State *L) {
  l_pushregion(L, check_live(L)->object.region);
  return 1;
}

static int view_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_live(L)->count);
  return 1;
}

static int view_tostring(lua_State *L) {
  const l_view *view = check_view(L, 1);
  const char *type = type_names[type_of(view)];
  if (view->object.region == NULL || !view->object.region->live) {
    lua_pushfstring(L, "vmem.view of %s (released)", type);
    return 1;
  }
  lua_Integer count = (lua_Integer)view->count;
  const char *address = l_pushaddress(L, view->object.region->base + view->offset);
  lua_pushfstring(L, "vmem.view of %I %s at %s", count, type, address);
  return 1;
}

/* ====== } */

static unsigned check_type(lua_State *L, int arg) {
  size_t length;
  const char *word = l_checkbytes(L, arg, "type", &length);
  for (unsigned type = 0; type < TYPE_COUNT; type++)
    if (strcmp(word, type_names[type]) == 0 && strlen(word) == length) return type;
  luaL_argerror(L, arg,
                lua_pushfstring(L,
                                "type \"%s\" is unknown: say i8, u8, i16, u16, i32, u32, i64, u64, "
                                "f32 or f64",
                                word));
  return 0;
}

/* region:view(type [, offset [, count]]) */
int l_region_view(lua_State *L) {
  lua_settop(L, 4);
  l_checkregion(L, 1);
  unsigned type = check_type(L, 2);
  size_t size = type_sizes[type];
  l_view *view = l_new(L, L_VIEW + type, sizeof *view, class_names[type]);
  vm_region *region = l_checkregion(L, 1);
  size_t offset = lua_isnil(L, 3) ? 0 : l_checkoffset(L, 3, "offset", region, 0);
  size_t most = (region->size - offset) / size;
  size_t count = lua_isnil(L, 4) ? most : l_checkcount(L, 4, "count", 0, most);
  l_attach(L, &view->object, region);
  view->offset = offset;
  view->count = count;
  return 1;
}

static const luaL_Reg meta[] = {
    {"__len", view_len},
    {"__tostring", view_tostring},
    {"__gc", l_forget},
    {NULL, NULL},
};

static const luaL_Reg methods[] = {
    {"fill", view_fill},
    {"get", view_get},
    {"set", view_set},
    {NULL, NULL},
};

static const luaL_Reg fields[] = {
    {"offset", view_offset},
    {"region", view_region},
    {"type", view_type},
    {NULL, NULL},
};

void l_open_view(lua_State *L) {
  static const lua_CFunction functions[][2] = {
#define FUNCTIONS(name, ctype, how) {index_##name, newindex_##name},
      TYPES(FUNCTIONS)
#undef FUNCTIONS
  };
  for (unsigned type = 0; type < TYPE_COUNT; type++) {
    l_newclass(L, class_names[type], meta, methods, fields, functions[type][0]);
    lua_pushcfunction(L, functions[type][1]);
    lua_setfield(L, -2, "__newindex");
    lua_pushstring(L, "vmem.view");
    lua_setfield(L, -2, "__name");
    lua_pop(L, 1);
  }
}
