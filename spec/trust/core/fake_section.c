/* fake_section.c: sections of the fake kernel; os/unix_section.c does the rest. */
#include <errno.h>
#include <stdlib.h>

#include "failures.h"
#include "fake_files.h"
#include "fake_kernel.h"
#include "fake_section.h"
#include "log.h"
#include "os/unix.h"
#include "os/unix_section.h"

static vm_error give(int file, uint64_t from, uint64_t to, bool sparse) {
  vm_error error = to > from ? unix_lengthen(file, from, to, sparse) : VM_OK;
  if (error != VM_OK) fake_file_close(file);
  return error;
}

vm_error os_section_new(const os_section_request *request, os_section *section) {
  int file = fake_file_new();
  if (file < 0) return unix_file_error(errno);
  vm_error error = give(file, 0, request->size, false);
  if (error != VM_OK) return error;
  fake_file_seal(file);
  *section = (os_section){.handle = file, .executable = request->executable};
  return VM_OK;
}

/* Other processes have no fake kernel. */
vm_error os_section_open(const os_section_request *request, os_section *section, bool *created) {
  (void)request, (void)section, (void)created;
  return VM_NOT_SUPPORTED;
}

/* The path is the number of bytes that the file has already. */
vm_error os_section_file(const os_file_request *request, os_section *section) {
  static char path[] = "a file";
  uint64_t has = request->mode == OS_FILE_NEW ? 0 : strtoull(request->path, NULL, 10);
  if (request->mode == OS_FILE_READ && request->size > has) return VM_PERMISSION_DENIED;
  int file = fake_file_open(has);
  if (file < 0) return unix_file_error(errno);
  vm_error error = give(file, has, request->size, request->sparse);
  if (error == VM_OK) *section = (os_section){.handle = file, .path = path, .fallible = true};
  return error;
}

void os_section_close(os_section *section) { fake_file_close((int)section->handle); }

/* {====== Flushing ====== */

static uint64_t flushed;

uint64_t fake_flushed(void) {
  uint64_t pages = flushed;
  flushed = 0;
  return pages;
}

vm_error os_flush_pages(uintptr_t address, size_t size, bool wait) {
  (void)wait;
  uint64_t first = fake_page_of(address);
  if (address % FAKE_PAGE != 0 || size % FAKE_PAGE != 0) log_mismatch("parts of pages are flushed");
  for (uint64_t page = first; page < first + size / FAKE_PAGE; page++, flushed++) {
    const mapping *m = mappings_at(mappings_find(page));
    if (m->first > page || m->file == 0 || !m->shared) log_mismatch("no page of a file is flushed");
  }
  return failures_next() ? unix_file_error(errno) : VM_OK;
}

vm_error os_section_flush(const os_section *section) {
  if (!fake_file_is_open((int)section->handle)) log_mismatch("a closed file is flushed");
  return failures_next() ? unix_file_error(errno) : VM_OK;
}

vm_error os_section_start_flush(const os_section *section, uint64_t from, uint64_t size) {
  (void)from, (void)size;
  return os_section_flush(section);
}

/* ====== } */

bool unix_has_memory(uint64_t size) {
  (void)size;
  return !failures_next();
}

bool unix_note_attached(uintptr_t address, size_t size) {
  (void)address, (void)size;
  return !failures_next();
}
