/* section.h: the contract of the os floor for sections: memory that can be at several places and in several
** processes. As in os.h, a function that can fail returns VM_OK or the reason, results are set on success only,
** and after a failure nothing has changed unless the comment says otherwise. */
#ifndef OS_SECTION_H
#define OS_SECTION_H

#include "os/os.h"

/* What the system's files keep of a section. Only they read the fields, but for `executable`. */
typedef struct os_section {
  intptr_t handle;       /* a descriptor or a HANDLE */
  intptr_t lock;         /* of a named section on Unix: see unix_names.c */
  char *name;            /* the same; NULL if it has none */
  uint64_t size;         /* in bytes, where the system does not tell it */
  bool executable;       /* its pages may be executed */
  uint64_t device, node; /* on Unix, which file it is; 0: not noted */
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
** The name is not empty, has no '/', '\\' or zero byte, and at most OS_SECTION_NAME bytes.
** Also VM_DISK_FULL, VM_PERMISSION_DENIED (it is another user's). */
enum { OS_SECTION_NAME = 200 };
vm_error os_section_open(const os_section_request *request, os_section *section, bool *created);

/* The section at a path that os_section_path gave to another process, which still has it. If not `writable`, its
** pages can be read only. VM_NO_FILE, VM_BAD_FILE
** (it is no section, or one that another process could make smaller), VM_PERMISSION_DENIED, VM_TOO_MANY_FILES,
** VM_NOT_SUPPORTED. */
vm_error os_section_at(const char *path, bool writable, os_section *section);

/* Writes the path into `path`, of OS_SECTION_PATH bytes; false if the section has none. */
enum { OS_SECTION_PATH = 320 };
bool os_section_path(const os_section *section, char *path);

/* Its size in bytes now: another process may have made it larger. 0 if other code has closed its handle; the other
** functions then give VM_BAD_FILE. */
uint64_t os_section_size(const os_section *section);

/* Makes it larger: `size` is more than its size; the new bytes are zeros. VM_PERMISSION_DENIED if the process that
** made it has not said growable; the errors of os_section_new. */
vm_error os_section_resize(os_section *section, uint64_t size);

/* Lets go of the section. Pages that are attached keep its memory. */
void os_section_close(os_section *section);

/* Pages of any state, in one region that is not sparse, become pages of the section: committed, with this
** protection. `from` is a multiple of the page size, and all pages hold a byte of the section. With `copy`, what is
** written to them stays theirs, and the section does not change. os_decommit makes them reserved again.
** VM_OUT_OF_MEMORY, VM_TOO_MANY_MAPPINGS, VM_PERMISSION_DENIED, VM_NOT_SUPPORTED (Windows: see windows_attach.c).
** VM_ADDRESS_IN_USE: another thread was faster, on Windows; if it keeps the addresses, pages that were attached before
** are lost, and refuse os_protect. */
vm_error os_attach(uintptr_t address, size_t size, const os_section *section, uint64_t from,
                   unsigned protection, bool copy);

#endif
