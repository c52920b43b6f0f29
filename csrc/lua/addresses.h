/* addresses.h: what to say of requests for more addresses than a process has. */
#ifndef VMEM_LUA_ADDRESSES_H
#define VMEM_LUA_ADDRESSES_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

/* Pushes what to say of a request for `size` bytes if no process can have so many addresses, or for places that the
** system itself does not use, unless an address is `fixed`. Gives the text, or NULL and pushes nothing. */
const char *l_push_too_large(lua_State *L, uint64_t size, bool fixed);

#endif
