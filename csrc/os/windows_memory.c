/* windows_memory.c: regions and their pages on Windows: VirtualAlloc and its family. */
#include "os/windows.h"

#include <string.h>

#include "os/touch_guarded.h"

/* {====== Regions ====== */

vm_error os_reserve(uintptr_t address, size_t size, bool top_down, const char *name,
                    uintptr_t *base) {
  (void)name; /* Windows shows no names of areas */
  DWORD type = MEM_RESERVE | (top_down && address == 0 ? MEM_TOP_DOWN : 0);
  void *got = VirtualAlloc(windows_pointer(address), size, type, PAGE_NOACCESS);
  if (got == NULL)
    return GetLastError() == ERROR_INVALID_ADDRESS ? VM_ADDRESS_IN_USE : windows_refusal();
  *base = (uintptr_t)got;
  return VM_OK;
}

vm_error os_release(uintptr_t base, size_t size) {
  WINDOWS_EACH_PART(part, base, size) {
    if (!windows_end_part(&part)) return windows_refusal();
  }
  return VM_OK;
}

/* ====== } */

/* {====== Pages ====== */

static bool protect(const windows_part *part, unsigned protection) {
  DWORD old, wanted = windows_protection(protection, part->kind == WINDOWS_COPY);
  return VirtualProtect(windows_pointer(part->address), part->size, wanted, &old);
}

static vm_error commit(const windows_part *part, unsigned protection) {
  if (!windows_is_there(part)) return windows_refuse_part(part);
  if (part->kind != WINDOWS_MEMORY) return windows_error_unless(protect(part, protection));
  if (VirtualAlloc(windows_pointer(part->address), part->size, MEM_COMMIT,
                   windows_protection(protection, false)) != NULL)
    return VM_OK;
  vm_error error = windows_refusal();
  /* Wine gives "access denied" when there is no memory. */
  bool is_code = (protection & VM_EXECUTE) != 0;
  return error == VM_PERMISSION_DENIED && !is_code ? VM_OUT_OF_MEMORY : error;
}

vm_error os_commit(uintptr_t address, size_t size, unsigned protection) {
  WINDOWS_EACH_PART(part, address, size) {
    vm_error error = commit(&part, protection);
    if (error != VM_OK) return error;
  }
  return VM_OK;
}

vm_error os_protect(uintptr_t address, size_t size, unsigned protection) {
  WINDOWS_EACH_PART(part, address, size) {
    if (!windows_is_there(&part)) return windows_refuse_part(&part);
    if (!protect(&part, protection)) return windows_refusal();
  }
  return VM_OK;
}

/* A part that has been decommitted stays so if a later one is refused; Windows gives no reason to refuse one. */
vm_error os_decommit(uintptr_t address, size_t size) {
  WINDOWS_EACH_PART(part, address, size) {
    if (!windows_is_whole(&part) && !windows_is_end(&part)) return windows_refuse_parts();
  }
  vm_error error = windows_shorten(address, size);
  if (error != VM_OK) return error;
  WINDOWS_EACH_PART(part, address, size) {
    if (part.kind == WINDOWS_VIEW || part.kind == WINDOWS_COPY)
      windows_detach(&part);
    else if (part.kind == WINDOWS_MEMORY &&
             !VirtualFree(windows_pointer(part.address), part.size, MEM_DECOMMIT))
      return windows_refusal();
  }
  return VM_OK;
}

/* A commit always counts against RAM and page file together. */
bool os_charges_all(void) { return true; }

const char *os_lazy_advice(void) {
  return "Windows counts every committed page, touched or not; reserve with touch = \"commit\" "
         "instead";
}

vm_error os_decommit_lazy(uintptr_t address, size_t size) { return os_decommit(address, size); }

void os_make_inaccessible(uintptr_t address, size_t size) {
  if (os_decommit(address, size) != VM_OK) (void)os_protect(address, size, 0);
}

/* ====== } */

/* {====== Pages in RAM ====== */

/* Windows has no limit of mappings. */
void os_drop_spare_mappings(void) {}

void os_keep_spare_mappings(void) {}

vm_error os_lock(uintptr_t address, size_t size) {
  WINDOWS_EACH_PART(part, address, size) {
    if (!windows_is_there(&part)) return windows_refuse_part(&part);
    if (!VirtualLock(windows_pointer(part.address), part.size)) return windows_refusal();
  }
  return VM_OK;
}

vm_error os_unlock(uintptr_t address, size_t size) {
  WINDOWS_EACH_PART(part, address, size) {
    if (!windows_is_there(&part)) return windows_refuse_part(&part);
    if (!VirtualUnlock(windows_pointer(part.address), part.size)) return windows_refusal();
  }
  return VM_OK;
}

vm_error os_prefetch(uintptr_t address, size_t size, unsigned protection) {
  return os_touch(address, size, protection);
}

/* Pages of a section keep their contents, which others may use. */
vm_error os_discard(uintptr_t address, size_t size, unsigned byte) {
  (void)byte;
  WINDOWS_EACH_PART(part, address, size) {
    if (part.kind == WINDOWS_MEMORY &&
        VirtualAlloc(windows_pointer(part.address), part.size, MEM_RESET, PAGE_NOACCESS) == NULL)
      return windows_refusal();
  }
  return VM_OK;
}

enum { ENTRIES = 512 }; /* pages in one call of QueryWorkingSetEx */

vm_error windows_count_resident(HANDLE process, uintptr_t address, size_t size, size_t *bytes) {
  size_t page = os_get_limits()->page_size, found = 0;
  for (size_t at = 0; at < size;) {
    PSAPI_WORKING_SET_EX_INFORMATION entry[ENTRIES];
    size_t pages = (size - at) / page < ENTRIES ? (size - at) / page : ENTRIES;
    memset(entry, 0, sizeof entry);
    for (size_t i = 0; i < pages; i++)
      entry[i].VirtualAddress = windows_pointer(address + at + i * page);
    if (!QueryWorkingSetEx(process, entry, (DWORD)(pages * sizeof *entry)))
      return windows_refusal();
    for (size_t i = 0; i < pages; i++) found += entry[i].VirtualAttributes.Valid;
    at += pages * page;
  }
  *bytes = found * page;
  return VM_OK;
}

vm_error os_resident(uintptr_t address, size_t size, size_t *bytes) {
  return windows_count_resident(GetCurrentProcess(), address, size, bytes);
}

vm_error os_frame(uintptr_t address, uint64_t *frame) {
  (void)address, (void)frame;
  return VM_NOT_SUPPORTED;
}

/* ====== } */
