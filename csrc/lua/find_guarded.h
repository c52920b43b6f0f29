/* find_guarded.h: searching memory for a string of bytes; leaf functions (os/guard.h). */
#ifndef LUA_FIND_GUARDED_H
#define LUA_FIND_GUARDED_H

#include <stdbool.h>
#include <stddef.h>

/* The needle may start at each of the first `places` bytes from `at` on. */
typedef struct l_search {
  const unsigned char *at;
  size_t places;
  const unsigned char *needle;
  size_t length;
  bool found; /* by l_find_leaf */
} l_search;

/* True when the needle is found: it is at s->at. There is a place for it. */
bool l_find(l_search *search);

/* The same for an l_search that may have no places. */
void l_find_leaf(void *with);

#endif
