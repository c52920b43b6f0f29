/* format.h: how many bytes the options of a string.pack format take, one after the other. */
#ifndef LUA_FORMAT_H
#define LUA_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

/* A place in a format, and the settings made by the options before it. */
typedef struct {
  size_t at;    /* offset in the format */
  size_t need;  /* bytes that the options before it take */
  size_t align; /* the largest alignment: "!" */
  bool little;  /* the lowest byte of an integer comes first: "<" and ">" */
} l_format;

typedef enum {
  L_FORMAT_END,    /* the end of the format, or an option that string.pack does not know */
  L_FORMAT_FIXED,  /* `size` bytes */
  L_FORMAT_STRING, /* "s": a length of `size` bytes, then that many */
  L_FORMAT_ZERO    /* "z": up to a zero */
} l_format_kind;

typedef struct {
  l_format_kind kind;
  size_t pad; /* bytes before it that alignment takes */
  size_t size;
} l_format_option;

/* The state that string.pack starts with. */
l_format l_format_start(void);

/* Gives the next option that takes bytes, and moves `walk` behind it. `need` does not change: the caller
** adds the option's bytes. Options that only set something are applied and skipped. */
l_format_option l_format_next(const char *format, size_t length, l_format *walk);

/* The length of a string, from the `size` bytes before it; false when it is too large for a size_t. */
bool l_format_length(const l_format *walk, const char *bytes, size_t size, size_t *length);

#endif
