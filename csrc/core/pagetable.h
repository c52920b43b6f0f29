/* pagetable.h: one byte for every page of a region, kept as runs.
** A radix tree of 512-way nodes, as the processor's own page tables are. An entry either says that
** all pages below it have the same byte or points to a node. The lowest level is in two, 8 by 64, so that
** a page far from others takes 128 bytes and not 512. What the byte means is the caller's.
*/
#ifndef PAGETABLE_H
#define PAGETABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pt_run {
  uint64_t first, count; /* pages */
  uint8_t byte;
} pt_run;

typedef uintptr_t pt_entry; /* a node's address, or the byte of a whole subtree with bit 0 set */

typedef struct pt_table {
  pt_entry root;
  unsigned levels; /* of nodes below the root */
  uint64_t pages;
  pt_run cache; /* the last answer of pt_run_at; count is 0 when it no longer serves */
  bool forgets; /* keeps no last answer */
} pt_table;

/* A table of `pages` pages (> 0), all with `byte`. Needs no memory of its own. */
void pt_init(pt_table *table, uint64_t pages, uint8_t byte);
void pt_free(pt_table *table);

/* A run of like pages around `page`: all that one node knows of it, not always the longest. */
pt_run pt_run_at(pt_table *table, uint64_t page);

/* Whether the last answer is kept. Who keeps none sees every access take the long way. */
void pt_forget(pt_table *table, bool forget);

/* How many pages in a row, from `first` on and `count` at most, have (byte & mask) == want. */
uint64_t pt_span(pt_table *table, uint64_t first, uint64_t count, uint8_t mask, uint8_t want);

/* How many of the pages in the range have (byte & mask) == want. */
uint64_t pt_count(pt_table *table, uint64_t first, uint64_t count, uint8_t mask, uint8_t want);

/* Makes the nodes that a pt_update of this range needs. False, and nothing changed, when there is
** no memory. */
bool pt_prepare(pt_table *table, uint64_t first, uint64_t count);

/* Every byte of a prepared range becomes (byte & keep) | set. Cannot fail. Folds nodes that have
** become uniform; with keep 0xff and set 0 it does nothing else, which undoes pt_prepare. */
void pt_update(pt_table *table, uint64_t first, uint64_t count, uint8_t keep, uint8_t set);

#endif
