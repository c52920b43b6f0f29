/* view.h: shared by the files of views. */
#ifndef LUA_VIEW_H
#define LUA_VIEW_H

#include <string.h>

#include "lua/access.h"
#include "lua/fast_arguments.h"
#include "lua/object.h"
#include "lua/slot.h"

/* {====== Elements (element.c) ====== */

/* The types of numbers. L_TYPES(DO) expands to DO(name, C type, how), where `how` is the kind of Lua
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

/* The element types: a type of number in an order of bytes. Expands to DO(name, type of number, C type,
** how, order), where `order` is NATIVE, BE (most significant byte first) or LE. Those in native order
** come first, as in L_TYPES. */
#define L_ELEMENTS(DO)             \
  DO(i8, i8, int8_t, INT, NATIVE)  \
  DO(u8, u8, uint8_t, INT, NATIVE) \
  L_WIDE(DO, , NATIVE)             \
  L_WIDE(DO, be, BE)               \
  L_WIDE(DO, le, LE)

/* NOLINTBEGIN(bugprone-macro-parentheses): names cannot have parentheses */
#define L_WIDE(DO, suffix, order)            \
  DO(i16##suffix, i16, int16_t, INT, order)  \
  DO(u16##suffix, u16, uint16_t, INT, order) \
  DO(i32##suffix, i32, int32_t, INT, order)  \
  DO(u32##suffix, u32, uint32_t, INT, order) \
  DO(i64##suffix, i64, int64_t, INT, order)  \
  DO(u64##suffix, u64, uint64_t, INT, order) \
  DO(f32##suffix, f32, float, FLOAT, order)  \
  DO(f64##suffix, f64, double, FLOAT, order)
/* NOLINTEND(bugprone-macro-parentheses) */

enum {
#define L_ENUMERATE(name, number, ctype, how, order) L_TYPE_##name,
  L_ELEMENTS(L_ENUMERATE)
#undef L_ENUMERATE
      L_TYPE_COUNT
};

#define L_IS_FLOAT_INT false
#define L_IS_FLOAT_FLOAT true

/* Whether elements of this order are swapped on their way to a number. */
enum {
  L_SWAPS_NATIVE = 0,
  L_SWAPS_BE = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
  L_SWAPS_LE = !L_SWAPS_BE
};

/* By element type. */
typedef struct l_element_type {
  const char *name;
  size_t size;
  unsigned number; /* the type of number: an element type in native order */
  bool swaps, is_float;
} l_element_type;

extern const l_element_type l_types[L_TYPE_COUNT];

/* All names, as messages list them. */
#define L_TYPE_NAMES \
  "i8, u8, i16, u16, i32, u32, i64, u64, f32 or f64, from 16 bits on also with be or le"

/* Copies a number of 1, 2, 4 or 8 bytes, and swaps them or not. */
static inline void l_copy_number(void *to, const void *from, size_t size, bool swaps) {
  if (swaps && size == 2) {
    uint16_t bytes;
    memcpy(&bytes, from, sizeof bytes);
    bytes = __builtin_bswap16(bytes);
    memcpy(to, &bytes, sizeof bytes);
  } else if (swaps && size == 4) {
    uint32_t bytes;
    memcpy(&bytes, from, sizeof bytes);
    bytes = __builtin_bswap32(bytes);
    memcpy(to, &bytes, sizeof bytes);
  } else if (swaps && size == 8) {
    uint64_t bytes;
    memcpy(&bytes, from, sizeof bytes);
    bytes = __builtin_bswap64(bytes);
    memcpy(to, &bytes, sizeof bytes);
  } else {
    memmove(to, from, size); /* they may overlap */
  }
}

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

void l_pushelement(lua_State *L, unsigned type, const void *from);

/* Pushes `count` elements that are `stride` bytes apart. */
void l_pushelements(lua_State *L, unsigned type, const char *from, size_t stride, size_t count);

typedef union l_element {
#define L_MEMBER(name, ctype, how) ctype name;
  L_TYPES(L_MEMBER)
#undef L_MEMBER
} l_element;

/* The value at `arg` as an element, in the type's order of bytes; raises when it does not fit the type. Runs
** no Lua. */
l_element l_checkelement(lua_State *L, int arg, unsigned type);

/* Whether the value is a number that an element of the type can be, without any conversion. */
bool l_is_element(const l_value *value, unsigned type);

/* Reads the value at `index` as an element of the type; false when it does not fit. Runs no Lua. */
bool l_toelement(lua_State *L, int index, unsigned type, l_element *element);

/* ====== } */

/* {====== Views (view.c) ====== */

typedef struct l_view {
  l_object object;
  size_t offset;   /* of the first element */
  size_t count;    /* elements */
  uint32_t from;   /* the first element's index */
  uint32_t stride; /* bytes from an element to the next; at least 1 */
} l_view;

_Static_assert(sizeof(l_view) <= L_OBJECT_SIZE, "it must fit into a slot");

/* The place of element i, from 0; no less than the count if it is outside. */
static inline size_t l_placeof(const l_view *view, lua_Integer i) {
  lua_Unsigned place = (lua_Unsigned)i - view->from;
  return place < view->count ? (size_t)place : view->count;
}

/* By element type. */
extern const l_class l_view_classes[L_TYPE_COUNT];

/* The view at `arg`, of a live region; raises if it is none. */
const l_view *l_checkview(lua_State *L, int arg);

/* The same, but its region may be released. */
const l_view *l_anyview(lua_State *L, int arg);

/* Whether the value at `arg` looks like a view that has been finalised. */
bool l_isoverview(lua_State *L, int arg);

unsigned l_viewtype(const l_view *view);

/* One less than the first if there are no elements. */
lua_Integer l_lastindex(const l_view *view);

/* The index at `arg`, from 0; raises outside the view. */
size_t l_checkindex(lua_State *L, int arg, const l_view *view);

/* ====== } */

/* {====== v[i] (view_index.c) ====== */

/* The metamethod __index or __newindex for this type. */
lua_CFunction l_view_access(unsigned type, bool writes);

int l_view_pairs(lua_State *L);

/* ====== } */

/* {====== Elements that are touched together (stretch.c) ====== */

/* Elements of a live view. */
typedef struct l_stretch {
  vm_region *region;
  unsigned type;
  size_t offset, stride, count;
} l_stretch;

/* Elements [first, first+count) of the view, from 0. */
l_stretch l_stretchof(const l_view *view, size_t first, size_t count);

/* Whether its elements lie side by side. */
bool l_is_dense(const l_stretch *stretch);

/* As l_readable for all elements; gaps between them are left alone. Gives the first one; they are then
** `stretch->stride` bytes apart, which it sets. */
const char *l_readable_stretch(lua_State *L, l_access *access, l_stretch *stretch);

/* Whether memory allows all elements to be written now. They are noted then. */
bool l_note_stretch(lua_State *L, l_access *access, const l_stretch *stretch);

/* As l_write_bytes for all elements, of which `bytes` has one after the other, or the same one if `repeats`. */
bool l_write_stretch(lua_State *L, l_access *access, const l_stretch *stretch, const void *bytes,
                     bool repeats);

/* Copies numbers of `size` bytes, one after the other; strides may be 0 or negative. */
void l_copy_numbers(char *to, ptrdiff_t to_stride, const char *from, ptrdiff_t from_stride,
                    size_t count, size_t size, bool swaps);

/* ====== } */

#endif
