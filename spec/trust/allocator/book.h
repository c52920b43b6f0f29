/* book.h: describes the regions of a Lua state, read from the core. */
#ifndef BOOK_H
#define BOOK_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

/* A hash of the regions, their pages and contents, without their addresses: states with the same operations
** have the same hash. `count` gets the number of live regions. */
uint64_t book_of(lua_State *L, size_t *count);

/* Whether the kernel allows what the page table says, page by page (of long runs, some pages). If not,
** `where` gets the address. */
bool book_agrees(lua_State *L, uintptr_t *where);

/* Reservations of all states that are not released. */
extern size_t book_reservations;

/* Open descriptors of the process. */
size_t book_descriptors(void);

#endif
