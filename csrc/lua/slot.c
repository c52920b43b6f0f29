/* slot.c: hands out slots from chunks. A chunk belongs to one Lua state at a time. */
#include "lua/slot.h"

#include <stdlib.h>

_Atomic(l_chunk *) l_chunks[L_CHUNKS];

enum { CHUNK_SIZE = 1 << L_CHUNK_BITS };

_Static_assert(sizeof(l_chunk) <= L_SLOT_SIZE, "it takes the place of a slot");

/* {====== Chunks ====== */

/* Slots are aligned to their size, so that most processors have each in one cache line. */
static l_chunk *new_chunk(uint32_t place) {
  char *memory = calloc(1, CHUNK_SIZE + L_SLOT_SIZE);
  if (memory == NULL) return NULL;
  size_t over = (uintptr_t)memory % L_SLOT_SIZE;
  l_chunk *chunk = (l_chunk *)(void *)(memory + (L_SLOT_SIZE - over));
  chunk->memory = memory;
  chunk->number = (l_number)place << L_CHUNK_BITS;
  atomic_init(&chunk->taken, true);
  return chunk;
}

/* A free chunk, which is taken now; NULL if memory or the list of chunks is exhausted. */
static l_chunk *take_chunk(void) {
  for (uint32_t place = 0; place < L_CHUNKS; place++) {
    l_chunk *chunk = atomic_load(&l_chunks[place]);
    if (chunk == NULL) {
      l_chunk *made = new_chunk(place);
      if (made == NULL) return NULL;
      if (atomic_compare_exchange_strong(&l_chunks[place], &chunk, made)) return made;
      free(made->memory); /* another thread was faster */
    }
    if (!atomic_exchange(&chunk->taken, true)) return chunk;
  }
  return NULL;
}

static l_chunk *enter(l_chunk *chunk, l_chunk *book) {
  chunk->book = book;
  chunk->fresh = L_SLOT_SIZE;
  chunk->free = 0;
  chunk->next = NULL;
  return chunk;
}

l_chunk *l_new_book(void) {
  l_chunk *chunk = take_chunk();
  return chunk != NULL ? enter(chunk, chunk) : NULL;
}

static l_slot *slot_at(l_chunk *chunk, uint32_t offset) {
  return (l_slot *)(void *)((char *)chunk + offset);
}

static void clear(l_slot *slot) {
  atomic_store_explicit(&slot->owner, NULL, memory_order_relaxed);
  atomic_store_explicit(&slot->stamp, 0, memory_order_relaxed);
}

void l_free_book(l_chunk *book) {
  for (l_chunk *chunk = book, *next; chunk != NULL; chunk = next) {
    next = chunk->next;
    for (uint32_t offset = L_SLOT_SIZE; offset < chunk->fresh; offset += L_SLOT_SIZE)
      clear(slot_at(chunk, offset));
    atomic_store(&chunk->taken, false); /* now another state may take it */
  }
}

/* Runs when the module is unloaded. If a state is still open, the process is ending, and other threads
** may still read slots: then nothing is freed. */
__attribute__((destructor)) static void free_chunks(void) {
  l_chunk *chunk;
  for (uint32_t place = 0; place < L_CHUNKS && (chunk = l_chunks[place]) != NULL; place++)
    if (chunk->taken) return;
  for (uint32_t place = 0; place < L_CHUNKS && (chunk = l_chunks[place]) != NULL; place++) {
    l_chunks[place] = NULL;
    free(chunk->memory);
  }
}

/* ====== } */

/* {====== Slots ====== */

static l_number number_in(const void *memory) {
  l_number number;
  memcpy(&number, memory, sizeof number);
  return number - number % L_SLOT_SIZE; /* rounded as in l_slot_of */
}

static l_chunk *chunk_of(l_number number) { return l_chunks[number >> L_CHUNK_BITS]; }

/* The number of a slot that this book has never used, or 0 if there is no memory. */
static l_number fresh_number(l_chunk *book) {
  l_chunk *newest = book->next != NULL ? book->next : book;
  if (newest->fresh == CHUNK_SIZE) {
    newest = take_chunk();
    if (newest == NULL) return 0;
    enter(newest, book)->next = book->next;
    book->next = newest;
  }
  l_number number = newest->number + newest->fresh;
  newest->fresh += L_SLOT_SIZE;
  return number;
}

l_slot *l_take_slot(lua_State *L, l_chunk *book, void *memory) {
  l_number number = book->free;
  l_slot *slot;
  if (number != 0) {
    slot = slot_at(chunk_of(number), number % CHUNK_SIZE);
    book->free = number_in(l_slot_object(slot));
  } else {
    number = fresh_number(book);
    if (number == 0) return NULL;
    slot = slot_at(chunk_of(number), number % CHUNK_SIZE);
  }
  memset(l_slot_object(slot), 0, L_OBJECT_SIZE);
  memcpy(memory, &number, sizeof number);
  atomic_store_explicit(&slot->state, lua_topointer(L, LUA_REGISTRYINDEX), memory_order_relaxed);
  atomic_store_explicit(&slot->owner, memory, memory_order_relaxed);
  return slot;
}

l_chunk *l_book_of(const void *memory) { return chunk_of(number_in(memory))->book; }

void l_return_slot(l_slot *slot, const void *memory) {
  l_number number = number_in(memory);
  l_chunk *book = l_book_of(memory);
  clear(slot);
  memcpy(l_slot_object(slot), &book->free, sizeof book->free);
  book->free = number;
}

void l_each_slot(lua_State *L, l_chunk *book, void (*act)(lua_State *L, l_slot *slot)) {
  for (l_chunk *chunk = book; chunk != NULL; chunk = chunk->next)
    for (uint32_t offset = L_SLOT_SIZE; offset < chunk->fresh; offset += L_SLOT_SIZE)
      if (slot_at(chunk, offset)->owner != NULL) act(L, slot_at(chunk, offset));
}

/* ====== } */
