/* classes.h: what the opener puts together: classes, methods, functions. Besides the files that define these
** only module.c includes it. */
#ifndef LUA_CLASSES_H
#define LUA_CLASSES_H

#include <lauxlib.h>
#include <lua.h>

/* {====== Classes: each luaopen_vmem_core calls once ====== */

/* `methods`: lists of methods that other files have, the last of them NULL. */
void l_open_region(lua_State *L, const luaL_Reg *const methods[]);
void l_open_view(lua_State *L, const luaL_Reg *const methods[]);
void l_open_page(lua_State *L);
void l_open_fault(lua_State *L);
void l_open_pack(lua_State *L);
void l_open_file(lua_State *L);
void l_open_areas(lua_State *L);

/* Pushes what vmem.recorder is made of. */
void l_push_recorder(lua_State *L);

/* Has Lua keep the words for states and protections, so that to push one never takes memory: what has been
** done can be told. */
void l_intern_words(lua_State *L);

/* ====== } */

/* {====== Methods ====== */

extern const luaL_Reg l_region_verbs[], l_region_bytes[], l_region_find[], l_region_file[],
    l_region_pack[], l_region_handlers[], l_region_views[];
extern const luaL_Reg l_view_bulk[], l_view_sums[];

/* ====== } */

/* {====== Functions of vmem ====== */

int l_reserve(lua_State *L);
int l_allocate(lua_State *L);
int l_regions(lua_State *L);
int l_at(lua_State *L);
int l_on_fault(lua_State *L);
int l_read(lua_State *L);
int l_write(lua_State *L);
int l_peek(lua_State *L);
int l_query(lua_State *L);
int l_areas(lua_State *L);

/* ====== } */

/* {====== Functions for vmem's own Lua files ====== */

int l_areas_in_columns(lua_State *L);
int l_call_protected(lua_State *L);

/* overflow(fault, sentence): what a stack's handler says of a fault at the stack's end, which it does not
** mend. The fault is of the kind "stack_overflow" then. */
int l_set_overflow_text(lua_State *L);

/* Sets who is asked when no other handler has mended the fault: vmem.win32's try blocks. */
int l_set_last_handler(lua_State *L);

/* own_file(): the file that calls is one of vmem's own, and so are all others in its folder and below. */
int l_add_own_folder(lua_State *L);

/* blame(error): raises it, with the script's line in front of a string. */
int l_raise_at_script(lua_State *L);

/* ====== } */

#endif
