/* fake_kernel.h: mmap, munmap, mprotect, madvise, mlock and munlock over an array of pages. They do the
** same as Linux, and fail where Linux would, or where a test wants it. */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mappings.h"

enum {
  FAKE_PAGE = 4096,
  FAKE_PAGES = 1 << 20, /* of its address space */
  FAKE_DONTDUMP = 16,
  FAKE_WIPEONFORK = 18,
  FAKE_DONTNEED_LOCKED = 24,
  FAKE_GUARD_INSTALL = 102,
  FAKE_GUARD_REMOVE = 103
};

typedef struct fake_page {
  bool marker;
  bool there;       /* not missing */
  bool precious;    /* its contents must be overwritten before they are given up */
  bool kept;        /* munmap was refused, and the core does not keep the region as owed */
  uint32_t content; /* what stands for its bytes; 0: zeros */
  uint32_t
      shut; /* the attempt in which it was refused to make it writable, and not allowed since */
} fake_page;

/* An empty address space with any number of mappings. */
void fake_reset(void);

/* Where its pages begin and end. */
uintptr_t fake_lowest(void);
uintptr_t fake_highest(void);

uint64_t fake_page_of(uintptr_t address);
const fake_page *fake_page_at(uint64_t page);

/* Whether the page traps whatever its mapping allows: by a marker, or as missing. */
bool fake_traps(uint64_t page, const mapping *holder);

/* A store of the processor. False: it traps. */
bool fake_store(uint64_t page, uint32_t content);

/* From now on, until these are unmapped, it is a mismatch when the kernel gets contents of them back, unless
** it has refused, in the same attempt, to let them be written. */
void fake_treasure(uint64_t first, uint64_t end);

/* So has a function of os.h, whatever has come of it. */
void fake_shut(uintptr_t address, size_t size);

/* Whoever had these does not come back to them: so much for what they hold. */
void fake_leave(uint64_t first, uint64_t end);

/* How many such pages that has excused in this attempt, which begins with the latter. */
unsigned fake_wasted(void);
void fake_begin_attempt(void);

/* What os_wipe asks for. False: it traps. */
bool fake_overwrite(uintptr_t address, size_t size);

/* Whoever was refused to unmap these will ask again, and has wiped what could be wiped. */
void fake_will_return(uint64_t first, uint64_t end);

/* Whether there are no mappings but of pages that are kept. */
bool fake_is_clean(void);

/* What os_discard asks for. */
int fake_discard(uintptr_t address, size_t size, bool locked);

/* What userfaultfd does: from now on missing pages trap, or do not; they are there, as zeros. */
int fake_watch(uintptr_t address, size_t size, bool on);
int fake_fill(uintptr_t address, size_t size);

#endif
