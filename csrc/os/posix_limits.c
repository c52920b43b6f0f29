/* posix_limits.c: os_get_limits for systems of which only POSIX is known. */
#include <pthread.h>

#include "os/unix.h"
#include "os/unix_section.h"

static os_limits limits;

static void find_limits(void) {
  limits = unix_limits();
  limits.mark_after = SIZE_MAX;
}

const os_limits *os_get_limits(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, find_limits);
  return &limits;
}

vm_error unix_no_memory(void) { return VM_OUT_OF_MEMORY; }

void unix_note_remapped(uintptr_t address, size_t size) { (void)address, (void)size; }

/* POSIX has no call for it. */
bool unix_has_memory(uint64_t size) {
  (void)size;
  return true;
}

/* os_backed says of every page that it may hold something. */
bool unix_note_attached(uintptr_t address, size_t size) {
  (void)address, (void)size;
  return true;
}
