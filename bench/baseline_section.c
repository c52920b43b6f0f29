/* baseline_section.c: mmap of shared memory over pages, and a ring buffer that copies in two parts. */
#define _GNU_SOURCE /* memfd_create */

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "baseline.h"

/* baseline.shared(size): the descriptor of memory that can be mapped at several places; it is never closed */
static int l_shared(lua_State *L) {
  size_t size = b_checksize(L, 1);
#ifdef __linux__
  int file = memfd_create("bench", MFD_CLOEXEC);
#else
  FILE *stream = tmpfile();
  int file = stream != NULL ? fileno(stream) : -1;
#endif
  if (file < 0 || ftruncate(file, (off_t)size) != 0) return b_refuse(L, "ftruncate", errno, 0);
  lua_pushinteger(L, file);
  return 1;
}

/* baseline.attach(address, file, size, times): maps each of four parts of the file there, one after the other */
static int l_attach(lua_State *L) {
  char *at = b_checkaddress(L, 1);
  int file = (int)luaL_checkinteger(L, 2);
  size_t size = b_checksize(L, 3), times = b_checksize(L, 4);
  double start = b_now();
  for (size_t i = 0; i < times; i++)
    if (mmap(at, size, PROT_READ, MAP_SHARED | MAP_FIXED, file, (off_t)(i % 4 * size)) ==
        MAP_FAILED)
      return b_refuse(L, "mmap", errno, i);
  return b_each(L, start, times);
}

/* baseline.put(address, size, at, bytes): copies a string into a ring, in two parts where it lies across the end */
static int l_put(lua_State *L) {
  char *ring = b_checkaddress(L, 1);
  size_t size = b_checksize(L, 2), at = (size_t)luaL_checkinteger(L, 3), length;
  const char *bytes = luaL_checklstring(L, 4, &length);
  size_t first = length < size - at ? length : size - at;
  memcpy(ring + at, bytes, first);
  memcpy(ring, bytes + first, length - first);
  return 0;
}

const luaL_Reg b_section_functions[] = {
    {"attach", l_attach}, {"put", l_put}, {"shared", l_shared}, {NULL, NULL}};
