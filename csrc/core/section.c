/* section.c: sections: how they are made, resized, held and dropped. */
#include "core/section.h"

#include <stdlib.h>

/* Without a section in the system yet. */
static vm_section *new_section(bool writable, bool growable) {
  vm_section *s = calloc(1, sizeof *s);
  if (s == NULL) return NULL;
  s->holders = 1;
  s->writable = writable;
  s->growable = growable;
  return s;
}

/* Gives the section, or frees it if there is an error. */
static vm_error give(vm_section *s, vm_error error, vm_section **out) {
  if (error == VM_OK)
    *out = s;
  else
    free(s);
  return error;
}

vm_error vm_section_new(const os_section_request *request, vm_section **out) {
  vm_section *s = new_section(true, request->growable);
  return s != NULL ? give(s, os_section_new(request, &s->system), out) : VM_OUT_OF_MEMORY;
}

vm_error vm_section_open(const os_section_request *request, vm_section **out, bool *created) {
  vm_section *s = new_section(true, request->growable);
  if (s == NULL) return VM_OUT_OF_MEMORY;
  vm_error error = give(s, os_section_open(request, &s->system, created), out);
  if (error == VM_OK) s->fallible = s->system.fallible;
  return error;
}

vm_error vm_section_file(const os_file_request *request, bool copies, bool guard,
                         vm_section **out) {
  vm_section *s = new_section(request->mode != OS_FILE_READ, true);
  if (s == NULL) return VM_OUT_OF_MEMORY;
  s->copies = copies;
  s->sparse = request->sparse;
  vm_error error = give(s, os_section_file(request, &s->system), out);
  if (error != VM_OK) return error;
  s->file = s->system.fallible;
  s->fallible = s->system.fallible && guard;
  return VM_OK;
}

vm_error vm_section_resize(vm_section *s, uint64_t size) {
  uint64_t now = os_section_size(&s->system);
  if (now == OS_CLOSED) return VM_BAD_FILE;
  if (size == now) return VM_OK;
  if (!s->growable || !s->writable || (size < now && !s->file)) return VM_PERMISSION_DENIED;
  return os_section_resize(&s->system, size, s->sparse);
}

void vm_section_hold(vm_section *s) { s->holders++; }

void vm_section_drop(vm_section *s) {
  if (--s->holders > 0) return;
  os_section_close(&s->system);
  free(s);
}
