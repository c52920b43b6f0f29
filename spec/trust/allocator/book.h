/* book.h: describes the regions of a Lua state, read from the core. */
#ifndef BOOK_H
#define BOOK_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

/* All that can be told of the regions, their pages and contents, but not where they are: alike for states in
** which the same has happened. `count` gets how many are live. */
uint64_t book_of(lua_State *L, size_t *count);

/* Whether the kernel allows what the page table says, page by page (of long runs, some pages). If not,
** `where` gets the address. */
bool book_agrees(lua_State *L, uintptr_t *where);

/* Reservations that the system has given and not got back, of all states. */
extern size_t book_reservations;

/* Open descriptors of the process. */
size_t book_descriptors(void);

#endif
