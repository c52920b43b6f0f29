/* posix_limits.c: os_get_limits for systems of which only POSIX is known. */
#include <pthread.h>

#include "os/unix.h"

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
