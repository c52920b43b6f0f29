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

const char *l_push_too_large(lua_State *L, uint64_t size, bool fixed) {
  const os_limits *limits = os_get_limits();
  size_t all = count_addresses(limits->end), usual = count_addresses(limits->highest);
  if (size <= (fixed ? all : usual)) return NULL;
  const char *text = size > all ? "a process has 2^%d addresses here; ask for less"
                                : "of 2^%d addresses the system itself places things only in 2^%d; "
                                  "ask for less, or name an address";
  return lua_pushfstring(L, text, bits_of(all), bits_of(usual));
}
