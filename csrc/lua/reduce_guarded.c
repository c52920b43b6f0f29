/* reduce_guarded.c: leaf functions (os/guard.h) for the sum and the extremes of elements.
**
** The loops run at the speed of memory because they use many lanes, and no lane waits for another. The
** compiler knows the length of the inner loop, so -O2 is enough for vector instructions. Processors have
** no vector instructions for this on 64-bit integers; these use two lanes, which stay in registers. */
#include "lua/reduce_guarded.h"

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
static void reduce(const l_elements *e, reducer *const reducers[], void *results) {
  const l_element_type *type = &l_types[e->type];
  reducer *take = reducers[type->number];
  if ((e->stride == type->size || e->count <= 1) && !type->swaps) {
    take(e->from, e->count, results);
    return;
  }
  char block[BLOCK];
  const char *from = e->from;
  for (size_t count = e->count, some; count > 0; count -= some, from += some * e->stride) {
    some = count < BLOCK / type->size ? count : BLOCK / type->size;
    l_copy_numbers(block, (ptrdiff_t)type->size, from, (ptrdiff_t)e->stride, some, type->size,
                   type->swaps);
    take(block, some, results);
  }
}

/* {====== Sums ====== */

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
  static void sum_##name(const char *from, size_t count, void *results) {                 \
    enum { LANES = LANES_##how(ctype) };                                                  \
    total_##how total = ((l_totals *)results)->how;                                       \
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
    ((l_totals *)results)->how = total;                                                   \
  }
L_TYPES(SUM)

static reducer *const sums[] = {
#define ENTRY(name, ctype, how) sum_##name,
    L_TYPES(ENTRY)
#undef ENTRY
};

void l_sum_leaf(void *with) {
  l_sum *sum = with;
  sum->total = (l_totals){0};
  reduce(&sum->of, sums, &sum->total);
}

/* ====== } */

/* {====== The smallest and the largest ====== */

#define IS_NAN_INT(value) false
#define IS_NAN_FLOAT(value) ((value) != (value))

/* A NaN is neither smaller nor larger than any value, so it changes no lane. But as the first value it
** would stay in all lanes, so the lanes start with the first value that is no NaN. */
#define MINMAX(name, ctype, how)                                              \
  static void minmax_##name(const char *from, size_t count, void *results) {  \
    enum { LANES = LANES_##how(ctype) };                                      \
    l_extremes *found = results;                                              \
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

void l_minmax_leaf(void *with) {
  l_minmax *minmax = with;
  minmax->found = (l_extremes){0};
  reduce(&minmax->of, minmaxes, &minmax->found);
}

/* ====== } */
