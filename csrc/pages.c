/* pages.c: going through ranges of pages, and putting right what stopped half-way. */
#include "pages.h"

#include "os.h"

vm_pages vm_widen(const vm_region *r, size_t offset, size_t size) {
  uint64_t first = offset >> r->page_shift, last = (offset + size - 1) >> r->page_shift;
  return (vm_pages){first, last - first + 1};
}

uintptr_t vm_address(const vm_region *r, uint64_t page) {
  return r->base + (uintptr_t)(page << r->page_shift);
}

size_t vm_bytes(const vm_region *r, uint64_t count) { return (size_t)(count << r->page_shift); }

uint8_t vm_reserved_byte(const vm_region *r) { return r->watched ? VM_UNWRITTEN : 0; }

bool vm_all_have(vm_region *r, vm_pages p, uint8_t mask, uint8_t want) {
  return pt_span(&r->table, p.first, p.count, mask, want) == p.count;
}

vm_run vm_run_from(vm_region *r, uint64_t page, uint64_t end, uint8_t mask) {
  uint8_t byte = pt_run_at(&r->table, page).byte & mask;
  uint64_t count = pt_span(&r->table, page, end - page, mask, byte);
  return (vm_run){vm_bytes(r, page), vm_bytes(r, count), byte};
}

vm_error vm_each_run(vm_region *r, vm_pages p, uint8_t mask, vm_act_on_run *act, void *with) {
  uint64_t end = p.first + p.count;
  vm_error error = VM_OK;
  for (uint64_t page = p.first; page < end && error == VM_OK;) {
    vm_run run = vm_run_from(r, page, end, mask);
    error = act(r, run, with);
    page += run.size >> r->page_shift;
  }
  return error;
}

static void remove_markers(uintptr_t address, size_t size) {
  if (os_get_limits()->mark_after != SIZE_MAX) (void)os_remove_markers(address, size);
}

/* What the system refuses even now becomes less in the page table: whatever that allows must work. */
static vm_error put_back_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  uintptr_t address = r->base + run.offset;
  uint8_t lost = 0;
  if (run.byte & VM_COMMITTED) {
    remove_markers(address, run.size);
    if (os_protect(address, run.size, run.byte & VM_PROTECTION) != VM_OK) lost = VM_PROTECTION;
  } else if (!vm_is_marked(run.byte) || os_mark(address, run.size) != VM_OK) {
    lost = VM_MARKED; /* if it was */
    os_unreach(address, run.size);
    remove_markers(address, run.size); /* should they still be there, a commit would not look */
  }
  vm_pages p = vm_widen(r, run.offset, run.size);
  if (lost != 0) pt_update(&r->table, p.first, p.count, (uint8_t)~lost, 0);
  return VM_OK;
}

void vm_put_back(vm_region *r, vm_pages p) {
  os_give_room();
  (void)vm_each_run(r, p, VM_STATE | VM_MARKED, put_back_run, NULL);
  os_take_room();
  pt_update(&r->table, p.first, p.count, 0xff, 0);
}

vm_error vm_conclude(vm_region *r, vm_pages p, vm_error error, uint8_t keep, uint8_t set) {
  if (error == VM_OK)
    pt_update(&r->table, p.first, p.count, keep, set);
  else
    vm_put_back(r, p);
  return error;
}
