/* fast_arguments.h: arguments of a C function, read directly from Lua's stack.
**
** A call of the Lua API costs as much as a third of an element access, and an access needs four calls to
** read its arguments. The layout below is that of PUC Lua 5.4 and 5.5 on 64-bit machines. It is not part
** of Lua's API: l_learn_stack checks it when the module is loaded, and l_stack_known is true only if
** everything is where it should be. Otherwise, and in all unusual cases, the API is used. Nothing is
** ever written through these types. */
#ifndef LUA_STACK_H
#define LUA_STACK_H

#include <lua.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct l_value {
  union {
    lua_Integer integer;
    lua_Number number;
    const void *object;
  } as;
  unsigned char tag;
} l_value;

enum {
  L_TAG_INTEGER = 0x03,
  L_TAG_FLOAT = 0x13,
  L_TAG_USERDATA = 0x47,
  L_TAG_CLOSURE = 0x66 /* in C */
};

typedef struct l_call_head {
  const l_value *function; /* its arguments follow */
} l_call_head;

/* Between `marked` and `top` are small fields, other ones in each version, that take up to 6 bytes. */
typedef struct l_state_head {
  void *next;
  unsigned char tag, marked;
  const l_value *top;
  void *global;
  const l_call_head *call;
} l_state_head;

/* A userdata. */
typedef struct l_userdata_head {
  void *next;
  unsigned char tag, marked;
  unsigned short user_values;
  size_t size;
} l_userdata_head;

/* A userdata with one user value, and where its memory begins: Lua aligns the user value for any type that
** luaconf.h says, which Lua 5.5.1 has changed to long double. */
typedef struct l_userdata_full {
  l_userdata_head head;
  void *metatable, *gclist;
  union {
    l_value value;
    LUAI_MAXALIGN;
  } user;
} l_userdata_full;

/* A C function with upvalues. */
typedef struct l_closure_head {
  void *next;
  unsigned char tag, marked, upvalues;
  void *gclist;
  lua_CFunction function;
  l_value upvalue[1];
} l_closure_head;

/* Whether the layout is the known one. Each state that loads the module tries, and they all find the same. */
extern atomic_bool l_stack_is_known;
#define l_stack_known atomic_load_explicit(&l_stack_is_known, memory_order_relaxed)

void l_learn_stack(lua_State *L);

/* The running C function's arguments, from [1] on, if there are exactly `count`; else NULL. They are
** found from the top down, so that looking at them need not wait for the two loads of the count. */
static inline const l_value *l_arguments(lua_State *L, ptrdiff_t count) {
  const l_state_head *state = (const l_state_head *)(const void *)L;
  const l_value *top = state->top;
  return top - state->call->function == count + 1 ? top - count - 1 : NULL;
}

/* The value on top of the stack. */
static inline const l_value *l_top(lua_State *L) {
  return ((const l_state_head *)(const void *)L)->top - 1;
}

/* The memory of a full userdata of this size with one user value, or NULL. */
static inline void *l_userdata(const l_value *value, size_t size) {
  if (value->tag != L_TAG_USERDATA) return NULL;
  const l_userdata_head *head = value->as.object;
  if (head->size != size || head->user_values != 1) return NULL;
  return (char *)value->as.object + sizeof(l_userdata_full);
}

/* The first upvalue of the C function that the value is; NULL when it has none. */
static inline const l_value *l_first_upvalue(const l_value *value) {
  if (value->tag != L_TAG_CLOSURE) return NULL;
  return ((const l_closure_head *)value->as.object)->upvalue;
}

#endif
