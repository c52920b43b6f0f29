/* fault.h: fault objects: access_refused.c makes them, handlers.c passes them to the handlers. */
#ifndef LUA_FAULT_H
#define LUA_FAULT_H

#include "lua/view.h"

typedef struct l_fault {
  l_object object; /* region: NULL for an address outside all regions */
  uintptr_t address;
  int line;       /* of the script that made the access; 0 when none did */
  uint32_t size;  /* of the access, as far as it lies in this page */
  uint8_t access; /* VM_READ or VM_WRITE */
  uint8_t which;  /* l_which */
  uint8_t type;   /* of a single element: its type plus 1; 0: bytes */
  uint8_t byte;   /* the page's byte at the time of the fault */
  uint8_t after;  /* the page's byte when the fault was raised; for guard pages */
  uint8_t
      refusal; /* vm_error: why the system refused to take the guard off, or to commit what is touched */
  bool raised : 1, answered : 1;
  bool is_atomic : 1;  /* nothing can answer it */
  bool is_trapped : 1; /* and the page has a trap for such an access */
  uint8_t loss : 2;    /* vm_loss: why the system could not give the page */
} l_fault;

/* A fault's user value is a table with these indices. */
enum { L_FAULT_REGION = 1, L_FAULT_BYTES, L_FAULT_SECTION, L_FAULT_ANSWER };

extern const l_class l_fault_class;

/* Pushes a new fault. The bytes of a write are at `bytes`, else nil; false for those that a file lacks. */
l_fault *l_push_fault(lua_State *L, int bytes);

/* The fault on top of the stack is in this region. */
void l_attach_fault(lua_State *L, l_fault *fault, vm_region *region);

/* The integer key of an answer among those of an access. */
static inline lua_Integer l_answer_key(uintptr_t address, unsigned which) {
  return (lua_Integer)((uint64_t)address << 2 | which);
}

/* Pushes what the handlers have answered, as the bytes of a read, or true for a write; or nil. */
void l_push_answer(lua_State *L, const l_fault *fault, int index);

/* False for an atomic, and for a write whose bytes are not known yet. */
bool l_can_be_answered(lua_State *L, const l_fault *fault, int index);

/* Pushes what a trap's function gets to know: the size of a read; the value or the bytes of a write. */
void l_push_wanted(lua_State *L, const l_fault *fault, int index);

/* Pushes an entry of the fault's user value; nil if that was replaced (debug library). */
void l_push_fault_entry(lua_State *L, int index, int entry);

/* fault:answer(value) for a read, fault:answer() for a write. */
int l_fault_answer(lua_State *L);

/* The fault at 1. */
l_fault *l_checkfault(lua_State *L);

static inline bool l_fault_is_guard(const l_fault *fault) { return (fault->byte & VM_GUARD) != 0; }

/* The offset of the fault in its region. */
static inline size_t l_fault_offset(const l_fault *fault) {
  return fault->address - fault->object.region->base;
}

/* The number of its page, from 1 on. */
static inline lua_Integer l_fault_page(const l_fault *fault) {
  return (lua_Integer)(l_fault_offset(fault) >> fault->object.region->page_shift) + 1;
}

/* Stores in the fault, which is on top of the stack, the script's line, and the element to be written. */
void l_fault_set_text(lua_State *L, l_fault *fault, l_element value);

/* Records the fault of an access of so many bytes, in the region's recording or else in the Lua state's. */
void l_record_fault(lua_State *L, const l_fault *fault, size_t size);

/* Before the fault is raised: stores the page's byte, which a handler may have changed. */
void l_fault_set_raised(l_fault *fault);

#endif
