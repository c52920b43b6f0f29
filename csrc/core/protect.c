/* protect.c: rules 4 and 8: changes the protection of committed pages, and takes guards off. */
#include "core/attachments.h"
#include "core/pages.h"
#include "core/rollback.h"
#include "os/os.h"

vm_error vm_protect(vm_region *r, size_t offset, size_t size, unsigned protection, unsigned *old) {
  vm_pages p = vm_widen(r, offset, size);
  if (!vm_all_have(r, p, VM_COMMITTED, VM_COMMITTED)) return VM_NOT_COMMITTED;
  if (!vm_attached_may(r, p.first, p.first + p.count, protection)) return VM_PERMISSION_DENIED;
  unsigned before = pt_run_at(&r->table, p.first).byte & VM_PROTECTION;
  if (!vm_all_have(r, p, VM_PROTECTION, (uint8_t)protection)) {
    if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
    vm_error error = os_protect(vm_address(r, p.first), vm_bytes(r, p.count), protection);
    uint8_t byte = (uint8_t)(VM_COMMITTED | protection);
    error = vm_finish_change(r, p, error, VM_LOCKED | VM_UNWRITTEN, byte);
    if (error != VM_OK) return error;
  }
  *old = before;
  return VM_OK;
}

vm_error vm_disarm(vm_region *r, size_t offset) {
  unsigned byte = pt_run_at(&r->table, offset >> r->page_shift).byte, old;
  return vm_protect(r, offset, 1, byte & VM_PROTECTION & ~(unsigned)VM_GUARD, &old);
}
