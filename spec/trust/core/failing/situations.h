/* situations.h: the regions, with pages in different states, in which a call of the core is refused. */
#ifndef SITUATIONS_H
#define SITUATIONS_H

#include "step.h"

/* How a region was reserved, and where. */
typedef struct situation_kind {
  const char *name;
  size_t mark_after;
  vm_request flags;     /* without size and protection */
  bool at_limit;        /* there is no room for another mapping */
  bool without_missing; /* there is no userfaultfd */
} situation_kind;

/* The states of its pages, in turns, near every place where ranges begin or end. */
typedef struct situation_pattern {
  const char *name;
  const char *turns;
  bool everywhere; /* all other pages are committed, too */
} situation_pattern;

/* The range of a call. */
typedef struct situation_range {
  const char *name;
  size_t offset, size;
} situation_range;

extern const situation_kind situation_kinds[];
extern const situation_pattern situation_patterns[];
extern const situation_range situation_ranges[];
extern const size_t situation_kinds_count, situation_patterns_count, situation_ranges_count;

/* A world with one region, of this kind, in its first slot. */
void situation_begin(world *w, const situation_kind *kind);

/* Gives the region's pages the states of the pattern. */
void situation_fill(world *w, const situation_pattern *pattern);

/* Puts a section into `q` that is as large as the region, and the place in it that has the region's offset. */
void situation_make_section(world *w, request *q);

/* The same in slot 1 for a file, which others make shorter when the situation has been made. */
void situation_make_file(world *w, request *q);

/* Releases all regions. A mapping that remains then is a mismatch. */
void situation_end(world *w);

/* The request that reserves the region. */
vm_request situation_request(const situation_kind *kind);

/* Fails nothing. */
failures_plan situation_no_failures(void);

request situation_ask(world *w, const situation_range *range, unsigned protection);

#endif
