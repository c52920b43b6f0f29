/* classes.h: the classes, methods and functions that the opener (module.c) puts together. */
#ifndef LUA_CLASSES_H
#define LUA_CLASSES_H

#include <lauxlib.h>
#include <lua.h>

/* {====== Classes: luaopen_vmem_core calls each of these once ====== */

/* `methods`: lists of methods that are defined in other files; the last list is NULL. */
void l_open_region(lua_State *L, const luaL_Reg *const methods[]);
void l_open_view(const luaL_Reg *const methods[]);
void l_open_page(lua_State *L);
void l_open_fault(lua_State *L);
void l_open_section(lua_State *L);
void l_open_snapshot(lua_State *L);
void l_open_pack(lua_State *L);
void l_open_file(lua_State *L);
void l_open_areas(lua_State *L);
void l_open_address_space(lua_State *L);
void l_open_attachments(lua_State *L);
void l_open_written(lua_State *L);
void l_open_access_copies(lua_State *L);
void l_open_cells(lua_State *L);

/* Pushes the table of C functions for vmem.recorder. */
void l_push_recorder(lua_State *L);

/* Makes Lua keep the words for states and protections. Pushing one then never allocates, so a call that has
** changed pages can always return its result. */
void l_intern_words(lua_State *L);

/* ====== } */

/* {====== Methods ====== */

extern const luaL_Reg l_region_verbs[], l_region_bytes[], l_region_find[], l_region_file[],
    l_region_pack[], l_region_unpack[], l_region_handlers[], l_region_traps[], l_region_views[],
    l_region_snapshots[], l_region_attachments[];
extern const luaL_Reg l_view_atomics[], l_view_bulk[], l_view_slices[], l_view_sums[];

/* ====== } */

/* {====== Functions of vmem ====== */

int l_reserve(lua_State *L);
int l_allocate(lua_State *L);
int l_regions(lua_State *L);
int l_at(lua_State *L);
int l_new_section(lua_State *L);
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
int l_new_cells(lua_State *L);
int l_empty_section(lua_State *L);
int l_has_same_file(lua_State *L);
int l_processors(lua_State *L);
int l_usage(lua_State *L);

/* mix(sum, ...): a checksum: what has been added to `sum`, and integers and strings of 8-byte words behind
** it. */
int l_mix(lua_State *L);

/* seek(file [, position]): goes to a position in a file, also beyond 2 GiB where Lua's own method cannot, or to
** its end. Gives the position, or nil, message, errno. */
int l_seek(lua_State *L);

/* make_sparse(file): what is not written in it takes no room on the disk, where its file system can do that. */
int l_make_sparse(lua_State *L);

/* read_at(file, position, size [, size]): so many bytes of a file from there on, as one string or two, with
** zeros behind the file's end. Or nil, message, errno. */
int l_read_at(lua_State *L);

/* look(region, offset, size): how many bytes from there on have never been written and are zeros, or if there are none
** some bytes of its page. nil and why, if the page is lost; nothing if it may not be read. */
int l_look(lua_State *L);

/* newest_version(file, entry, middle, size, page, identity, likely): the newest version of a page and its
** bytes, if it is whole and not older than the table's entry says. Nothing where this is not so, or the file
** cannot be read. `likely` is a version that may be the newest: its slot is read first. */
int l_newest_version(lua_State *L);

/* overflow(fault, sentence): sets the message of a fault at a stack's end, which its handler does not
** mend. The fault's kind becomes "stack_overflow". */
int l_set_overflow_text(lua_State *L);

/* Sets the handler that is called when no other has mended the fault: for vmem.win32's try blocks. */
int l_set_last_handler(lua_State *L);

/* own_file(): the calling file belongs to vmem, and so do all files in its folder and below. */
int l_add_own_folder(lua_State *L);

/* keep_caller(f): a function that does what f does, and leaves the caller's line on the stack for errors (caller.c). */
int l_keep_caller(lua_State *L);

/* make_method(class, name): the same for the function class[name], which gets nothing but objects of the class: a
** table with `class` as its metatable, or with one that has the same __name. */
int l_make_method(lua_State *L);

/* blame(error): raises the error; a string gets the script's line in front. */
int l_raise_at_script(lua_State *L);

/* ====== } */

#endif
