/* choose.c: chooses the arguments of a step at random; values near the edges of regions and runs come
** more often. */
#include "choose.h"

#include <errno.h>

#include "fake_kernel.h"
#include "random.h"

enum { CHUNK = 512, GIANT = CHUNK * CHUNK };

static uint64_t choose_pages(void) {
  static const uint64_t sizes[] = {1,  2,         5,     20,        63,        64,
                                   65, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 276};
  static const uint64_t giants[] = {GIANT - 1, GIANT, GIANT + 1, GIANT + CHUNK + 1};
  if (random_one_in(2000)) return giants[random_below(sizeof giants / sizeof *giants)];
  return sizes[random_below(sizeof sizes / sizeof *sizes)];
}

/* Just below `near`, inside it, or anywhere, sometimes where no region can be. */
static uintptr_t choose_address(const vm_region *near, size_t size) {
  switch (random_below(near != NULL ? 8 : 2)) {
    case 0: return fake_lowest() + random_below(FAKE_PAGES) * FAKE_PAGE + random_below(FAKE_PAGE);
    case 1: return random_one_in(4) ? random_below(100000) : fake_highest() - random_below(100000);
    case 2: return near->base + random_below(near->size);
    default: return near->base - size;
  }
}

static size_t choose_around(void) {
  static const size_t all[] = {0, 0, 1, 2, 3, 16, 64, CHUNK, SIZE_MAX};
  return all[random_below(sizeof all / sizeof *all)];
}

/* An alignment, bounds, or both. */
static void choose_place(const vm_region *near, vm_request *wanted) {
  unsigned what = (unsigned)random_below(8);
  wanted->top_down = random_one_in(2);
  if (what & 1) wanted->alignment = (size_t)1 << random_below(random_one_in(20) ? 48 : 25);
  if (what & 2) wanted->lowest = choose_address(near, wanted->size);
  if (what & 4) {
    size_t room = wanted->size + random_below((uint64_t)1 << 22) - random_below(FAKE_PAGE);
    uintptr_t from = wanted->lowest != 0 ? wanted->lowest : choose_address(near, wanted->size);
    wanted->highest = room < UINTPTR_MAX - from ? from + room : UINTPTR_MAX;
  }
}

vm_request choose_reservation(const vm_region *near) {
  vm_request wanted = {.protection = VM_READ | VM_WRITE};
  wanted.size = choose_pages() * FAKE_PAGE;
  wanted.watch = random_one_in(2);
  wanted.sparse = random_one_in(2);
  wanted.conceal = random_one_in(4);
  wanted.wipe = random_one_in(2);
  wanted.lazy = random_one_in(4);
  wanted.around = choose_around();
  wanted.name = random_one_in(2) ? "fuzz" : NULL;
  wanted.top_down = random_one_in(4);
  wanted.fixed = random_one_in(4);
  if (random_one_in(4)) wanted.size -= random_below(FAKE_PAGE);
  if (wanted.fixed) wanted.address = choose_address(near, wanted.size);
  if (random_one_in(200)) wanted.size = SIZE_MAX - random_below(3 * FAKE_PAGE);
  if (wanted.top_down && !wanted.fixed) choose_place(near, &wanted);
  return wanted;
}

/* Often near an edge of a page table's node, or near the region's ends, so that steps meet, or where a
** mapping begins: a change from there on leaves no part of that mapping that could grow again. */
static uint64_t choose_page(const model *m) {
  uint64_t pages = m->pages, page = random_below(pages), base = fake_page_of(m->region->base);
  uint64_t mapped = mappings_at(mappings_find(base + page))->first;
  switch (random_below(5)) {
    case 0: page = page / CHUNK * CHUNK + random_below(3); break;
    case 1: page = random_below(40); break;
    case 2: page = pages - 1 - random_below(pages < 40 ? pages : 40); break;
    case 3: page = mapped > base ? mapped - base : 0; break;
    default: break;
  }
  return page < pages ? page : pages - 1;
}

static uint64_t choose_count(uint64_t first, uint64_t pages) {
  uint64_t most = pages - first, count;
  switch (random_below(8)) {
    case 0: return 1 + random_below(most);
    case 1: count = CHUNK - first % CHUNK; break;
    case 2: return most;
    case 3: return 1;
    default: count = 1 + random_below(12); break;
  }
  return count < most ? count : most;
}

static unsigned choose_protection(void) {
  static const unsigned all[] = {0,
                                 VM_READ,
                                 VM_READ | VM_EXECUTE | VM_EXECUTE_ONLY,
                                 VM_READ | VM_EXECUTE,
                                 VM_READ | VM_WRITE | VM_EXECUTE,
                                 VM_READ | VM_GUARD,
                                 VM_READ | VM_WRITE | VM_GUARD,
                                 VM_READ | VM_EXECUTE | VM_GUARD};
  return random_one_in(2) ? VM_READ | VM_WRITE : all[random_below(sizeof all / sizeof *all)];
}

request choose_request(model *m) {
  request q = {.m = m, .first = choose_page(m)};
  q.protection = choose_protection();
  q.end = q.first + choose_count(q.first, m->pages);
  q.offset = q.first * FAKE_PAGE;
  q.size = (q.end - q.first) * FAKE_PAGE;
  if (random_one_in(4)) { /* a range that widens to the same pages */
    size_t cut = random_below(FAKE_PAGE);
    q.offset += cut;
    q.size -= cut;
    if (q.size > FAKE_PAGE) q.size -= random_below(FAKE_PAGE - cut);
  }
  return q;
}

failures_plan choose_plan(unsigned before, unsigned pattern) {
  static const int errors[] = {ENOMEM, ENOMEM, ENOMEM, EINVAL, EACCES, ENOSYS};
  failures_plan plan = {.before = before, .pattern = pattern};
  plan.error = errors[random_below(sizeof errors / sizeof *errors)];
  plan.part = random_one_in(2) ? PART_RANDOM : PART_NONE;
  plan.no_memory = random_one_in(2) ? VM_TOO_MANY_MAPPINGS : VM_OUT_OF_MEMORY;
  return plan;
}

failures_plan choose_nothing(void) { return (failures_plan){.no_memory = VM_OUT_OF_MEMORY}; }
