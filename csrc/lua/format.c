/* format.c: the sizes and alignments of the options of string.pack formats, as in Lua 5.4 and
** 5.5. Lua itself packs the values, and raises the errors for wrong formats. */
#include "lua/format.h"

#include <limits.h>
#include <lua.h>
#include <stdint.h>
#include <string.h>

enum { LARGEST = 16 }; /* bytes of an integer, and of an alignment */

/* No number in a format is larger. */
#define MOST (LUA_VERSION_NUM == 504 ? (size_t)INT_MAX : (size_t)LUA_MAXINTEGER)

typedef union {
  LUAI_MAXALIGN;
} any_value;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* The number at the walk's place, or `other` if there is none. Like Lua, it stops before a number could
** become larger than MOST. */
static size_t number(const char *format, size_t length, l_format *walk, size_t other) {
  if (walk->at >= length || !is_digit(format[walk->at])) return other;
  size_t n = 0;
  while (walk->at < length && is_digit(format[walk->at]) && n <= (MOST - 9) / 10)
    n = n * 10 + (size_t)(format[walk->at++] - '0');
  return n;
}

/* {====== One option ====== */

/* Options, with their size if no number follows. */
static const struct {
  char option;
  unsigned char size;
} sizes[] = {
    {'b', 1},
    {'B', 1},
    {'x', 1},
    {'h', sizeof(short)},
    {'H', sizeof(short)},
    {'l', sizeof(long)},
    {'L', sizeof(long)},
    {'j', sizeof(lua_Integer)},
    {'J', sizeof(lua_Integer)},
    {'T', sizeof(size_t)},
    {'f', sizeof(float)},
    {'n', sizeof(lua_Number)},
    {'d', sizeof(double)},
    {'i', sizeof(int)},
    {'I', sizeof(int)},
    {'s', sizeof(size_t)},
    {'!', _Alignof(any_value)},
    {'z', 0},
    {'X', 0},
    {' ', 0},
    {'<', 0},
    {'>', 0},
    {'=', 0},
};

/* Reads an option and its number. Returns the letter, and in `size` its bytes without padding. Returns 0
** at the end, and if Lua would refuse the option. */
static char read_option(const char *format, size_t length, l_format *walk, size_t *size) {
  if (walk->at >= length) return 0;
  char option = format[walk->at++];
  if (option == 'c') {
    *size = number(format, length, walk, SIZE_MAX);
    if (*size == SIZE_MAX) return 0;
    return option;
  }
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    if (sizes[i].option != option) continue;
    *size = sizes[i].size;
    if (strchr("iIs!", option) == NULL) return option;
    *size = number(format, length, walk, *size);
    if (*size < 1 || *size > LARGEST) return 0;
    return option;
  }
  return 0;
}

/* ====== } */

static bool native_is_little(void) {
  const unsigned one = 1;
  return *(const char *)&one == 1;
}

l_format l_format_start(void) { return (l_format){0, 0, 1, native_is_little()}; }

l_format_option l_format_next(const char *format, size_t length, l_format *walk) {
  static const l_format_option end = {L_FORMAT_END, 0, 0};
  for (;;) {
    size_t size = 0;
    char option = read_option(format, length, walk, &size);
    if (option == '!') walk->align = size;
    if (option == '<') walk->little = true;
    if (option == '>') walk->little = false;
    if (option == '=') walk->little = native_is_little();
    if (option != 0 && strchr("!<>= ", option) != NULL) continue;
    l_format_option found = {L_FORMAT_FIXED, 0, size};
    size_t align = size;
    if (option == 'X') { /* pads like the option after it, which it consumes */
      char other = read_option(format, length, walk, &align);
      if (other == 0 || other == 'c' || other == '!' || align == 0) return end;
      found.size = 0;
    }
    if (option == 0) return end;
    if (option != 'c' && align > 1) {
      if (align > walk->align) align = walk->align;
      if ((align & (align - 1)) != 0) return end;
      found.pad = (align - (walk->need & (align - 1))) & (align - 1);
    }
    if (option == 's') found.kind = L_FORMAT_STRING;
    if (option == 'z') found.kind = L_FORMAT_ZERO;
    return found;
  }
}

bool l_format_length(const l_format *walk, const char *bytes, size_t size, size_t *length) {
  size_t n = 0;
  for (size_t i = 0; i < size; i++) {
    unsigned char byte = (unsigned char)bytes[walk->little ? size - 1 - i : i];
    if (n >> (CHAR_BIT * (sizeof n - 1)) != 0) return false;
    n = n << CHAR_BIT | byte;
  }
  *length = n;
  return true;
}
