/* memfd.c: sections on Linux: files in memory that have no name, and that nobody can make smaller.
**
** A page of a file that has been made smaller is a signal (SIGBUS) when it is touched. So the file is filled, and
** then sealed, in this order: a sealed file cannot be filled. */
#define _GNU_SOURCE /* F_ADD_SEALS */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/linux/linux.h"
#include "os/unix.h"
#include "os/unix_section.h"

static int new_file(const char *name, unsigned flags) {
  return (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC_ | MFD_ALLOW_SEALING_ | flags);
}

/* Before Linux 6.3 all such files are executable. */
static int new_memfd(const os_section_request *request) {
  const char *name = request->name != NULL ? request->name : "vmem";
  int file = new_file(name, request->executable ? MFD_EXEC_ : MFD_NOEXEC_SEAL_);
  if (file < 0 && errno == EINVAL) file = new_file(name, 0);
  return unix_above_standard(file);
}

static vm_error seal(int file, bool growable) {
  int seals = F_SEAL_SEAL | F_SEAL_SHRINK | (growable ? 0 : F_SEAL_GROW);
  return fcntl(file, F_ADD_SEALS, seals) == 0 ? VM_OK : unix_file_error(errno);
}

vm_error os_section_new(const os_section_request *request, os_section *section) {
  int file = new_memfd(request);
  if (file < 0) return unix_file_error(errno);
  vm_error error = unix_fill_memory(file, request->size);
  if (error == VM_OK) error = seal(file, request->growable);
  return unix_give_section(file, error, request->executable, section);
}

/* {====== The path of a section ====== */

bool os_section_path(const os_section *section, char *path) {
  struct stat facts;
  bool other = section->name != NULL || section->path != NULL;
  if (other || !unix_is_same_file(section)) return false;
  snprintf(path, OS_SECTION_PATH, "/proc/%ld/fd/%d", (long)getpid(), (int)section->handle);
  return stat(path, &facts) == 0; /* not where there is no /proc */
}

bool unix_is_sealed(int file, bool *executable) {
  struct stat facts;
  int seals = fcntl(file, F_GET_SEALS), needed = F_SEAL_SHRINK | F_SEAL_SEAL;
  if (seals < 0 || (seals & needed) != needed || fstat(file, &facts) != 0) return false;
  *executable = (facts.st_mode & S_IXUSR) != 0;
  return true;
}

/* ====== } */
