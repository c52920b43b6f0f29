/* view_sum.c: view:sum and view:minmax.
**
** The loops run at the speed of memory because they use many lanes, and no lane waits for another. The
** compiler knows the length of the inner loop, so -O2 is enough for vector instructions. Processors have
** no vector instructions for this on 64-bit integers; these use two lanes, which stay in registers. */
#include "lua/classes.h"
#include "lua/view.h"

#define LANES_INT(ctype) (sizeof(ctype) < 8 ? 64 : 2)
#define LANES_FLOAT(ctype) 64

/* NOLINTBEGIN(bugprone-macro-parentheses): a type and a name cannot have parentheses */
#define LOAD(ctype, value, from, index) \
  ctype value;                          \
  memcpy(&value, (from) + (index) * sizeof value, sizeof value)
/* NOLINTEND(bugprone-macro-parentheses) */

/* Takes `count` numbers, one behind the other, into the results so far. */
typedef void reducer(const char *from, size_t count, void *results);

enum { BLOCK = 4096 }; /* bytes */

/* Calls the function for the type of number on all elements. Those that are apart or swapped are first
** copied to where they are not, block by block. */
static void reduce(const char *from, const l_stretch *s, reducer *const reducers[], void *results) {
  const l_element_type *type = &l_types[s->type];
  reducer *take = reducers[type->number];
  if (l_is_dense(s) && !type->swaps) {
    take(from, s->count, results);
    return;
  }
  char block[BLOCK];
  for (size_t count = s->count, some; count > 0; count -= some, from += some * s->stride) {
    some = count < BLOCK / type->size ? count : BLOCK / type->size;
    l_copy_numbers(block, (ptrdiff_t)type->size, from, (ptrdiff_t)s->stride, some, type->size,
                   type->swaps);
    take(block, some, results);
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

typedef struct totals {
  total_INT INT;
  total_FLOAT FLOAT;
} totals;

#define SUM(name, ctype, how)                                                             \
  static void sum_##name(const char *from, size_t count, void *results) {                 \
    enum { LANES = LANES_##how(ctype) };                                                  \
    total_##how total = ((totals *)results)->how;                                         \
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
    ((totals *)results)->how = total;                                                     \
  }
L_TYPES(SUM)

static reducer *const sums[] = {
#define ENTRY(name, ctype, how) sum_##name,
    L_TYPES(ENTRY)
#undef ENTRY
};

static int sumk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    const l_view *view = l_checkview(L, 1);
    l_stretch s = l_stretchof(view, 0, view->count);
    l_access a = {.tries = tries, .again = sumk, .answers = 2};
    const char *from = l_readable_stretch(L, &a, &s);
    if (from == NULL) continue;
    totals total = {0};
    reduce(from, &s, sums, &total);
    if (l_types[s.type].is_float)
      L_PUSH_FLOAT(L, total.FLOAT);
    else
      L_PUSH_INT(L, total.INT);
    return 1;
  }
}

static int view_sum(lua_State *L) {
  l_drop_others(L, 1);
  return sumk(L, LUA_OK, 0);
}

/* ====== } */

/* {====== v:minmax() ====== */

#define IS_NAN_INT(value) false
#define IS_NAN_FLOAT(value) ((value) != (value))

typedef struct extremes {
  bool any; /* a number that is no NaN has been met */
  l_element smallest, largest;
} extremes;

/* A NaN is neither smaller nor larger than any value, so it changes no lane. But as the first value it
** would stay in all lanes, so the lanes start with the first value that is no NaN. */
#define MINMAX(name, ctype, how)                                              \
  static void minmax_##name(const char *from, size_t count, void *results) {  \
    enum { LANES = LANES_##how(ctype) };                                      \
    extremes *found = results;                                                \
    ctype smallest = found->smallest.name, largest = found->largest.name;     \
    for (; !found->any && count > 0; count--, from += sizeof smallest) {      \
      memcpy(&smallest, from, sizeof smallest);                               \
      found->any = !(IS_NAN_##how(smallest));                                 \
      largest = smallest;                                                     \
    }                                                                         \
    if (count >= LANES) {                                                     \
      ctype least[LANES], most[LANES];                                        \
      for (size_t k = 0; k < LANES; k++) {                                    \
        least[k] = smallest;                                                  \
        most[k] = largest;                                                    \
      }                                                                       \
      for (; count >= LANES; count -= LANES, from += LANES * sizeof(ctype)) { \
        for (size_t k = 0; k < LANES; k++) {                                  \
          LOAD(ctype, value, from, k);                                        \
          least[k] = value < least[k] ? value : least[k];                     \
          most[k] = value > most[k] ? value : most[k];                        \
        }                                                                     \
      }                                                                       \
      for (size_t k = 0; k < LANES; k++) {                                    \
        smallest = least[k] < smallest ? least[k] : smallest;                 \
        largest = most[k] > largest ? most[k] : largest;                      \
      }                                                                       \
    }                                                                         \
    for (size_t k = 0; k < count; k++) {                                      \
      LOAD(ctype, value, from, k);                                            \
      smallest = value < smallest ? value : smallest;                         \
      largest = value > largest ? value : largest;                            \
    }                                                                         \
    found->smallest.name = smallest;                                          \
    found->largest.name = largest;                                            \
  }
L_TYPES(MINMAX)

static reducer *const minmaxes[] = {
#define ENTRY(name, ctype, how) minmax_##name,
    L_TYPES(ENTRY)
#undef ENTRY
};

static int minmaxk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    const l_view *view = l_checkview(L, 1);
    l_stretch s = l_stretchof(view, 0, view->count);
    l_access a = {.tries = tries, .again = minmaxk, .answers = 2};
    const char *from = l_readable_stretch(L, &a, &s);
    if (from == NULL) continue;
    extremes found = {0};
    reduce(from, &s, minmaxes, &found);
    unsigned number = l_types[s.type].number;
    if (found.any) {
      l_pushelement(L, number, &found.smallest);
      l_pushelement(L, number, &found.largest);
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

/* ====== } */

const luaL_Reg l_view_sums[] = {
    {"minmax", view_minmax},
    {"sum", view_sum},
    {NULL, NULL},
};
