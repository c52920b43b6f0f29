/* baseline_asking.c: asks Linux about a mapping, by PROCMAP_QUERY on /proc/self/maps. */
#define _GNU_SOURCE /* O_CLOEXEC */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "baseline.h"
#include "os/linux/linux.h"

/* baseline.query(address, offsets): asks for the mapping at each offset */
static int l_query(lua_State *L) {
  size_t count;
  uintptr_t at = (uintptr_t)b_checkaddress(L, 1);
  const size_t *offset = b_checkoffsets(L, 2, &count);
  int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC), error = 0;
  double start = b_now();
  for (size_t i = 0; i < count && error == 0; i++) {
    linux_map_query query = {.size = sizeof query, .address = at + offset[i]};
    if (linux_ioctl(file, LINUX_MAP_QUERY, &query) != 0) error = errno;
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
