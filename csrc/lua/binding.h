/* binding.h: what the files of the Lua side share. l_ functions know Lua and the core.
**
** Two rules keep every script from crashing the process:
** - An object is what its slot says (slot.h), never what its metatable or its memory says: metatables
**   can be put on anything, and another module's userdata may have any contents.
** - No pointer to a region survives a call into Lua, which may release, collect or replace anything
**   (debug.setlocal reaches our arguments). Allocating counts as one: it may run finalizers.
**   After it, arguments are read anew. */
#ifndef LUA_VMEM_H
#define LUA_VMEM_H

#include <lauxlib.h>
#include <lua.h>

#include "core/record.h"
#include "core/vmem.h"

/* These never return, which Lua's headers tell nobody: compilers and analysers may count on it. */
LUA_API _Noreturn int(lua_error)(lua_State *L);
LUALIB_API _Noreturn int(luaL_argerror)(lua_State *L, int arg, const char *problem);

/* {====== Objects (object.c) ====== */

typedef struct l_object l_object;

/* A kind of userdata. Its address is the registry key of the metatable. */
typedef struct l_class {
  const char *name;
  const char *over; /* the error that is raised for an object that has been finalised */
  size_t more;      /* bytes that the userdata has besides its number; nobody may trust them */
  unsigned stamp;   /* L_SHORT_..., where there is a short way */
  /* Lets go of what it has besides the region. Runs no Lua. NULL: there is nothing. */
  void (*end)(lua_State *L, l_object *object);
} l_class;

/* What the slot of every userdata of vmem starts with. */
struct l_object {
  const l_class *class;
  vm_region *region; /* held; NULL once closed, or for what never had one */
};

/* Pushes a new userdata with its class's metatable and one user value; gives its object, of which there are
** L_OBJECT_SIZE bytes, closed and zeroed. Allocating may run finalizers, so arguments are read after it, and
** then given to l_attach. */
void *l_new(lua_State *L, const l_class *class);

/* The object, whose userdata is on top of the stack, has `region` from now on. */
void l_give(lua_State *L, l_object *object, vm_region *region);

/* The object on top of the stack holds `region`, and keeps its userdata from being collected. */
void l_attach(lua_State *L, l_object *object, vm_region *region);

/* The object at `arg` if it is of this class, else NULL. */
void *l_test(lua_State *L, int arg, const l_class *class);

/* The same; raises if it is not. */
void *l_check(lua_State *L, int arg, const l_class *class);

/* The object at `arg`, of whatever class, or NULL where there is none of vmem's. */
l_object *l_ours(lua_State *L, int arg);

/* Whether the value at `arg` looks like an object of the class that has been finalised. */
bool l_isover(lua_State *L, int arg, const l_class *class);

/* __gc of all objects, whichever metatable it is called from; regions are released. */
int l_forget(lua_State *L);

/* Makes the class's metatable: __gc, functions from `meta`; __index finds `methods`, then computes
** `fields`. A `first` other than NULL is __index instead, and ends with `return l_member(L)`.
** Leaves the metatable on the stack. */
void l_newclass(lua_State *L, const l_class *class, const luaL_Reg *meta, const luaL_Reg *methods,
                const luaL_Reg *fields, lua_CFunction first);

/* What __pairs gives of an object whose elements are numbered: `next`, the object, 0. */
int l_pairs(lua_State *L, lua_CFunction next);

/* __index for names: argument 1 is the object, 2 the key. */
int l_member(lua_State *L);

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

/* Has Lua keep the words for states and protections, so that to push one never takes memory: what has been
** done can be told. */
void l_keep_words(lua_State *L);

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

/* ====== } */

/* {====== Regions (region.c) ====== */

/* The space of this Lua state; raises once it is closed. */
vm_space *l_space(lua_State *L);

/* The book of its slots; raises as well. */
struct l_chunk *l_book(lua_State *L);

extern const l_class l_region_class, l_space_class;

/* The live region at `arg`; raises if it is not a region, or released. */
vm_region *l_checkregion(lua_State *L, int arg);

/* The live region of a page, view or fault; raises if released. */
vm_region *l_liveregion(lua_State *L, const l_object *object);

/* Pushes the userdata of a region, or nil if there is none any more. */
void l_pushregion(lua_State *L, vm_region *region);

/* Pushes a region's state and protection, nil where there is none, and returns 2. */
int l_pushstate(lua_State *L, unsigned byte);

/* Pushes the table of region:query, and returns 1. */
int l_pushrun(lua_State *L, vm_region *region, size_t offset);

int l_reserve(lua_State *L);
int l_allocate(lua_State *L);
int l_regions(lua_State *L);
int l_at(lua_State *L);

/* ====== } */

/* {====== Access (fault.c) ====== */

/* Every access goes through one of these before it touches memory:
**
**   static int xk (lua_State *L, int status, lua_KContext tries) {
**     for (;; tries++) {
**       ... read the arguments ...
**       if (l_permit(L, region, offset, size, VM_READ, tries, xk)) { ... touch, return ... }
**     }
**   }
**
** l_permit is true when every byte may be touched. If not, the handlers run. When none mends the
** fault it is raised; when one does, l_permit is false, or, if the handler yielded, `again` is
** called: either way the access starts over and trusts nothing from before. */
bool l_permit(lua_State *L, vm_region *region, size_t offset, size_t size, unsigned need,
              lua_KContext tries, lua_KFunction again);

/* The same for addresses of any regions of this state. */
bool l_permit_address(lua_State *L, uintptr_t address, size_t size, unsigned need,
                      lua_KContext tries, lua_KFunction again);

/* region:on_fault(fn), vmem.on_fault(fn). */
int l_region_on_fault(lua_State *L);
int l_on_fault(lua_State *L);

/* overflow(fault, sentence): what a stack's handler says of a fault at the stack's end, which it does not
** mend. The fault is of the kind "stack_overflow" then. */
int l_overflow(lua_State *L);

/* Sets who is asked when neither of them has mended the fault: vmem.win32's try blocks. */
int l_on_last(lua_State *L);

/* ====== } */

/* {====== The line that did it (script_line.c) ====== */

/* own_file(): the file that calls is one of vmem's own, and so are all others in its folder and below. */
int l_own_file(lua_State *L);

/* Finds the line of Lua that is running, or the one that called into vmem's own Lua files where that is in
** them; false when there is none. Sets frame's currentline, source and short_src. */
bool l_running_line(lua_State *L, lua_Debug *frame);

/* ====== } */

/* {====== Errors that name it (error.c) ====== */

/* As luaL_error, luaL_argerror and luaL_typeerror, but for the line. None of them returns. */
_Noreturn int l_error(lua_State *L, const char *format, ...);
_Noreturn int l_argerror(lua_State *L, int arg, const char *format, ...);
_Noreturn int l_typeerror(lua_State *L, int arg, const char *expected);

/* blame(error): raises it, with that line in front of a string; whoever has called. */
_Noreturn int l_blame(lua_State *L);

/* ====== } */

/* {====== What no hook cuts in two (whole.c) ====== */

/* Where whole.c keeps what runs now; NULL when somebody has been in the registry. Pushes the object that it
** is in. */
void **l_push_innermost(lua_State *L);

/* Adds what is made for that to the table on top of the stack. */
void l_open_whole(lua_State *L);

/* The coroutine that waits for what runs in L, which is vmem's own; NULL when L is none of these. */
lua_State *l_caller_of(lua_State *L);

/* ====== } */

/* {====== Recording (recorder.c) ====== */

/* Writes an event down with the line of Lua that is running. `region` may be NULL. Runs no Lua and
** allocates nothing of Lua's, so every pointer stays good. */
void l_record_event(lua_State *L, vm_recording *recording, vm_region *region,
                    const vm_event *event);

/* What has been done to a range of a region, or with an error refused: told if somebody records. */
static inline void l_record(lua_State *L, vm_region *region, vm_what what, size_t offset,
                            size_t size, unsigned byte, vm_error error) {
  if (region->recording == NULL) return;
  bool refused = error != VM_OK;
  vm_event event = {.offset = offset,
                    .size = size,
                    .what = (uint8_t)(refused ? VM_DID_REFUSED : what),
                    .byte = (uint8_t)byte,
                    .detail = (uint8_t)(refused ? what : 0),
                    .error = (uint8_t)error};
  l_record_event(L, region->recording, region, &event);
}

/* Before a call that may take pages away. */
static inline void l_record_before(const vm_region *region) {
  if (region->recording != NULL) vm_record_before(region->recording);
}

/* Bytes that are about to be read, or have been. */
static inline void l_record_read(lua_State *L, vm_region *region, size_t offset, size_t size) {
  if (region->recording != NULL && region->recording->reads && size > 0)
    l_record(L, region, VM_DID_READ, offset, size, 0, VM_OK);
}

/* The same of bytes written. */
static inline void l_record_write(lua_State *L, vm_region *region, size_t offset, size_t size) {
  if (region->recording != NULL && region->recording->writes && size > 0)
    l_record(L, region, VM_DID_WRITE, offset, size, 0, VM_OK);
}

/* The end of a region's life, or that the system has refused it. */
void l_record_release(lua_State *L, vm_recording *recording, vm_region *region, vm_how how,
                      vm_error error);

/* Ends a region's life as vm_abandon does, and tells of it. */
void l_abandon(lua_State *L, vm_region *region, vm_how how);

/* What vmem.recorder is made of. */
void l_push_recorder(lua_State *L);

/* ====== } */

/* {====== Classes: each luaopen_vmem_core calls once ====== */

void l_open_region(lua_State *L);
void l_open_page(lua_State *L);
void l_open_view(lua_State *L);
void l_open_fault(lua_State *L);
void l_open_pack(lua_State *L);
void l_open_file(lua_State *L);
void l_open_area(lua_State *L);

/* Methods of regions that live in files of their own. */
extern const luaL_Reg l_verb_methods[], l_bytes_methods[], l_file_methods[], l_pack_methods[];
int l_region_find(lua_State *L);
int l_region_nonzero(lua_State *L);
int l_region_view(lua_State *L);

/* Pushes the page of this index (from 0) of the region at 1, and returns 1. */
int l_pushpage(lua_State *L, uint64_t index);

/* Module functions. */
int l_read(lua_State *L);
int l_write(lua_State *L);
int l_peek(lua_State *L);
int l_query(lua_State *L);
int l_areas(lua_State *L);

/* Functions for vmem's own Lua files. */
int l_columns(lua_State *L);
int l_call_protected(lua_State *L);

/* ====== } */

#endif
