/* section.h: sections: memory that can be attached at several places of regions. */
#ifndef SECTION_H
#define SECTION_H

#include "core/vmem.h"
#include "os/section.h"

/* It lives until its last holder drops it. Each attachment is a holder. */
typedef struct vm_section {
  os_section system;
  bool writable; /* its pages can be written. Private copies can in any case */
  bool growable; /* or the system knows, of one that another process has made */
  bool file;     /* it is a file, which can become smaller, too */
  bool copies;   /* all that is attached of it is private copies */
  bool sparse;   /* what it becomes larger by may have holes */
  bool fallible; /* accesses to its pages are guarded, because another process may take them away */
  const char *mode; /* for the user of the core */
  size_t holders;
} vm_section;

/* A new section, with one holder. The errors of os_section_new. */
vm_error vm_section_new(const os_section_request *request, vm_section **out);

/* The section of a name, or a new one unless the size is 0: then *created is true. The errors of os_section_open. */
vm_error vm_section_open(const os_section_request *request, vm_section **out, bool *created);

/* The section of a file. With `copies`, it is attached as private copies only. Without `guard` it is never fallible, and
** pages that another process takes away end this process when they are touched. The errors of os_section_file. */
vm_error vm_section_file(const os_file_request *request, bool copies, bool guard, vm_section **out);

/* Makes it larger or smaller. Attached pages that hold no byte of it any more stay as they are, and trap: the caller
** lets go of them (vm_detach_past). VM_PERMISSION_DENIED if it may not grow, cannot be written, or would become smaller
** and is no file; the errors of os_section_resize. */
vm_error vm_section_resize(vm_section *section, uint64_t size);

void vm_section_hold(vm_section *section);
void vm_section_drop(vm_section *section);

#endif
