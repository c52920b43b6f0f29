/* mappings.c: splits and merges mappings like mm/vma.c of Linux, and checks their limit at the same
** places. */
#include "mappings.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 1 << 15 };

static mapping list[ROOM];
static size_t count, most;
static unsigned last_anon;

void mappings_clear(void) {
  count = 0;
  most = ROOM / 2;
  last_anon = 0;
}

size_t mappings_count(void) { return count; }
size_t mappings_most(void) { return most; }
void mappings_set_most(size_t wanted) { most = wanted; }
const mapping *mappings_at(size_t index) { return &list[index]; }

size_t mappings_find(uint64_t page) {
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (list[middle].end <= page)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

bool mappings_hold(uint64_t first, uint64_t end) {
  for (size_t i = mappings_find(first); i < count && list[i].first <= first; i++) {
    if (list[i].end >= end) return true;
    first = list[i].end;
  }
  return false;
}

bool mappings_are_none(uint64_t first, uint64_t end) {
  size_t i = mappings_find(first);
  return i == count || list[i].first >= end;
}

bool mappings_gap(uint64_t pages, uint64_t top, uint64_t *first) {
  for (size_t i = count + 1; i-- > 0;) {
    uint64_t floor = i > 0 ? list[i - 1].end : 0;
    if (top - floor >= pages) {
      *first = top - pages;
      return true;
    }
    if (i > 0) top = list[i - 1].first;
  }
  return false;
}

static void insert(size_t index, mapping added) {
  if (count == ROOM) abort();
  memmove(&list[index + 1], &list[index], (count - index) * sizeof *list);
  list[index] = added;
  count++;
}

static void erase(size_t index, size_t many) {
  memmove(&list[index], &list[index + many], (count - index - many) * sizeof *list);
  count -= many;
}

static void split(size_t index, uint64_t page) {
  mapping right = list[index];
  right.first = page;
  list[index].end = page;
  insert(index + 1, right);
}

/* Whether they show neighbouring pages of one file in one way, or of none. */
static bool are_of_one(const mapping *a, const mapping *b) {
  return a->file == b->file && a->shared == b->shared && a->shift == b->shift;
}

static bool alike(const mapping *a, const mapping *b) {
  return a->end == b->first && a->protection == b->protection && a->locked == b->locked &&
         a->noreserve == b->noreserve && a->watched == b->watched && a->undumped == b->undumped &&
         a->fork_wiped == b->fork_wiped && a->accounted == b->accounted && are_of_one(a, b) &&
         (a->anon == b->anon || a->anon == 0 || b->anon == 0);
}

/* The mapping takes over pages with the anon_vma `anon`; 0: they were never written. */
static void adopt(mapping *m, unsigned anon) {
  if (m->anon == 0) m->anon = anon;
}

static void merge_with_next(size_t index) {
  list[index].end = list[index + 1].end;
  adopt(&list[index], list[index + 1].anon);
  erase(index + 1, 1);
}

void mappings_add(mapping added) {
  size_t i = mappings_find(added.first);
  insert(i, added);
  if (i + 1 < count && alike(&list[i], &list[i + 1])) merge_with_next(i);
  if (i > 0 && alike(&list[i - 1], &list[i])) merge_with_next(i - 1);
}

bool mappings_remove(uint64_t first, uint64_t end) {
  size_t i = mappings_find(first);
  if (i < count && list[i].first < first) {
    /* The limit is checked only for a hole in the middle. */
    if (end < list[i].end && count >= most) return false;
    split(i++, first);
  }
  size_t next = mappings_find(end);
  if (next < count && list[next].first < end) split(next++, end);
  erase(i, next - i);
  return true;
}

/* Gives the part to neighbours that are already as wanted; this needs no new mapping. */
static bool give_to_neighbours(size_t i, const mapping *part) {
  mapping *m = &list[i];
  bool left = i > 0 && part->first == m->first && alike(&list[i - 1], part);
  bool right = i + 1 < count && part->end == m->end && alike(part, &list[i + 1]);
  if (left && right) {
    unsigned below = list[i - 1].anon, above = list[i + 1].anon;
    if (below != 0 && above != 0 && below != above) right = false;
  }
  if (left) {
    list[i - 1].end = part->end;
    adopt(&list[i - 1], part->anon);
    m->first = part->end;
  } else if (right) {
    list[i + 1].first = part->first;
    adopt(&list[i + 1], part->anon);
    m->end = part->first;
  }
  if (left || right) {
    if (m->first == m->end) erase(i, 1);
    if (left && right) merge_with_next(i - 1);
  }
  return left || right;
}

bool mappings_change(size_t i, uint64_t first, uint64_t end, mapping wanted) {
  wanted.first = first;
  wanted.end = end;
  if (give_to_neighbours(i, &wanted)) return true;
  if (first > list[i].first) {
    if (count >= most) return false;
    split(i++, first);
  }
  if (end < list[i].end) {
    if (count >= most) return false;
    split(i, end);
  }
  list[i] = wanted;
  return true;
}

/* Whether a mapping that was never written may share its neighbour's anon_vma, so that they can merge
** later. */
static bool may_share(const mapping *m, const mapping *beside) {
  return beside->anon != 0 && beside->locked == m->locked && beside->undumped == m->undumped &&
         beside->fork_wiped == m->fork_wiped && beside->accounted == m->accounted &&
         are_of_one(m, beside);
}

void mappings_write(size_t i) {
  mapping *m = &list[i];
  if (m->anon != 0 || m->shared) return;
  if (i + 1 < count && list[i + 1].first == m->end && may_share(m, &list[i + 1]))
    m->anon = list[i + 1].anon;
  else if (i > 0 && list[i - 1].end == m->first && may_share(m, &list[i - 1]))
    m->anon = list[i - 1].anon;
  else
    m->anon = ++last_anon;
}
