/* view_index.c: v[i] and v[i] = x. They must be fast, so each type has its own functions for them. */
#include "lua/note.h"
#include "lua/touch.h"
#include "lua/trap.h"
#include "lua/view.h"

/* An element that crosses into another page is accessed as bytes: each page has its own part. */
static l_range range_of(l_access *a, const l_stretch *s) {
  l_range range = l_in(s->region, s->offset, l_types[s->type].size);
  if (l_piece(range) < range.size) a->type = 0;
  return range;
}

/* l_readable for one element. */
static const char *read_element(lua_State *L, l_access *a, const l_stretch *s) {
  return l_readable(L, a, range_of(a, s), L_FIRST);
}

/* l_write_bytes for one element. */
static bool write_element(lua_State *L, l_access *a, const l_stretch *s, const l_element *value) {
  return l_write_bytes(L, a, range_of(a, s),
                       (l_source){.bytes = value, .size = l_types[s->type].size});
}

/* Stack indices: the view, the index, and the value of a store; then what l_access needs. */
enum { VALUE = 3, ANSWERS };

static int readk(lua_State *L, int status, lua_KContext tries);
static int writek(lua_State *L, int status, lua_KContext tries);

/* Records that a trap has answered the access to v[i], unless its function has ended v, or the debug library
** has changed i. */
static void record_answer(lua_State *L, unsigned access) {
  const l_view *view = l_anyview(L, 1);
  vm_region *region = view->object.region;
  if (region == NULL || !region->live || region->recording == NULL) return;
  size_t i = l_placeof(view, lua_tointeger(L, 2));
  if (i >= view->count) return;
  l_stretch s = l_stretchof(view, i, 1);
  l_record_access(L, region, VM_DID_ANSWER, s.offset, l_types[s.type].size, access);
}

/* v[i] after a trap's function was called: its result is on top. */
static int trap_readk(lua_State *L, int status, lua_KContext context) {
  l_element element;
  unsigned type = l_trap_type(context);
  (void)status;
  bool fits = l_stack_known && l_is_element(l_top(L), type); /* most do: it is the result */
  if (!fits && !l_trap_element(L, type + 1, &element)) {
    lua_settop(L, VALUE);
    return readk(L, LUA_OK, L_DECLINED);
  }
  if (context >> L_TRAP_RECORDED) record_answer(L, VM_READ);
  if (!fits) l_pushelement(L, type, &element);
  return 1;
}

/* v[i] in every case, also where the short way below gives up. */
static int readk(lua_State *L, int status, lua_KContext tries) {
  lua_KContext context;
  (void)status;
  for (;; tries++) {
    const l_view *view = l_checkview(L, 1);
    size_t place = l_placeof(view, l_checkinteger(L, 2, "index"));
    if (place >= view->count) return 0;
    l_stretch s = l_stretchof(view, place, 1);
    if (tries == 0 && l_call_trap(L, s.region, s.offset, s.type, NULL, trap_readk, &context))
      return trap_readk(L, LUA_OK, context);
    l_access a = {.tries = tries, .again = readk, .answers = ANSWERS, .type = s.type + 1};
    const char *from = read_element(L, &a, &s);
    if (from == NULL) continue;
    l_pushelement(L, s.type, from);
    return 1;
  }
}

static int index_long_way(lua_State *L) {
  const l_value *arg = l_stack_known ? l_arguments(L, 2) : NULL;
  if (arg != NULL && arg[2].tag == L_TAG_INTEGER) return readk(L, LUA_OK, 0);
  if (lua_type(L, 2) != LUA_TNUMBER) return l_index_member(L);
  l_drop_others(L, 2);
  return readk(L, LUA_OK, 0);
}

/* v[i] = x after a trap's function was called: its result is on top. */
static int trap_writek(lua_State *L, int status, lua_KContext context) {
  (void)status;
  if (!l_trap_has_taken(L)) {
    lua_settop(L, VALUE);
    return writek(L, LUA_OK, L_DECLINED);
  }
  if (context >> L_TRAP_RECORDED) record_answer(L, VM_WRITE);
  return 0;
}

static int writek(lua_State *L, int status, lua_KContext tries) {
  lua_KContext context;
  (void)status;
  for (;; tries++) {
    const l_view *view = l_checkview(L, 1);
    l_stretch s = l_stretchof(view, l_checkindex(L, 2, view), 1);
    l_element value = l_checkelement(L, VALUE, s.type);
    if (tries == 0 && l_call_trap(L, s.region, s.offset, s.type, &value, trap_writek, &context))
      return trap_writek(L, LUA_OK, context);
    l_access a = {.tries = tries, .again = writek, .answers = ANSWERS, .type = s.type + 1};
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
    size_t place = l_placeof(view, (lua_Integer)((lua_Unsigned)i + 1));
    if (place >= view->count) return 0;
    l_stretch s = l_stretchof(view, place, 1);
    l_access a = {.tries = tries, .again = nextk, .answers = ANSWERS, .type = s.type + 1};
    const char *from = read_element(L, &a, &s);
    if (from == NULL) continue;
    lua_pushinteger(L, i + 1);
    l_pushelement(L, s.type, from);
    return 2;
  }
}

static int view_next(lua_State *L) {
  l_drop_others(L, 2);
  return nextk(L, LUA_OK, 0);
}

int l_view_pairs(lua_State *L) {
  lua_Integer from = l_checkview(L, 1)->from;
  l_pairs(L, view_next);
  lua_pushinteger(L, from - 1);
  lua_replace(L, -2);
  return 3;
}

typedef struct place {
  vm_region *region; /* NULL: nothing was found */
  size_t offset;
} place;

/* Where element arg[2] of the view arg[1] is. */
static inline place find_element(lua_State *L, const l_value *arg, unsigned type) {
  static const place nowhere = {0};
  const l_view *view = l_short_object(L, &arg[1], L_SHORT_VIEW + type);
  if (view == NULL || arg[2].tag != L_TAG_INTEGER) return nowhere;
  size_t i = l_placeof(view, arg[2].as.integer);
  if (i >= view->count) return nowhere;
  return (place){view->object.region, view->offset + i * view->stride};
}

static inline bool allows_or_touches(place at, size_t size, unsigned need) {
  return vm_allows_uncached(at.region, at.offset, size, need) ||
         l_touch_element(at.region, at.offset, size, need);
}

/* v[i] on a page that has refused it. Its trap is asked at once: the long way would check all arguments again. */
static int index_refused(lua_State *L, place at, unsigned type) {
  lua_KContext context;
  if (at.region->live && l_call_trap(L, at.region, at.offset, type, NULL, trap_readk, &context))
    return trap_readk(L, LUA_OK, context);
  return index_long_way(L);
}

/* The same for v[i] = x, which is `raw` in memory. */
static int newindex_refused(lua_State *L, place at, unsigned type, const void *raw) {
  lua_KContext context;
  if (at.region->live && l_call_trap(L, at.region, at.offset, type, raw, trap_writek, &context))
    return trap_writek(L, LUA_OK, context);
  return newindex_long_way(L);
}

#define L_APART __attribute__((noinline))

/* Used only if l_stack_known is true. The *_uncached are for pages in another run than the last one; apart, so
** that what is usual stays small. */
#define SHORT_WAY(name, number, ctype, how, order)                                         \
  L_APART static int index_##name##_uncached(lua_State *L, place at) {                     \
    ctype value, raw;                                                                      \
    const void *from = vm_memory(at.region, at.offset);                                    \
    if (vm_allows_leaf(at.region, at.offset, sizeof value, VM_READ)) {                     \
      if (!os_move(&raw, from, sizeof raw)) return index_long_way(L);                      \
      from = &raw;                                                                         \
    } else if (!allows_or_touches(at, sizeof value, VM_READ)) {                            \
      return index_refused(L, at, L_TYPE_##name);                                          \
    }                                                                                      \
    l_copy_number(&value, from, sizeof value, L_SWAPS_##order);                            \
    L_PUSH_##how(L, value);                                                                \
    return 1;                                                                              \
  }                                                                                        \
  static int index_##name(lua_State *L) {                                                  \
    const l_value *arg = l_arguments(L, 2);                                                \
    if (arg == NULL) return index_long_way(L);                                             \
    place at = find_element(L, arg, L_TYPE_##name);                                        \
    if (at.region == NULL) return index_long_way(L);                                       \
    ctype value;                                                                           \
    if (!vm_allows_cached(at.region, at.offset, sizeof value, VM_READ))                    \
      return index_##name##_uncached(L, at);                                               \
    l_copy_number(&value, vm_memory(at.region, at.offset), sizeof value, L_SWAPS_##order); \
    L_PUSH_##how(L, value);                                                                \
    return 1;                                                                              \
  }                                                                                        \
  L_APART static int newindex_##name##_uncached(lua_State *L, place at, ctype value) {     \
    ctype raw;                                                                             \
    void *to = vm_memory(at.region, at.offset);                                            \
    l_copy_number(&raw, &value, sizeof value, L_SWAPS_##order);                            \
    if (vm_allows_leaf(at.region, at.offset, sizeof value, VM_WRITE))                      \
      return os_move(to, &raw, sizeof raw) ? 0 : newindex_long_way(L);                     \
    if (!allows_or_touches(at, sizeof value, VM_WRITE))                                    \
      return newindex_refused(L, at, L_TYPE_##name, &raw);                                 \
    memcpy(to, &raw, sizeof raw);                                                          \
    return 0;                                                                              \
  }                                                                                        \
  static int newindex_##name(lua_State *L) {                                               \
    ctype value;                                                                           \
    const l_value *arg = l_arguments(L, 3);                                                \
    if (arg == NULL || !L_TAKE_##how(ctype, arg[3], value)) return newindex_long_way(L);   \
    place at = find_element(L, arg, L_TYPE_##name);                                        \
    if (at.region == NULL) return newindex_long_way(L);                                    \
    if (!vm_allows_cached(at.region, at.offset, sizeof value, VM_WRITE))                   \
      return newindex_##name##_uncached(L, at, value);                                     \
    l_copy_number(vm_memory(at.region, at.offset), &value, sizeof value, L_SWAPS_##order); \
    return 0;                                                                              \
  }
L_ELEMENTS(SHORT_WAY)

lua_CFunction l_view_access(unsigned type, bool writes) {
  static const lua_CFunction functions[][2] = {
#define FUNCTIONS(name, number, ctype, how, order) {index_##name, newindex_##name},
      L_ELEMENTS(FUNCTIONS)
#undef FUNCTIONS
  };
  if (l_stack_known) return functions[type][writes];
  return writes ? newindex_long_way : index_long_way;
}
