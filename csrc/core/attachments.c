/* attachments.c: which pages of a region belong to sections: a sorted list, for there are few attachments. */
#include "core/attachments.h"

#include <stdlib.h>

/* The index of the first attachment that ends after `page`. */
static size_t find(const vm_region *r, uint64_t page) {
  size_t from = 0, to = r->attachments;
  while (from < to) {
    size_t middle = from + (to - from) / 2;
    if (r->attachment[middle].first + r->attachment[middle].count <= page)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

const vm_attachment *vm_next_attachment(const vm_region *r, size_t offset) {
  size_t i = find(r, offset >> r->page_shift);
  return i < r->attachments ? &r->attachment[i] : NULL;
}

const vm_attachment *vm_attachment_at(const vm_region *r, size_t offset) {
  if (r->attachments == 0) return NULL;
  const vm_attachment *a = vm_next_attachment(r, offset);
  return a != NULL && a->first <= offset >> r->page_shift ? a : NULL;
}

uint64_t vm_attachment_border(const vm_region *r, uint64_t page, uint64_t end) {
  size_t i = find(r, page);
  if (i == r->attachments) return end;
  const vm_attachment *a = &r->attachment[i];
  uint64_t border = a->first > page ? a->first : a->first + a->count;
  return border < end ? border : end;
}

bool vm_has_attached(const vm_region *r, uint64_t first, uint64_t end, bool shared) {
  for (size_t i = find(r, first); i < r->attachments && r->attachment[i].first < end; i++)
    if (!shared || !r->attachment[i].copy) return true;
  return false;
}

bool vm_attachment_may(const vm_attachment *a, unsigned protection) {
  unsigned most = VM_READ | VM_GUARD;
  if (a->copy || a->section->writable) most |= VM_WRITE;
  if (a->section->system.executable) most |= VM_EXECUTE | VM_EXECUTE_ONLY;
  return (protection & ~most) == 0;
}

bool vm_attached_may(const vm_region *r, uint64_t first, uint64_t end, unsigned protection) {
  for (size_t i = find(r, first); i < r->attachments && r->attachment[i].first < end; i++)
    if (!vm_attachment_may(&r->attachment[i], protection)) return false;
  return true;
}

uint64_t vm_count_held(const vm_region *r, const vm_attachment *a, uint64_t size) {
  if (size <= a->from) return 0;
  uint64_t pages = ((size - a->from - 1) >> r->page_shift) + 1;
  return pages < a->count ? pages : a->count;
}

bool vm_has_past_end(const vm_region *r, uint64_t first, uint64_t end) {
  for (uint64_t page = first; page < end;) {
    const vm_attachment *a = vm_next_attachment(r, (size_t)(page << r->page_shift));
    if (a == NULL || a->first >= end) return false;
    uint64_t last = a->first + a->count < end ? a->first + a->count : end;
    if (a->section->system.fallible) {
      uint64_t size = os_section_size(&a->section->system);
      if (size != OS_CLOSED && a->first + vm_count_held(r, a, size) < last) return true;
    }
    page = a->first + a->count;
  }
  return false;
}

/* {====== Changes ====== */

/* Appends the part of `a` that lies in pages [from, to) of the region. */
static void append(vm_attachments *list, const vm_region *r, vm_attachment a, uint64_t from,
                   uint64_t to) {
  uint64_t first = a.first > from ? a.first : from, end = a.first + a.count;
  if (end > to) end = to;
  if (first >= end) return;
  a.from += (first - a.first) << r->page_shift;
  a.first = first;
  a.count = end - first;
  vm_section_hold(a.section);
  list->item[list->count++] = a;
}

bool vm_change_attachments(const vm_region *r, uint64_t first, uint64_t end,
                           const vm_attachment *more, vm_attachments *changed) {
  *changed = (vm_attachments){malloc((r->attachments + 2) * sizeof *r->attachment), 0};
  if (changed->item == NULL) return false;
  for (size_t i = 0; i < r->attachments && r->attachment[i].first < first; i++)
    append(changed, r, r->attachment[i], 0, first);
  if (more != NULL) append(changed, r, *more, 0, UINT64_MAX);
  for (size_t i = find(r, end); i < r->attachments; i++)
    append(changed, r, r->attachment[i], end, UINT64_MAX);
  return true;
}

void vm_forget_attachments(const vm_attachments *changed) {
  for (size_t i = 0; i < changed->count; i++) vm_section_drop(changed->item[i].section);
  free(changed->item);
}

/* Accesses to pages that may vanish take a way of their own. */
static void route_accesses(vm_region *r) {
  bool fallible = false;
  for (size_t i = 0; i < r->attachments && !fallible; i++)
    fallible = r->attachment[i].section->fallible;
  if (fallible != r->fallible) pt_forget(&r->table, PT_FALLIBLE, fallible);
  r->fallible = fallible;
}

void vm_set_attachments(vm_region *r, const vm_attachments *changed) {
  vm_attachments old = {r->attachment, r->attachments};
  r->attachment = changed->item;
  r->attachments = changed->count;
  route_accesses(r);
  vm_forget_attachments(&old);
}

void vm_finish_attachments(vm_region *r, const vm_attachments *changed, vm_error error) {
  if (error == VM_OK)
    vm_set_attachments(r, changed);
  else
    vm_forget_attachments(changed);
}

/* ====== } */
