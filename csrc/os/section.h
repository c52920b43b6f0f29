/* section.h: the contract of the os floor for sections: memory that can be at several places and in several
** processes. As in os.h, a function that can fail returns VM_OK or the reason, results are set on success only,
** and after a failure nothing has changed unless the comment says otherwise. */
#ifndef OS_SECTION_H
#define OS_SECTION_H

#include "os/os.h"

/* What the system's files keep of a section. Only they read the fields, but for `executable`,
** `fallible`, `created`, `name`, `path`, `device` and `node`. */
typedef struct os_section {
  intptr_t handle; /* a descriptor or a HANDLE */
  intptr_t lock;   /* of a named section on Unix: see unix_names.c */
  char *name;      /* the same; NULL if it has none */
  char *path;      /* of a file: as it was asked for; NULL if it is memory */
  uint64_t size;   /* in bytes, where the system does not tell it */
  bool executable; /* its pages may be executed */
  bool fallible;   /* another process may take its pages away: a touch of one is a signal then */
  bool created;    /* of a file: by the call that gave the section */
  uint64_t device, node; /* which file it is; 0: not noted, or no file */
} os_section;

typedef struct os_section_request {
  uint64_t size;   /* in bytes, > 0; not rounded */
  bool growable;   /* os_section_resize may make it larger */
  bool executable; /* its pages may be executed */
  const char *
      name; /* of os_section_open: what other processes open; else what the system shows; or NULL */
} os_section_request;

/* A new section of zeros. Its memory is taken at once, so that a touch cannot fail later, and no process can take
** it away. VM_OUT_OF_MEMORY, VM_TOO_MANY_FILES, VM_FILE_TOO_LARGE, VM_NOT_SUPPORTED. */
vm_error os_section_new(const os_section_request *request, os_section *section);

/* The section of this name, which some process has; if none has it, a new one of zeros: then *created is true. It
** lasts as long as one process has it, and no longer, however that process ends. If it exists, its size stays.
** With a size of 0 none is made: VM_NO_FILE.
** The name is not empty, has no '/', '\\' or zero byte, and at most OS_SECTION_NAME bytes.
** Also VM_DISK_FULL, VM_PERMISSION_DENIED (it is another user's). */
enum { OS_SECTION_NAME = 200 };
vm_error os_section_open(const os_section_request *request, os_section *section, bool *created);

/* How a file is opened, as by io.open: "r", "r+" and "w+". */
typedef enum os_file_mode { OS_FILE_READ, OS_FILE_WRITE, OS_FILE_NEW } os_file_mode;

typedef struct os_file_request {
  const char *path;
  os_file_mode mode;
  bool sparse;   /* what becomes longer may have holes: no room is taken for them */
  uint64_t size; /* the file is at least so long afterwards */
} os_file_request;

/* A section of a regular file. Room for what the file becomes longer by is taken at once, and reads as zeros; a file
** that is made has the rights 0666 without the umask. Files may have no bytes. Its pages are fallible, except for a
** path that os_section_path gave to another process, which still has that section: nobody can make it smaller.
** VM_NO_FILE, VM_BAD_FILE (no regular file, or one that cannot be mapped), VM_PERMISSION_DENIED (also if one that is
** opened for reading would have to be longer), VM_DISK_FULL, VM_FILE_TOO_LARGE, VM_TOO_MANY_FILES, VM_IO_ERROR.
** After a failure the file is as it was, and one that the call has made is gone. One exception: a file that was cut to
** 0 bytes stays so if another process has meanwhile taken the room that was kept for its new ones. */
vm_error os_section_file(const os_file_request *request, os_section *section);

/* Writes the path by which other processes can open a section of memory into `path`, of OS_SECTION_PATH bytes; false
** if it has none. */
enum { OS_SECTION_PATH = 320 };
bool os_section_path(const os_section *section, char *path);

/* Its size in bytes now: another process may have changed it. OS_CLOSED if other code has closed its handle; the other
** functions then give VM_BAD_FILE. */
#define OS_CLOSED UINT64_MAX
uint64_t os_section_size(const os_section *section);

/* Makes it `size` bytes long. New bytes are zeros, and room for them is taken unless `sparse`. Only files become
** smaller; pages that are attached behind the new end stay there, and trap. VM_PERMISSION_DENIED if the process that
** made it has not said growable, or the file was opened for reading; the errors of os_section_new and os_section_file;
** VM_IN_USE (Windows: it cannot become smaller while another section or process has pages of it attached).
** VM_ADDRESS_IN_USE (Windows: see os_attach; the file may be smaller). On Windows, pages of it that stay attached lose
** their locks. */
vm_error os_section_resize(os_section *section, uint64_t size, bool sparse);

/* Bytes of a file become zeros, for all who have them, and whole pages of them give their room on the disk back. False
** where the system or the file system cannot do that: then nothing has changed. */
bool os_section_empty(const os_section *section, uint64_t from, uint64_t size);

/* What has been written to attached pages, which are not private copies, is given to the file; with `wait`, the
** system has it on the disk when this returns, as far as it says. VM_IO_ERROR, VM_DISK_FULL. */
vm_error os_flush_pages(uintptr_t address, size_t size, bool wait);

/* After os_flush_pages: everything that the file was given is on the disk when this returns. Does nothing for memory.
** The same errors, and VM_BAD_FILE. */
vm_error os_section_flush(const os_section *section);

/* After os_flush_pages without `wait`: starts to write bytes [from, from+size) of the file to the disk. It may do
** nothing, where os_flush_pages has started it. */
vm_error os_section_start_flush(const os_section *section, uint64_t from, uint64_t size);

/* Whether the byte `from` of a fallible section can be had just now: VM_OK, VM_PAST_END (the section ends before it),
** VM_IO_ERROR. */
vm_error os_section_probe(const os_section *section, uint64_t from);

/* Lets go of the section. Pages that are attached keep its memory. */
void os_section_close(os_section *section);

/* Pages of any state, in one region that is not sparse, become pages of the section: committed, with this
** protection. `from` is a multiple of the page size, and all pages hold a byte of the section. With `copy`, what is
** written to them stays theirs, and the section does not change. os_decommit makes them reserved again.
** VM_PAST_END (Windows: the file has just become smaller).
** VM_OUT_OF_MEMORY, VM_TOO_MANY_MAPPINGS, VM_PERMISSION_DENIED, VM_NOT_SUPPORTED (Windows: see windows_attach.c).
** VM_ADDRESS_IN_USE: another thread was faster, on Windows; if it keeps the addresses, pages that were attached before
** are lost, and refuse os_protect. */
vm_error os_attach(uintptr_t address, size_t size, const os_section *section, uint64_t from,
                   unsigned protection, bool copy);

#endif
