/* unix_file.c: sections of files on every Unix: how they are opened, made, emptied and flushed. */
#define _GNU_SOURCE /* sync_file_range */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/unix.h"
#include "os/unix_section.h"

/* {====== Opening ====== */

/* Without waiting for the other end of a pipe, and without a terminal that becomes this process's own. */
static int open_path(const char *path, int flags) {
  int file;
  do file = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
  while (file < 0 && errno == EINTR);
  return file;
}

/* *created: whether the call has made it. */
static int open_file(const os_file_request *request, bool *created) {
  int way = request->mode == OS_FILE_READ ? O_RDONLY : O_RDWR, file = -1;
  for (int tries = 0; tries < 4; tries++) {
    file = open_path(request->path, way);
    if (file >= 0 || errno != ENOENT || request->mode != OS_FILE_NEW) return file;
    file = open_path(request->path, way | O_CREAT | O_EXCL);
    *created = file >= 0;
    if (file >= 0 || errno != EEXIST) return file;
  }
  file = open_path(request->path, way | O_CREAT); /* through a link to a file that does not exist */
  *created = file >= 0;
  return file;
}

/* Removes the file that this call has made. A link to it stays. */
static void remove_file(const char *path, int file) {
  struct stat made, found;
  char *target = realpath(path, NULL);
  if (fstat(file, &made) == 0 && stat(path, &found) == 0 && made.st_ino == found.st_ino &&
      made.st_dev == found.st_dev)
    (void)unlink(target != NULL ? target : path);
  free(target);
}

/* Whether the system maps it. Files of /proc look like regular ones, and cannot be mapped. */
static vm_error check(int file, bool writable, uint64_t *size) {
  struct stat facts;
  size_t page = os_get_limits()->page_size;
  if (fstat(file, &facts) != 0) return unix_file_error(errno);
  if (!S_ISREG(facts.st_mode)) return VM_BAD_FILE;
  int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void *got = mmap(NULL, page, protection, MAP_SHARED, file, 0);
  if (got == MAP_FAILED) {
    bool unfit = errno == EIO || errno == EINVAL || errno == ENOSYS;
    return unfit ? VM_BAD_FILE : unix_file_error(errno);
  }
  munmap(got, page);
  *size = (uint64_t)facts.st_size;
  return VM_OK;
}

/* ====== } */

/* {====== As long as it is to be ====== */

/* Cuts a file of `now` bytes to 0, and makes it as long as it is to be, of zeros. The room is taken before, so that a
** full disk is met while the file has its contents. */
static vm_error empty(int file, uint64_t now, const os_file_request *request) {
  vm_error limited = unix_check_limit(request->size);
  if (limited != VM_OK) return limited;
  bool takes = request->size > 0 && !request->sparse;
  int error = takes ? unix_take_room(file, 0, request->size) : 0;
  if (error == 0 && ftruncate(file, 0) != 0) error = errno;
  if (error != 0) {
    if (takes && request->size > now) (void)ftruncate(file, (off_t)now);
    return unix_file_error(error);
  }
  return request->size > 0 ? unix_lengthen(file, 0, request->size, request->sparse) : VM_OK;
}

static vm_error fit(int file, uint64_t now, const os_file_request *request) {
  if (request->mode == OS_FILE_NEW) return empty(file, now, request);
  if (request->size <= now) return VM_OK;
  if (request->mode == OS_FILE_READ) return VM_PERMISSION_DENIED;
  return unix_lengthen(file, now, request->size, request->sparse);
}

/* ====== } */

vm_error os_section_file(const os_file_request *request, os_section *section) {
  bool created = false, executable = false;
  uint64_t now = 0;
  char *path = strdup(request->path);
  if (path == NULL) return VM_OUT_OF_MEMORY;
  int file = unix_above_standard(open_file(request, &created));
  if (file < 0) {
    vm_error refused = unix_file_error(errno);
    free(path);
    return refused;
  }
  vm_error error = check(file, request->mode != OS_FILE_READ, &now);
  if (error == VM_OK) error = fit(file, now, request);
  if (error != VM_OK && created) remove_file(path, file);
  bool fallible = !unix_is_sealed(file, &executable);
  error = unix_give_section(file, error, executable, section);
  if (error != VM_OK || !fallible) {
    free(path);
    path = NULL;
  }
  if (error != VM_OK) return error;
  section->path = path;
  section->fallible = fallible;
  section->created = created;
  return VM_OK;
}

/* {====== To the disk ====== */

vm_error os_flush_pages(uintptr_t address, size_t size, bool wait) {
  int result;
  do result = msync(unix_pointer(address), size, wait ? MS_SYNC : MS_ASYNC);
  while (result != 0 && errno == EINTR);
  return result == 0 ? VM_OK : unix_file_error(errno);
}

/* macOS: fsync leaves data in the memory of the disk. */
static int sync_file(int file) {
#ifdef F_FULLFSYNC
  if (fcntl(file, F_FULLFSYNC) == 0) return 0;
  return fsync(file);
#else
  return fdatasync(file);
#endif
}

vm_error os_section_flush(const os_section *section) {
  int result;
  if (!unix_is_same_file(section)) return VM_BAD_FILE;
  do result = sync_file((int)section->handle);
  while (result != 0 && errno == EINTR);
  /* What is in memory has nothing to do. */
  return result == 0 || errno == EINVAL || errno == EROFS ? VM_OK : unix_file_error(errno);
}

vm_error os_section_start_flush(const os_section *section, uint64_t from, uint64_t size) {
  if (!unix_is_same_file(section)) return VM_BAD_FILE;
#ifdef SYNC_FILE_RANGE_WRITE
  /* On Linux, msync has started nothing. */
  if (size > 0 &&
      sync_file_range((int)section->handle, (off_t)from, (off_t)size, SYNC_FILE_RANGE_WRITE) != 0)
    return errno == EIO || errno == ENOSPC ? unix_file_error(errno) : VM_OK;
#else
  (void)from, (void)size;
#endif
  return VM_OK;
}

/* ====== } */
