/* windows_section.c: sections on Windows: file mappings of the page file. */
#include "os/section.h"

vm_error os_section_new(const os_section_request *request, os_section *section) {
  (void)request, (void)section;
  return VM_NOT_SUPPORTED;
}

vm_error os_section_open(const os_section_request *request, os_section *section, bool *created) {
  (void)request, (void)section, (void)created;
  return VM_NOT_SUPPORTED;
}

vm_error os_section_at(const char *path, bool writable, os_section *section) {
  (void)path, (void)writable, (void)section;
  return VM_NOT_SUPPORTED;
}

bool os_section_path(const os_section *section, char *path) {
  (void)section, (void)path;
  return false;
}

uint64_t os_section_size(const os_section *section) { return section->size; }

vm_error os_section_resize(os_section *section, uint64_t size) {
  (void)section, (void)size;
  return VM_NOT_SUPPORTED;
}

void os_section_close(os_section *section) { (void)section; }

vm_error os_attach(uintptr_t address, size_t size, const os_section *section, uint64_t from,
                   unsigned protection, bool copy) {
  (void)address, (void)size, (void)section, (void)from, (void)protection, (void)copy;
  return VM_NOT_SUPPORTED;
}
