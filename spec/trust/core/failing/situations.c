/* situations.c: builds new regions for each attempt in which calls are refused. */
#include "situations.h"

#include <stdlib.h>
#include <string.h>

#include "expected_events.h"
#include "fake_kernel.h"
#include "fake_system.h"
#include "log.h"
#include "sections.h"

enum { CHUNK = 512, PAGES = CHUNK + 132, LOST_FROM = CHUNK, RW = VM_READ | VM_WRITE };

/* {====== Lists ====== */

const situation_kind situation_kinds[] = {
    {"plain", SIZE_MAX, {.watch = false}, false, false},
    {"plain, watched, named", SIZE_MAX, {.watch = true, .name = "table"}, false, false},
    {"marked", 0, {.watch = false}, false, false},
    {"marked, watched", 4, {.watch = true}, false, false},
    {"marked, no room for mappings", 4, {.watch = false}, true, false},
    {"plain, no room for mappings", SIZE_MAX, {.watch = false}, true, false},
    {"plain, no room, no userfaultfd", SIZE_MAX, {.watch = false}, true, true},
    {"sparse", SIZE_MAX, {.sparse = true}, false, false},
    {"sparse, watched", 4, {.sparse = true, .watch = true}, false, false},
    {"concealed", 0, {.conceal = true}, false, false},
    {"touches commit", 4, {.around = 4}, false, false},
    {"touches commit, watched, no room for mappings",
     SIZE_MAX,
     {.around = 16, .watch = true},
     true,
     false},
    {"lazy", 4, {.lazy = true}, false, false},
    {"lazy, no room for mappings, no markers", SIZE_MAX, {.lazy = true}, true, false},
    {"wiped", 4, {.wipe = true}, false, false},
    {"wiped, concealed, watched",
     SIZE_MAX,
     {.wipe = true, .conceal = true, .watch = true},
     false,
     false},
};
const size_t situation_kinds_count = sizeof situation_kinds / sizeof *situation_kinds;

/* One letter for each three pages: . reserved, w read-write, u the same but never written (the others
** are), r read-only, x executable, n none, g guard, L locked; s of a section, shared, c a private copy, C the same, not
** written; f, k and K the same of a file, of which pages have been lost. */
const situation_pattern situation_patterns[] = {
    {"reserved", ".", false},
    {"committed", "w", true},
    {"never written", "u", true},
    {"every other", "w.", false},
    {"mixed protections", "wrxun", true},
    {"guards", "wgug", true},
    {"locked", "Lw", true},
    {"everything", "w.rLgu.xn", false},
    {"of sections", "sC.cw", false},
    {"copies everywhere", "cwC", true},
    {"of files", "kf.Kkw", false},
};
const size_t situation_patterns_count = sizeof situation_patterns / sizeof *situation_patterns;

const situation_range situation_ranges[] = {
    {"the first page", 0, FAKE_PAGE},
    {"a few pages", 505 * FAKE_PAGE, 4 * FAKE_PAGE},
    {"bytes across a chunk's edge", 506 * FAKE_PAGE + 77, 12 * FAKE_PAGE},
    {"more than a chunk", 3 * FAKE_PAGE, (CHUNK + 8) * FAKE_PAGE},
    {"all pages", 0, (size_t)PAGES *FAKE_PAGE},
};
const size_t situation_ranges_count = sizeof situation_ranges / sizeof *situation_ranges;

/* ====== } */

failures_plan situation_no_failures(void) { return (failures_plan){.no_memory = VM_OUT_OF_MEMORY}; }

vm_request situation_request(const situation_kind *kind) {
  vm_request wanted = kind->flags;
  wanted.size = (size_t)PAGES * FAKE_PAGE;
  wanted.protection = RW;
  return wanted;
}

static request ask_pages(world *w, uint64_t first, uint64_t count, unsigned protection) {
  return (request){.m = &w->slot[0],
                   .first = first,
                   .end = first + count,
                   .offset = first * FAKE_PAGE,
                   .size = count * FAKE_PAGE,
                   .protection = protection};
}

request situation_ask(world *w, const situation_range *range, unsigned protection) {
  uint64_t first = range->offset / FAKE_PAGE;
  uint64_t last = (range->offset + range->size - 1) / FAKE_PAGE;
  request q = ask_pages(w, first, last - first + 1, protection);
  q.offset = range->offset;
  q.size = range->size;
  return q;
}

/* {====== Filling ====== */

/* Makes a call that is not refused. Other tests check these calls, so the model is not compared. */
static void simply(const char *name, const request *q) {
  const verb *v = verbs_find(name);
  if (v->call(q) != VM_OK) log_mismatch("%s is refused while a situation is made", name);
  for (uint64_t i = q->first; i < q->end && v->becomes != NULL; i++) v->becomes(q, i);
}

void situation_make_section(world *w, request *q) {
  request make = *q;
  make.bytes = q->bytes = (uint64_t)PAGES * FAKE_PAGE;
  make.copy = true; /* that is, growable */
  make.section = q->section = 0;
  q->from = q->first;
  if (w->slot[0].region != NULL && can_close(&make) != VM_OK) simply("section", &make);
}

void situation_make_file(world *w, request *q) {
  request make = *q;
  make.bytes = q->bytes = (uint64_t)PAGES * FAKE_PAGE;
  make.offset = FAKE_PAGE; /* that is, OS_FILE_WRITE */
  make.protection = RW;
  make.from = 0;
  make.section = q->section = 1;
  q->from = q->first;
  if (w->slot[0].region != NULL && can_close(&make) != VM_OK) simply("file", &make);
}

/* Where a letter asks for it, and the region can have it. */
static bool attach_few(world *w, uint64_t first, char letter) {
  if (letter == '\0' || strchr("scCfkK", letter) == NULL) return false;
  request q = ask_pages(w, first, 3, RW);
  q.copy = letter != 's' && letter != 'f';
  if (strchr("scC", letter) != NULL)
    situation_make_section(w, &q);
  else
    situation_make_file(w, &q);
  if (can_attach(&q) != VM_OK) return false;
  simply("attach", &q);
  return true;
}

static void fill_few(world *w, uint64_t first, char letter) {
  static const unsigned protections[128] = {['w'] = RW,
                                            ['u'] = RW,
                                            ['L'] = RW,
                                            ['r'] = VM_READ,
                                            ['x'] = VM_READ | VM_EXECUTE,
                                            ['g'] = RW | VM_GUARD,
                                            ['s'] = RW,
                                            ['c'] = RW,
                                            ['C'] = RW,
                                            ['f'] = RW,
                                            ['k'] = RW,
                                            ['K'] = RW};
  if (letter == '.') return;
  request q = ask_pages(w, first, 3, RW);
  if (!attach_few(w, first, letter)) simply("commit", &q);
  if (letter != 'u' && letter != 'C' && letter != 'K') simply("store", &q);
  if (letter == 'L') simply("lock", &q);
  q.protection = protections[(unsigned char)letter];
  if (q.protection != RW) simply("protect", &q);
}

void situation_fill(world *w, const situation_pattern *pattern) {
  static const uint64_t places[] = {0, 500, 518, 560, PAGES - 9};
  size_t turn = 0;
  request all = ask_pages(w, 0, PAGES, RW);
  if (pattern->everywhere) simply("commit", &all);
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    for (uint64_t page = places[i]; page < places[i] + (i == 1 ? 18 : 9); page += 3) {
      char letter = pattern->turns[turn++];
      if (letter == '\0') letter = pattern->turns[0], turn = 1;
      fill_few(w, page, letter);
    }
  request cut = {.section = 1, .bytes = LOST_FROM * FAKE_PAGE};
  if (sections_file(1) != 0) simply("cut", &cut);
}

/* ====== } */

/* {====== Beginning and end ====== */

void situation_begin(world *w, const situation_kind *kind) {
  failures_plan none = situation_no_failures();
  failures_begin(&none);
  sections_begin();
  fake_system_begin(kind->mark_after, kind->without_missing);
  *w = (world){.space = vm_space_new()};
  if (w->space == NULL) abort();
  vm_request wanted = situation_request(kind);
  vm_region *region;
  if (vm_reserve(w->space, &wanted, &region) != VM_OK) abort();
  model_begin(&w->slot[0], region);
  sections_know(w->slot, SLOTS);
  uint64_t first = fake_page_of(region->base);
  if (kind->flags.wipe) fake_treasure(first, first + PAGES);
}

static void end_region(model *m) {
  uint64_t first = fake_page_of(m->region->base);
  fake_will_return(first, first + m->pages);
  if (vm_release(m->region) != VM_OK) log_mismatch("the region cannot be released");
  vm_drop(m->region);
  model_end(m);
}

void situation_end(world *w) {
  mappings_set_most(mappings_count() + 1000);
  expected_events_end();
  for (size_t i = 0; i < SLOTS; i++)
    if (w->slot[i].region != NULL) end_region(&w->slot[i]);
  vm_space_drop(w->space);
  sections_end();
  if (!fake_system_end())
    log_mismatch("%zu mappings or %u files are left over", mappings_count(), fake_files_open());
}

/* ====== } */
