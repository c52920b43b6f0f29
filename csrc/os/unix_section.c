/* unix_section.c: what sections are on every Unix: a file without a name, which is mapped. */
#define _GNU_SOURCE /* posix_fallocate */

#include "os/unix_section.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/unix.h"

vm_error unix_file_error(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT: return VM_DISK_FULL;
    case EFBIG: return VM_FILE_TOO_LARGE;
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP: return VM_NO_FILE;
    case EISDIR:
    case ENXIO:
    case ENODEV: return VM_BAD_FILE;
    case EROFS:
    case ETXTBSY: return VM_PERMISSION_DENIED;
    case EIO:
    case ETIMEDOUT: return VM_IO_ERROR;
    default: return unix_error(error);
  }
}

vm_error unix_check_limit(uint64_t size) {
  struct rlimit limit;
  if (size > INT64_MAX) return VM_FILE_TOO_LARGE;
  bool limited = getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  return limited && size > limit.rlim_cur ? VM_FILE_TOO_LARGE : VM_OK;
}

int unix_take_room(int file, uint64_t from, uint64_t to) {
  int error;
  do error = posix_fallocate(file, (off_t)from, (off_t)(to - from));
  while (error == EINTR);
  /* Where the file system takes no room beforehand, nothing better can be done. */
  return error == EINVAL || error == EOPNOTSUPP ? 0 : error;
}

/* Makes the file so long. One in memory stays as it was after a failure; one that is sealed could not be brought back. */
static int fill(int file, uint64_t from, uint64_t to, bool sparse) {
  struct stat facts;
  int error = sparse ? 0 : unix_take_room(file, from, to);
  if (error != 0) return error;
  if (!sparse && fstat(file, &facts) == 0 && (uint64_t)facts.st_size >= to) return 0;
  return ftruncate(file, (off_t)to) == 0 ? 0 : errno;
}

/* Zeros bytes [from, to) of a page that has its memory: attached pages can be written behind the section's end. */
static void zero(int file, uint64_t from, uint64_t to) {
  static const char zeros[512];
  while (from < to) {
    size_t size = to - from < sizeof zeros ? (size_t)(to - from) : sizeof zeros;
    ssize_t done = pwrite(file, zeros, size, (off_t)from);
    if (done < 0 && errno != EINTR) return;
    if (done > 0) from += (uint64_t)done;
  }
}

vm_error unix_lengthen(int file, uint64_t from, uint64_t to, bool sparse) {
  vm_error limited = unix_check_limit(to);
  if (limited != VM_OK) return limited;
  int error = fill(file, from, to, sparse);
  if (error == 0) {
    size_t page = os_get_limits()->page_size;
    uint64_t end = (from + page - 1) / page * page;
    zero(file, from, end < to ? end : to);
    return VM_OK;
  }
  /* On a disk a part may have been done. Otherwise this would zero what was written behind the end. */
  struct stat facts;
  if (fstat(file, &facts) != 0 || (uint64_t)facts.st_size != from)
    (void)ftruncate(file, (off_t)from);
  return unix_file_error(error);
}

static vm_error lengthen_memory(int file, uint64_t from, uint64_t to) {
  return unix_has_memory(to - from) ? unix_lengthen(file, from, to, false) : VM_OUT_OF_MEMORY;
}

vm_error unix_fill_memory(int file, uint64_t size) {
  vm_error error = lengthen_memory(file, 0, size);
  return error == VM_DISK_FULL ? VM_OUT_OF_MEMORY : error; /* its file system is memory */
}

/* {====== Which file it is ====== */

/* False if other code has closed it. */
static bool facts_of(const os_section *section, struct stat *facts) {
  if (fstat((int)section->handle, facts) != 0) return false;
  bool noted = section->node != 0;
  return !noted || (facts->st_ino == section->node && facts->st_dev == section->device);
}

void unix_note_file(os_section *section) {
  struct stat facts;
  if (!facts_of(section, &facts)) return;
  section->device = facts.st_dev;
  section->node = facts.st_ino;
}

vm_error unix_give_section(int file, vm_error error, bool executable, os_section *section) {
  if (error != VM_OK) {
    close(file);
    return error;
  }
  *section = (os_section){.handle = file, .lock = -1, .executable = executable};
  unix_note_file(section);
  return VM_OK;
}

bool unix_is_same_file(const os_section *section) {
  struct stat facts;
  return facts_of(section, &facts);
}

/* ====== } */

uint64_t os_section_size(const os_section *section) {
  struct stat facts;
  return facts_of(section, &facts) ? (uint64_t)facts.st_size : OS_CLOSED;
}

vm_error os_section_resize(os_section *section, uint64_t size, bool sparse) {
  uint64_t now = os_section_size(section);
  int file = (int)section->handle;
  if (now == OS_CLOSED) return VM_BAD_FILE;
  if (size < now) return ftruncate(file, (off_t)size) == 0 ? VM_OK : unix_file_error(errno);
  if (section->path == NULL) return lengthen_memory(file, now, size);
  return unix_lengthen(file, now, size, sparse);
}

vm_error os_section_probe(const os_section *section, uint64_t from) {
  char byte;
  ssize_t got;
  if (from >= os_section_size(section)) return VM_PAST_END;
  do got = pread((int)section->handle, &byte, 1, (off_t)from);
  while (got < 0 && errno == EINTR);
  if (got == 0) return VM_PAST_END;
  return got < 0 && errno == EIO ? VM_IO_ERROR : VM_OK; /* others mean that it can only be mapped */
}

vm_error os_attach(uintptr_t address, size_t size, const os_section *section, uint64_t from,
                   unsigned protection, bool copy) {
  if (!unix_is_same_file(section)) return VM_BAD_FILE;
  if (!unix_note_attached(address, size)) return VM_OUT_OF_MEMORY;
  int flags = MAP_FIXED | (copy ? MAP_PRIVATE : MAP_SHARED);
  void *got = mmap(unix_pointer(address), size, unix_protection(protection), flags,
                   (int)section->handle, (off_t)from);
  return got != MAP_FAILED ? VM_OK : unix_error(errno);
}
