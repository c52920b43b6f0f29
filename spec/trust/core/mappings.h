/* mappings.h: the mappings of the fake kernel, sorted, as Linux keeps them: they split where a part
** changes, merge where neighbours have become alike, and there is a limit to their number. */
#ifndef MAPPINGS_H
#define MAPPINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mapping {
  uint64_t first, end; /* pages */
  int protection;      /* bits of PROT_ */
  bool locked;
  bool noreserve;            /* never counts */
  bool watched;              /* missing pages trap */
  bool undumped, fork_wiped; /* MADV_DONTDUMP, MADV_WIPEONFORK */
  bool accounted;            /* was writable: counts against the commit limit */
  unsigned anon; /* written pages belong to it; two with different ones never merge. 0: none yet */
} mapping;

/* None, and no limit. */
void mappings_clear(void);

size_t mappings_count(void);

/* Linux refuses to split when there are so many. */
size_t mappings_most(void);
void mappings_set_most(size_t most);

/* The index of the mapping that holds `page`, or else of the next above; mappings_count() if none. */
size_t mappings_find(uint64_t page);
const mapping *mappings_at(size_t index);
bool mappings_hold(uint64_t first, uint64_t end);

bool mappings_are_none(uint64_t first, uint64_t end);

/* The highest free place below page `top`. */
bool mappings_gap(uint64_t pages, uint64_t top, uint64_t *first);

/* Where nothing is. Merges with its neighbours. */
void mappings_add(mapping added);

/* Whatever is mapped in [first, end) goes. False, and nothing changed, at the limit. */
bool mappings_remove(uint64_t first, uint64_t end);

/* The part [first, end) of a mapping becomes as `wanted`, but for its place. False at the limit; it may
** have been split in vain then. */
bool mappings_change(size_t index, uint64_t first, uint64_t end, mapping wanted);

/* A page of the mapping is written, or gets a marker. */
void mappings_write(size_t index);

#endif
