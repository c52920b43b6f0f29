/* simulated_section.c: the simulated machine has no sections: its pages are at one address each. */
#include "os/section.h"

vm_error os_section_new(const os_section_request *request, os_section *section) {
  (void)request, (void)section;
  return VM_NOT_SUPPORTED;
}

vm_error os_section_open(const os_section_request *request, os_section *section, bool *created) {
  (void)created;
  return os_section_new(request, section);
}

vm_error os_section_file(const os_file_request *request, os_section *section) {
  (void)request, (void)section;
  return VM_NOT_SUPPORTED;
}

bool os_section_path(const os_section *section, char *path) {
  (void)section, (void)path;
  return false;
}

uint64_t os_section_size(const os_section *section) {
  (void)section;
  return OS_CLOSED;
}

vm_error os_section_resize(os_section *section, uint64_t size, bool sparse) {
  (void)section, (void)size, (void)sparse;
  return VM_NOT_SUPPORTED;
}

vm_error os_flush_pages(uintptr_t address, size_t size, bool wait) {
  (void)address, (void)size, (void)wait;
  return VM_NOT_SUPPORTED;
}

vm_error os_section_flush(const os_section *section) {
  (void)section;
  return VM_NOT_SUPPORTED;
}

vm_error os_section_start_flush(const os_section *section, uint64_t from, uint64_t size) {
  (void)from, (void)size;
  return os_section_flush(section);
}

vm_error os_section_probe(const os_section *section, uint64_t from) {
  (void)from;
  return os_section_flush(section);
}

void os_section_close(os_section *section) { (void)section; }

vm_error os_attach(uintptr_t address, size_t size, const os_section *section, uint64_t from,
                   unsigned protection, bool copy) {
  (void)address, (void)size, (void)section, (void)from, (void)protection, (void)copy;
  return VM_NOT_SUPPORTED;
}
