/* fault.h: fault objects: access.c makes them, handlers.c passes them to the handlers. */
#ifndef LUA_FAULT_H
#define LUA_FAULT_H

#include "lua/object.h"

typedef struct l_fault {
  l_object object; /* region: NULL for an address outside all regions */
  uintptr_t address;
  int line;       /* of the script that made the access; 0 when none did */
  uint8_t access; /* VM_READ or VM_WRITE */
  uint8_t byte;   /* the page's byte at the time of the fault */
  uint8_t armed;  /* vm_error: why the guard could not be taken off; VM_OK if it could */
  bool raised;
  uint8_t after; /* the page's byte when the fault was raised; for guard pages */
} l_fault;

extern const l_class l_fault_class;

/* The fault at 1. */
l_fault *l_checkfault(lua_State *L);

static inline bool l_fault_is_guard(const l_fault *fault) { return (fault->byte & VM_GUARD) != 0; }

/* The offset of the fault in its region. */
static inline size_t l_fault_offset(const l_fault *fault) {
  return fault->address - fault->object.region->base;
}

/* Stores the script's line in the fault, which is on top of the stack. */
void l_fault_set_line(lua_State *L, l_fault *fault);

/* Before the fault is raised: stores the page's byte, which a handler may have changed. */
void l_fault_set_raised(l_fault *fault);

#endif
