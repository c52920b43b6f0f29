/* posix_section.c: sections with plain POSIX calls: shared memory objects, which lose their name at once. */
#define _GNU_SOURCE /* shm_open */

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os/unix.h"
#include "os/unix_section.h"

/* A new object, which no other process can open after this. macOS allows names of 31 bytes. */
static int new_object(void) {
  static atomic_uint numbers;
  int file = -1;
  for (int tries = 0; tries < 100 && file < 0; tries++) {
    char name[31];
    snprintf(name, sizeof name, "/vmem-%lx-%x", (unsigned long)getpid(),
             atomic_fetch_add(&numbers, 1));
    file = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (file >= 0)
      shm_unlink(name);
    else if (errno != EEXIST)
      break;
  }
  return unix_above_standard(file);
}

vm_error os_section_new(const os_section_request *request, os_section *section) {
  int file = new_object();
  if (file < 0) return unix_file_error(errno);
  vm_error error = unix_fill_memory(file, request->size);
  return unix_give_section(file, error, request->executable, section);
}

bool unix_is_sealed(int file, bool *executable) {
  (void)file, (void)executable;
  return false;
}

bool os_section_path(const os_section *section, char *path) {
  (void)section, (void)path;
  return false;
}
