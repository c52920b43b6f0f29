/* addresses.c: what to say of requests for more addresses than a process has. */
#include "lua/addresses.h"

#include "os/os.h"

/* How many addresses there are up to `end`, which is of os_limits. If the system does not say, as many as a size_t
** can count. */
static size_t count_addresses(uintptr_t end) {
  return (end != 0 ? end : SIZE_MAX) - os_get_limits()->lowest;
}

/* Rounded up to a power of two. */
static int bits_of(size_t count) {
  int bits = 0;
  while (bits < (int)sizeof(size_t) * 8 - 1 && count >> bits > 0) bits++;
  return bits;
}

const char *l_push_too_large(lua_State *L, size_t size, bool fixed) {
  const os_limits *limits = os_get_limits();
  int bits = bits_of(count_addresses(limits->end));
  if (size > count_addresses(limits->end))
    return lua_pushfstring(L, "a process has 2^%d addresses here; ask for less", bits);
  if (fixed || size <= count_addresses(limits->highest)) return NULL;
  return lua_pushfstring(L,
                         "the system itself places things only in 2^%d of the 2^%d addresses; ask "
                         "for less, or name an address",
                         bits_of(count_addresses(limits->highest)), bits);
}
