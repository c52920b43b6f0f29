/* string_library.h: Lua's own string.pack and string.unpack. */
#ifndef LUA_STRING_LIBRARY_H
#define LUA_STRING_LIBRARY_H

#include <lauxlib.h>
#include <lua.h>

typedef enum l_string_function { L_STRING_PACK, L_STRING_UNPACK } l_string_function;

/* Up to this many bytes are packed or unpacked before the format is checked against the size. */
enum { L_FEW_PACKED = 256 };

/* Calls the function with the `args` values on top of the stack. Returns how many results there are, or -1 with
** the error's text on top. */
int l_call_string(lua_State *L, l_string_function function, int args);

#endif
