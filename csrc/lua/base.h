/* base.h: what nearly every file of this folder uses: the script's line, errors, arguments, results.
**
** Two rules keep every script from crashing the process:
** - An object is what its slot says (slot.h), never what its metatable or its memory says: metatables
**   can be put on anything, and another module's userdata may have any contents.
** - No pointer to a region survives a call into Lua, which may release, collect or replace anything
**   (debug.setlocal reaches the arguments of a C function). Allocating counts as such a call: it may run
**   finalizers. After it, arguments are read again. */
#ifndef LUA_BASE_H
#define LUA_BASE_H

#include <lauxlib.h>
#include <lua.h>

#include "core/vmem.h"

/* These never return. Lua's headers do not say so; compilers and analysers need it. */
LUA_API _Noreturn int(lua_error)(lua_State *L);
LUALIB_API _Noreturn int(luaL_argerror)(lua_State *L, int arg, const char *problem);

/* {====== The script's line (script_line.c) ====== */

/* Finds the line of Lua that is running; inside vmem's own Lua files, the line that called them. False when
** there is none. Sets currentline, source and short_src of `frame`. */
bool l_running_line(lua_State *L, lua_Debug *frame);

/* ====== } */

/* {====== Errors (error.c) ====== */

/* Like luaL_error, luaL_argerror and luaL_typeerror, but they name the script's line. */
_Noreturn int l_error(lua_State *L, const char *format, ...);
_Noreturn int l_argerror(lua_State *L, int arg, const char *format, ...);
_Noreturn int l_typeerror(lua_State *L, int arg, const char *expected);

/* Gives what lua_pushvfstring has given, or raises a memory error: without memory, Lua 5.5 gives NULL and has pushed
** nothing. */
const char *l_pushed(lua_State *L, const char *text);

/* ====== } */

/* {====== Arguments (arguments.c): each raises an error that names the argument ====== */

lua_Integer l_checkinteger(lua_State *L, int arg, const char *name);

/* The largest number that both size_t and lua_Integer hold. */
#define L_MOST ((size_t)(SIZE_MAX < LUA_MAXINTEGER ? SIZE_MAX : LUA_MAXINTEGER))

/* An integer in [least, most]. */
size_t l_checkcount(lua_State *L, int arg, const char *name, size_t least, size_t most);

/* The same for the most that is wanted: a number above L_MOST is that. */
size_t l_checklimit(lua_State *L, int arg, const char *name, size_t least);

/* An offset into the region that leaves `least` bytes behind it. */
size_t l_checkoffset(lua_State *L, int arg, const char *name, const vm_region *region,
                     size_t least);

typedef struct l_span {
  size_t offset, size;
} l_span;

/* [offset [, size]] in bytes at `arg` and `arg`+1, within the region; the size is at least `least`. */
l_span l_optspan(lua_State *L, int arg, const vm_region *region, size_t least);

/* The same, with both required. */
l_span l_checkspan(lua_State *L, int arg, const vm_region *region, size_t least);

/* A string. Numbers are not converted. */
const char *l_checkbytes(lua_State *L, int arg, const char *name, size_t *size);

/* Whether there is a table of options at `arg`; raises if there is anything else. */
bool l_hasoptions(lua_State *L, int arg);

/* While a table of options at `arg` is read, with an option's value on top of the stack and its name below it: the
** name, and whether it is whole, that is, has no zero byte. */
const char *l_optionname(lua_State *L, int arg, bool *whole);

/* That value as true or false. */
bool l_optionflag(lua_State *L, int arg, const char *name);

/* Whether that value is an integer in [least, most]. */
bool l_optioninteger(lua_State *L, lua_Integer least, lua_Integer most, lua_Integer *value);

/* "rw", "r+guard", …: bits of VM_PROTECTION. */
unsigned l_checkprotection(lua_State *L, int arg);
unsigned l_optprotection(lua_State *L, int arg, unsigned otherwise);

/* Reads the string at `arg` as a protection; false when it is none. */
bool l_parseprotection(lua_State *L, int arg, unsigned *protection);

/* "rw" and so on, for bits of VM_PROTECTION; the string is static. */
const char *l_protection(unsigned byte);

/* ====== } */

/* {====== Results (answers.c) ====== */

/* Pushes nil, "cannot WHAT: ADVICE", code, and returns 3. With `advice` NULL it is l_advice of the error. */
int l_refuse(lua_State *L, vm_error error, const char *advice, const char *what, ...);

/* Advice on an error, as the end of a sentence: that of the system, or else one for all systems. The
** result may point into `text`, a buffer of OS_ADVICE bytes. */
const char *l_advice(vm_error error, char *text);

/* The word for an error: "out_of_memory" and so on. */
const char *l_code(vm_error error);

/* After the system has refused a call for the `tries`th time: collects garbage if that may help. True
** when the caller should begin again. */
bool l_collected(lua_State *L, vm_error error, int tries);

/* Collects garbage after the first try, where the caller knows that it may help; false after later ones. */
bool l_collect(lua_State *L, int tries);

/* Pushes an address as "0x…", and returns the string. */
const char *l_pushaddress(lua_State *L, uintptr_t address);

/* Sets a field of the table on top of the stack. */
void l_setinteger(lua_State *L, const char *name, uint64_t value);

/* Pushes state and protection of a page with this byte (protection nil if reserved), and returns 2. */
int l_pushstate(lua_State *L, unsigned byte);

/* Pushes which accesses to the page at `offset` are trapped: "r", "w", "rw", or nil. */
void l_pushtrap(lua_State *L, const vm_region *region, size_t offset);

/* ====== } */

#endif
