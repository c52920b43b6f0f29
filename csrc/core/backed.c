/* backed.c: comparing, copying and searching memory without touching pages that have never been written.
**
** Reading such a page costs RAM on kernels without a shared page of zeros, and a page table entry and a
** trap on others. So the system is asked first which pages are backed. Asking costs as much as reading
** some pages does: small ranges are read at once, and larger ones are asked about in pieces of growing
** size, so that work that ends early has not asked about much. */
#include "core/backed.h"

#include <string.h>

#include "core/bytes_guarded.h"

enum { ASKING_PAYS = 16 }; /* pages */

static size_t pages_that_pay(void) { return ASKING_PAYS * os_get_limits()->page_size; }

/* {====== Stretches ====== */

static void start(vm_walk *w, uintptr_t from, size_t size, bool asks) {
  w->at = w->known = from;
  w->to = from + size;
  w->step = asks ? pages_that_pay() : 0;
  w->next = w->count = 0;
}

void vm_walk_start(vm_walk *w, const void *from, size_t size) {
  start(w, (uintptr_t)from, size, size >= pages_that_pay());
}

static void ask(vm_walk *w) {
  w->next = 0;
  if (w->step == 0) {
    w->found[0] = (os_range){w->at, w->to};
    w->count = 1;
    w->known = w->to;
    return;
  }
  size_t mask = os_get_limits()->page_size - 1;
  uintptr_t end = w->to - w->at > w->step ? w->at + w->step : w->to;
  w->known = os_backed(w->at & ~mask, (end + mask) & ~mask, w->found,
                       sizeof w->found / sizeof *w->found, &w->count);
  if (w->known > w->to) w->known = w->to;
  if (w->step <= SIZE_MAX / 4) w->step *= 2;
}

bool vm_walk_next(vm_walk *w, vm_stretch *s) {
  if (w->at == w->to) return false;
  if (w->at == w->known) ask(w);
  const os_range *found = w->next < w->count ? &w->found[w->next] : NULL;
  s->from = w->at;
  s->backed = found != NULL && found->from <= w->at;
  if (found == NULL)
    s->to = w->known;
  else
    s->to = s->backed ? found->to : found->from;
  if (s->to > w->known) s->to = w->known;
  if (s->backed) w->next++;
  w->at = s->to;
  return true;
}

/* ====== } */

size_t vm_backed(const char *from, size_t size) {
  vm_walk w;
  vm_stretch s;
  size_t sum = 0;
  vm_walk_start(&w, from, size);
  while (vm_walk_next(&w, &s))
    if (s.backed) sum += s.to - s.from;
  return sum;
}

/* {====== What is not zero ====== */

size_t vm_zeros_before(const char *from, size_t size) {
  vm_walk w;
  vm_stretch s;
  vm_walk_start(&w, from, size);
  while (vm_walk_next(&w, &s)) {
    if (!s.backed) continue;
    size_t count = vm_zeros_in(vm_bytes_at(s.from), s.to - s.from);
    if (count < s.to - s.from) return s.from + count - (uintptr_t)from;
  }
  return size;
}

/* From the end, in pieces that double. */
size_t vm_length_of(const char *from, size_t size) {
  bool asks = size >= pages_that_pay();
  size_t step = asks ? pages_that_pay() : size;
  while (size > 0) {
    size_t piece = step < size ? step : size, length = 0;
    vm_walk w;
    vm_stretch s;
    start(&w, (uintptr_t)from + size - piece, piece, asks);
    if (asks) w.step = piece;
    while (vm_walk_next(&w, &s)) {
      size_t part = s.backed ? vm_length_in(vm_bytes_at(s.from), s.to - s.from) : 0;
      if (part > 0) length = s.from + part - (uintptr_t)from;
    }
    if (length > 0) return length;
    size -= piece;
    if (step <= SIZE_MAX / 4) step *= 2;
  }
  return 0;
}

/* ====== } */

/* {====== Two ranges ====== */

/* The stretch that an address is in; addresses ascend. */
static void go_to(vm_walk *w, uintptr_t address, vm_stretch *s) {
  while (s->to <= address)
    if (!vm_walk_next(w, s)) return;
}

size_t vm_common(const char *a, const char *b, size_t size) {
  vm_walk walk_a, walk_b;
  vm_stretch in_a = {0}, in_b = {0};
  vm_walk_start(&walk_a, a, size);
  vm_walk_start(&walk_b, b, size);
  for (size_t at = 0; at < size;) {
    go_to(&walk_a, (uintptr_t)a + at, &in_a);
    go_to(&walk_b, (uintptr_t)b + at, &in_b);
    size_t left_a = in_a.to - ((uintptr_t)a + at), left_b = in_b.to - ((uintptr_t)b + at);
    size_t piece = left_a < left_b ? left_a : left_b, same = piece;
    if (in_a.backed && in_b.backed)
      same = vm_common_in(a + at, b + at, piece);
    else if (in_a.backed || in_b.backed)
      same = vm_zeros_in((in_a.backed ? a : b) + at, piece);
    at += same;
    if (same < piece) return at;
  }
  return size;
}

void vm_copy(char *to, const char *from, size_t size) {
  if (to > from && to < from + size) { /* goes from the end */
    memmove(to, from, size);
    return;
  }
  vm_walk sources, targets;
  vm_stretch source, target = {0};
  bool asked = false;
  vm_walk_start(&sources, from, size);
  while (vm_walk_next(&sources, &source)) {
    size_t at = source.from - (uintptr_t)from, end = source.to - (uintptr_t)from;
    if (source.backed) {
      memmove(to + at, from + at, end - at);
      continue;
    }
    if (!asked) vm_walk_start(&targets, to + at, size - at);
    asked = true;
    while (at < end) { /* zeros */
      go_to(&targets, (uintptr_t)to + at, &target);
      size_t piece = target.to - ((uintptr_t)to + at);
      if (piece > end - at) piece = end - at;
      if (target.backed) memset(to + at, 0, piece);
      at += piece;
    }
  }
}

/* ====== } */

void vm_wipe_backed(uintptr_t address, size_t size) {
  vm_walk w;
  vm_stretch s;
  vm_walk_start(&w, vm_bytes_at(address), size);
  while (vm_walk_next(&w, &s))
    if (s.backed) os_wipe(s.from, s.to - s.from);
}
