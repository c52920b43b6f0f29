/* fake_system.c: the functions of os.h for the fake kernel. Those in os/unix.c and os/linux/markers.c
** are the real ones. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */

#include "fake_system.h"

#include <errno.h>

#include "failures.h"
#include "fake_clock.h"
#include "fake_files.h"
#include "fake_kernel.h"
#include "log.h"
#include "os/linux/linux.h"
#include "os/unix.h"

#include "fake_calls.h" /* for the replacements of os/linux/missing.c */

#include <sys/mman.h>

const char *const os_name = "fake";

static os_limits limits = {.page_size = FAKE_PAGE, .granularity = 65536, .lowest = 65536};

const os_limits *os_get_limits(void) { return &limits; }

bool unix_is_in_stack_room(uintptr_t address, size_t size) {
  (void)address, (void)size; /* the fake process has no stack */
  return false;
}

static bool no_missing;

void fake_system_begin(size_t mark_after, bool without_missing) {
  no_missing = without_missing;
  fake_reset();
  fake_files_reset();
  fake_clock_reset();
  limits.mark_after = mark_after;
  limits.end = limits.highest = fake_highest();
  failures_undo(true); /* the next call ends it */
  os_keep_spare_mappings();
}

bool fake_system_end(void) {
  os_drop_spare_mappings();
  failures_undo(false);
  return fake_is_clean() && fake_files_open() == 0;
}

/* {====== Noticing when the core undoes a change ====== */

/* The linker sends calls of os_drop_spare_mappings and os_keep_spare_mappings here (--wrap). */
void __real_os_drop_spare_mappings(void);
void __real_os_keep_spare_mappings(void);
void __wrap_os_drop_spare_mappings(void);
void __wrap_os_keep_spare_mappings(void);

enum { SPARE = 7 }; /* the least that all of them are */

static bool dropped, lacks;

bool fake_lacks_spares(void) { return lacks; }

void __wrap_os_drop_spare_mappings(void) {
  failures_undo(true);
  dropped = true;
  __real_os_drop_spare_mappings();
}

void __wrap_os_keep_spare_mappings(void) {
  failures_undo(false);
  size_t before = mappings_count();
  __real_os_keep_spare_mappings();
  if (dropped) lacks = mappings_count() < before + SPARE;
  dropped = false;
}

/* ====== } */

vm_error unix_no_memory(void) {
  return mappings_count() + 3 >= mappings_most() ? VM_TOO_MANY_MAPPINGS : failures_no_memory();
}

vm_error os_reserve(uintptr_t address, size_t size, bool top_down, const char *name,
                    uintptr_t *base) {
  (void)top_down, (void)name;
  if (address == 0) return unix_reserve_anywhere(size, base);
  if (address >= fake_highest() || size > fake_highest() - address) return VM_INVALID_ADDRESS;
  if (address < fake_lowest()) return VM_ADDRESS_IN_USE;
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  if (mmap(unix_pointer(address), size, PROT_NONE, flags, -1, 0) == MAP_FAILED)
    return unix_error(errno);
  *base = address;
  return VM_OK;
}

/* Below and above the fake address space nothing is free. */
vm_error os_areas(long pid, uintptr_t from, size_t most, os_area **areas, size_t *count) {
  (void)pid, (void)from, (void)most;
  if (failures_next()) return unix_error(errno);
  size_t held = mappings_count();
  os_area *list = malloc((held + 2) * sizeof *list);
  if (list == NULL) return VM_OUT_OF_MEMORY;
  list[0] = (os_area){.address = 0, .size = fake_lowest()};
  for (size_t i = 0; i < held; i++) {
    const mapping *m = mappings_at(i);
    list[i + 1] = (os_area){.address = fake_lowest() + m->first * FAKE_PAGE,
                            .size = (m->end - m->first) * FAKE_PAGE};
  }
  list[held + 1] = (os_area){.address = fake_highest(), .size = FAKE_PAGE};
  *areas = list;
  *count = held + 2;
  return VM_OK;
}

bool os_charges_all(void) { return false; }

static vm_error watch(uintptr_t address, size_t size, bool on) {
  if (fake_watch(address, size, on) == 0) return VM_OK;
  return errno == ENOMEM ? unix_no_memory() : VM_OUT_OF_MEMORY;
}

vm_error linux_mark_missing(uintptr_t address, size_t size) {
  if (no_missing) return VM_NOT_SUPPORTED;
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
  if (mmap(unix_pointer(address), size, PROT_NONE, flags, -1, 0) == MAP_FAILED)
    return unix_error(errno);
  vm_error error = watch(address, size, true);
  if (error == VM_OK) error = os_protect(address, size, VM_READ | VM_WRITE);
  return error == VM_NOT_SUPPORTED ? VM_PERMISSION_DENIED
                                   : error; /* VM_NOT_SUPPORTED would mean: nothing changed */
}

vm_error os_register_missing(uintptr_t base, size_t size) {
  vm_error error = no_missing ? VM_NOT_SUPPORTED : watch(base, size, true);
  if (error != VM_OK) fake_unwatch(base, size);
  return error;
}

void os_unregister_missing(uintptr_t base, size_t size) { fake_unwatch(base, size); }

vm_error linux_make_missing(uintptr_t address, size_t size) {
  vm_error error = watch(address, size, true);
  if (error != VM_OK) return error;
  if (fake_discard(address, size, false) == 0) return VM_OK;
  if (errno != EINVAL) return unix_error(errno);
  return fake_discard(address, size, true) == 0 ? VM_OK : VM_NOT_SUPPORTED; /* a part is locked */
}

vm_error linux_fill_missing(uintptr_t address, size_t size) {
  if (size > OS_FILLED_SINGLY * FAKE_PAGE) return watch(address, size, false);
  return fake_fill(address, size) == 0 ? VM_OK : VM_OUT_OF_MEMORY;
}

vm_error os_refill(uintptr_t address, size_t size) {
  return fake_fill(address, size) == 0 ? VM_OK : VM_OUT_OF_MEMORY;
}

void unix_note_remapped(uintptr_t address, size_t size) { (void)address, (void)size; }

vm_error os_prefetch(uintptr_t address, size_t size, unsigned protection) {
  uint64_t first = fake_page_of(address);
  (void)protection;
  if (failures_next()) return VM_OUT_OF_MEMORY;
  for (uint64_t page = first; page < first + size / FAKE_PAGE; page++)
    if (fake_is_lost(page, mappings_at(mappings_find(page)))) return VM_IO_ERROR;
  return VM_OK;
}

vm_error os_discard(uintptr_t address, size_t size, unsigned byte) {
  if (fake_discard(address, size, (byte & VM_LOCKED) != 0) == 0) return VM_OK;
  return errno == EINVAL ? VM_NOT_SUPPORTED : unix_error(errno);
}

void os_wipe(uintptr_t address, size_t size) {
  if (!fake_overwrite(address, size)) log_mismatch("wiping crashes");
}

uintptr_t os_backed(uintptr_t from, uintptr_t to, os_range *found, size_t room, size_t *count) {
  (void)room;
  *found = (os_range){from, to};
  *count = 1;
  return to;
}

/* Only recordings with bytes ask; those of these tests have none. */
vm_error os_peek(uintptr_t address, void *to, size_t size) {
  (void)address;
  (void)to;
  (void)size;
  return VM_NOT_SUPPORTED;
}

/* Counts pages that hold something other than zeros. */
vm_error os_resident(uintptr_t address, size_t size, size_t *bytes) {
  uint64_t first = fake_page_of(address);
  if (failures_next()) return unix_error(errno);
  *bytes = 0;
  for (uint64_t i = 0; i < size / FAKE_PAGE; i++)
    if (fake_content(first + i, mappings_at(mappings_find(first + i))) != 0) *bytes += FAKE_PAGE;
  return VM_OK;
}
