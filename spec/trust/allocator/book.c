/* book.c: describes the regions of a Lua state, read from the core. */
#include <dirent.h>

#include "core/past_end.h"
#include "lua/live_regions.h"
#include "os/os.h"

#include "book.h"

/* {====== Description of the regions ======*/

static uint64_t add(uint64_t sum, const void *bytes, size_t size) {
  const unsigned char *byte = bytes;
  for (size_t i = 0; i < size; i++) sum = (sum ^ byte[i]) * 1099511628211u; /* FNV-1a */
  return sum;
}

static uint64_t add_number(uint64_t sum, uint64_t number) {
  return add(sum, &number, sizeof number);
}

static bool is_readable(unsigned byte) {
  return (byte & (VM_COMMITTED | VM_READ | VM_GUARD)) == (VM_COMMITTED | VM_READ);
}

static uint64_t add_region(uint64_t sum, vm_region *r) {
  sum = add_number(sum, r->size);
  sum = add_number(sum, r->committed);
  vm_run run = {0, 0, 0};
  for (size_t at = 0; at < r->size; at = run.offset + run.size) {
    run = vm_query(r, at);
    sum = add_number(sum, run.offset);
    sum = add_number(sum, run.byte);
    uint64_t page = run.offset >> r->page_shift, end = (run.offset + run.size) >> r->page_shift;
    if (is_readable(run.byte) && !vm_has_past_end(r, page, end)) /* a touch would be a signal */
      sum = add(sum, vm_memory(r, run.offset), run.size);
  }
  for (size_t at = 0; r->watched && vm_written(r, at, r->size, &run); at = run.offset + run.size)
    sum = add_number(add_number(sum, run.offset), run.size);
  for (size_t i = 0; i < r->attachments; i++) {
    const vm_attachment *a = &r->attachment[i];
    sum = add_number(add_number(sum, a->first), a->count);
    sum = add_number(add_number(sum, a->from), a->copy);
  }
  return add_number(sum, vm_locked(r, 0, r->size));
}

uint64_t book_of(lua_State *L, size_t *count) {
  const vm_space *space = l_space(L);
  uint64_t sum = 0; /* a sum, so that the order does not matter: the system chooses the bases */
  *count = 0;
  for (vm_region *r = vm_next(space, 0); r != NULL; r = vm_next(space, r->base + 1)) {
    sum += add_region(14695981039346656037u, r);
    ++*count;
  }
  return sum;
}

/* ====== } */

/* {====== Comparison with the kernel ====== */

enum { MOST = 600 }; /* pages of a run that are checked */

static bool agrees_on(const vm_region *r, const vm_run *run, uintptr_t *where) {
  size_t page = vm_page_size(r), pages = run->size / page, step = pages / MOST + 1;
  for (size_t i = 0; i < pages; i += step) {
    char byte;
    uint64_t number = (run->offset >> r->page_shift) + i;
    if (vm_has_past_end(r, number, number + 1)) continue; /* a touch of it is a signal */
    *where = r->base + run->offset + i * page;
    if ((os_peek(*where, &byte, 1) == VM_OK) != is_readable(run->byte)) return false;
  }
  return true;
}

bool book_agrees(lua_State *L, uintptr_t *where) {
  const vm_space *space = l_space(L);
  for (vm_region *r = vm_next(space, 0); r != NULL; r = vm_next(space, r->base + 1)) {
    size_t committed = 0;
    vm_run run;
    for (size_t at = 0; at < r->size; at = run.offset + run.size) {
      run = vm_query(r, at);
      if (run.byte & VM_COMMITTED) committed += run.size;
      if (!agrees_on(r, &run, where)) return false;
    }
    *where = r->base;
    if (committed != r->committed) return false;
  }
  return true;
}

size_t book_descriptors(void) {
  DIR *folder = opendir("/proc/self/fd");
  size_t count = 0;
  while (folder != NULL && readdir(folder) != NULL) count++;
  if (folder != NULL) closedir(folder);
  return count;
}

/* ====== } */

/* {====== Reservations: the linker sends calls of os_reserve and os_release here ====== */

size_t book_reservations = 0;

vm_error __real_os_reserve(uintptr_t address, size_t size, bool top_down, const char *name,
                           uintptr_t *base);
vm_error __wrap_os_reserve(uintptr_t address, size_t size, bool top_down, const char *name,
                           uintptr_t *base);
vm_error __real_os_release(uintptr_t base, size_t size);
vm_error __wrap_os_release(uintptr_t base, size_t size);

vm_error __wrap_os_reserve(uintptr_t address, size_t size, bool top_down, const char *name,
                           uintptr_t *base) {
  vm_error error = __real_os_reserve(address, size, top_down, name, base);
  if (error == VM_OK) book_reservations++;
  return error;
}

vm_error __wrap_os_release(uintptr_t base, size_t size) {
  vm_error error = __real_os_release(base, size);
  if (error == VM_OK) book_reservations--;
  return error;
}

/* ====== } */
