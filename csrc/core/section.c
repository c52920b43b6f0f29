/* section.c: sections: how they are made, held and dropped. */
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
  return s != NULL ? give(s, os_section_open(request, &s->system, created), out) : VM_OUT_OF_MEMORY;
}

vm_error vm_section_at(const char *path, bool writable, vm_section **out) {
  vm_section *s = new_section(writable, true);
  return s != NULL ? give(s, os_section_at(path, writable, &s->system), out) : VM_OUT_OF_MEMORY;
}

vm_error vm_section_resize(vm_section *s, uint64_t size) {
  uint64_t now = os_section_size(&s->system);
  if (size == now) return VM_OK;
  if (size < now || !s->growable || !s->writable) return VM_PERMISSION_DENIED;
  return os_section_resize(&s->system, size);
}

void vm_section_hold(vm_section *s) { s->holders++; }

void vm_section_drop(vm_section *s) {
  if (--s->holders > 0) return;
  os_section_close(&s->system);
  free(s);
}
