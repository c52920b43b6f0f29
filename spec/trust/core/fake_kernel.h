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
  bool kept;        /* munmap was refused, and the core does not owe the region */
  bool copied;      /* of a private mapping of a file: it does not show the file any more */
  uint32_t content; /* stands for its bytes; 0: zeros. Of pages of files: see fake_content */
  uint32_t shut;    /* the attempt in which making it writable was refused, and not allowed later */
} fake_page;

/* An empty address space with any number of mappings. */
void fake_reset(void);

/* The lowest and the highest address. */
uintptr_t fake_lowest(void);
uintptr_t fake_highest(void);

uint64_t fake_page_of(uintptr_t address);
const fake_page *fake_page_at(uint64_t page);

/* Whether the page traps although its mapping may allow the access: by a marker, or as missing. */
bool fake_traps(uint64_t page, const mapping *holder);

/* What a page holds; 0 if it is lost. */
uint32_t fake_content(uint64_t page, const mapping *holder);

/* Whether a touch of the page is a signal, because it lies behind the end of a file on a disk. */
bool fake_is_lost(uint64_t page, const mapping *holder);

/* The file has become shorter: private copies of its pages from that one on are lost, too. */
void fake_lose_copies(int file, uint64_t first);

/* A store by the processor. False if it traps. */
bool fake_store(uint64_t page, uint32_t content);

/* From now on, until the pages are unmapped, it is a mismatch if they return to the kernel with contents,
** unless the kernel refused in the same attempt to make them writable. */
void fake_treasure(uint64_t first, uint64_t end);

/* A function of os.h has refused to make these writable. */
void fake_shut(uintptr_t address, size_t size);

/* The core will not use these pages again: checks that they hold no contents. */
void fake_leave(uint64_t first, uint64_t end);

/* How many pages with contents were excused in this attempt. fake_begin_attempt begins an attempt. */
unsigned fake_wasted(void);
void fake_begin_attempt(void);

/* Does the work of os_wipe. False if it traps. */
bool fake_overwrite(uintptr_t address, size_t size);

/* An unmap of these pages was refused. The core has wiped what it could, and will try again. */
void fake_will_return(uint64_t first, uint64_t end);

/* Whether only kept pages are mapped. */
bool fake_is_clean(void);

/* Does the work of os_discard. */
int fake_discard(uintptr_t address, size_t size, bool locked);

/* Does the work of userfaultfd: from now on missing pages trap, or not; or brings them in, as zeros. */
int fake_watch(uintptr_t address, size_t size, bool on);
int fake_fill(uintptr_t address, size_t size);

/* Missing pages trap no more. It needs nothing, and never fails. */
void fake_unwatch(uintptr_t address, size_t size);

#endif
