/* slot.h: slots: where vmem keeps its objects, out of reach of scripts.
**
** A userdata of vmem holds only the number of a slot. A slot is C memory that is never moved, and never
** freed while it can be read. So it does no harm if a userdata holds a wrong number, like one of another C
** module whose contents a script chooses. A userdata belongs to vmem when the slot of its number has the
** userdata's address and its Lua state. This needs no secret: vmem.peek and "%p" show scripts any address,
** but they cannot write into a slot.
**
** One case cannot be seen: when debug.setmetatable has removed a metatable, Lua frees the userdata without
** calling __gc. Its slot stays taken, and its region held, until the state closes. If a userdata of other
** code then gets the same address and holds the right number, it counts as the object that was freed.
**
** Lua states share the slots; each has chunks of its own, and may run in its own thread. Reading a slot
** takes no lock, and neither does taking a chunk. */
#ifndef LUA_SLOT_H
#define LUA_SLOT_H

#include <lua.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "lua/fast_arguments.h"

/* The contents of a userdata: the number of a chunk, and the slot's offset in it in bytes. 0 is no slot. */
typedef uint32_t l_number;

enum {
  L_SLOT_SIZE = 64,
  L_CHUNK_BITS = 16, /* of the number: the offset */
  L_CHUNKS = 1 << (32 - L_CHUNK_BITS)
};

/* The head of a slot; the object follows. Threads of other states may read it at any time. */
typedef struct l_slot {
  _Atomic(const void *) owner; /* the userdata's memory; NULL while the slot is free */
  _Atomic(const void *) state; /* the address of the state's registry */
  _Atomic uintptr_t stamp;     /* l_stamp, if the object may be used by the short way; else 0 */
} l_slot;

enum { L_OBJECT_SIZE = L_SLOT_SIZE - sizeof(l_slot) }; /* at most */

/* The first slot's place is taken by this. */
typedef struct l_chunk {
  l_slot nobody;               /* never taken: a wrong number may point here */
  void *memory;                /* for free() */
  struct l_chunk *next, *book; /* of the same state; the first of them is its book */
  _Atomic(bool) taken;
  l_number number;
  uint32_t
      fresh;     /* the offset of the first slot that has not been used since the chunk was taken */
  l_number free; /* in a book: the first returned slot */
} l_chunk;

/* Entries are filled from the first on, and stay. */
extern _Atomic(l_chunk *) l_chunks[L_CHUNKS];

static inline void *l_slot_object(l_slot *slot) { return slot + 1; }

/* The slot of the userdata with this memory, of at least four bytes, or NULL. The caller still has to
** compare the state. */
static inline l_slot *l_slot_of(const void *memory) {
  l_number number;
  memcpy(&number, memory, sizeof number);
  l_chunk *chunk = atomic_load_explicit(&l_chunks[number >> L_CHUNK_BITS], memory_order_acquire);
  if (chunk == NULL) return NULL;
  size_t offset = number & ((1U << L_CHUNK_BITS) - L_SLOT_SIZE);
  l_slot *slot = (l_slot *)(void *)((char *)chunk + offset);
  return atomic_load_explicit(&slot->owner, memory_order_relaxed) == memory ? slot : NULL;
}

/* {====== The short way, where l_stack_known ====== */

/* A state and a kind of object in one number. No two states are so close to each other. */
static inline uintptr_t l_stamp(lua_State *L, unsigned kind) {
  return (uintptr_t)((const l_state_head *)(const void *)L)->global + kind;
}

enum {
  L_SHORT_REGION = 1,
  L_SHORT_CELLS,
  L_SHORT_VIEW, /* + element type */
  L_SHORT_KINDS = 32
};

/* The object of this kind that the value is, ready for the short way, or NULL. */
static inline void *l_short_object(lua_State *L, const l_value *value, unsigned kind) {
  const void *memory = l_userdata(value, sizeof(l_number));
  l_slot *slot = memory != NULL ? l_slot_of(memory) : NULL;
  if (slot == NULL || atomic_load_explicit(&slot->stamp, memory_order_relaxed) != l_stamp(L, kind))
    return NULL;
  return l_slot_object(slot);
}

/* ====== } */

/* A book for a new state: a free chunk, which is taken. NULL when there is no memory. */
l_chunk *l_new_book(void);

/* Frees all slots of a book; its chunks can be taken by other states. */
void l_free_book(l_chunk *book);

/* Takes a slot for the userdata with this memory, and writes the number there. The object is all zeros.
** NULL when there is no memory. */
l_slot *l_take_slot(lua_State *L, l_chunk *book, void *memory);

/* Frees the slot of the userdata with this memory. */
void l_return_slot(l_slot *slot, const void *memory);

/* The book of the state to which the slot of the userdata with this memory belongs. */
l_chunk *l_book_of(const void *memory);

/* Calls `act` for each slot of the book that is taken. */
void l_each_slot(lua_State *L, l_chunk *book, void (*act)(lua_State *L, l_slot *slot));

#endif
