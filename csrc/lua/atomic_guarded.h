/* atomic_guarded.h: atomic changes of an element; a leaf function (os/guard.h). */
#ifndef LUA_ATOMIC_GUARDED_H
#define LUA_ATOMIC_GUARDED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum l_atomic_what { L_ADD, L_EXCHANGE, L_COMPARE } l_atomic_what;

/* What is done at `memory`, which is aligned. */
typedef struct l_atomic {
  void *memory;
  uint64_t first, second; /* the operands */
  uint64_t old;           /* the value from before */
  l_atomic_what what;
  bool is_narrow; /* 32 bits, not 64 */
} l_atomic;

#define L_ATOMIC_DO(bits)                                                                    \
  static inline uint##bits##_t l_atomic_do_##bits(const l_atomic *act) {                     \
    _Atomic uint##bits##_t *at = act->memory;                                                \
    uint##bits##_t first = (uint##bits##_t)act->first, second = (uint##bits##_t)act->second; \
    if (act->what == L_ADD) return atomic_fetch_add(at, first);                              \
    if (act->what == L_EXCHANGE) return atomic_exchange(at, first);                          \
    atomic_compare_exchange_strong(at, &first, second);                                      \
    return first;                                                                            \
  }
L_ATOMIC_DO(32)
L_ATOMIC_DO(64)
#undef L_ATOMIC_DO

static inline void l_atomic_do(l_atomic *act) {
  act->old = act->is_narrow ? l_atomic_do_32(act) : l_atomic_do_64(act);
}

/* The same for an l_atomic. */
void l_atomic_leaf(void *with);

#endif
