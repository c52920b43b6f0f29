/* baseline_pager.c: reads single pages of a file at random places. */
#include <stdio.h>

#include "baseline.h"

/* Reads or writes a page at each position, with fread or fwrite, and flushes what it wrote. */
static int move_pages(lua_State *L, int writes) {
  size_t count, page = b_page();
  FILE *file = b_checkfile(L, 1);
  const size_t *position = b_checkoffsets(L, 2, &count);
  char *bytes = lua_newuserdatauv(L, page, 0);
  double start = b_now();
  for (size_t i = 0; i < count; i++) {
    size_t done = 0;
    if (fseek(file, (long)position[i], SEEK_SET) == 0)
      done = writes ? fwrite(bytes, 1, page, file) : fread(bytes, 1, page, file);
    if (done != page || (writes && fflush(file) != 0)) return luaL_error(L, "the file fails");
  }
  return b_each(L, start, count);
}

/* baseline.load_pages(file, positions) */
static int l_load_pages(lua_State *L) { return move_pages(L, 0); }

/* baseline.save_pages(file, positions) */
static int l_save_pages(lua_State *L) { return move_pages(L, 1); }

const luaL_Reg b_pager_functions[] = {
    {"load_pages", l_load_pages}, {"save_pages", l_save_pages}, {NULL, NULL}};
