/* baseline_asking.c: asks Linux about a mapping, by PROCMAP_QUERY on /proc/self/maps. */
#define _GNU_SOURCE /* O_CLOEXEC */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "baseline.h"

/* Since Linux 6.11; older headers do not define it. */
static const unsigned long PROCMAP_QUERY = 0xC0686611;

typedef struct procmap_query {
  uint64_t size, flags, address;
  uint64_t start, end, vma_flags, page_size, offset, inode;
  uint32_t major, minor, name_size, build_id_size;
  uint64_t name, build_id;
} procmap_query;

/* baseline.query(address, offsets): asks for the mapping at each offset */
static int l_query(lua_State *L) {
  size_t count;
  uintptr_t at = (uintptr_t)b_checkaddress(L, 1);
  const size_t *offset = b_checkoffsets(L, 2, &count);
  int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC), error = 0;
  double start = b_now();
  for (size_t i = 0; i < count && error == 0; i++) {
    procmap_query query = {.size = sizeof query, .address = at + offset[i]};
    if (ioctl(file, PROCMAP_QUERY, &query) != 0) error = errno;
    b_sink = query.start;
  }
  double end = b_now();
  if (file >= 0) close(file);
  if (error != 0) {
    lua_pushnil(L);
    lua_pushfstring(L, "no PROCMAP_QUERY here: %s", strerror(error));
    return 2;
  }
  lua_pushnumber(L, (end - start) / (double)count);
  return 1;
}

const luaL_Reg b_asking_functions[] = {{"query", l_query}, {NULL, NULL}};
