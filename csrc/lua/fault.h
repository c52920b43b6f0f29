/* fault.h: faults, as access.c makes them and handlers.c passes them on. */
#ifndef LUA_FAULT_H
#define LUA_FAULT_H

#include "lua/object.h"

typedef struct l_fault {
  l_object object; /* region: NULL for an address outside all regions */
  uintptr_t address;
  int line;       /* of the script that made the access; 0 when none did */
  uint8_t access; /* VM_READ or VM_WRITE */
  uint8_t byte;   /* the page's, when it refused */
  uint8_t armed;  /* vm_error: why the system would not take the guard off */
  bool raised;
  uint8_t after; /* of a guard page: what it was when the fault was raised */
} l_fault;

extern const l_class l_fault_class;

/* The fault at 1. */
l_fault *l_checkfault(lua_State *L);

static inline bool l_fault_is_guard(const l_fault *fault) { return (fault->byte & VM_GUARD) != 0; }

/* Of the byte in its region. */
static inline size_t l_fault_offset(const l_fault *fault) {
  return fault->address - fault->object.region->base;
}

/* Writes down the script's line that made the access. The fault is on top of the stack. */
void l_fault_set_line(lua_State *L, l_fault *fault);

/* The fault is raised: writes down what has become of the page, which a handler may have changed. */
void l_fault_set_raised(l_fault *fault);

#endif
