/* hole.c: gives the room of a part of a file back to the disk. */
#define _GNU_SOURCE /* fallocate */

#include <errno.h>
#include <fcntl.h>

#include "os/section.h"

bool os_section_empty(const os_section *section, uint64_t from, uint64_t size) {
  int failed, how = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  do failed = fallocate((int)section->handle, how, (off_t)from, (off_t)size);
  while (failed != 0 && errno == EINTR);
  return failed == 0;
}
