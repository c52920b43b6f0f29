/* look.c: what is in a page, for region:dump: without a fault, a handler, a commit or an event, and without bringing
** pages into RAM that have never been written. */
#include <string.h>

#include "core/backed.h"
#include "core/bytes_guarded.h"
#include "core/loss.h"
#include "lua/classes.h"
#include "lua/live_regions.h"

enum { PIECE = 4096 }; /* at most so many bytes at a time; no page is smaller */

/* How many bytes of the range, from its start on, have never been written and are zeros. */
static size_t untouched(const char *from, size_t size) {
  vm_walk walk;
  vm_stretch stretch;
  size_t sum = 0;
  vm_walk_start(&walk, from, size);
  if (walk.step == 0) walk.step = size; /* ask, however small it is */
  while (vm_walk_next(&walk, &stretch) && !stretch.backed) sum += stretch.to - stretch.from;
  return sum;
}

/* Copies the bytes; or the page is lost, and *why says so. Without a guard, the page is looked at first. */
static bool copy(const vm_region *region, size_t offset, char *to, size_t size, const char **why) {
  uintptr_t lost;
  const char *from = vm_memory(region, offset);
  if (region->fallible && vm_try_copy(to, from, size, &lost)) return true;
  vm_loss loss = vm_loss_of(region, offset);
  if (!region->fallible && loss == VM_NOT_LOST) {
    memcpy(to, from, size);
    return true;
  }
  bool is_cut = loss == VM_TRUNCATED;
  *why = is_cut ? "lost: its file has become shorter" : "lost: the system cannot give it";
  return false;
}

int l_look(lua_State *L) {
  vm_region *region = l_checkregion(L, 1);
  l_span span = l_checkspan(L, 2, region, 1);
  size_t refused, left = PIECE - span.offset % PIECE;
  if (!vm_allows(region, span.offset, 1, VM_READ, &refused)) return 0;
  vm_run run = vm_query(region, span.offset);
  size_t end = run.offset + run.size - span.offset;
  if (span.size > end) span.size = end;
  size_t zeros = untouched(vm_memory(region, span.offset), span.size);
  if (zeros > 0) {
    lua_pushinteger(L, (lua_Integer)zeros);
    return 1;
  }
  char bytes[PIECE];
  const char *why = NULL;
  if (span.size > left) span.size = left;
  if (copy(region, span.offset, bytes, span.size, &why)) {
    lua_pushlstring(L, bytes, span.size);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, why);
  return 2;
}
