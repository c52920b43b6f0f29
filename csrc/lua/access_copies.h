/* access_copies.h: C memory for the bytes of an access that cannot be used where they are. */
#ifndef LUA_ACCESS_COPIES_H
#define LUA_ACCESS_COPIES_H

#include "lua/access.h"

/* C memory of this size that an access has for one of its ranges, until Lua collects it; NULL when it had none,
** and the access starts over. */
char *l_copy_for(lua_State *L, const l_access *access, l_which which, size_t size);

/* The bytes that l_readable gave for L_FIRST, copied if l_store might change them while it writes the range; NULL
** when the access starts over. */
const char *l_apart(lua_State *L, const l_access *access, const char *from, l_range range);

#endif
