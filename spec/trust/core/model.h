/* model.h: a plain model of the rules: one entry for each page of a region. model_compare compares the
** core and the fake kernel with it. */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/vmem.h"
#include "failures.h"

typedef struct model_page {
  uint8_t byte;     /* bits of vmem.h, but for VM_MARKED, which is the core's own affair */
  bool loose;       /* to undo was refused: the kernel may allow more, and lock otherwise */
  uint32_t content; /* 0: zeros */
} model_page;

typedef struct model {
  vm_region *region; /* NULL: none now */
  uint64_t pages;
  model_page *page;
} model;

/* What a call of the core may have left behind that is not in the model: nothing, unless it failed. */
typedef struct model_excuse {
  uint64_t first, end;           /* pages that the call was about */
  uint64_t lost_first, lost_end; /* contents of some of these, from the first on, may be gone */
  bool loosened; /* to undo was refused: the kernel may allow more in [first, end) than is said */
  bool lowered;  /* and the call has failed: protections there may be gone */
} model_excuse;

/* Pages that were excused in all. */
typedef struct model_totals {
  unsigned long lost, lowered;
} model_totals;

extern model_totals model_total;

/* A region in which all pages are reserved. */
void model_begin(model *m, vm_region *region);
void model_end(model *m);

bool model_is_committed(const model_page *page);

/* Committed, and allows all of `need`, VM_READ or VM_WRITE. */
bool model_allows(const model_page *page, unsigned need);

/* Page table, kernel, contents and locks of every page, the count of committed bytes, and folding.
** Mismatches are logged; differences that a failure excuses are copied into the model. */
void model_compare(model *m, const model_excuse *excuse);

/* Whether undoing was refused before, and some page shows it still. */
bool model_is_loose(const model *m);

#endif
