/* trap.c: which pages of a region are trapped: a sorted list, for there are few traps. */
#include "core/trap.h"

#include <stdlib.h>

#include "core/pages.h"

/* The index of the first trap that ends after `page`. */
static size_t find(const vm_region *r, uint64_t page) {
  size_t from = 0, to = r->traps;
  while (from < to) {
    size_t middle = from + (to - from) / 2;
    if (r->trap[middle].first + r->trap[middle].count <= page)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

const vm_trap *vm_trap_at(const vm_region *r, size_t offset) {
  uint64_t page = offset >> r->page_shift;
  size_t i = find(r, page);
  return i < r->traps && r->trap[i].first <= page ? &r->trap[i] : NULL;
}

bool vm_traps_reads(const vm_region *r, size_t offset, size_t size) {
  if (r->traps == 0) return false;
  vm_pages p = vm_widen(r, offset, size);
  for (size_t i = find(r, p.first); i < r->traps && r->trap[i].first < p.first + p.count; i++)
    if (r->trap[i].answers & VM_READ) return true;
  return false;
}

uint64_t vm_trap_border(const vm_region *r, uint64_t page, uint64_t end) {
  size_t i = find(r, page);
  if (i == r->traps) return end;
  const vm_trap *t = &r->trap[i];
  uint64_t border = t->first > page ? t->first : t->first + t->count;
  return border < end ? border : end;
}

bool vm_trap_uses(const vm_region *r, uint32_t functions) {
  for (size_t i = 0; i < r->traps; i++)
    if (r->trap[i].functions == functions) return true;
  return false;
}

/* Appends the part of `t` that lies in pages [from, to). */
static void append(vm_trap *list, size_t *count, vm_trap t, uint64_t from, uint64_t to) {
  uint64_t end = t.first + t.count < to ? t.first + t.count : to;
  if (t.first < from) t.first = from;
  if (t.first >= end) return;
  t.count = end - t.first;
  list[(*count)++] = t;
}

vm_error vm_set_trap(vm_region *r, size_t offset, size_t size, unsigned answers,
                     uint32_t functions) {
  vm_pages p = vm_widen(r, offset, size);
  uint64_t end = p.first + p.count;
  if (answers & VM_READ && !vm_all_have(r, p, VM_COMMITTED, 0)) return VM_IN_USE;
  vm_trap *list = malloc((r->traps + 2) * sizeof *list); /* one more, and one cut in two */
  if (list == NULL) return VM_OUT_OF_MEMORY;
  size_t count = 0, i = 0;
  for (; i < r->traps && r->trap[i].first < p.first; i++)
    append(list, &count, r->trap[i], 0, p.first);
  if (answers != 0) list[count++] = (vm_trap){p.first, p.count, answers, functions};
  for (i = find(r, end); i < r->traps; i++) append(list, &count, r->trap[i], end, UINT64_MAX);
  free(r->trap);
  r->trap = list;
  r->traps = count;
  return VM_OK;
}
