/* proc.c: opens files of /proc/PID. */
#define _GNU_SOURCE /* O_CLOEXEC */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/linux/linux.h"
#include "os/unix.h"

bool linux_wants_residency(const char *way) {
  const char *wanted = getenv("VMEM_RESIDENT");
  return wanted != NULL && strcmp(wanted, way) == 0;
}

vm_error linux_open_proc(long pid, const char *name, int *file) {
  char path[64];
  if (linux_wants_residency("mincore")) return VM_NOT_SUPPORTED;
  if (pid == 0)
    snprintf(path, sizeof path, "/proc/self/%s", name);
  else
    snprintf(path, sizeof path, "/proc/%ld/%s", pid, name);
  *file = unix_above_standard(open(path, O_RDONLY | O_CLOEXEC));
  if (*file >= 0) return VM_OK;
  if (!linux_is_gone(errno)) return unix_error(errno);
  return pid == 0 ? VM_NOT_SUPPORTED
                  : VM_INVALID_ADDRESS; /* this process has not ended: no /proc */
}
