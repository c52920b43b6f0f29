/* view_atomic.c: view:add, exchange, compare_exchange, wait and wake: elements that several processes change at the
** same time. */
#include <limits.h>
#include <stdatomic.h>

#include "lua/atomic_guarded.h"
#include "lua/classes.h"
#include "lua/view.h"

_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2,
               "a lock would be one of this process alone");

/* {====== Which elements can be had so ====== */

static bool is_narrow(unsigned type) { return l_types[type].size == sizeof(uint32_t); }

static bool has_atomics(unsigned type) {
  const l_element_type *t = &l_types[type];
  return !t->is_float && !t->swaps && (is_narrow(type) || t->size == sizeof(uint64_t));
}

/* Element `place`, from 0, of the view at 1; raises if its type or its address does not do. */
static l_stretch check_element(lua_State *L, const l_view *view, size_t place) {
  l_stretch s = l_stretchof(view, place, 1);
  const l_element_type *type = &l_types[s.type];
  if (!has_atomics(s.type))
    l_argerror(
        L, 1,
        "elements of %s cannot be changed atomically: use a view of i32, u32, i64 or u64 in the "
        "processor's order of bytes",
        type->name);
  uintptr_t address = s.region->base + s.offset;
  if (address % type->size != 0) {
    const char *at = l_pushaddress(L, address);
    l_argerror(L, 2,
               "the element at %s is not aligned: its address must be a multiple of %d, as the "
               "view's offset and stride decide",
               at, (int)type->size);
  }
  return s;
}

static void check_narrow(lua_State *L, unsigned type) {
  if (!is_narrow(type))
    l_argerror(L, 1, "wait and wake need a view of i32 or u32, not %s", l_types[type].name);
}

static void *check_memory(lua_State *L, const l_stretch *s, const void *from) {
  void *memory = vm_memory(s->region, s->offset);
  if (from != memory)
    l_error(L, "an atomic cannot be answered"); /* the debug library has done so */
  return memory;
}

/* ====== } */

/* {====== v:add(i, n), v:exchange(i, x), v:compare_exchange(i, old, new) ====== */

enum { INDEX = 2, FIRST, SECOND };

/* What is added is a difference: it may be negative for unsigned elements as well. */
static uint64_t check_difference(lua_State *L, int arg, unsigned type) {
  lua_Integer n = l_checkinteger(L, arg, "n");
  if (is_narrow(type) && !L_FITS(int32_t, n) && !L_FITS(uint32_t, n))
    l_argerror(L, arg, "n is %I, which does not fit into 32 bits", n);
  return (uint64_t)n;
}

static uint64_t check_value(lua_State *L, int arg, unsigned type) {
  l_element value = l_checkelement(L, arg, type);
  return is_narrow(type) ? value.u32 : value.u64;
}

static int push_old(lua_State *L, unsigned type, const l_atomic *done) {
  l_element old = {0};
  if (is_narrow(type))
    old.u32 = (uint32_t)done->old;
  else
    old.u64 = done->old;
  lua_pushinteger(L, l_types[type].number == L_TYPE_u32   ? (lua_Integer)old.u32
                     : l_types[type].number == L_TYPE_i32 ? (lua_Integer)old.i32
                                                          : (lua_Integer)old.i64);
  return 1;
}

static int long_way(lua_State *L, lua_KContext tries, lua_KFunction again, l_atomic_what what) {
  static const l_source unknown = {0};
  for (;; tries++) {
    const l_view *view = l_checkview(L, 1);
    l_stretch s = check_element(L, view, l_checkindex(L, INDEX, view));
    l_atomic act = {.what = what, .is_narrow = is_narrow(s.type)};
    act.first = what == L_ADD ? check_difference(L, FIRST, s.type) : check_value(L, FIRST, s.type);
    if (what == L_COMPARE) act.second = check_value(L, SECOND, s.type);
    l_access a = {.tries = tries,
                  .again = again,
                  .answers = SECOND + 1,
                  .type = s.type + 1,
                  .is_atomic = true};
    l_range range = l_in(s.region, s.offset, l_types[s.type].size);
    if (!l_writable(L, &a, range, unknown)) continue;
    act.memory = check_memory(L, &s, a.has_taken ? NULL : vm_memory(s.region, s.offset));
    const l_touched touched[2] = {{range, L_WRITTEN}};
    if (l_run(L, &a, l_atomic_leaf, &act, touched)) return push_old(L, s.type, &act);
  }
}

/* The memory of element arg[2] of the view arg[1], and its type, if it can be written at once; else NULL. Used only
** if l_stack_known is true. */
static inline void *short_way(lua_State *L, const l_value *arg, unsigned *type) {
  const void *userdata = l_userdata(&arg[1], sizeof(l_number));
  l_slot *slot = userdata != NULL ? l_slot_of(userdata) : NULL;
  if (slot == NULL || arg[INDEX].tag != L_TAG_INTEGER) return NULL;
  uintptr_t stamp = atomic_load_explicit(&slot->stamp, memory_order_relaxed);
  uintptr_t kind = stamp - l_stamp(L, L_SHORT_VIEW);
  if (kind >= L_TYPE_COUNT || !has_atomics((unsigned)kind)) return NULL;
  const l_view *view = l_slot_object(slot);
  size_t i = l_placeof(view, arg[INDEX].as.integer), size = l_types[kind].size;
  if (i >= view->count) return NULL;
  vm_region *region = view->object.region;
  size_t offset = view->offset + i * view->stride;
  if ((region->base + offset) % size != 0) return NULL;
  if (!vm_allows_cached(region, offset, size, VM_WRITE) &&
      !vm_allows_uncached(region, offset, size, VM_WRITE))
    return NULL;
  *type = (unsigned)kind;
  return vm_memory(region, offset);
}

/* Whether an operand is an integer that this type holds, or a difference of 32 bits. */
static inline bool fits(const l_value *operand, unsigned type, l_atomic_what what) {
  lua_Integer n = operand->as.integer;
  if (operand->tag != L_TAG_INTEGER) return false;
  if (!is_narrow(type)) return true;
  bool is_signed = l_types[type].number == L_TYPE_i32, is_either = what == L_ADD;
  return ((is_signed || is_either) && L_FITS(int32_t, n)) ||
         ((!is_signed || is_either) && L_FITS(uint32_t, n));
}

static inline int perform(lua_State *L, lua_KFunction again, l_atomic_what what) {
  int arguments = what == L_COMPARE ? SECOND : FIRST;
  const l_value *arg = l_stack_known ? l_arguments(L, arguments) : NULL;
  unsigned type;
  if (arg != NULL) {
    void *memory = short_way(L, arg, &type);
    if (memory != NULL && fits(&arg[FIRST], type, what) &&
        (what != L_COMPARE || fits(&arg[SECOND], type, what))) {
      l_atomic act = {.memory = memory,
                      .what = what,
                      .is_narrow = is_narrow(type),
                      .first = (uint64_t)arg[FIRST].as.integer,
                      .second = what == L_COMPARE ? (uint64_t)arg[SECOND].as.integer : 0};
      l_atomic_do(&act);
      return push_old(L, type, &act);
    }
  }
  l_drop_others(L, arguments);
  return again(L, LUA_OK, 0);
}

#define METHOD(name, what)                                           \
  static int name##k(lua_State *L, int status, lua_KContext tries) { \
    (void)status;                                                    \
    return long_way(L, tries, name##k, what);                        \
  }                                                                  \
  static int view_##name(lua_State *L) { return perform(L, name##k, what); }
METHOD(add, L_ADD)
METHOD(exchange, L_EXCHANGE)
METHOD(compare_exchange, L_COMPARE)

/* ====== } */

/* {====== v:wait(i, value [, seconds]), v:wake(i [, n]) ====== */

/* Nanoseconds; UINT64_MAX, some 584 years, for a wait without end. */
static uint64_t check_seconds(lua_State *L, int arg) {
  if (lua_isnoneornil(L, arg)) return UINT64_MAX;
  if (lua_type(L, arg) != LUA_TNUMBER)
    l_argerror(L, arg, "seconds must be a number, not %s", luaL_typename(L, arg));
  lua_Number seconds = lua_tonumber(L, arg);
  if (seconds != seconds) l_argerror(L, arg, "seconds must be a number, not nan");
  if (seconds <= 0) return 0;
  return seconds < 1e10 ? (uint64_t)(seconds * 1e9) : UINT64_MAX;
}

/* The memory of the element, which can be read; NULL when the access starts over. */
static void *sleeper(lua_State *L, lua_KContext tries, lua_KFunction again, const l_stretch *s) {
  l_access a = {.tries = tries,
                .again = again,
                .answers = SECOND + 1,
                .type = s->type + 1,
                .is_atomic = true};
  const char *from = l_readable(L, &a, l_in(s->region, s->offset, l_types[s->type].size), L_FIRST);
  return from != NULL ? check_memory(L, s, from) : NULL;
}

static int refuse(lua_State *L, vm_error error, const char *what, const void *memory) {
  const char *advice = NULL, *at = l_pushaddress(L, (uintptr_t)memory);
  if (error == VM_PERMISSION_DENIED)
    advice = "the page is private and read-only, so its contents never change";
  return l_refuse(L, error, advice, "%s at %s", what, at);
}

static int waitk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    const l_view *view = l_checkview(L, 1);
    l_stretch s = check_element(L, view, l_checkindex(L, INDEX, view));
    check_narrow(L, s.type);
    uint32_t value = (uint32_t)check_value(L, FIRST, s.type);
    uint64_t nanoseconds = check_seconds(L, SECOND);
    void *memory = sleeper(L, tries, waitk, &s);
    if (memory == NULL) continue;
    bool in_time = true;
    vm_error error = os_wait((uintptr_t)memory, value, nanoseconds, &in_time);
    if (error != VM_OK) return refuse(L, error, "wait", memory);
    lua_pushboolean(L, in_time);
    return 1;
  }
}

static int view_wait(lua_State *L) {
  l_drop_others(L, SECOND);
  return waitk(L, LUA_OK, 0);
}

static int wakek(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    const l_view *view = l_checkview(L, 1);
    l_stretch s = check_element(L, view, l_checkindex(L, INDEX, view));
    check_narrow(L, s.type);
    size_t most = UINT32_MAX;
    if (!lua_isnoneornil(L, FIRST)) most = l_checklimit(L, FIRST, "n", 0);
    void *memory = sleeper(L, tries, wakek, &s);
    if (memory == NULL) continue;
    uint32_t woken = 0;
    vm_error error =
        os_wake((uintptr_t)memory, most < UINT32_MAX ? (uint32_t)most : UINT32_MAX, &woken);
    if (error != VM_OK) return refuse(L, error, "wake", memory);
    lua_pushinteger(L, woken);
    return 1;
  }
}

static int view_wake(lua_State *L) {
  l_drop_others(L, FIRST);
  return wakek(L, LUA_OK, 0);
}

/* ====== } */

const luaL_Reg l_view_atomics[] = {
    {"add", view_add},           {"compare_exchange", view_compare_exchange},
    {"exchange", view_exchange}, {"wait", view_wait},
    {"wake", view_wake},         {NULL, NULL},
};
