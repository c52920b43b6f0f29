/* access_copies.c: C memory for the bytes of an access that cannot be used where they are. */
#include "lua/access_copies.h"

#include <stdlib.h>
#include <string.h>

#include "lua/classes.h"
#include "lua/object.h"

/* A copy of bytes: in C memory, because Lua may only collect it with its object. */
typedef struct l_copy {
  l_object object;
  char *bytes;
  size_t size;
} l_copy;

static void free_copy(lua_State *L, l_object *object) {
  (void)L;
  free(((l_copy *)(void *)object)->bytes);
}

static const l_class COPY = {.name = "vmem.copy", .over = "copy is over", .end = free_copy};

void l_open_access_copies(lua_State *L) {
  static const l_members none = {0};
  l_newclass(L, &COPY, &none);
  lua_pop(L, 1);
}

char *l_copy_for(lua_State *L, const l_access *a, l_which which, size_t size) {
  int at = a->answers + 1 + (int)which;
  if (lua_gettop(L) < at) lua_settop(L, at);
  l_copy *copy = l_test(L, at, &COPY);
  if (copy != NULL && copy->size >= size) return copy->bytes;
  copy = l_new(L, &COPY);
  for (int tries = 0; tries < 2 && copy->bytes == NULL; tries++) {
    if (tries > 0) lua_gc(L, LUA_GCCOLLECT); /* frees other copies */
    copy = l_check(L, -1, &COPY);
    copy->bytes = malloc(size);
  }
  if (copy->bytes == NULL) l_error(L, "not enough memory");
  copy->size = size;
  lua_replace(L, at);
  return NULL;
}

const char *l_apart(lua_State *L, const l_access *a, const char *from, l_range range) {
  uintptr_t at = (uintptr_t)from;
  bool overlaps = at < range.address + range.size && range.address < at + range.size;
  if (!overlaps || !lua_istable(L, a->answers)) return from; /* nothing is taken */
  char *copy = l_copy_for(L, a, L_FIRST, range.size);
  if (copy != NULL) memcpy(copy, from, range.size);
  return copy;
}
