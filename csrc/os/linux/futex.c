/* futex.c: os_wait and os_wake: sleeping until memory changes, also between processes. */
#define _GNU_SOURCE /* syscall */

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "os/guard.h"
#include "os/unix.h"

enum { SECOND = 1000000000 }; /* in nanoseconds */

/* Without FUTEX_PRIVATE_FLAG the kernel goes by the memory, and not by its address in this process. */
static long futex(uintptr_t address, int what, uint32_t value, const struct timespec *limit) {
  return syscall(SYS_futex, unix_pointer(address), what, value, limit, NULL, 0);
}

/* Or is lost, which the caller's next look will find. */
static bool has_changed(uintptr_t address, uint32_t value) {
  uint32_t now;
  return !os_move(&now, unix_pointer(address), sizeof now) || now != value;
}

/* There is always a limit of time: a wait without one goes on after a signal whose handler was installed with
** SA_RESTART, and a wait with one never does. The kernel takes any number of seconds. */
vm_error os_wait(uintptr_t address, uint32_t value, uint64_t nanoseconds, bool *in_time) {
  struct timespec limit = {(time_t)(nanoseconds / SECOND), (long)(nanoseconds % SECOND)};
  *in_time = true;
  if (futex(address, FUTEX_WAIT, value, &limit) == 0) return VM_OK;
  switch (errno) {
    case EAGAIN: /* there is another value */
    case EINTR: return VM_OK;
    case ETIMEDOUT: *in_time = false; return VM_OK;
    case EFAULT: return has_changed(address, value) ? VM_OK : VM_PERMISSION_DENIED;
    case ENOMEM: return VM_OUT_OF_MEMORY;
    default: return VM_NOT_SUPPORTED; /* whatever a sandbox gives */
  }
}

vm_error os_wake(uintptr_t address, uint32_t most, uint32_t *woken) {
  *woken = 0;
  if (most == 0) return VM_OK; /* the kernel would wake one */
  long count = futex(address, FUTEX_WAKE, most < INT_MAX ? most : INT_MAX, NULL);
  if (count >= 0)
    *woken = (uint32_t)count;
  else if (errno == ENOMEM)
    return VM_OUT_OF_MEMORY;
  else if (errno != EFAULT) /* that is a page on which nobody can wait */
    return VM_NOT_SUPPORTED;
  return VM_OK;
}
