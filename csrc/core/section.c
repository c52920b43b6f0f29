/* section.c: sections: how they are made, held and dropped. */
#include "core/section.h"

#include <stdlib.h>

/* Without a section in the system yet. */
static vm_section *new_section(bool growable) {
  vm_section *s = calloc(1, sizeof *s);
  if (s == NULL) return NULL;
  s->holders = 1;
  s->growable = growable;
  return s;
}

/* Gives the section, or frees it if there is an error. */
static vm_error give(vm_section *s, bool writable, vm_error error, vm_section **out) {
  if (error != VM_OK) {
    free(s);
    return error;
  }
  unsigned execute = s->system.executable ? VM_EXECUTE | VM_EXECUTE_ONLY : 0U;
  s->most_copy = VM_READ | VM_WRITE | VM_GUARD | execute;
  s->most = writable ? s->most_copy : s->most_copy & ~(unsigned)VM_WRITE;
  *out = s;
  return VM_OK;
}

vm_error vm_section_new(const os_section_request *request, vm_section **out) {
  vm_section *s = new_section(request->growable);
  if (s == NULL) return VM_OUT_OF_MEMORY;
  return give(s, true, os_section_new(request, &s->system), out);
}

vm_error vm_section_open(const os_section_request *request, vm_section **out, bool *created) {
  vm_section *s = new_section(request->growable);
  if (s == NULL) return VM_OUT_OF_MEMORY;
  return give(s, true, os_section_open(request, &s->system, created), out);
}

vm_error vm_section_at(const char *path, bool writable, vm_section **out) {
  vm_section *s = new_section(true);
  if (s == NULL) return VM_OUT_OF_MEMORY;
  return give(s, writable, os_section_at(path, writable, &s->system), out);
}

vm_error vm_section_resize(vm_section *s, uint64_t size) {
  uint64_t now = os_section_size(&s->system);
  if (size == now) return VM_OK;
  if (size < now || !s->growable || (s->most & VM_WRITE) == 0) return VM_PERMISSION_DENIED;
  return os_section_resize(&s->system, size);
}

void vm_section_hold(vm_section *s) { s->holders++; }

void vm_section_drop(vm_section *s) {
  if (--s->holders > 0) return;
  os_section_close(&s->system);
  free(s);
}
