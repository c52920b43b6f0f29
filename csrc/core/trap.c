/* trap.c: which pages of a region are trapped: a tree of traps, sorted by page. Every trap has a random rank, and
** none has a higher one than its parent: so the tree is about as deep as it needs to be, in whatever order traps
** come and go (a treap). */
#include "core/trap.h"

#include <stdlib.h>

#include "core/pages.h"

/* {====== Asking ====== */

static uint64_t end_of(const vm_trap *t) { return t->first + t->count; }

/* The first trap that ends after `page`, or NULL. */
static const vm_trap *find(const vm_region *r, uint64_t page) {
  const vm_trap *found = NULL, *t = r->trap;
  while (t != NULL) {
    if (end_of(t) > page) found = t;
    t = end_of(t) > page ? t->below : t->above;
  }
  return found;
}

const vm_trap *vm_trap_at(const vm_region *r, size_t offset) {
  uint64_t page = offset >> r->page_shift;
  const vm_trap *t = find(r, page);
  return t != NULL && t->first <= page ? t : NULL;
}

bool vm_traps_reads(const vm_region *r, size_t offset, size_t size) {
  if (r->trap == NULL) return false;
  vm_pages p = vm_widen(r, offset, size);
  const vm_trap *t = find(r, p.first);
  for (; t != NULL && t->first < p.first + p.count; t = find(r, end_of(t)))
    if (t->answers & VM_READ) return true;
  return false;
}

uint64_t vm_trap_border(const vm_region *r, uint64_t page, uint64_t end) {
  const vm_trap *t = find(r, page);
  if (t == NULL) return end;
  uint64_t border = t->first > page ? t->first : end_of(t);
  return border < end ? border : end;
}

/* ====== } */

/* {====== Changing ====== */

/* Parts a tree into the traps that begin below `page` and the others. */
static void part(vm_trap *t, uint64_t page, vm_trap **below, vm_trap **above) {
  while (t != NULL) {
    if (t->first < page) {
      *below = t;
      below = &t->above;
      t = t->above;
    } else {
      *above = t;
      above = &t->below;
      t = t->below;
    }
  }
  *below = *above = NULL;
}

/* One tree of two; all traps of `above` are above those of `below`. */
static vm_trap *join(vm_trap *below, vm_trap *above) {
  vm_trap *root = NULL, **end = &root;
  while (below != NULL && above != NULL) {
    if (below->rank > above->rank) {
      *end = below;
      end = &below->above;
      below = below->above;
    } else {
      *end = above;
      end = &above->below;
      above = above->below;
    }
  }
  *end = below != NULL ? below : above;
  return root;
}

static uint32_t next_rank(vm_region *r) {
  uint32_t x = r->trap_rank;
  if (x == 0) x = (uint32_t)((uintptr_t)r >> 4) | 1; /* which no script knows */
  x ^= x << 13, x ^= x >> 17, x ^= x << 5;           /* xorshift */
  return r->trap_rank = x;
}

/* Ends the last trap of a tree at `page` if it reaches beyond. If it reaches beyond `end`, too, the rest becomes
** `spare`, which is then returned; else NULL. */
static vm_trap *cut_last(vm_region *r, vm_trap *tree, uint64_t page, uint64_t end, vm_trap *spare) {
  if (tree == NULL) return NULL;
  while (tree->above != NULL) tree = tree->above;
  uint64_t last = end_of(tree);
  if (last > page) tree->count = page - tree->first;
  if (last <= end) return NULL;
  *spare = *tree;
  spare->first = end;
  spare->count = last - end;
  spare->rank = next_rank(r);
  spare->below = spare->above = NULL;
  tree->twin->other_twin = spare; /* into the ring, before `tree` */
  spare->twin = tree->twin;
  spare->other_twin = tree;
  tree->twin = spare;
  return spare;
}

/* Takes all traps out of their rings; those that were alone in theirs are put before r->ended. */
static void end_traps(vm_region *r, vm_trap *t) {
  while (t != NULL) {
    vm_trap *rest = join(t->below, t->above);
    if (t->twin == t) {
      t->below = r->ended;
      r->ended = t;
    } else {
      t->twin->other_twin = t->other_twin;
      t->other_twin->twin = t->twin;
      free(t);
    }
    t = rest;
  }
}

vm_error vm_set_trap(vm_region *r, size_t offset, size_t size, unsigned answers,
                     uint64_t functions) {
  vm_pages p = vm_widen(r, offset, size);
  uint64_t end = p.first + p.count;
  if (answers & VM_READ && !vm_all_have(r, p, VM_COMMITTED, 0)) return VM_IN_USE;
  vm_trap *made = answers != 0 ? malloc(sizeof *made) : NULL;
  vm_trap *spare = malloc(sizeof *spare); /* for a trap that is cut in two */
  if (spare == NULL || (made == NULL && answers != 0)) {
    free(spare);
    free(made);
    return VM_OUT_OF_MEMORY;
  }
  vm_trap *below, *inside, *above;
  part(r->trap, p.first, &below, &above);
  part(above, end, &inside, &above);
  vm_trap *rest = cut_last(r, below, p.first, end, spare);
  if (rest == NULL) rest = cut_last(r, inside, end, end, spare);
  if (rest == NULL) free(spare);
  if (made != NULL)
    *made = (vm_trap){p.first, p.count, functions, answers, next_rank(r), NULL, NULL, made, made};
  r->trap = join(join(below, made), join(rest, above));
  end_traps(r, inside);
  return VM_OK;
}

bool vm_next_ended(vm_region *r, uint64_t *functions) {
  vm_trap *t = r->ended;
  if (t == NULL) return false;
  *functions = t->functions;
  r->ended = t->below;
  free(t);
  return true;
}

void vm_end_traps(vm_region *r) {
  uint64_t functions;
  end_traps(r, r->trap);
  r->trap = NULL;
  while (vm_next_ended(r, &functions)) {
  }
}

/* ====== } */
