/* view.c: views: typed windows of a region. v[i] must be fast, so each type has its own functions for
** it. */
#include "lua/view.h"

#include <string.h>

#include "lua/access.h"
#include "lua/classes.h"
#include "lua/live_regions.h"
#include "lua/slot.h"
#include "lua/trap.h"

static const char released[] = "region is released";

static const l_class classes[] = {
#define CLASS(name, ctype, how) \
  {"vmem.view." #name, released, 0, L_SHORT_VIEW + L_TYPE_##name, NULL},
    L_TYPES(CLASS)
#undef CLASS
};

/* {====== Checking ====== */

_Static_assert(L_SHORT_VIEW + L_TYPE_COUNT <= L_SHORT_KINDS, "each type has a kind of its own");

static bool is_over(lua_State *L, int arg) {
  bool over = false;
  for (unsigned type = 0; type < L_TYPE_COUNT && !over; type++)
    over = l_isover(L, arg, &classes[type]);
  return over;
}

static unsigned type_of(const l_view *view) { return (unsigned)(view->object.class - classes); }

/* The view at `arg`; its region may be released. */
static const l_view *any_view(lua_State *L, int arg) {
  const l_object *object = l_ours(L, arg);
  unsigned type = object != NULL ? object->class->stamp - L_SHORT_VIEW : L_TYPE_COUNT;
  if (type < L_TYPE_COUNT) return (const l_view *)object;
  if (is_over(L, arg)) l_error(L, released);
  l_typeerror(L, arg, "vmem.view");
}

const l_view *l_checkview(lua_State *L, int arg) {
  const l_view *view = any_view(L, arg);
  l_liveregion(L, &view->object);
  return view;
}

size_t l_checkindex(lua_State *L, int arg, const l_view *view) {
  lua_Integer i = l_checkinteger(L, arg, "index");
  if ((lua_Unsigned)i - 1 >= view->count)
    l_argerror(L, arg, "index %I is outside the view, which has %I elements", i,
               (lua_Integer)view->count);
  return (size_t)i - 1;
}

l_stretch l_stretchof(const l_view *view, size_t first, size_t count) {
  unsigned type = type_of(view);
  size_t size = l_type_sizes[type];
  return (l_stretch){
      .region = view->object.region,
      .type = type,
      .offset = view->offset + first * size,
      .size = count * size,
      .count = count,
  };
}

/* ====== } */

/* {====== v[i] ====== */

/* An element that crosses into another page is accessed as bytes: each page has its own part. */
static l_range range_of(l_access *a, const l_stretch *s) {
  l_range range = l_in(s->region, s->offset, s->size);
  if (l_piece(range) < s->size) a->type = 0;
  return range;
}

/* l_readable for one element. */
static const char *read_element(lua_State *L, l_access *a, const l_stretch *s) {
  return l_readable(L, a, range_of(a, s), L_FIRST);
}

/* l_write_bytes for one element. */
static bool write_element(lua_State *L, l_access *a, const l_stretch *s, const l_element *value) {
  return l_write_bytes(L, a, range_of(a, s), (l_source){.bytes = value, .size = s->size});
}

/* Stack indices: the view, the index, and the value of a store; then what l_access needs. */
enum { VALUE = 3, ANSWERS };

static int readk(lua_State *L, int status, lua_KContext tries);
static int writek(lua_State *L, int status, lua_KContext tries);

/* v[i] after a trap's function was called: its result is on top. */
static int trap_readk(lua_State *L, int status, lua_KContext tries) {
  l_element element;
  unsigned type = type_of(any_view(L, 1));
  (void)status;
  if (!l_trap_element(L, type + 1, &element)) return readk(L, LUA_OK, tries | L_DECLINED);
  l_pushelements(L, type, (const char *)&element, 1);
  return 1;
}

/* v[i] in every case, also where the short way below gives up. */
static int readk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    const l_view *view = l_checkview(L, 1);
    lua_Integer i = l_checkinteger(L, 2, "index");
    if ((lua_Unsigned)i - 1 >= view->count) return 0;
    l_stretch s = l_stretchof(view, (size_t)i - 1, 1);
    l_access a = {.tries = tries, .again = trap_readk, .answers = ANSWERS, .type = s.type + 1};
    if (l_call_trap(L, &a, s.region, s.offset, s.size, NULL)) return trap_readk(L, LUA_OK, tries);
    a.again = readk;
    const char *from = read_element(L, &a, &s);
    if (from == NULL) continue;
    l_pushelements(L, s.type, from, 1);
    return 1;
  }
}

static int index_long_way(lua_State *L) {
  if (lua_type(L, 2) != LUA_TNUMBER) return l_index_member(L);
  l_drop_others(L, 2);
  return readk(L, LUA_OK, 0);
}

/* v[i] = x after a trap's function was called: its result is on top. */
static int trap_writek(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  return l_trap_has_taken(L) ? 0 : writek(L, LUA_OK, tries | L_DECLINED);
}

static int writek(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    const l_view *view = l_checkview(L, 1);
    l_stretch s = l_stretchof(view, l_checkindex(L, 2, view), 1);
    l_element value = l_checkelement(L, VALUE, s.type);
    l_access a = {.tries = tries, .again = trap_writek, .answers = ANSWERS, .type = s.type + 1};
    if (l_call_trap(L, &a, s.region, s.offset, s.size, &value))
      return trap_writek(L, LUA_OK, tries);
    a.again = writek;
    if (write_element(L, &a, &s, &value)) return 0;
  }
}

static int newindex_long_way(lua_State *L) {
  l_drop_others(L, VALUE);
  return writek(L, LUA_OK, 0);
}

/* The iterator of pairs: returns the index and element after index arg[2]. */
static int nextk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    const l_view *view = l_checkview(L, 1);
    lua_Integer i = l_checkinteger(L, 2, "index");
    if ((lua_Unsigned)i >= view->count) return 0;
    l_stretch s = l_stretchof(view, (size_t)i, 1);
    l_access a = {.tries = tries, .again = nextk, .answers = ANSWERS, .type = s.type + 1};
    const char *from = read_element(L, &a, &s);
    if (from == NULL) continue;
    lua_pushinteger(L, i + 1);
    l_pushelements(L, s.type, from, 1);
    return 2;
  }
}

static int view_next(lua_State *L) {
  l_drop_others(L, 2);
  return nextk(L, LUA_OK, 0);
}

static int view_pairs(lua_State *L) {
  l_checkview(L, 1);
  return l_pairs(L, view_next);
}

/* The address of element arg[2] of the view arg[1], if the page table's last run allows the access. */
static inline void *find_element(lua_State *L, const l_value *arg, unsigned type, size_t size,
                                 unsigned need) {
  const l_view *view = l_short_object(L, &arg[1], L_SHORT_VIEW + type);
  if (view == NULL || arg[2].tag != L_TAG_INTEGER) return NULL;
  size_t i = (size_t)arg[2].as.integer - 1;
  const vm_region *region = view->object.region;
  if (i >= view->count) return NULL;
  size_t offset = view->offset + i * size;
  return vm_allows_cached(region, offset, size, need) ? vm_memory(region, offset) : NULL;
}

/* Used only if l_stack_known is true. */
#define SHORT_WAY(name, ctype, how)                                                       \
  static int index_##name(lua_State *L) {                                                 \
    const l_value *arg = l_arguments(L, 2);                                               \
    const void *from =                                                                    \
        arg != NULL ? find_element(L, arg, L_TYPE_##name, sizeof(ctype), VM_READ) : NULL; \
    if (from == NULL) return index_long_way(L);                                           \
    ctype value;                                                                          \
    memcpy(&value, from, sizeof value);                                                   \
    L_PUSH_##how(L, value);                                                               \
    return 1;                                                                             \
  }                                                                                       \
  static int newindex_##name(lua_State *L) {                                              \
    ctype value;                                                                          \
    const l_value *arg = l_arguments(L, 3);                                               \
    if (arg == NULL || !L_TAKE_##how(ctype, arg[3], value)) return newindex_long_way(L);  \
    void *to = find_element(L, arg, L_TYPE_##name, sizeof(ctype), VM_WRITE);              \
    if (to == NULL) return newindex_long_way(L);                                          \
    memcpy(to, &value, sizeof value);                                                     \
    return 0;                                                                             \
  }
L_TYPES(SHORT_WAY)

/* ====== } */

/* {====== Fields and metamethods ====== */

static int view_type(lua_State *L) {
  lua_pushstring(L, l_type_names[type_of(l_checkview(L, 1))]);
  return 1;
}

static int view_offset(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)l_checkview(L, 1)->offset);
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
  if (is_over(L, 1)) {
    lua_pushstring(L, "vmem.view (released)");
    return 1;
  }
  const l_view *view = any_view(L, 1);
  const char *type = l_type_names[type_of(view)];
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
  for (unsigned type = 0; type < L_TYPE_COUNT; type++)
    if (strcmp(word, l_type_names[type]) == 0 && strlen(word) == length) return type;
  l_argerror(L, arg,
             "type \"%s\" is unknown: say i8, u8, i16, u16, i32, u32, i64, u64, "
             "f32 or f64",
             word);
  return 0;
}

/* region:view(type [, offset [, count]]) */
static int region_view(lua_State *L) {
  lua_settop(L, 4);
  l_checkregion(L, 1);
  unsigned type = check_type(L, 2);
  size_t size = l_type_sizes[type];
  l_view *view = l_new(L, &classes[type]);
  vm_region *region = l_checkregion(L, 1);
  size_t offset = lua_isnil(L, 3) ? 0 : l_checkoffset(L, 3, "offset", region, 0);
  size_t most = (region->size - offset) / size;
  size_t count = lua_isnil(L, 4) ? most : l_checkcount(L, 4, "count", 0, most);
  l_attach(L, &view->object, region);
  view->offset = offset;
  view->count = count;
  return 1;
}

const luaL_Reg l_region_views[] = {
    {"view", region_view},
    {NULL, NULL},
};

static const luaL_Reg view_meta[] = {
    {"__len", view_len},
    {"__pairs", view_pairs},
    {"__tostring", view_tostring},
    {NULL, NULL},
};

static const luaL_Reg view_fields[] = {
    {"offset", view_offset},
    {"region", view_region},
    {"type", view_type},
    {NULL, NULL},
};

void l_open_view(lua_State *L, const luaL_Reg *const methods[]) {
  static const lua_CFunction functions[][2] = {
#define FUNCTIONS(name, ctype, how) {index_##name, newindex_##name},
      L_TYPES(FUNCTIONS)
#undef FUNCTIONS
  };
  for (unsigned type = 0; type < L_TYPE_COUNT; type++) {
    lua_CFunction index = l_stack_known ? functions[type][0] : index_long_way;
    l_members members = {view_meta, NULL, methods, view_fields, index};
    lua_CFunction newindex = l_stack_known ? functions[type][1] : newindex_long_way;
    l_newclass(L, &classes[type], &members);
    lua_pushcfunction(L, newindex);
    lua_setfield(L, -2, "__newindex");
    lua_pushstring(L, "vmem.view");
    lua_setfield(L, -2, "__name");
    lua_pop(L, 1);
  }
}
