/* unix_names.c: sections that several processes open by a name: shared memory objects "/vmem.NAME".
**
** A name is to last as long as one process has the section, however that process ends. Locks do that, since the
** system gives them back itself:
** - Each holder has LOCK_SH of flock(2). It belongs to the open file, so a child of fork holds it as well, and it ends
**   with the last descriptor. Where LOCK_EX can be had there is no holder. Attached pages also keep a file open: so
**   they are attached from a second one, `handle`, and the lock is on `lock`.
** - The gate is a lock of fcntl(2). It belongs to one process and never to a child. Only at the gate are objects made,
**   tried and removed; so a lock that is found there is a holder's, and changing from LOCK_EX to LOCK_SH, which is not
**   one step, lets no other process in between.
** An object has one life. What killed processes have left is removed and not used again: to cut it off would end any
** process that still has pages of it. Removed objects have no link, and are not mistaken for the name. */
#define _GNU_SOURCE /* shm_open, flock */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "os/unix.h"
#include "os/unix_section.h"

#define PREFIX "vmem."

/* {====== One thread at a time ====== */

/* The gate does not keep threads of one process apart, and a process loses it when it closes any descriptor of the
** object. A child of fork may find this set by a thread that it does not have; so the process is noted. */
static _Atomic long user;

static void begin(void) {
  const struct timespec moment = {.tv_nsec = 100000};
  long self = getpid(), seen = user;
  while (seen == self || !atomic_compare_exchange_strong(&user, &seen, self)) {
    nanosleep(&moment, NULL);
    seen = user;
  }
}

static void end(void) { user = 0; }

/* ====== } */

/* {====== Objects ====== */

typedef struct object_path {
  char text[sizeof "/" PREFIX + 256];
} object_path;

static object_path path_of(const char *name) {
  object_path path;
  snprintf(path.text, sizeof path.text, "/" PREFIX "%s", name);
  return path;
}

/* It follows no symbolic link. */
static int open_object(const char *name, int flags) {
  object_path path = path_of(name);
  int file;
  do file = shm_open(path.text, O_RDWR | flags, S_IRUSR | S_IWUSR);
  while (file < 0 && errno == EINTR);
  return unix_above_standard(file);
}

static void remove_object(const char *name) {
  object_path path = path_of(name);
  (void)shm_unlink(path.text);
}

static vm_error open_error(int error) {
  switch (error) {
    case ELOOP: /* a link, a folder (EINVAL with glibc), a socket: not vmem's */
    case EISDIR:
    case EINVAL:
    case ENXIO: return VM_PERMISSION_DENIED;
    case ENOENT: /* the system has no place for names, or none for such a long one */
    case ENOTDIR:
    case ENAMETOOLONG: return VM_NOT_SUPPORTED;
    default: return unix_file_error(error);
  }
}

/* Whether vmem, run by this user, can have made it. A umask may have taken more rights away. */
static bool is_ours(const struct stat *facts) {
  return S_ISREG(facts->st_mode) && facts->st_uid == geteuid() && facts->st_nlink <= 1 &&
         (facts->st_mode & 07777 & ~(mode_t)(S_IRUSR | S_IWUSR)) == 0;
}

static bool is_object(int file, const struct stat *object) {
  struct stat facts;
  return fstat(file, &facts) == 0 && facts.st_dev == object->st_dev &&
         facts.st_ino == object->st_ino;
}

/* ====== } */

/* {====== Locks ====== */

static bool lock_holder(int file, int how) {
  int result;
  do result = flock(file, how | LOCK_NB);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

static bool set_gate(int file, int command, short type) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_len = 1};
  int result;
  do result = fcntl(file, command, &lock);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

static vm_error lock_error(int error) {
  return error == ENOLCK || error == ENOMEM ? VM_OUT_OF_MEMORY : VM_NOT_SUPPORTED;
}

typedef enum finding {
  GONE,  /* removed after it was opened */
  HELD,  /* by a holder, and now also by this file */
  EMPTY, /* made, but not filled */
  LEFT   /* by processes that were killed */
} finding;

/* At the gate. */
static vm_error look(int file, finding *found) {
  struct stat facts;
  if (fstat(file, &facts) != 0) return unix_file_error(errno);
  if (facts.st_nlink == 0) {
    *found = GONE;
  } else if (lock_holder(file, LOCK_EX)) {
    *found = facts.st_size == 0 ? EMPTY : LEFT;
  } else if (errno != EWOULDBLOCK) {
    return lock_error(errno);
  } else if (lock_holder(file, LOCK_SH)) {
    *found = HELD;
  } else {
    *found = LEFT; /* the child of a process that was killed while it made the object */
  }
  return VM_OK;
}

/* The gate is left by set_gate or close. `command`: F_SETLKW to wait for it, F_SETLK to fail if it is taken. */
static vm_error enter(int file, int command, finding *found) {
  struct stat facts;
  if (fstat(file, &facts) != 0) return unix_file_error(errno);
  if (!is_ours(&facts)) return VM_PERMISSION_DENIED;
  if (!set_gate(file, command, F_WRLCK)) return lock_error(errno);
  return look(file, found);
}

/* ====== } */

/* {====== What is left ====== */

/* Removes the object of this name if no process has it; with `only`, if it is that one. */
static void clear(const char *name, const struct stat *only) {
  finding found = GONE;
  int file = open_object(name, 0);
  if (file < 0) return;
  if ((only == NULL || is_object(file, only)) &&
      enter(file, only != NULL ? F_SETLKW : F_SETLK, &found) == VM_OK &&
      (found == EMPTY || found == LEFT))
    remove_object(name);
  close(file);
}

/* Processes that were killed leave memory under names that may never be opened again. The next process that opens any
** name removes it, where the system lists objects. */
static void clear_all(void) {
  static bool done;
  if (done) return;
  done = true;
  DIR *folder = opendir("/dev/shm");
  if (folder == NULL) return;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    const char *name = entry->d_name;
    if (strncmp(name, PREFIX, strlen(PREFIX)) == 0) clear(name + strlen(PREFIX), NULL);
  }
  closedir(folder);
}

/* ====== } */

/* The rights are set for a umask that takes them away. */
static vm_error make(int file, uint64_t size) {
  if (fchmod(file, S_IRUSR | S_IWUSR) != 0) return unix_file_error(errno);
  if (!unix_has_memory(size)) return VM_OUT_OF_MEMORY;
  vm_error error = unix_lengthen(file, 0, size, false);
  if (error == VM_OK && !lock_holder(file, LOCK_SH)) error = lock_error(errno);
  return error;
}

/* A second open file of the same object; *again is -1 after VM_OK if the name has been removed by hand. */
static vm_error open_again(const char *name, int file, int *again) {
  struct stat facts;
  *again = open_object(name, 0);
  if (*again < 0) return errno == ENOENT ? VM_OK : open_error(errno);
  if (fstat(file, &facts) == 0 && is_object(*again, &facts)) return VM_OK;
  close(*again);
  *again = -1;
  return VM_OK;
}

/* *lock is -1 after VM_OK if it is to be tried again. */
static vm_error try_open(const os_section_request *request, int *lock, int *handle, bool *created) {
  finding found = GONE;
  bool may_make = request->size > 0;
  *lock = open_object(request->name, may_make ? O_CREAT : 0);
  if (*lock < 0) return !may_make && errno == ENOENT ? VM_NO_FILE : open_error(errno);
  vm_error error = enter(*lock, F_SETLKW, &found);
  if (error == VM_OK && found == EMPTY) error = may_make ? make(*lock, request->size) : VM_NO_FILE;
  if (error == VM_OK && (found == HELD || found == EMPTY))
    error = open_again(request->name, *lock, handle);
  if (found == LEFT || (found == EMPTY && error != VM_OK)) remove_object(request->name);
  if (*handle >= 0) {
    *created = found == EMPTY;
    (void)set_gate(*lock, F_SETLK, F_UNLCK);
  } else {
    close(*lock);
    *lock = -1;
  }
  return error;
}

vm_error os_section_open(const os_section_request *request, os_section *section, bool *created) {
  int lock = -1, handle = -1;
  bool made = false;
  vm_error error;
  char *name = strdup(request->name);
  if (name == NULL) return VM_OUT_OF_MEMORY;
  begin();
  clear_all();
  do error = try_open(request, &lock, &handle, &made);
  while (error == VM_OK && lock < 0);
  end();
  if (error != VM_OK) {
    free(name);
    return error;
  }
  *created = made;
  *section = (os_section){.handle = handle,
                          .lock = lock,
                          .name = name,
                          .executable = request->executable,
                          .fallible = true};
  unix_note_file(section);
  return VM_OK;
}

/* Other code may have closed a descriptor, and its number may be another file's now. */
static void close_if_ours(int file, const os_section *section) {
  const os_section same = {.handle = file, .device = section->device, .node = section->node};
  if (unix_is_same_file(&same)) close(file);
}

/* A child of fork may still have the lock. */
void os_section_close(os_section *section) {
  struct stat facts;
  if (section->name == NULL) {
    close_if_ours((int)section->handle, section);
    free(section->path);
    return;
  }
  begin();
  bool known = unix_is_same_file(section) && fstat((int)section->handle, &facts) == 0;
  close_if_ours((int)section->handle, section);
  close_if_ours((int)section->lock, section);
  if (known && facts.st_nlink > 0) clear(section->name, &facts);
  end();
  free(section->name);
}
