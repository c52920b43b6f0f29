/* unix_descriptor.c: keeps vmem's file descriptors away from the numbers of the standard ones. */
#define _GNU_SOURCE /* F_DUPFD_CLOEXEC */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "os/unix.h"

int unix_above_standard(int file) {
  if (file < 0 || file > STDERR_FILENO) return file;
  int higher = fcntl(file, F_DUPFD_CLOEXEC, STDERR_FILENO + 1), error = errno;
  close(file);
  errno = error == EINVAL ? EMFILE : error; /* the limit of descriptors is 3 or less */
  return higher;
}
