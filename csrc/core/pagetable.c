/* pagetable.c: one byte for every page of a region, in a radix tree: states, protections, marks. */
#include "core/pagetable.h"

#include <stdlib.h>
#include <string.h>

enum { LEAF_BITS = 6, LEAF = 1 << LEAF_BITS, BITS = 9 };

/* An entry of level 1 points to a leaf; an entry of a higher level to a node, which is an array of
** entries. A node of level 2 has 8 of them (8 leaves of 64 pages are 512 pages), higher ones have 512. */
typedef struct leaf {
  uint8_t byte[LEAF];
} leaf;

static pt_entry uniform(uint8_t byte) { return (pt_entry)byte << 1 | 1; }
static bool is_uniform(pt_entry e) { return (e & 1) != 0; }
static uint8_t byte_of(pt_entry e) { return (uint8_t)(e >> 1); }
/* NOLINTBEGIN(performance-no-int-to-ptr): an entry is a tagged pointer */
static leaf *leaf_of(pt_entry e) { return (leaf *)e; }
static pt_entry *node_of(pt_entry e) { return (pt_entry *)e; }
/* NOLINTEND(performance-no-int-to-ptr) */

/* An entry of this level stands for 2^n pages. */
static unsigned span_bits(unsigned level) {
  if (level <= 1) return level * LEAF_BITS;
  return BITS * (level - 1);
}

/* Pages that one child of an entry of this level stands for, and how many children there are. Walks shift by
** span_bits instead of dividing by this, which takes the processor much longer. */
static uint64_t child_span(unsigned level) { return (uint64_t)1 << span_bits(level - 1); }
static size_t fanout(unsigned level) {
  return (size_t)1 << (span_bits(level) - span_bits(level - 1));
}

void pt_init(pt_table *table, uint64_t pages, uint8_t byte) {
  table->root = uniform(byte);
  table->levels = 1;
  while (span_bits(table->levels) < 64 && pages > (uint64_t)1 << span_bits(table->levels))
    table->levels++;
  table->pages = pages;
  table->cache = (pt_run){0, 0, 0};
  table->looks = 0;
}

static void free_entry(pt_entry e, unsigned level) {
  if (is_uniform(e)) return;
  if (level > 1)
    for (size_t i = 0; i < fanout(level); i++) free_entry(node_of(e)[i], level - 1);
  free(level > 1 ? (void *)node_of(e) : (void *)leaf_of(e));
}

/* Replaces an entry by one with nodes of its own. When it fails, *e is whole, and can be freed. */
static bool copy_entry(pt_entry *e, unsigned level) {
  if (is_uniform(*e)) return true;
  size_t count = fanout(level), size = level > 1 ? count * sizeof(pt_entry) : sizeof(leaf);
  const void *from = level > 1 ? (const void *)node_of(*e) : (const void *)leaf_of(*e);
  void *to = malloc(size);
  *e = uniform(0);
  if (to == NULL) return false;
  memcpy(to, from, size);
  *e = (pt_entry)to;
  bool good = true;
  for (size_t i = 0; level > 1 && i < count; i++) {
    pt_entry *child = &node_of(*e)[i];
    if (good)
      good = copy_entry(child, level - 1);
    else
      *child = uniform(0); /* so that no node belongs to both */
  }
  return good;
}

bool pt_copy(pt_table *to, const pt_table *from) {
  pt_init(to, from->pages, 0);
  to->forgets = 0;
  to->counts = 0;
  to->changes = 0;
  to->root = from->root;
  if (copy_entry(&to->root, to->levels)) return true;
  pt_free(to);
  return false;
}

void pt_free(pt_table *table) {
  free_entry(table->root, table->levels);
  pt_init(table, table->pages, 0);
}

/* {====== Reading ======} */

static pt_run clip(const pt_table *table, uint64_t first, uint64_t count, uint8_t byte) {
  if (count > table->pages - first) count = table->pages - first;
  return (pt_run){first, count, byte};
}

/* Whether the eight bytes from here on are those of `eight`. */
static bool eight_alike(const uint8_t *byte, uint64_t eight) {
  uint64_t here;
  memcpy(&here, byte, sizeof here);
  return here == eight;
}

/* The run of equal bytes around index `at` of a leaf. It is often long, so eight bytes are compared at
** once. */
static pt_run run_in_leaf(const leaf *l, size_t at) {
  uint8_t byte = l->byte[at];
  uint64_t eight = byte * UINT64_C(0x0101010101010101);
  size_t from = at, to = at + 1;
  while (from >= 8 && eight_alike(l->byte + from - 8, eight)) from -= 8;
  while (from > 0 && l->byte[from - 1] == byte) from--;
  while (to + 8 <= LEAF && eight_alike(l->byte + to, eight)) to += 8;
  while (to < LEAF && l->byte[to] == byte) to++;
  return (pt_run){from, to - from, byte};
}

pt_run pt_run_at(pt_table *table, uint64_t page) {
  if (page - table->cache.first < table->cache.count) return table->cache;
  pt_entry e = table->root;
  unsigned level = table->levels;
  uint64_t start = 0; /* first page that e stands for */
  pt_run run;
  while (!is_uniform(e) && level > 1) {
    unsigned shift = span_bits(level - 1);
    uint64_t i = (page - start) >> shift;
    e = node_of(e)[i];
    start += i << shift;
    level--;
  }
  if (is_uniform(e)) {
    uint64_t span = span_bits(level) < 64 ? (uint64_t)1 << span_bits(level) : UINT64_MAX;
    run = clip(table, start, span, byte_of(e));
  } else {
    run = run_in_leaf(leaf_of(e), (size_t)(page - start));
    run = clip(table, start + run.first, run.count, run.byte);
  }
  if (!table->forgets) table->cache = run;
  return run;
}

static inline uint8_t byte_at(const pt_table *table, uint64_t page) {
  pt_entry e = table->root;
  unsigned level = table->levels;
  for (; level > 2 && !is_uniform(e); level--)
    e = node_of(e)[(page >> BITS * (level - 2)) % ((uint64_t)1 << BITS)];
  if (level == 2 && !is_uniform(e)) e = node_of(e)[(page >> LEAF_BITS) % (1 << (BITS - LEAF_BITS))];
  return is_uniform(e) ? byte_of(e) : leaf_of(e)->byte[page % LEAF];
}

/* Apart, so that pt_look itself needs no stack. */
__attribute__((noinline)) static bool look_at_runs(pt_table *table, uint64_t first, uint64_t last,
                                                   unsigned mask, unsigned want) {
  return (pt_run_at(table, first).byte & mask) == want &&
         (first == last || (pt_run_at(table, last).byte & mask) == want);
}

bool pt_look(pt_table *table, uint64_t first, uint64_t last, unsigned mask, unsigned want) {
  if (++table->looks % PT_LOOKS == 0 || first != last)
    return look_at_runs(table, first, last, mask, want);
  return (byte_at(table, first) & mask) == want;
}

void pt_forget(pt_table *table, pt_reason reason, bool forget) {
  table->forgets = (uint8_t)(forget ? table->forgets | reason : table->forgets & ~(unsigned)reason);
  table->cache.count = 0;
}

uint64_t pt_span(pt_table *table, uint64_t first, uint64_t count, uint8_t mask, uint8_t want) {
  uint64_t page = first, end = first + count;
  while (page < end) {
    pt_run run = pt_run_at(table, page);
    if ((run.byte & mask) != want) break;
    page = run.first + run.count;
  }
  return (page < end ? page : end) - first;
}

uint64_t pt_count(pt_table *table, uint64_t first, uint64_t count, uint8_t mask, uint8_t want) {
  uint64_t page = first, end = first + count, found = 0;
  while (page < end) {
    pt_run run = pt_run_at(table, page);
    uint64_t next = run.first + run.count < end ? run.first + run.count : end;
    if ((run.byte & mask) == want) found += next - page;
    page = next;
  }
  return found;
}

/* {====== Writing ======} */

/* Replaces a uniform entry by a node or leaf with the same bytes. */
static bool split(pt_entry *e, unsigned level) {
  size_t count = fanout(level);
  void *made = malloc(level > 1 ? count * sizeof(pt_entry) : sizeof(leaf));
  if (made == NULL) return false;
  if (level > 1)
    for (size_t i = 0; i < count; i++) ((pt_entry *)made)[i] = *e;
  else
    memset(((leaf *)made)->byte, byte_of(*e), LEAF);
  *e = (pt_entry)made;
  return true;
}

/* Splits entries until one begins at `page`, which counts from the first page of `e`. */
static bool make_edge(pt_entry *e, unsigned level, uint64_t page) {
  while (page != 0) {
    if (is_uniform(*e) && !split(e, level)) return false;
    if (level <= 1) return true;
    unsigned shift = span_bits(level - 1);
    e = &node_of(*e)[page >> shift];
    page -= page >> shift << shift;
    level--;
  }
  return true;
}

/* Replaces a node whose children are all the same by one uniform entry. */
static void fold(pt_entry *e, unsigned level) {
  if (level == 1) {
    leaf *l = leaf_of(*e);
    if (memcmp(l->byte, l->byte + 1, LEAF - 1) != 0) return;
    *e = uniform(l->byte[0]);
    free(l);
  } else {
    pt_entry *n = node_of(*e);
    for (size_t i = 0; i < fanout(level); i++)
      if (!is_uniform(n[i]) || n[i] != n[0]) return;
    *e = n[0];
    free(n);
  }
}

/* Updates pages [first, end), counted from the entry's first page. */
static void update(pt_entry *e, unsigned level, uint64_t first, uint64_t end, uint8_t keep,
                   uint8_t set) {
  uint64_t span = child_span(level);
  bool whole = first == 0 && end == span * fanout(level);
  if (is_uniform(*e)) { /* since the range is prepared, it covers the entry wholly */
    *e = uniform((uint8_t)((byte_of(*e) & keep) | set));
    return;
  }
  if (whole && keep == 0) {
    free_entry(*e, level);
    *e = uniform(set);
    return;
  }
  if (level == 1) {
    uint8_t *byte = leaf_of(*e)->byte;
    for (uint64_t i = first; i < end; i++) byte[i] = (uint8_t)((byte[i] & keep) | set);
  } else {
    for (uint64_t i = first >> span_bits(level - 1); i * span < end; i++) {
      uint64_t from = i * span > first ? 0 : first - i * span;
      uint64_t to = (i + 1) * span < end ? span : end - i * span;
      update(&node_of(*e)[i], level - 1, from, to, keep, set);
    }
  }
  fold(e, level);
}

/* Entries past the table's last page get the same byte as that page, so that the last node can fold too. */
static uint64_t end_of(const pt_table *table, uint64_t first, uint64_t count) {
  uint64_t all = child_span(table->levels) * fanout(table->levels);
  return first + count == table->pages ? all : first + count;
}

bool pt_prepare(pt_table *table, uint64_t first, uint64_t count) {
  uint64_t end = end_of(table, first, count);
  bool to_the_end = first + count == table->pages;
  if (make_edge(&table->root, table->levels, first) &&
      (to_the_end || make_edge(&table->root, table->levels, end)))
    return true;
  pt_update(table, first, count, 0xff, 0);
  return false;
}

void pt_update(pt_table *table, uint64_t first, uint64_t count, uint8_t keep, uint8_t set) {
  table->cache.count = 0;
  if (((uint8_t)~keep | set) & table->counts) table->changes++;
  update(&table->root, table->levels, first, end_of(table, first, count), keep, set);
}
