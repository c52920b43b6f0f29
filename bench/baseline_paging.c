/* baseline_paging.c: the simulations of vmem.paging in plain C, by the same algorithms: a fully associative
** TLB, a page table of four levels, frames with the clock policy, and first fit over a list of blocks. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "baseline.h"

/* {====== An MMU ======*/

enum { PAGE_SHIFT = 12, LEVELS = 4, BITS = 9, ENTRIES = 1 << BITS, TLB = 16, FRAMES = 4096 };

typedef union entry {
  union entry *node;
  int64_t frame; /* in the last level: the frame, from 1 on; 0: none */
} entry;

typedef struct mmu {
  uint64_t tlb[TLB]; /* pages, the most recently used first */
  size_t in_tlb;
  entry root[ENTRIES];
  entry *slot[FRAMES]; /* the entry of the page in each frame */
  uint64_t page[FRAMES];
  bool referenced[FRAMES];
  size_t frames, used, hand;
  uint64_t hits, walks, references, faults;
} mmu;

static bool find_in_tlb(mmu *m, uint64_t page) {
  for (size_t i = 0; i < m->in_tlb; i++) {
    if (m->tlb[i] != page) continue;
    memmove(m->tlb + 1, m->tlb, i * sizeof *m->tlb);
    m->tlb[0] = page;
    return true;
  }
  return false;
}

static void insert_in_tlb(mmu *m, uint64_t page) {
  if (m->in_tlb < TLB) m->in_tlb++;
  memmove(m->tlb + 1, m->tlb, (m->in_tlb - 1) * sizeof *m->tlb);
  m->tlb[0] = page;
}

static void remove_from_tlb(mmu *m, uint64_t page) {
  if (!find_in_tlb(m, page)) return;
  m->in_tlb--;
  memmove(m->tlb, m->tlb + 1, m->in_tlb * sizeof *m->tlb);
}

static entry *walk(mmu *m, uint64_t page) {
  entry *node = m->root;
  for (int level = LEVELS - 1; level > 0; level--) {
    entry *e = &node[page >> (level * BITS) & (ENTRIES - 1)];
    m->references++;
    if (e->node == NULL) e->node = calloc(ENTRIES, sizeof *e);
    if (e->node == NULL) abort();
    node = e->node;
  }
  m->references++;
  return &node[page & (ENTRIES - 1)];
}

static void fault(mmu *m, uint64_t page, entry *slot) {
  size_t frame = m->used;
  m->faults++;
  if (frame < m->frames) {
    m->used++;
  } else {
    while (m->referenced[m->hand]) {
      m->referenced[m->hand] = false;
      m->hand = (m->hand + 1) % m->frames;
    }
    frame = m->hand;
    m->hand = (m->hand + 1) % m->frames;
    m->slot[frame]->frame = 0;
    remove_from_tlb(m, m->page[frame]);
  }
  m->slot[frame] = slot;
  m->page[frame] = page;
  slot->frame = (int64_t)frame + 1;
}

static void touch(mmu *m, uint64_t address) {
  uint64_t page = address >> PAGE_SHIFT;
  if (find_in_tlb(m, page)) {
    m->hits++;
    m->referenced[walk(m, page)->frame - 1] =
        true; /* like vmem.paging, which reports each access to its policy */
    return;
  }
  m->walks++;
  entry *slot = walk(m, page);
  if (slot->frame == 0) fault(m, page, slot);
  m->referenced[slot->frame - 1] = true;
  insert_in_tlb(m, page);
}

static void free_nodes(entry *node, int level) {
  for (int i = 0; level > 0 && i < ENTRIES; i++) {
    if (node[i].node == NULL) continue;
    free_nodes(node[i].node, level - 1);
    free(node[i].node);
  }
}

/* baseline.mmu(pages, frames, times): `times` accesses, to each of `pages` pages in turn */
static int l_mmu(lua_State *L) {
  size_t pages = b_checksize(L, 1), frames = b_checksize(L, 2), times = b_checksize(L, 3);
  luaL_argcheck(L, frames <= FRAMES, 2, "too many frames");
  mmu *m = calloc(1, sizeof *m);
  if (m == NULL) return luaL_error(L, "not enough memory");
  m->frames = frames;
  for (size_t i = 0; i < pages; i++) touch(m, i << PAGE_SHIFT);
  double start = b_now();
  for (size_t i = 0; i < times; i++) touch(m, (i % pages) << PAGE_SHIFT);
  int results = b_each(L, start, times);
  b_sink += m->hits + m->walks + m->references + m->faults;
  free_nodes(m->root, LEVELS - 1);
  free(m);
  return results;
}

/* ====== } */

/* {====== First fit ======*/

typedef struct block {
  size_t address, size;
  bool used;
  struct block *before, *after;
} block;

static block *take(block **head, size_t size) {
  for (block *b = *head; b != NULL; b = b->after) {
    if (b->used || b->size < size) continue;
    if (b->size > size) {
      block *front = malloc(sizeof *front);
      if (front == NULL) abort();
      *front = (block){b->address, size, true, b->before, b};
      if (b->before != NULL) b->before->after = front;
      if (*head == b) *head = front;
      b->before = front;
      b->address += size;
      b->size -= size;
      return front;
    }
    b->used = true;
    return b;
  }
  return NULL;
}

static void merge(block *b) {
  block *after = b->after;
  if (b->used || after == NULL || after->used) return;
  b->size += after->size;
  b->after = after->after;
  if (b->after != NULL) b->after->before = b;
  free(after);
}

static void give(block *b) {
  b->used = false;
  merge(b);
  if (b->before != NULL) merge(b->before);
}

/* baseline.fit(live, times): pairs of alloc and free, after `live` blocks that stay allocated */
static int l_fit(lua_State *L) {
  size_t live = b_checksize(L, 1), times = b_checksize(L, 2);
  block *head = malloc(sizeof *head);
  if (head == NULL) return luaL_error(L, "not enough memory");
  *head = (block){0, (size_t)1 << 30, false, NULL, NULL};
  for (size_t i = 0; i < live; i++) take(&head, 4096);
  double start = b_now();
  for (size_t i = 0; i < times; i++) give(take(&head, 8192));
  int results = b_each(L, start, times);
  for (block *after; head != NULL; head = after) {
    after = head->after;
    free(head);
  }
  return results;
}

/* ====== } */

const luaL_Reg b_paging_functions[] = {{"fit", l_fit}, {"mmu", l_mmu}, {NULL, NULL}};
