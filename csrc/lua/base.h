/* base.h: values in and out of Lua: the script's line, errors, arguments, answers. l_ functions know Lua and
** the core.
**
** Two rules keep every script from crashing the process:
** - An object is what its slot says (slot.h), never what its metatable or its memory says: metatables
**   can be put on anything, and another module's userdata may have any contents.
** - No pointer to a region survives a call into Lua, which may release, collect or replace anything
**   (debug.setlocal reaches our arguments). Allocating counts as one: it may run finalizers.
**   After it, arguments are read anew. */
#ifndef LUA_BASE_H
#define LUA_BASE_H

#include <lauxlib.h>
#include <lua.h>

#include "core/vmem.h"

/* These never return, which Lua's headers tell nobody: compilers and analysers may count on it. */
LUA_API _Noreturn int(lua_error)(lua_State *L);
LUALIB_API _Noreturn int(luaL_argerror)(lua_State *L, int arg, const char *problem);

/* {====== The line that did it (script_line.c) ====== */

/* Finds the line of Lua that is running, or the one that called into vmem's own Lua files where that is in
** them; false when there is none. Sets frame's currentline, source and short_src. */
bool l_running_line(lua_State *L, lua_Debug *frame);

/* ====== } */

/* {====== Errors that name it (error.c) ====== */

/* As luaL_error, luaL_argerror and luaL_typeerror, but for the line. None of them returns. */
_Noreturn int l_error(lua_State *L, const char *format, ...);
_Noreturn int l_argerror(lua_State *L, int arg, const char *format, ...);
_Noreturn int l_typeerror(lua_State *L, int arg, const char *expected);

/* ====== } */

/* {====== Arguments (arguments.c): each raises an argument error that names it ====== */

lua_Integer l_checkinteger(lua_State *L, int arg, const char *name);

/* An integer in [least, most]. */
size_t l_checkcount(lua_State *L, int arg, const char *name, size_t least, size_t most);

/* An offset into the region that leaves `least` bytes behind it. */
size_t l_checkoffset(lua_State *L, int arg, const char *name, const vm_region *region,
                     size_t least);

typedef struct l_span {
  size_t offset, size;
} l_span;

/* [offset [, size]] at `arg` and `arg`+1 within the region; `least` bytes at least. */
l_span l_optspan(lua_State *L, int arg, const vm_region *region, size_t least);

/* The same, neither optional. */
l_span l_checkspan(lua_State *L, int arg, const vm_region *region, size_t least);

/* A string; a number is no string here. */
const char *l_checkbytes(lua_State *L, int arg, const char *name, size_t *size);

/* "rw", "r+guard", …: bits of VM_PROTECTION. */
unsigned l_checkprotection(lua_State *L, int arg);
unsigned l_optprotection(lua_State *L, int arg, unsigned otherwise);

/* Whether the string at `arg` is one of these words, and which. */
bool l_parseprotection(lua_State *L, int arg, unsigned *protection);

/* "rw" and so on, for bits of VM_PROTECTION; the string is static. */
const char *l_protection(unsigned byte);

/* ====== } */

/* {====== Answers (answers.c) ====== */

/* Pushes nil, "cannot WHAT: ADVICE", code. Returns 3. Without advice (NULL) it is what fits the
** error in general. */
int l_refuse(lua_State *L, vm_error error, const char *advice, const char *what, ...);

/* What the system has to say of an error, or else what is true on every one: the end of a sentence. It may
** be written into `text`, which has room for OS_ADVICE bytes. */
const char *l_advice(vm_error error, char *text);

/* The word for an error: "out_of_memory" and so on. */
const char *l_code(vm_error error);

/* The system has refused memory for the `tries`th time: true when a collection may have freed some
** and the caller should begin anew. */
bool l_collected(lua_State *L, vm_error error, int tries);

/* 0x… of an address on the stack; returns the string. */
const char *l_pushaddress(lua_State *L, uintptr_t address);

/* Sets a field of the table on top of the stack. */
void l_setinteger(lua_State *L, const char *name, uint64_t value);

/* Pushes a region's state and protection, nil where there is none, and returns 2. */
int l_pushstate(lua_State *L, unsigned byte);

/* ====== } */

#endif
