/* attachments.h: which pages of a region belong to sections: a sorted list of attachments. */
#ifndef ATTACHMENTS_H
#define ATTACHMENTS_H

#include "core/section.h"
#include "core/vmem.h"

/* Neighbouring pages that show neighbouring pages of one section. */
typedef struct vm_attachment {
  uint64_t first, count; /* pages of the region */
  vm_section *section;
  uint64_t from; /* the place of the first page in the section, in bytes */
  bool copy;     /* what is written stays in the region */
} vm_attachment;

/* The attachment of the page at `offset`, or NULL. */
const vm_attachment *vm_attachment_at(const vm_region *region, size_t offset);

/* The first attachment that ends behind `offset`, or NULL. */
const vm_attachment *vm_next_attachment(const vm_region *region, size_t offset);

/* The end of the pages from `page` on, before `end`, that belong to one attachment, or to none. */
uint64_t vm_attachment_border(const vm_region *region, uint64_t page, uint64_t end);

/* Whether a page of pages [first, end) is attached; with `shared`, whether one is that is no private copy. */
bool vm_has_attached(const vm_region *region, uint64_t first, uint64_t end, bool shared);

/* Whether `protection` is one that its pages may have. */
bool vm_attachment_may(const vm_attachment *attachment, unsigned protection);

/* Whether `protection` is one that all attached pages of pages [first, end) may have. */
bool vm_attached_may(const vm_region *region, uint64_t first, uint64_t end, unsigned protection);

/* How many pages of the attachment, from its first on, hold a byte of its section if that has `size` bytes. */
uint64_t vm_count_held(const vm_region *region, const vm_attachment *attachment, uint64_t size);

/* Whether a page of the range is attached, fallible, and lies behind the end of its file. */
bool vm_has_past_end(const vm_region *region, uint64_t first, uint64_t end);

/* A list for the region after a change: the present one without pages [first, end), and with `more` in their
** place if that is not NULL. False when there is no memory. Then vm_finish_attachments puts it in place if
** `error` is VM_OK, and else frees it. */
typedef struct vm_attachments {
  vm_attachment *item;
  size_t count;
} vm_attachments;

bool vm_change_attachments(const vm_region *region, uint64_t first, uint64_t end,
                           const vm_attachment *more, vm_attachments *changed);
void vm_finish_attachments(vm_region *region, const vm_attachments *changed, vm_error error);
void vm_set_attachments(vm_region *region, const vm_attachments *changed);
void vm_forget_attachments(const vm_attachments *changed);

#endif
