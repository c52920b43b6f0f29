/* pagetable.h: one byte for every page of a region, in a radix tree.
**
** The nodes are 512-way, like the processor's page tables. An entry is either the byte of all pages
** below it, or points to a node. The lowest level is split in two, 8 by 64, so that a page far from
** others takes 128 bytes and not 512. The bytes have a meaning only for the callers. */
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
  pt_run cache;     /* the last result of pt_run_at; count is 0 when it is no longer valid */
  uint8_t forgets;  /* bits of pt_reason: the cache is not used */
  uint8_t looks;    /* calls of pt_look */
  uint8_t counts;   /* bits: how often one of them has been written is counted */
  uint64_t changes; /* that number */
} pt_table;

/* A table of `pages` pages (> 0), all with `byte`. Allocates nothing. */
void pt_init(pt_table *table, uint64_t pages, uint8_t byte);
void pt_free(pt_table *table);

/* *to: a table with the same bytes, which counts nothing. False when there is no memory. */
bool pt_copy(pt_table *to, const pt_table *from);

/* A run of pages with the same byte around `page`. It ends at the border of a node, so a longer one may
** exist. */
pt_run pt_run_at(pt_table *table, uint64_t page);

/* Whether (byte & mask) == want for two pages, which are mostly the same: a few loads then, as no run is looked
** for. One in PT_LOOKS calls moves the cache to the page's run, so that accesses that stay there find it. */
bool pt_look(pt_table *table, uint64_t first, uint64_t last, unsigned mask, unsigned want);
enum { PT_LOOKS = 64 };

/* Turns the cache off, or on if there is no other reason. Without it, vm_allows_cached and vm_allows_uncached never
** succeed, so that every access takes the long way. */
typedef enum pt_reason { PT_RECORDED = 1, PT_FALLIBLE = 2, PT_TOLD = 4 } pt_reason;
void pt_forget(pt_table *table, pt_reason reason, bool forget);

/* How many pages in a row, from `first` on and `count` at most, have (byte & mask) == want. */
uint64_t pt_span(pt_table *table, uint64_t first, uint64_t count, uint8_t mask, uint8_t want);

/* How many of the pages in the range have (byte & mask) == want. */
uint64_t pt_count(pt_table *table, uint64_t first, uint64_t count, uint8_t mask, uint8_t want);

/* Prepares a range: allocates the nodes that a pt_update of this range needs. False, and nothing has
** changed, when there is no memory. */
bool pt_prepare(pt_table *table, uint64_t first, uint64_t count);

/* Every byte of a prepared range becomes (byte & keep) | set. Cannot fail. Nodes whose bytes are all the
** same are freed: so with keep 0xff and set 0 it only undoes pt_prepare. */
void pt_update(pt_table *table, uint64_t first, uint64_t count, uint8_t keep, uint8_t set);

#endif
