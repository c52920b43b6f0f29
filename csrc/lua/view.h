/* view.h: shared by the files of views: view.c, element.c, view_bulk.c and view_sum.c. */
#ifndef LUA_VIEW_H
#define LUA_VIEW_H

#include "lua/fast_arguments.h"
#include "lua/object.h"

/* {====== Elements (element.c) ====== */

/* The element types. L_TYPES(DO) expands to DO(name, C type, how), where `how` is the kind of Lua
** number: INT or FLOAT. */
#define L_TYPES(DO)      \
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

enum {
#define L_ENUMERATE(name, ctype, how) L_TYPE_##name,
  L_TYPES(L_ENUMERATE)
#undef L_ENUMERATE
      L_TYPE_COUNT
};

/* By type. */
extern const char *const l_type_names[];
extern const size_t l_type_sizes[];

/* A u64 of 2^63 or more becomes a negative integer, and back. */
#define L_PUSH_INT(L, value) lua_pushinteger(L, (lua_Integer)(value))
#define L_PUSH_FLOAT(L, value) lua_pushnumber(L, (lua_Number)(value))

#define L_FITS(ctype, integer) ((integer) == (lua_Integer)(ctype)(integer))

/* An infinity or NaN less itself is NaN. */
#define L_IS_FINITE(value) ((value) - (value) == 0)

/* Whether an argument, read from Lua's stack, is a number that fits the type; `value` gets it. When it
** is false, l_checkelement may still accept the argument. */
#define L_TAKE_INT(ctype, arg, value) \
  ((arg).tag == L_TAG_INTEGER &&      \
   ((value) = (ctype)(arg).as.integer, L_FITS(ctype, (arg).as.integer)))
#define L_TAKE_FLOAT(ctype, arg, value) \
  ((arg).tag == L_TAG_FLOAT &&          \
   ((value) = (ctype)(arg).as.number, sizeof(ctype) == sizeof(lua_Number) || L_IS_FINITE(value)))

/* Pushes `count` neighbouring elements. */
void l_pushelements(lua_State *L, unsigned type, const char *from, size_t count);

typedef union l_element {
#define L_MEMBER(name, ctype, how) ctype name;
  L_TYPES(L_MEMBER)
#undef L_MEMBER
} l_element;

/* The value at `arg`; raises when it does not fit the type. Runs no Lua. */
l_element l_checkelement(lua_State *L, int arg, unsigned type);

/* Reads the value at `index` as an element of the type; false when it does not fit. Runs no Lua. */
bool l_toelement(lua_State *L, int index, unsigned type, l_element *element);

/* ====== } */

/* {====== Views (view.c) ====== */

typedef struct l_view {
  l_object object;
  size_t offset; /* of the first element */
  size_t count;  /* elements */
} l_view;

/* The view at `arg`, of a live region; raises if it is none. */
const l_view *l_checkview(lua_State *L, int arg);

/* The index at `arg`, from 0; raises outside the view. */
size_t l_checkindex(lua_State *L, int arg, const l_view *view);

/* Elements [first, first+count) of a live view, in bytes of its region. */
typedef struct l_stretch {
  vm_region *region;
  unsigned type;
  size_t offset, size, count;
} l_stretch;

l_stretch l_stretchof(const l_view *view, size_t first, size_t count);

/* ====== } */

#endif
