/* section.h: sections: memory that can be attached at several places of regions. */
#ifndef SECTION_H
#define SECTION_H

#include "os/section.h"

/* It lives until its last holder drops it. Each attachment is a holder. */
typedef struct vm_section {
  os_section system;
  bool writable; /* its pages can be written. Private copies can in any case */
  bool growable; /* or the system knows, of one that another process has made */
  size_t holders;
} vm_section;

/* A new section, with one holder. The errors of os_section_new. */
vm_error vm_section_new(const os_section_request *request, vm_section **out);

/* The section of a name, or a new one: then *created is true. The errors of os_section_open. */
vm_error vm_section_open(const os_section_request *request, vm_section **out, bool *created);

/* The section at the path that another process has for it. The errors of os_section_at. */
vm_error vm_section_at(const char *path, bool writable, vm_section **out);

/* Makes it larger. VM_PERMISSION_DENIED if it may not grow, cannot be written, or would become smaller; the errors
** of os_section_resize. */
vm_error vm_section_resize(vm_section *section, uint64_t size);

void vm_section_hold(vm_section *section);
void vm_section_drop(vm_section *section);

#endif
