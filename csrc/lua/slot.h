/* slot.h: where vmem keeps what it knows of its userdata, out of every script's reach.
**
** A userdata of vmem holds nothing but the number of a slot, and a slot is C memory that is never moved, and
** never freed while it can be looked at. So any userdata may hold any number: that of another C module, whose
** contents a script chooses, as well. A userdata is ours when the slot of that number says that it is this
** very one, by its address, and of this very Lua state. No secret is needed for that: vmem.peek and "%p" show
** a script whatever it wants to know, and it still cannot write into a slot.
**
** What cannot be told: Lua frees a userdata without a word when debug.setmetatable has taken its metatable
** away. Its slot stays taken then, and what it holds stays held, until the state closes. Other code's userdata
** that gets the very same address, and the right number, counts as the one that was freed: as an object that
** vmem has made, with what vmem knows of it.
**
** Lua states share the slots, each in chunks of its own, and may run in threads of their own. Looking takes no
** lock, and neither does taking a chunk. */
#ifndef LUA_SLOT_H
#define LUA_SLOT_H

#include <lua.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "lua/fast_arguments.h"

/* What a userdata holds: the number of a chunk, and its slot's offset there in bytes. 0 is no slot. */
typedef uint32_t l_number;

enum {
  L_SLOT_SIZE = 64,
  L_CHUNK_BITS = 16, /* of the number: the offset */
  L_CHUNKS = 1 << (32 - L_CHUNK_BITS)
};

/* What a slot starts with; the object follows. Other states' threads may look at it at any time. */
typedef struct l_slot {
  _Atomic(const void *) owner; /* the userdata's memory; NULL while nobody has the slot */
  _Atomic(const void *) state; /* the address of the state's registry */
  _Atomic uintptr_t stamp;     /* l_stamp, of what has a short way and is ready for it; else 0 */
} l_slot;

enum { L_OBJECT_SIZE = L_SLOT_SIZE - sizeof(l_slot) }; /* at most */

/* The first slot's place is taken by this. */
typedef struct l_chunk {
  l_slot nobody;               /* so that a number may lead here, too */
  void *memory;                /* for free() */
  struct l_chunk *next, *book; /* of the same state; the first of them is its book */
  _Atomic(bool) taken;
  l_number number;
  uint32_t fresh; /* where the first slot is that has never been taken since the chunk was */
  l_number free;  /* of a book: the first of those that have been returned */
} l_chunk;

/* Entries are filled from the first on, and stay. */
extern _Atomic(l_chunk *) l_chunks[L_CHUNKS];

static inline void *l_slot_object(l_slot *slot) { return slot + 1; }

/* The slot of the userdata with this memory, of four bytes at least, or NULL. The state is still to be
** looked at. */
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

enum { L_SHORT_REGION = 1, L_SHORT_VIEW = 2 /* + element type */, L_SHORT_KINDS = 16 };

/* The object of this kind that the value is, ready for the short way, or NULL. */
static inline void *l_short_object(lua_State *L, const l_value *value, unsigned kind) {
  const void *memory = l_userdata(value, sizeof(l_number));
  l_slot *slot = memory != NULL ? l_slot_of(memory) : NULL;
  if (slot == NULL || atomic_load_explicit(&slot->stamp, memory_order_relaxed) != l_stamp(L, kind))
    return NULL;
  return l_slot_object(slot);
}

/* ====== } */

/* A book for a state: a chunk that nobody has. NULL when there is no memory. */
l_chunk *l_new_book(void);

/* All its slots are free again, and its chunks anybody's. */
void l_free_book(l_chunk *book);

/* A slot for the userdata with this memory, which gets the number; what follows the slot's head is all zeros.
** NULL when there is no memory. */
l_slot *l_take_slot(lua_State *L, l_chunk *book, void *memory);

/* The slot is free again; it is the one of the userdata with this memory. */
void l_return_slot(l_slot *slot, const void *memory);

/* The book of the state to which the slot of the userdata with this memory belongs. */
l_chunk *l_book_of(const void *memory);

/* Calls it for each of a book's slots that are taken. */
void l_each_slot(lua_State *L, l_chunk *book, void (*act)(lua_State *L, l_slot *slot));

#endif
