/* attach.c: attaches pages of sections to regions. */
#include "core/attach.h"

#include "core/marking.h"
#include "core/rollback.h"
#include "core/saved.h"
#include "core/trap.h"
#include "core/watch.h"
#include "os/guard.h"

/* Whether the pages may be attached at all. */
static vm_error check(vm_region *r, const vm_attachment *a, unsigned protection) {
  size_t offset = vm_bytes(r, a->first), size = vm_bytes(r, a->count);
  if (r->wiped || r->concealed || vm_is_sparse(r)) return VM_NOT_SUPPORTED;
  if (!vm_attachment_may(a, protection)) return VM_PERMISSION_DENIED;
  if (a->section->fallible && os_guard() != VM_OK) return VM_NOT_SUPPORTED;
  if (vm_traps_reads(r, offset, size)) return VM_IN_USE;
  /* Snapshots keep what a region has for itself. */
  return r->snapshots != NULL && !a->copy ? VM_IN_USE : VM_OK;
}

static vm_error attach(vm_region *r, const vm_attachment *a, unsigned protection) {
  vm_pages p = {a->first, a->count};
  vm_attachments changed;
  if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
  vm_error error = VM_OUT_OF_MEMORY;
  uint64_t committed = pt_count(&r->table, p.first, p.count, VM_COMMITTED, VM_COMMITTED);
  if (vm_change_attachments(r, p.first, p.first + p.count, a, &changed)) {
    error = os_attach(vm_address(r, p.first), vm_bytes(r, p.count), &a->section->system, a->from,
                      protection, a->copy);
    vm_finish_attachments(r, &changed, error);
  }
  if (error == VM_OK) {
    r->committed += vm_bytes(r, p.count - committed);
    pt_update(&r->table, p.first, p.count, 0,
              (uint8_t)(vm_reserved_byte(r) | VM_COMMITTED | protection));
  } else if (error == VM_ADDRESS_IN_USE) {
    vm_roll_back(r, p); /* Windows: pages may be lost, and then allow nothing */
  } else {
    pt_update(&r->table, p.first, p.count, 0xff, 0);
  }
  return error;
}

vm_error vm_attach(vm_region *r, size_t offset, vm_section *section, uint64_t from, size_t size,
                   unsigned protection, bool copy) {
  vm_pages p = vm_widen(r, offset, size);
  vm_attachment a = {p.first, p.count, section, from, copy || section->copies};
  vm_error error = check(r, &a, protection);
  if (error == VM_OK) error = vm_save(r, p);
  if (error == VM_OK && !vm_prepare_forgetting(r, p)) error = VM_OUT_OF_MEMORY;
  if (error == VM_OK) error = attach(r, &a, protection);
  vm_forget_written(r, p, error == VM_OK);
  return error;
}

void vm_attach_again(vm_region *r, vm_attachments *list) {
  vm_error error = VM_OK;
  for (size_t i = 0; i < list->count; i++) {
    const vm_attachment *a = &list->item[i];
    for (uint64_t page = a->first, end = a->first + a->count, next; page < end; page = next) {
      size_t offset = vm_bytes(r, page);
      next = vm_attachment_border(r, page, end);
      if (vm_attachment_at(r, offset) != NULL) continue;
      vm_error refused = vm_attach(r, offset, a->section, a->from + vm_bytes(r, page - a->first),
                                   vm_bytes(r, next - page), VM_READ | VM_WRITE, true);
      if (refused != VM_OK) error = refused;
    }
  }
  if (error != VM_OK) return;
  vm_set_attachments(r, list);
  *list = (vm_attachments){NULL, 0};
}
