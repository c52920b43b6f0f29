/* access.h: the check before every access to memory. */
#ifndef LUA_ACCESS_H
#define LUA_ACCESS_H

#include "lua/base.h"
#include "os/guard.h"

/* Every access goes through one of these before it touches memory:
**
**   static int xk (lua_State *L, int status, lua_KContext tries) {
**     for (;; tries++) {
**       ... read the arguments, which lie below stack index 4 ...
**       l_access a = {.tries = tries, .again = xk, .answers = 4};
**       const char *from = l_readable(L, &a, l_in(region, offset, size), L_FIRST);
**       if (from != NULL) { ... use the bytes, return ... }
**     }
**   }
**
** If a page refuses the access, the handlers run. When none mends or answers the fault it is raised; when
** one does, the access starts over and trusts nothing from before: either the function here says so, or, if
** the handler yielded, `again` is called. */
typedef struct l_access {
  lua_KContext tries; /* the K function's context */
  lua_KFunction again;
  int answers; /* stack index, above all arguments: what handlers have answered so far; the next two are
                     taken as well */
  unsigned type;    /* of a single element: its type plus 1; 0: bytes */
  size_t like_it;   /* of several ranges that are one access: how many others there are */
  bool has_taken;   /* set by l_writable: handlers have taken a part of the bytes */
  bool is_fallible; /* set by both: the system may not be able to give a page that was checked */
  bool by_leaves;   /* fallible memory is touched by l_run alone, so no copy of it is needed */
  char element[8];  /* room for a copy of a single element */
  bool is_atomic; /* it needs the memory itself: nothing can answer it. A write is a read as well */
} l_access;

enum { L_ACCESS_SLOTS = 3 }; /* on the stack, from `answers` on */

/* At the start of an access with so many arguments: drops others. */
static inline void l_drop_others(lua_State *L, int arguments) {
  if (lua_gettop(L) > arguments) lua_settop(L, arguments);
}

typedef struct l_range {
  vm_region *region; /* NULL: any live regions of the state */
  uintptr_t address;
  size_t size; /* may be 0 */
} l_range;

static inline l_range l_in(vm_region *region, size_t offset, size_t size) {
  return (l_range){region, region->base + offset, size};
}

/* The bytes of a write, as far as they are known: handlers cannot take others. */
typedef struct l_source {
  const void *bytes; /* or NULL */
  size_t size;       /* how many there are */
  size_t from;       /* they are for the range from this byte on */
  bool repeats; /* the range is filled with copies of them; `from` is 0, and they are one element */
  bool lacks;   /* `bytes` is NULL, because the file has fewer */
  bool is_fallible; /* `bytes` are memory that only leaf functions may touch */
} l_source;

/* Which range of an access it is: an answer belongs to one of them. */
typedef enum l_which { L_FIRST, L_SECOND, L_WRITTEN } l_which;

/* The bytes of the range, to be read now; NULL when the access starts over. They are the memory itself, or,
** where handlers have answered and where memory is fallible, a copy that stays until Lua runs. */
const char *l_readable(lua_State *L, l_access *access, l_range range, l_which which);

/* Whether the range may be written now; false when the access starts over. The write is noted. */
bool l_writable(lua_State *L, l_access *access, l_range range, l_source source);

/* How many bytes at the start of a range can be written now, as far as l_reach goes and no page is lost. */
size_t l_writable_size(lua_State *L, const l_access *access, l_range range);

/* After l_writable: writes the bytes, except for those that handlers have taken; false when the access starts over.
** The source and the range do not overlap, unless nothing was taken. */
bool l_store(lua_State *L, const l_access *access, l_range range, l_source source);

/* A range of an access, and which one it is. */
typedef struct l_touched {
  l_range range;
  l_which which;
} l_touched;

/* Calls leaf(with), which touches the memory of the two ranges and nothing else of regions, after they were checked;
** false when the access starts over. The second range may be empty. */
bool l_run(lua_State *L, const l_access *access, os_leaf *leaf, void *with,
           const l_touched touched[2]);

/* l_writable and l_store. */
bool l_write_bytes(lua_State *L, l_access *access, l_range range, l_source source);

/* A part of a range that can be had without asking handlers: in memory, or from an answer. */
typedef struct l_part {
  uintptr_t address;
  size_t size;
  bool is_answered;
  bool is_fallible;  /* in memory that only leaf functions may touch */
  const char *bytes; /* to be read, until Lua runs; NULL: a part that handlers have taken */
} l_part;

/* The part at the start of a range that is not empty; false if its first byte is refused. */
bool l_next_part(lua_State *L, const l_access *access, l_range range, l_which which, l_part *part);

/* The index of the first zero byte in a part; *reach, if there is none: the part's size, or less if a page is lost
** there. */
size_t l_zero_in_part(const l_part *part, size_t *reach);

/* Copies a part; false if a page of it is lost, at *lost. */
bool l_copy_part(const l_part *part, char *to, uintptr_t *lost);

/* How many bytes at the start of the range l_next_part can reach, part after part. */
size_t l_reach(lua_State *L, const l_access *access, l_range range, l_which which);

/* The size of the piece of the range that one page holds, from the range's start on. */
static inline size_t l_piece(l_range range) {
  size_t page = os_get_limits()->page_size, rest = page - range.address % page;
  return rest < range.size ? rest : range.size;
}

/* The rest of the range, without so many bytes at its start. */
static inline l_range l_behind(l_range range, size_t done) {
  return (l_range){range.region, range.address + done, range.size - done};
}

/* How many bytes from `address` on lie before the page that is lost at `lost`. */
static inline size_t l_before_page(uintptr_t address, uintptr_t lost) {
  uintptr_t page = lost & ~(uintptr_t)(os_get_limits()->page_size - 1);
  return page > address ? page - address : 0;
}

#endif
