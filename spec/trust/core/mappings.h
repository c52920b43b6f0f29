/* mappings.h: the mappings of the fake kernel, sorted, as Linux keeps them: a mapping splits if a part of it
** changes, neighbours merge if they are alike, and their number has a limit. */
#ifndef MAPPINGS_H
#define MAPPINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mapping {
  uint64_t first, end; /* pages */
  int protection;      /* bits of PROT_ */
  bool locked;
  bool noreserve;            /* never counts against the commit limit */
  bool watched;              /* missing pages trap */
  bool undumped, fork_wiped; /* MADV_DONTDUMP, MADV_WIPEONFORK */
  bool accounted;            /* was writable: counts against the commit limit */
  int file;                  /* the descriptor of the file that is mapped; 0: none */
  bool shared;               /* its pages are those of the file, and no private copies */
  int64_t shift;             /* from a page to its page of the file */
  unsigned anon; /* written pages belong to it; two with different ones never merge. 0: none yet */
} mapping;

/* Removes all mappings, and the limit. */
void mappings_clear(void);

size_t mappings_count(void);

/* The number of mappings from which on Linux refuses to split. */
size_t mappings_most(void);
void mappings_set_most(size_t most);

/* The index of the mapping that holds `page`, or else of the next above; mappings_count() if none. */
size_t mappings_find(uint64_t page);
const mapping *mappings_at(size_t index);
bool mappings_hold(uint64_t first, uint64_t end);

bool mappings_are_none(uint64_t first, uint64_t end);

/* The highest free place below page `top`. */
bool mappings_gap(uint64_t pages, uint64_t top, uint64_t *first);

/* Adds a mapping at a free place. It merges with its neighbours. */
void mappings_add(mapping added);

/* Removes all mappings in [first, end). False, with nothing changed, at the limit. */
bool mappings_remove(uint64_t first, uint64_t end);

/* Makes the part [first, end) of a mapping like `wanted`, except its place. False at the limit; the mapping
** may then be split without need. */
bool mappings_change(size_t index, uint64_t first, uint64_t end, mapping wanted);

/* Notes that a page of the mapping is written, or gets a marker. */
void mappings_write(size_t index);

#endif
