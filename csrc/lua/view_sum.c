/* view_sum.c: view:sum and view:minmax.
**
** The loops run at the speed of memory because they use many lanes, and no lane waits for another. The
** compiler knows the length of the inner loop, so -O2 is enough for vector instructions. Processors have
** no vector instructions for this on 64-bit integers; these use two lanes, which stay in registers. */
#include <string.h>

#include "lua/access.h"
#include "lua/classes.h"
#include "lua/view.h"

#define LANES_INT(ctype) (sizeof(ctype) < 8 ? 64 : 2)
#define LANES_FLOAT(ctype) 64

/* NOLINTBEGIN(bugprone-macro-parentheses): a type and a name cannot have parentheses */
#define LOAD(ctype, value, from, index) \
  ctype value;                          \
  memcpy(&value, (from) + (index) * sizeof value, sizeof value)
/* NOLINTEND(bugprone-macro-parentheses) */

/* Pushes the results for `count` elements, and returns the number of results. */
typedef int push_reduced(lua_State *L, const char *from, size_t count);

/* Calls the function for the type of the view at 1 on all its elements. */
static int reduce(lua_State *L, push_reduced *const push[], lua_KContext tries,
                  lua_KFunction again) {
  for (;; tries++) {
    const l_view *view = l_checkview(L, 1);
    l_stretch s = l_stretchof(view, 0, view->count);
    l_access a = {.tries = tries, .again = again, .answers = 2};
    const char *from = l_readable(L, &a, l_in(s.region, s.offset, s.size), L_FIRST);
    if (from != NULL) return push[s.type](L, from, s.count);
  }
}

/* {====== v:sum() ====== */

/* The type of a lane's sum. 64-bit sums wrap around; they are unsigned because C allows it only there. */
typedef int16_t lane_i8;
typedef uint16_t lane_u8;
typedef int32_t lane_i16;
typedef uint32_t lane_u16;
typedef int64_t lane_i32;
typedef uint64_t lane_u32, lane_i64, lane_u64;
typedef double lane_f32, lane_f64;

typedef uint64_t total_INT;
typedef double total_FLOAT;

/* How many elements a lane can add up without overflow: a lane has twice as many bits as an element, so
** 2^bits. 64-bit sums have no limit, as they may wrap around, and floats have none. */
#define MOST_INT(ctype) (sizeof(ctype) < 8 ? (uint64_t)1 << 8 * sizeof(ctype) % 64 : UINT64_MAX)
#define MOST_FLOAT(ctype) UINT64_MAX

#define SUM(name, ctype, how)                                                             \
  static int push_sum_##name(lua_State *L, const char *from, size_t count) {              \
    enum { LANES = LANES_##how(ctype) };                                                  \
    total_##how total = 0;                                                                \
    while (count >= LANES) {                                                              \
      lane_##name lane[LANES] = {0};                                                      \
      for (uint64_t rounds = MOST_##how(ctype); rounds > 0 && count >= LANES; rounds--) { \
        for (size_t k = 0; k < LANES; k++) {                                              \
          LOAD(ctype, value, from, k);                                                    \
          lane[k] = (lane_##name)(lane[k] + (lane_##name)value);                          \
        }                                                                                 \
        from += LANES * sizeof(ctype);                                                    \
        count -= LANES;                                                                   \
      }                                                                                   \
      for (size_t k = 0; k < LANES; k++) total += (total_##how)lane[k];                   \
    }                                                                                     \
    for (size_t k = 0; k < count; k++) {                                                  \
      LOAD(ctype, value, from, k);                                                        \
      total += (total_##how)value;                                                        \
    }                                                                                     \
    L_PUSH_##how(L, total);                                                               \
    return 1;                                                                             \
  }
L_TYPES(SUM)

static int sumk(lua_State *L, int status, lua_KContext tries) {
  static push_reduced *const push_sum[] = {
#define ENTRY(name, ctype, how) push_sum_##name,
      L_TYPES(ENTRY)
#undef ENTRY
  };
  (void)status;
  return reduce(L, push_sum, tries, sumk);
}

static int view_sum(lua_State *L) {
  l_drop_others(L, 1);
  return sumk(L, LUA_OK, 0);
}

/* ====== } */

/* {====== v:minmax() ====== */

#define IS_NAN_INT(value) false
#define IS_NAN_FLOAT(value) ((value) != (value))

static int push_nothing(lua_State *L) {
  luaL_pushfail(L);
  luaL_pushfail(L);
  return 2;
}

/* A NaN is neither smaller nor larger than any value, so it changes no lane. But as the first value it
** would stay in all lanes, so the lanes start with the first value that is no NaN. */
#define MINMAX(name, ctype, how)                                                \
  static int push_minmax_##name(lua_State *L, const char *from, size_t count) { \
    enum { LANES = LANES_##how(ctype) };                                        \
    ctype smallest, largest;                                                    \
    do {                                                                        \
      if (count == 0) return push_nothing(L);                                   \
      memcpy(&smallest, from, sizeof smallest);                                 \
      from += sizeof smallest;                                                  \
      count--;                                                                  \
    } while (IS_NAN_##how(smallest));                                           \
    largest = smallest;                                                         \
    if (count >= LANES) {                                                       \
      ctype least[LANES], most[LANES];                                          \
      for (size_t k = 0; k < LANES; k++) least[k] = most[k] = smallest;         \
      for (; count >= LANES; count -= LANES, from += LANES * sizeof(ctype)) {   \
        for (size_t k = 0; k < LANES; k++) {                                    \
          LOAD(ctype, value, from, k);                                          \
          least[k] = value < least[k] ? value : least[k];                       \
          most[k] = value > most[k] ? value : most[k];                          \
        }                                                                       \
      }                                                                         \
      for (size_t k = 0; k < LANES; k++) {                                      \
        smallest = least[k] < smallest ? least[k] : smallest;                   \
        largest = most[k] > largest ? most[k] : largest;                        \
      }                                                                         \
    }                                                                           \
    for (size_t k = 0; k < count; k++) {                                        \
      LOAD(ctype, value, from, k);                                              \
      smallest = value < smallest ? value : smallest;                           \
      largest = value > largest ? value : largest;                              \
    }                                                                           \
    L_PUSH_##how(L, smallest);                                                  \
    L_PUSH_##how(L, largest);                                                   \
    return 2;                                                                   \
  }
L_TYPES(MINMAX)

static int minmaxk(lua_State *L, int status, lua_KContext tries) {
  static push_reduced *const push_minmax[] = {
#define ENTRY(name, ctype, how) push_minmax_##name,
      L_TYPES(ENTRY)
#undef ENTRY
  };
  (void)status;
  return reduce(L, push_minmax, tries, minmaxk);
}

static int view_minmax(lua_State *L) {
  l_drop_others(L, 1);
  return minmaxk(L, LUA_OK, 0);
}

/* ====== } */

const luaL_Reg l_view_sums[] = {
    {"minmax", view_minmax},
    {"sum", view_sum},
    {NULL, NULL},
};
