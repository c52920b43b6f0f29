/* model.h: a plain model of the rules: one entry for each page of a region. model_compare compares the
** core and the fake kernel with it. */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/vmem.h"
#include "failures.h"
#include "fake_files.h"

typedef struct model_section {
  struct vm_section *section;
  int file; /* its descriptor in the fake kernel */
  unsigned number;
  bool open; /* it has a holder besides its attachments */
  bool gone; /* neither that nor an attachment is left */
  bool growable, executable;
  bool disk, writable; /* others may make it shorter; its pages may be written */
  bool copies;         /* all that is attached of it is private copies */
  size_t shown;        /* attachments */
  uint64_t size;       /* bytes */
  uint32_t content[FAKE_FILE_PAGES];
} model_section;

typedef struct model_page {
  uint8_t byte;           /* bits of vmem.h, without VM_MARKED, which the rules do not mention */
  bool loose;             /* undoing was refused: the kernel may allow more, and locks may differ */
  uint32_t content;       /* 0: zeros */
  uint32_t functions;     /* of its trap */
  uint8_t answers;        /* which accesses are trapped: VM_READ, VM_WRITE */
  bool copy;              /* of an attached page: what is written stays */
  bool own;               /* and it has been written: `content` counts */
  bool cut;               /* what it held was lost since the snapshot, or could not be put back */
  uint32_t attachment;    /* by which call; 0: it is not attached */
  model_section *section; /* or NULL */
  uint64_t from;          /* the page of the section */
} model_page;

typedef struct model {
  vm_region *region; /* NULL: none now */
  uint64_t pages;
  model_page *page;
  struct vm_snapshot *snapshot; /* or NULL */
  model_page *before;           /* the pages in the snapshot */
  bool *dirty;                  /* in the snapshot, before it is restored */
  bool armed;                   /* VM_UNWRITTEN is not what scripts see */
} model;

/* How the core may differ from the model after a call: not at all, unless the call failed. */
typedef struct model_excuse {
  uint64_t first, end;           /* pages of the call */
  uint64_t lost_first, lost_end; /* contents may be lost, from the first page on */
  bool loosened; /* undoing was refused: the kernel may allow more in [first, end) than the table */
  bool lowered;  /* and the call failed: protections there may be lost */
  bool anywhere; /* contents may be lost, or be those of the snapshot, on any page */
} model_excuse;

/* The total of excused pages. */
typedef struct model_totals {
  unsigned long lost, lowered;
} model_totals;

extern model_totals model_total;

/* A region in which all pages are reserved. */
void model_begin(model *m, vm_region *region);
void model_end(model *m);

/* Whether a touch of the page is a signal: its section has become shorter. */
bool model_is_lost(const model_page *page);

/* What a page holds; a store to it; and what it still holds when it is not attached any more. */
uint32_t model_content(const model_page *page);
void model_store(model_page *page, uint32_t content);
void model_detach(model_page *page);

/* Whether two pages belong to one attachment, or to none. */
bool model_is_attached_alike(const model_page *a, const model_page *b);

bool model_is_committed(const model_page *page);

/* Committed, and allows all of `need`, VM_READ or VM_WRITE. */
bool model_allows(const model_page *page, unsigned need);

/* Page table, kernel, contents and locks of every page, the count of committed bytes, and folding.
** Mismatches are logged; differences that a failure excuses are copied into the model. */
void model_compare(model *m, const model_excuse *excuse);

/* Whether undoing was refused before, and some page still differs. */
bool model_is_loose(const model *m);

#endif
